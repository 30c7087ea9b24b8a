//! Where imported games stand in the bracket: which rows they are, what has to make room, how they are linked.
//!
//! At the source a saved bracket is deleted and made again with new keys (DOMAIN §3.5); a game then keeps its row by
//! its node. Only a bracket file says true nodes, so only its games are recognized by them.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::differing;
use super::failure::Fault;
use super::game::Board;
use super::work::Work;
use crate::db::models::{GameChanges, GameRow};
use crate::domain::import::{BracketSource, Change, GameLink, GamePlan, SourcePk};
use crate::types::{BracketType, GameId, Slot};

/// Part of the bracket, round, position.
type Node = (BracketType, i32, i32);

fn node_of(row: &GameRow) -> Node {
    (row.bracket_type, row.round, row.position)
}

fn wanted_node(plan: &GamePlan) -> Node {
    (plan.bracket_type, plan.round, plan.position)
}

/// Finds the row of each game of the file that is here already.
pub(super) async fn find_rows(
    work: &mut Work<'_, '_>,
    board: &mut Board<'_>,
) -> Result<BTreeMap<SourcePk, Change>, Fault> {
    let mut fates = BTreeMap::new();
    for plan in board.plans {
        work.at = plan.at.clone();
        let change = match work.mapped::<GameRow>(plan.source_pk).await? {
            Some(row) if row.tournament_id == Some(board.tournament_id) => {
                board.ids.insert(plan.source_pk, row.id);
                Change::Unchanged
            }
            Some(row) => {
                let message = format!("game {} was imported as a game of another tournament", row.id);
                return Err(work.refuse("pk", message));
            }
            None => Change::Created,
        };
        fates.insert(plan.source_pk, change);
    }
    if board.source == BracketSource::File {
        recognize(work, board, &mut fates).await?;
    }
    Ok(fates)
}

/// Ties games with unknown keys to the rows at their nodes.
async fn recognize(
    work: &mut Work<'_, '_>,
    board: &mut Board<'_>,
    fates: &mut BTreeMap<SourcePk, Change>,
) -> Result<(), Fault> {
    for plan in board.plans {
        if board.ids.contains_key(&plan.source_pk) {
            continue;
        }
        if let Some(id) = row_at(board, wanted_node(plan)) {
            work.at = plan.at.clone();
            work.tie::<GameRow>(plan.source_pk, id).await?;
            board.ids.insert(plan.source_pk, id);
            fates.insert(plan.source_pk, Change::Matched);
        }
    }
    Ok(())
}

/// The row at a node that is no game of the file yet.
fn row_at(board: &Board<'_>, node: Node) -> Option<GameId> {
    let assigned: BTreeSet<GameId> = board.ids.values().copied().collect();
    let mut rows = board.rows.values();
    rows.find(|it| node_of(it) == node && !assigned.contains(&it.id)).map(|it| it.id)
}

/// Removes the games of this source that the file no longer has.
pub(super) async fn remove_vanished(work: &mut Work<'_, '_>, board: &mut Board<'_>) -> Result<bool, Fault> {
    let assigned: BTreeSet<GameId> = board.ids.values().copied().collect();
    let ids: Vec<GameId> = board.rows.keys().copied().filter(|it| !assigned.contains(it)).collect();
    let mut is_changed = false;
    for id in ids {
        let Some(pk) = work.run.mappings.pk::<GameRow>(id) else { continue };
        work.at.path.clear();
        work.say("", format!("game {pk} is no longer in the file, removed"));
        work.untie::<GameRow>(pk).await?;
        is_changed |= work.uow.delete::<GameRow>(id).await?;
        board.rows.remove(&id);
        // As the database does for whatever led there.
        for row in board.rows.values_mut() {
            row.next_game_id = row.next_game_id.filter(|it| *it != id);
            row.loser_next_game_id = row.loser_next_game_id.filter(|it| *it != id);
        }
    }
    Ok(is_changed)
}

