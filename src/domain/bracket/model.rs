//! A bracket as one value: its games by place, the placement of every team, and the winner.
//!
//! Games are named by their place, never by a database key, so that a regenerated bracket keeps the rows of the
//! places it still has (`DOMAIN §3.5`). Nothing here changes a bracket.

use std::collections::BTreeMap;

use crate::types::{BracketType, EliminationType, GameStatus, Slot, TeamId, TextEnum, TournamentId};

/// The place of a game in its bracket (`DOMAIN §1.7`); the order is that of play in a generated bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeKey {
    /// Part of the bracket.
    pub bracket_type: BracketType,
    /// Round within that part, from 1.
    pub round: i32,
    /// Position within the round, from 0.
    pub position: i32,
}

impl NodeKey {
    pub(super) const FINAL: Self = Self::new(BracketType::GrandFinals, 1, 0);
    pub(super) const SECOND_FINAL: Self = Self::new(BracketType::GrandFinals, 2, 0);

    /// The place of that part, round and position.
    #[must_use]
    pub const fn new(bracket_type: BracketType, round: i32, position: i32) -> Self {
        Self { bracket_type, round, position }
    }
}

/// A seat of a game, the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The game.
    pub node: NodeKey,
    /// Which seat of it.
    pub slot: Slot,
}

/// A game as far as the rules of a bracket need it (`DOMAIN §1.7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What happens to its loser.
    pub elimination_type: EliminationType,
    /// Where the winner goes.
    pub next: Option<Link>,
    /// Where the loser goes.
    pub loser_next: Option<Link>,
    /// Where it stands.
    pub status: GameStatus,
    /// Whether only one team can ever enter it (`DOMAIN §3.4`).
    pub is_bye: bool,
    /// Who sits on the Radiant side.
    pub radiant: Option<TeamId>,
    /// Who sits on the Dire side.
    pub dire: Option<TeamId>,
    /// Who won.
    pub winner: Option<TeamId>,
}

impl Node {
    /// A pending game with empty seats and no path out of it.
    #[must_use]
    pub const fn new(elimination_type: EliminationType) -> Self {
        Self {
            elimination_type,
            next: None,
            loser_next: None,
            status: GameStatus::Pending,
            is_bye: false,
            radiant: None,
            dire: None,
            winner: None,
        }
    }

    /// Who sits in that seat.
    #[must_use]
    pub fn team(&self, slot: Slot) -> Option<TeamId> {
        match slot {
            Slot::Radiant => self.radiant,
            Slot::Dire => self.dire,
        }
    }

    pub(super) fn set_team(&mut self, slot: Slot, team: Option<TeamId>) {
        match slot {
            Slot::Radiant => self.radiant = team,
            Slot::Dire => self.dire = team,
        }
    }

    /// Who lost; `None` while the game is open, and in a bye.
    #[must_use]
    pub fn loser(&self) -> Option<TeamId> {
        let winner = self.winner?;
        let (radiant, dire) = (self.radiant?, self.dire?);
        Some(if winner == radiant { dire } else { radiant })
    }

    /// Where the loser plays on: a loser link counts in double elimination only, and a bye has no loser
    /// (`DOMAIN §3.4`, `§3.6`).
    #[must_use]
    pub fn loser_path(&self) -> Option<Link> {
        let drops = self.elimination_type == EliminationType::Double && !self.is_bye;
        self.loser_next.filter(|_| drops)
    }

    /// Whether it is live or completed by playing; a bye never is.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.status != GameStatus::Pending && !self.is_bye
    }

    /// The seats that its winner and its loser take.
    pub(super) fn paths(&self, key: NodeKey) -> [Option<Link>; 2] {
        match key.bracket_type {
            // Swiss rounds are paired by record; a link between them means nothing.
            BracketType::Swiss => [None, None],
            BracketType::Winners | BracketType::Losers | BracketType::GrandFinals => {
                [self.next, self.loser_path()]
            }
        }
    }
}

/// All games of a tournament, with what they decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bracket {
    /// The games.
    pub nodes: BTreeMap<NodeKey, Node>,
    /// Every team of the tournament and its placement, 1 for the winner.
    pub placements: BTreeMap<TeamId, Option<i32>>,
    /// The team that won the tournament.
    pub winner: Option<TeamId>,
    /// Whether the final is played again when the team of the losers bracket wins it (`DOMAIN §3.3`).
    pub has_grand_final_reset: bool,
}

impl Bracket {
    /// The bracket of a tournament that has no games yet.
    #[must_use]
    pub fn new(teams: impl IntoIterator<Item = TeamId>) -> Self {
        Self { placements: teams.into_iter().map(|it| (it, None)).collect(), ..Self::default() }
    }

    /// Games that are live or completed, byes aside, in the order of the bracket.
    #[must_use]
    pub fn begun(&self) -> Vec<NodeKey> {
        self.nodes.iter().filter(|(_, node)| node.is_begun()).map(|(key, _)| *key).collect()
    }

    /// The game whose winner or loser takes that seat.
    #[must_use]
    pub fn feeder(&self, seat: Link) -> Option<NodeKey> {
        if seat.node == NodeKey::SECOND_FINAL && self.repeats_final(NodeKey::FINAL) {
            return Some(NodeKey::FINAL);
        }
        let leads_here = |key: &NodeKey, node: &Node| node.paths(*key).contains(&Some(seat));
        self.nodes.iter().find(|(key, node)| leads_here(key, node)).map(|(key, _)| *key)
    }

    /// Whether the seat is neither taken nor fed, so that nobody comes unless assigned.
    pub(super) fn is_dead_end(&self, seat: Link) -> bool {
        let is_taken = self.nodes.get(&seat.node).is_some_and(|it| it.team(seat.slot).is_some());
        !is_taken && self.feeder(seat).is_none()
    }

    /// Whether this game is a first grand final that may be played again.
    ///
    /// One that leads on by a link of its own is somebody else's wiring and is left to it.
    pub(super) fn repeats_final(&self, key: NodeKey) -> bool {
        let leads_nowhere = |node: &Node| node.next.is_none();
        self.has_grand_final_reset && key == NodeKey::FINAL && self.nodes.get(&key).is_some_and(leads_nowhere)
    }
}

/// Whether a game is free: paired by hand, it leads nowhere and places nobody (`DOMAIN §1.7`, `§3.3`).
///
/// Every game without a tournament is. Of a tournament's games those of Swiss rounds are, for nothing wires that part;
/// so it is also where further games of any tournament are put.
#[must_use]
pub fn is_free(tournament: Option<TournamentId>, part: BracketType) -> bool {
    tournament.is_none() || part == BracketType::Swiss
}

/// The two seats of a game.
pub(super) fn seats(node: NodeKey) -> impl Iterator<Item = Link> {
    Slot::ALL.iter().map(move |slot| Link { node, slot: *slot })
}
