//! Imports the games of a tournament (DOMAIN §1.7, §9.3 rules 3 and 6): first who is who, then rows, then links.
//!
//! A guessed bracket gives new games a place and says nothing about those that are here. The links are in `node`.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{differing, stated};
use super::failure::Fault;
use super::node;
use super::work::{Work, fate};
use crate::db::models::{
    GameChanges, GameRow, GamesOfTournament, NewGame, SteamMatchKey, TeamRow, TeamsOfTournament,
};
use crate::domain::import::{BracketSource, Change, GamePlan, SourcePk};
use crate::types::{GameId, GameStatus, TeamId, TournamentId};

/// The games that are here, and which of them are the file's.
pub(super) struct Board<'p> {
    pub(super) tournament_id: TournamentId,
    pub(super) plans: &'p [GamePlan],
    pub(super) source: BracketSource,
    pub(super) rows: BTreeMap<GameId, GameRow>,
    /// Rows of the file's games: those that were here, then those that are made.
    pub(super) ids: BTreeMap<SourcePk, GameId>,
    pub(super) changed: BTreeSet<SourcePk>,
    teams: BTreeMap<SourcePk, TeamId>,
}

/// Makes the games of this source those of the file; tells whether any had to go.
pub(super) async fn games(
    work: &mut Work<'_, '_>,
    tournament_id: TournamentId,
    plans: &[GamePlan],
    source: BracketSource,
) -> Result<bool, Fault> {
    let mut board = load(work, tournament_id, plans, source).await?;
    let mut fates = node::find_rows(work, &mut board).await?;
    let is_removed = node::remove_vanished(work, &mut board).await?;
    node::release(work, &mut board).await?;
    for plan in plans {
        work.begin::<GameRow>(plan.source_pk, &plan.at);
        write(work, &mut board, plan).await?;
        work.run.step(1, &plan.at.file);
    }
    if source == BracketSource::File {
        for plan in plans {
            work.at = plan.at.clone();
            node::link(work, &mut board, plan).await?;
        }
    }
    for plan in plans {
        let is_changed = board.changed.contains(&plan.source_pk);
        let change = fates.remove(&plan.source_pk).filter(|it| *it != Change::Unchanged);
        work.count::<GameRow>(change.unwrap_or_else(|| fate(is_changed)));
    }
    Ok(is_removed)
}

async fn load<'p>(
    work: &mut Work<'_, '_>,
    tournament_id: TournamentId,
    plans: &'p [GamePlan],
    source: BracketSource,
) -> Result<Board<'p>, Fault> {
    let rows = work.uow.children::<GamesOfTournament>(tournament_id).await?;
    let teams = work.uow.children::<TeamsOfTournament>(tournament_id).await?;
    let teams = teams.iter().map(|it| (work.run.mappings.pk::<TeamRow>(it.id), it.id));
    Ok(Board {
        tournament_id,
        plans,
        source,
        rows: rows.into_iter().map(|it| (it.id, it)).collect(),
        ids: BTreeMap::new(),
        changed: BTreeSet::new(),
        teams: teams.filter_map(|(pk, id)| Some((pk?, id))).collect(),
    })
}

impl Board<'_> {
    /// Writes to one of the file's games.
    pub(super) async fn amend(
        &mut self,
        work: &mut Work<'_, '_>,
        pk: SourcePk,
        id: GameId,
        changes: GameChanges,
    ) -> Result<(), Fault> {
        if let Some(row) = work.amend::<GameRow>(id, changes).await? {
            self.rows.insert(id, row);
            self.changed.insert(pk);
        }
        Ok(())
    }

    /// The team of a seat: one of this tournament's, whichever file the game is from.
    fn team(
        &self,
        work: &mut Work<'_, '_>,
        pk: Option<SourcePk>,
        field: &str,
    ) -> Result<Option<TeamId>, Fault> {
        let Some(pk) = pk else { return Ok(None) };
        match self.teams.get(&pk) {
            Some(id) => Ok(Some(*id)),
            None => Err(work.refuse(field, format!("team {pk} is no team of this tournament here"))),
        }
    }
}

