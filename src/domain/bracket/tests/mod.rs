//! Tests of the bracket as a whole, by what is asked of it, and the small verbs they are written in.

mod corrections;
mod editing;
mod generation;
mod imported;
mod properties;
mod results;

use super::{Bracket, BracketPlan, Link, Node, NodeKey};
use crate::types::{BracketType, GameStatus, Slot, TeamId, TournamentType};

use Slot::{Dire, Radiant};
use TournamentType::{DoubleElimination, SingleElimination};

fn w(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Winners, round, position)
}

fn l(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Losers, round, position)
}

fn gf(round: i32) -> NodeKey {
    NodeKey::new(BracketType::GrandFinals, round, 0)
}

fn seat(node: NodeKey, slot: Slot) -> Link {
    Link { node, slot }
}

/// Teams 1 to n; the number is the seed.
fn teams(n: i64) -> Vec<TeamId> {
    (1..=n).map(TeamId).collect()
}

fn generated(n: i64, format: TournamentType, has_grand_final_reset: bool) -> Bracket {
    let order = teams(n);
    let plan = BracketPlan { format, order: &order, has_grand_final_reset };
    Bracket::new(teams(n)).generate(&plan, false).unwrap()
}

fn double(n: i64) -> Bracket {
    generated(n, DoubleElimination, false)
}

fn single(n: i64) -> Bracket {
    generated(n, SingleElimination, false)
}

/// The bracket after these games, none of them in the way of another.
fn played(bracket: &Bracket, results: &[(NodeKey, Slot)]) -> Bracket {
    results.iter().fold(bracket.clone(), |it, (key, slot)| it.report(*key, *slot, false).unwrap())
}

/// Games that can be reported now.
fn playable(bracket: &Bracket) -> Vec<NodeKey> {
    let is_playable = |it: &Node| {
        !it.is_bye && it.status == GameStatus::Pending && it.radiant.is_some() && it.dire.is_some()
    };
    bracket.nodes.iter().filter(|(_, node)| is_playable(node)).map(|(key, _)| *key).collect()
}

/// The bracket after all its games, in order, each won by the seat that `choose` names.
fn played_out(bracket: &Bracket, mut choose: impl FnMut(NodeKey) -> Slot) -> Bracket {
    let mut bracket = bracket.clone();
    while let Some(key) = playable(&bracket).first().copied() {
        bracket = bracket.report(key, choose(key), false).unwrap();
    }
    bracket
}

/// Who sits where, as numbers; 0 is nobody.
fn sitting(bracket: &Bracket, key: NodeKey) -> (i64, i64) {
    let node = bracket.nodes[&key];
    let id = |it: Option<TeamId>| it.map_or(0, |it| it.0);
    (id(node.radiant), id(node.dire))
}

fn placement(bracket: &Bracket, team: i64) -> Option<i32> {
    bracket.placements[&TeamId(team)]
}

fn other(slot: Slot) -> Slot {
    if slot == Radiant { Dire } else { Radiant }
}

/// A source of reproducible chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn slot(&mut self) -> Slot {
        if self.below(2) == 0 { Radiant } else { Dire }
    }
}
