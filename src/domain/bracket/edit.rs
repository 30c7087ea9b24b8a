//! What staff change by hand: who starts where, whether a game is live, and starting over.
//!
//! Must not decide a game; that is `advance`.

use std::collections::BTreeMap;

use super::error::BracketError;
use super::model::{Bracket, Link, Node, NodeKey, seats};
use crate::types::{GameStatus, TeamId};

impl Bracket {
    /// Seats a team in a pending game, or empties the seat (`DOMAIN §3.5`).
    ///
    /// Only a seat that no game feeds can be changed: the team of any other is the outcome of a game. A team that
    /// moves leaves its old seat first, so that nobody plays twice in a round.
    ///
    /// # Errors
    /// There is no such game, or it is a bye or no longer pending; another game feeds the seat; the team is not of
    /// this tournament, or already has an open game or a bye in that round.
    pub fn assign_team(&self, seat: Link, team: Option<TeamId>) -> Result<Self, BracketError> {
        let node = self.playable(seat.node)?;
        match node.status {
            GameStatus::Pending => {}
            GameStatus::Live => return Err(BracketError::Live(seat.node)),
            GameStatus::Completed => return Err(BracketError::Completed(seat.node)),
        }
        if let Some(feeder) = self.feeder(seat) {
            return Err(BracketError::FedSeat { seat, feeder });
        }
        if let Some(team) = team {
            self.check_free(seat, team)?;
        }
        let mut bracket = self.clone();
        if let Some(node) = bracket.nodes.get_mut(&seat.node) {
            node.set_team(seat.slot, team);
        }
        Ok(bracket)
    }

    /// Whether the team exists and sits nowhere else in the round of `seat`.
    fn check_free(&self, seat: Link, team: TeamId) -> Result<(), BracketError> {
        if !self.placements.contains_key(&team) {
            return Err(BracketError::UnknownTeam(team));
        }
        // A bye is completed from the start, yet its team has its place in the round.
        let is_open = |node: &Node| node.is_bye || node.status != GameStatus::Completed;
        let is_same_round =
            |key: &NodeKey| key.bracket_type == seat.node.bracket_type && key.round == seat.node.round;
        let mut elsewhere = self
            .nodes
            .iter()
            .filter(|(key, node)| is_same_round(key) && is_open(node))
            .flat_map(|(key, node)| seats(*key).map(move |it| (it, node.team(it.slot))));
        match elsewhere.find(|(it, seated)| *it != seat && *seated == Some(team)) {
            Some((it, _)) => Err(BracketError::AlreadySeated { team, game: it.node }),
            None => Ok(()),
        }
    }

    /// Sets a game live, or back to pending.
    ///
    /// # Errors
    /// There is no such game, it is a bye, it is completed, it lacks a team to go live, or `status` is completed: that
    /// is what [`Bracket::report`] is for.
    pub fn set_status(&self, key: NodeKey, status: GameStatus) -> Result<Self, BracketError> {
        let node = self.playable(key)?;
        if status == GameStatus::Completed {
            return Err(BracketError::CompletedByReport(key));
        }
        if node.status == GameStatus::Completed {
            return Err(BracketError::Completed(key));
        }
        if status == GameStatus::Live && (node.radiant.is_none() || node.dire.is_none()) {
            return Err(BracketError::MissingTeam(key));
        }
        let mut bracket = self.clone();
        if let Some(node) = bracket.nodes.get_mut(&key) {
            node.status = status;
        }
        Ok(bracket)
    }

    /// The same games before the first was played: teams sit where no game feeds, and byes are decided again
    /// (`DOMAIN §3.5`).
    ///
    /// With `cascade` games that were begun are given up, and with them every placement and the winner, also those
    /// set by hand. Without such games placements stay.
    ///
    /// # Errors
    /// Games were begun and `cascade` is false.
    pub fn reset(&self, cascade: bool) -> Result<Self, BracketError> {
        let mut bracket = self.started_over(cascade)?;
        if bracket.repeats_final(NodeKey::FINAL) {
            bracket.nodes.remove(&NodeKey::SECOND_FINAL);
        }
        let mut entries = BTreeMap::new();
        for (key, node) in &mut bracket.nodes {
            for seat in seats(*key).filter(|it| self.feeder(*it).is_none()) {
                entries.extend(node.team(seat.slot).map(|team| (seat, team)));
            }
            // A seat that a game feeds is no dead end, even if an import called the game a bye.
            let is_bye = node.is_bye && seats(*key).any(|it| self.is_dead_end(it));
            *node = Node {
                status: GameStatus::Pending,
                winner: None,
                radiant: None,
                dire: None,
                is_bye,
                ..*node
            };
        }
        Ok(bracket.with_entries(entries))
    }

    /// A copy whose results may be given up.
    pub(super) fn started_over(&self, cascade: bool) -> Result<Self, BracketError> {
        let games = self.begun();
        let mut bracket = self.clone();
        if games.is_empty() {
            return Ok(bracket);
        }
        if !cascade {
            return Err(BracketError::ResultsInTheWay { games });
        }
        bracket.winner = None;
        bracket.placements.values_mut().for_each(|it| *it = None);
        Ok(bracket)
    }
}
