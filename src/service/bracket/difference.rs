//! Makes the rows say what a changed bracket says, by what differs: nothing else is written, and no version grows
//! without a change.
//!
//! No seat may be promised twice and no place taken twice at any moment, for neither database waits until the end to look.
//! Hence the order: links that change are let go, games that vanish are deleted, new ones are made without links, and
//! only then everything gets its last value. A place never moves from row to row, so it needs no care.

use std::collections::BTreeSet;

use super::board::{Board, place};
use super::outcome::BracketOutcome;
use crate::db::models::{
    GameChanges, GameRow, NewGame, TeamChanges, TeamRow, TournamentChanges, TournamentRow,
};
use crate::db::{DbResult, UnitOfWork};
use crate::domain::bracket::{Bracket, Link, Node, NodeKey};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{GameId, Slot, TeamId, TournamentType};

/// What the rows are to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The bracket as it is to be.
    pub(super) after: &'a Bracket,
    /// The game whose own result was changed: it keeps its match as long as both teams stay.
    pub(super) reported: Option<NodeKey>,
    /// The tournament's type, if it is said anew.
    pub(super) tournament_type: Option<TournamentType>,
}

impl<'a> Target<'a> {
    pub(super) fn new(after: &'a Bracket) -> Self {
        Self { after, reported: None, tournament_type: None }
    }
}

/// A seat as rows name it.
type Seat = (GameId, Slot);

impl Board {
    /// Writes what differs.
    ///
    /// # Errors
    /// A team would play itself, or the database failed.
    pub(super) async fn write(
        self,
        uow: &mut UnitOfWork,
        target: Target<'_>,
    ) -> CommandResult<BracketOutcome> {
        check_opponents(target.after)?;
        let tournament_id = self.tournament.as_ref().map(|it| it.id);
        let mut writer = Writer { board: self, target, changed: BTreeSet::new() };
        writer.release(uow).await?;
        let deleted_games = writer.delete(uow).await?;
        writer.insert(uow).await?;
        writer.update(uow).await?;
        let teams = writer.place_teams(uow).await?;
        writer.settle_tournament(uow).await?;
        let changed: Vec<_> = writer.changed.iter().copied().collect();
        Ok(BracketOutcome {
            tournament_id,
            game_id: None,
            games: writer.board.ids(&changed),
            deleted_games,
            teams,
        })
    }
}

/// Links that were not made here may lead a team against itself.
fn check_opponents(after: &Bracket) -> CommandResult<()> {
    let plays_itself = |node: &Node| node.radiant.is_some() && node.radiant == node.dire;
    match after.nodes.iter().find(|(_, node)| plays_itself(node)) {
        Some((key, _)) => {
            let message = format!("a team would play itself in {key}: empty one of its seats first");
            Err(Rejection::conflict(message).into())
        }
        None => Ok(()),
    }
}

struct Writer<'a> {
    board: Board,
    target: Target<'a>,
    changed: BTreeSet<NodeKey>,
}