/// The references of a game, as keys of ours.
struct Refs {
    radiant: Option<TeamId>,
    dire: Option<TeamId>,
    winner: Option<TeamId>,
    steam_match_id: Option<i64>,
}

/// Writes everything about a game but its links.
async fn write(work: &mut Work<'_, '_>, board: &mut Board<'_>, plan: &GamePlan) -> Result<(), Fault> {
    let row = board.ids.get(&plan.source_pk).and_then(|id| board.rows.get(id)).cloned();
    let refs = Refs {
        radiant: board.team(work, plan.radiant, "radiant_team")?,
        dire: board.team(work, plan.dire, "dire_team")?,
        winner: board.team(work, plan.winner, "winning_team")?,
        steam_match_id: free_match(work, plan, row.as_ref()).await?,
    };
    match row {
        Some(row) => {
            let changes = changes(work, board, plan, &row, &refs)?;
            board.amend(work, plan.source_pk, row.id, changes).await
        }
        None => create(work, board, plan, &refs).await,
    }
}

async fn create(
    work: &mut Work<'_, '_>,
    board: &mut Board<'_>,
    plan: &GamePlan,
    refs: &Refs,
) -> Result<(), Fault> {
    let new = NewGame {
        tournament_id: Some(board.tournament_id),
        league_id: None,
        round: plan.round,
        position: node::free_position(board, plan),
        bracket_type: plan.bracket_type,
        elimination_type: plan.elimination_type,
        swiss_record_wins: plan.swiss_wins,
        swiss_record_losses: plan.swiss_losses,
        status: plan.status,
        is_bye: plan.is_bye,
        steam_match_id: refs.steam_match_id,
        radiant_team_id: refs.radiant,
        dire_team_id: refs.dire,
        winning_team_id: refs.winner,
    };
    let row = work.create::<GameRow>(plan.source_pk, new).await?;
    board.ids.insert(plan.source_pk, row.id);
    board.rows.insert(row.id, row);
    Ok(())
}

/// What differs. A game decided here is not opened again by a file that has the same pair, or none, still open.
fn changes(
    work: &mut Work<'_, '_>,
    board: &Board<'_>,
    plan: &GamePlan,
    row: &GameRow,
    refs: &Refs,
) -> Result<GameChanges, Fault> {
    let mut changes = match board.source {
        BracketSource::File => node::place(work, board, plan, row)?,
        BracketSource::Guessed => GameChanges::default(),
    };
    changes.steam_match_id = stated(row.steam_match_id.as_ref(), refs.steam_match_id);
    let has_seats = plan.radiant.is_some() || plan.dire.is_some();
    let is_same_pair = (refs.radiant, refs.dire) == (row.radiant_team_id, row.dire_team_id);
    let is_open = plan.status != GameStatus::Completed;
    if row.status == GameStatus::Completed && is_open && (is_same_pair || !has_seats) {
        work.say("status", "skipped: the game is decided here, its result stays");
        return Ok(changes);
    }
    if has_seats {
        changes.radiant_team_id = differing(&row.radiant_team_id, refs.radiant);
        changes.dire_team_id = differing(&row.dire_team_id, refs.dire);
    }
    changes.status = differing(&row.status, plan.status);
    changes.winning_team_id = differing(&row.winning_team_id, refs.winner);
    changes.is_bye = differing(&row.is_bye, plan.is_bye);
    Ok(changes)
}

/// The Dota 2 match, unless it is another game's here: one match belongs to one game (DOMAIN §1.7).
async fn free_match(
    work: &mut Work<'_, '_>,
    plan: &GamePlan,
    row: Option<&GameRow>,
) -> Result<Option<i64>, Fault> {
    let Some(id) = plan.steam_match_id else { return Ok(None) };
    if row.is_some_and(|it| it.steam_match_id == Some(id)) {
        return Ok(Some(id));
    }
    if let Some(owner) = work.uow.find(SteamMatchKey(id)).await? {
        work.say("gameid", format!("skipped: match {id} is game {}'s here", owner.id));
        return Ok(None);
    }
    Ok(Some(id))
}