/// Lets go of matches, links and nodes that change, so that games may swap them.
pub(super) async fn release(work: &mut Work<'_, '_>, board: &mut Board<'_>) -> Result<(), Fault> {
    let wanted: BTreeSet<Node> = board.plans.iter().map(wanted_node).collect();
    for (plan, aside) in board.plans.iter().zip((0..=i32::MAX).rev()) {
        let Some(row) = board.ids.get(&plan.source_pk).and_then(|id| board.rows.get(id)) else { continue };
        let id = row.id;
        let mut changes = GameChanges::default();
        if plan.steam_match_id.is_some()
            && row.steam_match_id.is_some()
            && row.steam_match_id != plan.steam_match_id
        {
            changes.steam_match_id = Some(None);
        }
        if board.source == BracketSource::File {
            if is_moved(next_of(row), target(board, plan.next)) {
                (changes.next_game_id, changes.next_game_slot) = (Some(None), Some(None));
            }
            if is_moved(loser_next_of(row), target(board, plan.loser_next)) {
                (changes.loser_next_game_id, changes.loser_next_game_slot) = (Some(None), Some(None));
            }
            if node_of(row) != wanted_node(plan) && wanted.contains(&node_of(row)) {
                changes.position = Some(aside);
            }
        }
        work.at = plan.at.clone();
        board.amend(work, plan.source_pk, id, changes).await?;
    }
    Ok(())
}

/// Where a new game goes: a guessed place gives way to the games that are here.
pub(super) fn free_position(board: &Board<'_>, plan: &GamePlan) -> i32 {
    let taken: BTreeSet<Node> = board.rows.values().map(node_of).collect();
    let is_free = |it: &i32| !taken.contains(&(plan.bracket_type, plan.round, *it));
    (plan.position..i32::MAX).find(is_free).unwrap_or(plan.position)
}

/// The columns of a node that differ.
pub(super) fn place(
    work: &mut Work<'_, '_>,
    board: &Board<'_>,
    plan: &GamePlan,
    row: &GameRow,
) -> Result<GameChanges, Fault> {
    let taken_by = board.rows.values().find(|it| it.id != row.id && node_of(it) == wanted_node(plan));
    if let Some(other) = taken_by {
        let message = format!("game {}, which was made here, stands at this place of the bracket", other.id);
        return Err(work.refuse("position", message));
    }
    Ok(GameChanges {
        round: differing(&row.round, plan.round),
        position: differing(&row.position, plan.position),
        bracket_type: differing(&row.bracket_type, plan.bracket_type),
        elimination_type: differing(&row.elimination_type, plan.elimination_type),
        swiss_record_wins: differing(&row.swiss_record_wins, plan.swiss_wins),
        swiss_record_losses: differing(&row.swiss_record_losses, plan.swiss_losses),
        ..GameChanges::default()
    })
}

/// Writes the links of a game; a seat that a game made here leads to keeps its feeder.
pub(super) async fn link(
    work: &mut Work<'_, '_>,
    board: &mut Board<'_>,
    plan: &GamePlan,
) -> Result<(), Fault> {
    let Some(row) = board.ids.get(&plan.source_pk).and_then(|id| board.rows.get(id)) else { return Ok(()) };
    let id = row.id;
    let mut changes = GameChanges::default();
    if let Some(seat) = target(board, plan.next).filter(|it| next_of(row) != Some(*it)) {
        if is_fed(board, seat, next_of) {
            work.say("next_game", "skipped: a game made here leads to this seat");
        } else {
            (changes.next_game_id, changes.next_game_slot) = (Some(Some(seat.0)), Some(Some(seat.1)));
        }
    }
    if let Some(seat) = target(board, plan.loser_next).filter(|it| loser_next_of(row) != Some(*it)) {
        if is_fed(board, seat, loser_next_of) {
            work.say("loser_next_game", "skipped: a game made here leads to this seat");
        } else {
            (changes.loser_next_game_id, changes.loser_next_game_slot) =
                (Some(Some(seat.0)), Some(Some(seat.1)));
        }
    }
    board.amend(work, plan.source_pk, id, changes).await
}

/// A seat of a game.
type Seat = (GameId, Slot);

fn next_of(row: &GameRow) -> Option<Seat> {
    row.next_game_id.zip(row.next_game_slot)
}

fn loser_next_of(row: &GameRow) -> Option<Seat> {
    row.loser_next_game_id.zip(row.loser_next_game_slot)
}

/// The seat a link leads to; none while its game has no row.
fn target(board: &Board<'_>, link: Option<GameLink>) -> Option<Seat> {
    let link = link?;
    Some((board.ids.get(&link.game).copied()?, link.slot))
}

fn is_moved(current: Option<Seat>, wanted: Option<Seat>) -> bool {
    current.is_some() && current != wanted
}

fn is_fed(board: &Board<'_>, seat: Seat, link: fn(&GameRow) -> Option<Seat>) -> bool {
    board.rows.values().any(|it| link(it) == Some(seat))
}