impl Writer<'_> {
    /// Lets go of links that change, and of links to games that vanish, which the database would cut unseen.
    async fn release(&mut self, uow: &mut UnitOfWork) -> DbResult<()> {
        let (vanishing, wanted) = (self.vanishing(), self.wanted_seats());
        let vanishing_ids: BTreeSet<_> = self.board.ids(&vanishing).into_iter().collect();
        let is_let_go = |key: &NodeKey, seat: Option<Seat>, link: fn(&Node) -> Option<Link>| {
            let Some(seat) = seat else { return false };
            let is_moved = match (self.board.bracket.nodes.get(key), self.target.after.nodes.get(key)) {
                (Some(before), Some(after)) => link(before) != link(after),
                // Not part of the bracket: it gives way.
                _ => wanted.contains(&seat),
            };
            is_moved || vanishing_ids.contains(&seat.0)
        };
        let mut held = Vec::new();
        for (key, row) in self.board.rows.iter().filter(|(key, _)| !vanishing.contains(key)) {
            let mut changes = GameChanges::default();
            if is_let_go(key, next_of(row), |it| it.next) {
                (changes.next_game_id, changes.next_game_slot) = (Some(None), Some(None));
            }
            if is_let_go(key, loser_next_of(row), |it| it.loser_next) {
                (changes.loser_next_game_id, changes.loser_next_game_slot) = (Some(None), Some(None));
            }
            if changes != GameChanges::default() {
                held.push((*key, row.clone(), changes));
            }
        }
        self.apply(uow, held).await
    }

    /// Deletes the games that the bracket has no more.
    async fn delete(&mut self, uow: &mut UnitOfWork) -> DbResult<Vec<GameId>> {
        let mut deleted = Vec::new();
        for key in self.vanishing() {
            if let Some(row) = self.board.rows.remove(&key) {
                uow.delete::<GameRow>(row.id).await?;
                deleted.push(row.id);
            }
        }
        Ok(deleted)
    }

    /// Makes the games that the bracket did not have, without links.
    async fn insert(&mut self, uow: &mut UnitOfWork) -> DbResult<()> {
        let is_new = |key: &NodeKey| !self.board.rows.contains_key(key);
        let missing = self.target.after.nodes.iter().filter(|(key, _)| is_new(key));
        let new: Vec<_> =
            missing.map(|(key, node)| new_game(self.board.tournament.as_ref(), *key, node)).collect();
        for row in uow.insert_all::<GameRow>(new).await? {
            self.changed.insert(place(&row));
            self.board.rows.insert(place(&row), row);
        }
        Ok(())
    }

    /// Gives every game its last value.
    async fn update(&mut self, uow: &mut UnitOfWork) -> DbResult<()> {
        let mut held = Vec::new();
        for (key, node) in &self.target.after.nodes {
            let Some(row) = self.board.rows.get(key) else { continue };
            let changes = self.changes(*key, row, node);
            if changes != GameChanges::default() {
                held.push((*key, row.clone(), changes));
            }
        }
        self.apply(uow, held).await
    }

    fn changes(&self, key: NodeKey, row: &GameRow, node: &Node) -> GameChanges {
        let before = self.board.bracket.nodes.get(&key);
        let mut changes = before.map_or_else(GameChanges::default, |it| columns(it, node));
        if before.and_then(|it| it.next) != node.next && next_of(row) != self.seat(node.next) {
            let (game, slot) = self.seat(node.next).unzip();
            (changes.next_game_id, changes.next_game_slot) = (Some(game), Some(slot));
        }
        if before.and_then(|it| it.loser_next) != node.loser_next
            && loser_next_of(row) != self.seat(node.loser_next)
        {
            let (game, slot) = self.seat(node.loser_next).unzip();
            (changes.loser_next_game_id, changes.loser_next_game_slot) = (Some(game), Some(slot));
        }
        let is_reported = self.target.reported == Some(key);
        if row.steam_match_id.is_some() && before.is_some_and(|it| !keeps_match(it, node, is_reported)) {
            changes.steam_match_id = Some(None);
        }
        changes
    }

    /// Writes these changes and remembers the rows they lead to.
    async fn apply(
        &mut self,
        uow: &mut UnitOfWork,
        held: Vec<(NodeKey, GameRow, GameChanges)>,
    ) -> DbResult<()> {
        let keys: Vec<_> = held.iter().map(|(key, _, _)| *key).collect();
        let rows = held.iter().map(|(_, row, changes)| (row, changes.clone())).collect();
        for (key, row) in keys.into_iter().zip(uow.update_held(rows).await?) {
            self.changed.insert(key);
            self.board.rows.insert(key, row);
        }
        Ok(())
    }

    async fn place_teams(&self, uow: &mut UnitOfWork) -> DbResult<Vec<TeamId>> {
        let placement = |bracket: &Bracket, row: &TeamRow| bracket.placements.get(&row.id).copied().flatten();
        let moved = self.board.teams.iter().filter_map(|row| {
            let after = placement(self.target.after, row);
            let changes = TeamChanges { placement: Some(after), ..TeamChanges::default() };
            (placement(&self.board.bracket, row) != after).then_some((row, changes))
        });
        let rows = uow.update_held(moved.collect()).await?;
        Ok(rows.into_iter().map(|it| it.id).collect())
    }

    async fn settle_tournament(&self, uow: &mut UnitOfWork) -> DbResult<()> {
        let Some(row) = &self.board.tournament else { return Ok(()) };
        let (before, after) = (&self.board.bracket, self.target.after);
        let has_reset = after.has_grand_final_reset;
        let changes = TournamentChanges {
            winning_team_id: differing(before.winner, after.winner),
            has_grand_final_reset: differing(before.has_grand_final_reset, has_reset),
            tournament_type: self.target.tournament_type.filter(|it| *it != row.tournament_type),
            ..TournamentChanges::default()
        };
        if changes != TournamentChanges::default() {
            uow.update_held::<TournamentRow>(vec![(row, changes)]).await?;
        }
        Ok(())
    }

    fn vanishing(&self) -> Vec<NodeKey> {
        let stays = |key: &NodeKey| self.target.after.nodes.contains_key(key);
        self.board.bracket.nodes.keys().copied().filter(|key| !stays(key)).collect()
    }

    /// Seats that are fed by the bracket afterwards.
    fn wanted_seats(&self) -> BTreeSet<Seat> {
        let links = self.target.after.nodes.values().flat_map(|it| [it.next, it.loser_next]);
        links.filter_map(|it| self.seat(it)).collect()
    }

    fn seat(&self, link: Option<Link>) -> Option<Seat> {
        let link = link?;
        Some((self.board.rows.get(&link.node)?.id, link.slot))
    }
}

