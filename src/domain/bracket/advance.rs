//! Results: who goes where when a game is decided, and how a result is taken back.
//!
//! Works on whatever wiring the games have. A path that leads to no game, or is missing, moves nobody.

use std::collections::BTreeSet;

use super::error::BracketError;
use super::model::{Bracket, Link, Node, NodeKey};
use super::standing::Standing;
use crate::types::{EliminationType, GameStatus, Slot, TeamId};

impl Bracket {
    /// Completes a game with the team in that seat as its winner, and moves both teams on (`DOMAIN §3.6`).
    ///
    /// A loser who is out and the champion are placed, unless they were placed by hand before (`DOMAIN §3.7`); a
    /// decided final names the tournament's winner. The same winner again changes nothing. Another winner first takes
    /// back what the old result wrote. With `cascade`, games that rest on the old result, or were begun with other
    /// teams than the new one sends there, are cleared: pending, without winner, and so on from there.
    ///
    /// # Errors
    /// There is no such game, it is a bye, it lacks a team, or games are in the way and `cascade` is false.
    pub fn report(&self, key: NodeKey, winner: Slot, cascade: bool) -> Result<Self, BracketError> {
        let node = self.playable(key)?;
        let (Some(radiant), Some(dire)) = (node.radiant, node.dire) else {
            return Err(BracketError::MissingTeam(key));
        };
        let winner = match winner {
            Slot::Radiant => radiant,
            Slot::Dire => dire,
        };
        if node.winner == Some(winner) {
            return Ok(self.clone());
        }
        self.changed(cascade, |change| {
            change.undo(key);
            change.decide(key, winner);
        })
    }

    /// Takes back the result of a game and all it wrote; the game is pending again (`DOMAIN §3.6`).
    ///
    /// A team that plays on loses its placement, whoever set it. A game without a result is left as it is. After
    /// [`Bracket::report`] this restores the bracket as it was, save that a live game returns as pending, and that
    /// a team which was placed by hand while still playing is not placed any more.
    ///
    /// # Errors
    /// There is no such game, it is a bye, or later games rest on the result and `cascade` is false.
    pub fn retract(&self, key: NodeKey, cascade: bool) -> Result<Self, BracketError> {
        let node = self.playable(key)?;
        if node.winner.is_none() && node.status != GameStatus::Completed {
            return Ok(self.clone());
        }
        self.changed(cascade, |change| change.undo(key))
    }

    /// The game, if it is there and is not decided by itself.
    pub(super) fn playable(&self, key: NodeKey) -> Result<&Node, BracketError> {
        let node = self.nodes.get(&key).ok_or(BracketError::UnknownGame(key))?;
        if node.is_bye { Err(BracketError::Bye(key)) } else { Ok(node) }
    }

    fn changed(&self, cascade: bool, apply: impl FnOnce(&mut Change)) -> Result<Self, BracketError> {
        let mut change = Change::new(self.clone());
        apply(&mut change);
        if !cascade && !change.cleared.is_empty() {
            return Err(BracketError::ResultsInTheWay { games: change.cleared.into_iter().collect() });
        }
        Standing::of(self).settle(&mut change.bracket);
        Ok(change.bracket)
    }
}

/// A bracket while teams are moved through it, and the games that were cleared on the way.
///
/// Placements and winner are not its business. Every step back opens a decided game, so it ends even where links
/// lead in a circle.
pub(super) struct Change {
    /// What it has come to.
    pub(super) bracket: Bracket,
    cleared: BTreeSet<NodeKey>,
}

impl Change {
    pub(super) fn new(bracket: Bracket) -> Self {
        Self { bracket, cleared: BTreeSet::new() }
    }

    /// Completes a game and seats both teams where its paths lead.
    fn decide(&mut self, key: NodeKey, winner: TeamId) {
        let Some(node) = self.bracket.nodes.get_mut(&key) else { return };
        node.winner = Some(winner);
        node.status = GameStatus::Completed;
        let node = *node;
        for (seat, team) in departures(key, &node) {
            self.seat(seat, team);
        }
        if node.dire == Some(winner) && self.bracket.repeats_final(key) {
            let again = Node { radiant: node.radiant, dire: node.dire, ..Node::new(EliminationType::Single) };
            self.bracket.nodes.insert(NodeKey::SECOND_FINAL, again);
        }
    }

    /// Opens a game and empties the seats that its result filled.
    fn undo(&mut self, key: NodeKey) {
        let Some(node) = self.bracket.nodes.get_mut(&key) else { return };
        let before = *node;
        node.winner = None;
        node.status = GameStatus::Pending;
        for (seat, team) in departures(key, &before) {
            self.unseat(seat, team);
        }
        if self.bracket.repeats_final(key) {
            let second = self.bracket.nodes.remove(&NodeKey::SECOND_FINAL);
            self.cleared.extend(second.filter(Node::is_begun).map(|_| NodeKey::SECOND_FINAL));
        }
    }

    /// Puts a team into a seat, whoever sat there; a bye is thereby decided.
    pub(super) fn seat(&mut self, seat: Link, team: TeamId) {
        let Some(node) = self.bracket.nodes.get(&seat.node) else { return };
        let is_begun = node.status != GameStatus::Pending;
        if is_begun && node.team(seat.slot) == Some(team) {
            return;
        }
        if is_begun {
            self.cleared.insert(seat.node);
            self.undo(seat.node);
        }
        let Some(node) = self.bracket.nodes.get_mut(&seat.node) else { return };
        node.set_team(seat.slot, Some(team));
        // An imported bye may turn out to be none when its second team arrives.
        node.is_bye = node.is_bye && node.team(other(seat.slot)).is_none();
        if node.is_bye {
            self.decide(seat.node, team);
        }
    }

    /// Empties a seat if that team still sits there, and first opens the game if it was begun.
    fn unseat(&mut self, seat: Link, team: TeamId) {
        let Some(node) = self.bracket.nodes.get(&seat.node).filter(|it| it.team(seat.slot) == Some(team))
        else {
            return;
        };
        if node.status != GameStatus::Pending {
            // A bye is opened and decided by itself: nothing that anybody entered is lost.
            self.cleared.extend(node.is_begun().then_some(seat.node));
            self.undo(seat.node);
        }
        if let Some(node) = self.bracket.nodes.get_mut(&seat.node) {
            node.set_team(seat.slot, None);
        }
    }
}

/// Which teams leave a decided game, and for which seats.
fn departures(key: NodeKey, node: &Node) -> impl Iterator<Item = (Link, TeamId)> {
    node.paths(key).into_iter().zip([node.winner, node.loser()]).filter_map(|(path, team)| path.zip(team))
}

fn other(slot: Slot) -> Slot {
    match slot {
        Slot::Radiant => Slot::Dire,
        Slot::Dire => Slot::Radiant,
    }
}
