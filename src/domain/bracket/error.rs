//! Why a change of a bracket is refused, in words that tell a person what to do about it.
//!
//! Teams appear by key: their names are not known here.

use std::fmt;

use super::generate::{MAX_BRACKET_TEAMS, MIN_BRACKET_TEAMS};
use super::model::{Link, NodeKey};
use crate::types::{BracketType, TeamId, TextEnum};

/// Why a bracket is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BracketError {
    /// The bracket has no such game.
    #[error("{0} does not exist: load the bracket again")]
    UnknownGame(NodeKey),
    /// The team belongs to another tournament, or to none.
    #[error("team {0} is not in this tournament: choose one of its teams")]
    UnknownTeam(TeamId),
    /// A bye is decided by itself (`DOMAIN §3.4`).
    #[error("{0} is a bye, its only team goes on by itself: leave it as it is")]
    Bye(NodeKey),
    /// A seat is empty, so there is nobody to win against.
    #[error("{0} lacks a team: report the games before it or assign one")]
    MissingTeam(NodeKey),
    /// Games that were begun rest on the result that would go away.
    #[error("{} already live or completed: repeat with cascade to clear what is in the way", list(.games))]
    ResultsInTheWay {
        /// Every game that would be cleared, in the order of the bracket.
        games: Vec<NodeKey>,
    },
    /// Seeds only move while nothing was begun.
    #[error("{} already live or completed: reset the bracket before seeding it anew", list(.games))]
    AlreadyPlayed {
        /// The games in question, in the order of the bracket.
        games: Vec<NodeKey>,
    },
    /// The game has a winner.
    #[error("{0} is completed: retract its result first")]
    Completed(NodeKey),
    /// The game is being played.
    #[error("{0} is live: set it back to pending first")]
    Live(NodeKey),
    /// Nobody completes a game without saying who won it.
    #[error("{0} is completed by reporting its winner")]
    CompletedByReport(NodeKey),
    /// The seat's team is the outcome of another game.
    #[error("{seat} is filled by the result of {feeder}: report that game instead")]
    FedSeat {
        /// The seat.
        seat: Link,
        /// The game whose winner or loser takes it.
        feeder: NodeKey,
    },
    /// A team plays once a round.
    #[error("team {team} already sits in {game}: empty that seat first")]
    AlreadySeated {
        /// The team.
        team: TeamId,
        /// Where it sits.
        game: NodeKey,
    },
    /// Swiss rounds exist only if they were imported (`DOMAIN §3.3`).
    #[error("Swiss brackets are not supported: choose single or double elimination")]
    SwissNotSupported,
    /// There is nothing to seed anew.
    #[error("this tournament has no bracket: generate one first")]
    NoBracket,
    /// Too few or too many teams.
    #[error("a bracket needs {MIN_BRACKET_TEAMS} to {MAX_BRACKET_TEAMS} teams, not {0}")]
    TeamCount(usize),
    /// An order of seeds leaves a team out.
    #[error("the order leaves out team {0}: list every team of the tournament once")]
    MissingSeed(TeamId),
    /// An order of seeds names a team twice.
    #[error("the order names team {0} twice: list every team of the tournament once")]
    RepeatedSeed(TeamId),
}

impl fmt::Display for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (round, game) = (self.round, self.position.saturating_add(1));
        match self.bracket_type {
            BracketType::Winners => write!(f, "game {game} of winners round {round}"),
            BracketType::Losers => write!(f, "game {game} of losers round {round}"),
            BracketType::Swiss => write!(f, "game {game} of Swiss round {round}"),
            BracketType::GrandFinals => write!(f, "grand final {round}"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} seat of {}", self.slot.as_str(), self.node)
    }
}

/// `a`, `a and b` or `a, b and c`, with the verb that fits.
fn list(games: &[NodeKey]) -> String {
    let texts: Vec<_> = games.iter().map(NodeKey::to_string).collect();
    match texts.split_last() {
        None => "no game is".to_owned(),
        Some((last, [])) => format!("{last} is"),
        Some((last, rest)) => format!("{} and {last} are", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Slot;

    const KEYS: [NodeKey; 3] = [
        NodeKey::new(BracketType::Winners, 2, 0),
        NodeKey::new(BracketType::Losers, 1, 1),
        NodeKey::new(BracketType::GrandFinals, 1, 0),
    ];

    #[test]
    fn games_in_the_way_are_listed_in_one_sentence() {
        let text = |n: usize| BracketError::ResultsInTheWay { games: KEYS[..n].to_vec() }.to_string();
        let advice = "already live or completed: repeat with cascade to clear what is in the way";
        assert_eq!(text(1), format!("game 1 of winners round 2 is {advice}"));
        assert_eq!(text(2), format!("game 1 of winners round 2 and game 2 of losers round 1 are {advice}"));
        let all = "game 1 of winners round 2, game 2 of losers round 1 and grand final 1 are";
        assert_eq!(text(3), format!("{all} {advice}"));
    }

    #[test]
    fn a_fed_seat_names_seat_and_feeder() {
        let seat = Link { node: KEYS[2], slot: Slot::Dire };
        assert_eq!(
            BracketError::FedSeat { seat, feeder: KEYS[1] }.to_string(),
            "the dire seat of grand final 1 is filled by the result of game 2 of losers round 1: \
             report that game instead"
        );
    }

    #[test]
    fn the_size_limits_are_named() {
        assert_eq!(BracketError::TeamCount(1).to_string(), "a bracket needs 2 to 64 teams, not 1");
    }
}
