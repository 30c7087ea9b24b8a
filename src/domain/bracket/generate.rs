//! Makes the games of a single or double elimination from an order of seeds: wiring, then byes, then entries.
//!
//! Must not look at MMR (`seeding` does) nor make Swiss rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::advance::Change;
use super::error::BracketError;
use super::model::{Bracket, Link, Node, NodeKey, seats};
use super::seeding::{check_order, seed_positions};
use crate::types::{BracketType, EliminationType, Slot, TeamId, TournamentType};

/// Fewest teams of a bracket.
pub const MIN_BRACKET_TEAMS: usize = 2;

/// Most teams of a bracket: 320 players, and 126 games in double elimination, far above any in-house event.
pub const MAX_BRACKET_TEAMS: usize = 1 << MAX_ROUNDS;

/// Rounds of the largest winners bracket.
const MAX_ROUNDS: i32 = 6;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BracketPlan<'a> {
    /// Single or double elimination.
    pub format: TournamentType,
    /// Every team of the tournament, the best seed first.
    pub order: &'a [TeamId],
    /// Whether the final is played again when the team of the losers bracket wins it; single elimination has none.
    pub has_grand_final_reset: bool,
}

impl Bracket {
    /// The bracket of `plan`, in place of the games there are (`DOMAIN §3.3`, `§3.4`).
    ///
    /// With `cascade` games that were begun are given up, and with them every placement and the winner, also those
    /// set by hand. Without such games placements stay.
    ///
    /// # Errors
    /// The plan cannot be generated, or games were begun and `cascade` is false.
    pub fn generate(&self, plan: &BracketPlan<'_>, cascade: bool) -> Result<Self, BracketError> {
        let is_double = match plan.format {
            TournamentType::SingleElimination => false,
            TournamentType::DoubleElimination => true,
            TournamentType::Swiss => return Err(BracketError::SwissNotSupported),
        };
        let n_teams = plan.order.len();
        if !(MIN_BRACKET_TEAMS..=MAX_BRACKET_TEAMS).contains(&n_teams) {
            return Err(BracketError::TeamCount(n_teams));
        }
        check_order(plan.order, self.placements.keys().copied())?;
        let entries = entries(plan.order);
        let mut bracket = self.started_over(cascade)?;
        bracket.nodes = wire(n_winners_rounds(n_teams), is_double);
        bracket.has_grand_final_reset = is_double && plan.has_grand_final_reset;
        close_seats(&mut bracket.nodes, entries.keys().copied().collect());
        Ok(bracket.with_entries(entries))
    }

    /// The same format generated anew with another order of seeds (`DOMAIN §3.5`).
    ///
    /// # Errors
    /// There is no bracket, it cannot be generated here, the order is not made of every team once, or a game other
    /// than a bye is live or completed.
    pub fn reseed(&self, order: &[TeamId]) -> Result<Self, BracketError> {
        let Some(format) = self.format() else { return Err(BracketError::NoBracket) };
        let games = self.begun();
        if !games.is_empty() {
            return Err(BracketError::AlreadyPlayed { games });
        }
        let has_grand_final_reset = self.has_grand_final_reset;
        self.generate(&BracketPlan { format, order, has_grand_final_reset }, false)
    }

    /// What kind of bracket the games make; `None` without games.
    #[must_use]
    pub fn format(&self) -> Option<TournamentType> {
        let any = |is: fn(&NodeKey, &Node) -> bool| self.nodes.iter().any(|(key, node)| is(key, node));
        if self.nodes.is_empty() {
            None
        } else if any(|key, _| key.bracket_type == BracketType::Swiss) {
            Some(TournamentType::Swiss)
        } else if any(|key, node| {
            key.bracket_type != BracketType::Winners || node.elimination_type == EliminationType::Double
        }) {
            Some(TournamentType::DoubleElimination)
        } else {
            Some(TournamentType::SingleElimination)
        }
    }

    /// Seats teams that come from no game; a bye among those games is decided and its team goes on.
    pub(super) fn with_entries(self, entries: BTreeMap<Link, TeamId>) -> Self {
        let mut change = Change::new(self);
        for (seat, team) in entries {
            change.seat(seat, team);
        }
        change.bracket
    }
}

