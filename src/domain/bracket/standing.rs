//! What the results of a bracket mean for its teams, and how that reaches placements and winner.
//!
//! A change compares what the results meant before and after it and touches only what differs. So placements of
//! teams that the change does not concern stay, also those set by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Bracket, Node, NodeKey};
use super::placement::{BracketGame, bracket_winner, loser_placement};
use crate::types::TeamId;

/// Placements and winner that follow from the results alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    places: BTreeMap<TeamId, i32>,
    winner: Option<TeamId>,
}

impl Standing {
    /// Losers who are out by `DOMAIN §3.7`, and the champion as 1st.
    pub(super) fn of(bracket: &Bracket) -> Self {
        // Teams of the bracket, whatever other teams the tournament has by now (`DOMAIN §3.7`).
        let seated: BTreeSet<TeamId> =
            bracket.nodes.values().flat_map(|it| [it.radiant, it.dire]).flatten().collect();
        let n_teams = i32::try_from(seated.len()).unwrap_or(i32::MAX);
        let games: Vec<_> = bracket.nodes.iter().map(|(key, node)| game(*key, node)).collect();
        let mut places = BTreeMap::new();
        for (node, game) in bracket.nodes.values().zip(&games) {
            let Some(loser) = node.loser() else { continue };
            if let Some(place) = loser_placement(n_teams, &games, game) {
                // Without links a team may be out twice; what it reached last counts.
                places.entry(loser).and_modify(|it: &mut i32| *it = place.min(*it)).or_insert(place);
            }
        }
        let winner = bracket_winner(&games);
        places.extend(winner.map(|it| (it, 1)));
        Self { places, winner }
    }

    /// Brings placements and winner of `bracket` up to date after a change; `self` is the standing before it.
    ///
    /// - A team that a result puts out, or crowns, is placed unless somebody placed it by hand before: that stays.
    /// - A team whose result went away loses its placement, or gets the new one, whoever set the old: a team that
    ///   plays on is not placed.
    /// - The winner of a decided final is the tournament's winner, and there is none once the final is open again.
    ///
    /// So reporting and retracting a result restores every placement, but for a team that was placed by hand while
    /// it was still playing.
    pub(super) fn settle(&self, bracket: &mut Bracket) {
        let after = Self::of(bracket);
        for (team, placement) in &mut bracket.placements {
            let (was, is) = (self.places.get(team), after.places.get(team));
            if was != is && (was.is_some() || placement.is_none()) {
                *placement = is.copied();
            }
        }
        if self.winner != after.winner {
            bracket.winner = after.winner;
        }
    }
}

fn game(key: NodeKey, node: &Node) -> BracketGame {
    BracketGame {
        bracket_type: key.bracket_type,
        round: key.round,
        is_bye: node.is_bye,
        has_loser_path: node.loser_path().is_some(),
        status: node.status,
        winning_team_id: node.winner,
    }
}