fn new_game(tournament: Option<&TournamentRow>, key: NodeKey, node: &Node) -> NewGame {
    NewGame {
        tournament_id: tournament.map(|it| it.id),
        league_id: None,
        round: key.round,
        position: key.position,
        bracket_type: key.bracket_type,
        elimination_type: node.elimination_type,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: node.status,
        is_bye: node.is_bye,
        steam_match_id: None,
        radiant_team_id: node.radiant,
        dire_team_id: node.dire,
        winning_team_id: node.winner,
    }
}

/// The columns of a game that differ, links aside.
fn columns(before: &Node, after: &Node) -> GameChanges {
    GameChanges {
        elimination_type: differing(before.elimination_type, after.elimination_type),
        status: differing(before.status, after.status),
        is_bye: differing(before.is_bye, after.is_bye),
        radiant_team_id: differing(before.radiant, after.radiant),
        dire_team_id: differing(before.dire, after.dire),
        winning_team_id: differing(before.winner, after.winner),
        ..GameChanges::default()
    }
}

/// Whether a game's Dota 2 match is still that of its teams and its result.
fn keeps_match(before: &Node, after: &Node, is_reported: bool) -> bool {
    let pair = |node: &Node| node.radiant.zip(node.dire).map(|(one, other)| (one.min(other), one.max(other)));
    let has_lost_team = pair(before).is_some() && pair(before) != pair(after);
    let is_given_up = before.is_begun() && !after.is_begun() && !is_reported;
    !has_lost_team && !is_given_up
}

fn next_of(row: &GameRow) -> Option<Seat> {
    row.next_game_id.zip(row.next_game_slot)
}

fn loser_next_of(row: &GameRow) -> Option<Seat> {
    row.loser_next_game_id.zip(row.loser_next_game_slot)
}

fn differing<T: Copy + PartialEq>(before: T, after: T) -> Option<T> {
    (before != after).then_some(after)
}