/// Rounds of the winners bracket: the logarithm of the next power of two (`DOMAIN §3.3`).
fn n_winners_rounds(n_teams: usize) -> i32 {
    (1..MAX_ROUNDS).find(|rounds| 1_usize << rounds >= n_teams).unwrap_or(MAX_ROUNDS)
}

/// Which team starts in which seat of the first round; seats of missing seeds are absent (`DOMAIN §3.2`).
fn entries(order: &[TeamId]) -> BTreeMap<Link, TeamId> {
    let first_round = (0..).flat_map(|position| seats(winners(1, position)));
    let seeds = seed_positions(order.len()).into_iter().map(|seed| order.get(seed - 1));
    first_round.zip(seeds).filter_map(|(seat, team)| team.map(|team| (seat, *team))).collect()
}

/// All games of a full bracket, with their paths and nobody seated (`DOMAIN §3.3`).
fn wire(n_rounds: i32, is_double: bool) -> BTreeMap<NodeKey, Node> {
    let mut nodes = BTreeMap::new();
    let elimination_type = if is_double { EliminationType::Double } else { EliminationType::Single };
    for round in 1..=n_rounds {
        for position in 0..1 << (n_rounds - round) {
            let is_last = round == n_rounds;
            let next = if is_last {
                final_seat(is_double, Slot::Radiant)
            } else {
                Some(halved(winners, round, position))
            };
            let loser_next = is_double.then(|| loser_path(n_rounds, round, position));
            nodes.insert(winners(round, position), Node { next, loser_next, ..Node::new(elimination_type) });
        }
    }
    if is_double {
        let last = 2 * (n_rounds - 1);
        for round in 1..=last {
            for position in 0..1 << (n_rounds - 1 - (round + 1) / 2) {
                let next = losers_next(last, round, position);
                nodes.insert(losers(round, position), Node { next, ..Node::new(EliminationType::Single) });
            }
        }
        nodes.insert(NodeKey::FINAL, Node::new(EliminationType::Single));
    }
    nodes
}

fn winners(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Winners, round, position)
}

fn losers(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Losers, round, position)
}

fn final_seat(is_double: bool, slot: Slot) -> Option<Link> {
    is_double.then_some(Link { node: NodeKey::FINAL, slot })
}

/// Two games lead to one: the even position to its Radiant seat, the odd one to Dire.
fn halved(part: fn(i32, i32) -> NodeKey, round: i32, position: i32) -> Link {
    let slot = if position % 2 == 0 { Slot::Radiant } else { Slot::Dire };
    Link { node: part(round + 1, position / 2), slot }
}

/// Where the loser of a winners game drops to: losers round 1 from round 1, then every second round.
fn loser_path(n_rounds: i32, round: i32, position: i32) -> Link {
    match round {
        _ if n_rounds == 1 => Link { node: NodeKey::FINAL, slot: Slot::Dire },
        1 => halved(|_, position| losers(1, position), round, position),
        _ => Link { node: losers(2 * (round - 1), position), slot: Slot::Dire },
    }
}

/// Where the winner of a losers game goes: after an odd round to meet a team that drops, after an even one to meet
/// its neighbour.
fn losers_next(last: i32, round: i32, position: i32) -> Option<Link> {
    if round == last {
        final_seat(true, Slot::Dire)
    } else if round % 2 == 1 {
        Some(Link { node: losers(round + 1, position), slot: Slot::Radiant })
    } else {
        Some(halved(losers, round, position))
    }
}

/// Marks games that only one team can enter as byes and leaves out those that nobody can (`DOMAIN §3.4`).
///
/// `open` are the seats of the first round that have a team.
fn close_seats(nodes: &mut BTreeMap<NodeKey, Node>, mut open: BTreeSet<Link>) {
    // Keys are in order of play, so the seats of a game are settled when its turn comes: one pass is stable.
    let keys: Vec<_> = nodes.keys().copied().collect();
    for key in keys {
        let n_open = seats(key).filter(|it| open.contains(it)).count();
        if n_open == 0 {
            nodes.remove(&key);
        } else if let Some(node) = nodes.get_mut(&key) {
            if n_open == 1 {
                node.is_bye = true;
                node.loser_next = None;
            }
            open.extend([node.next, node.loser_next].into_iter().flatten());
        }
    }
}
