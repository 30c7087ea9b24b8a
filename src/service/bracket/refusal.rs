//! Why a rule of brackets refused a change, as a rejection: with a code, the part of the input to blame, and the games.

use super::board::Board;
use crate::domain::bracket::BracketError;
use crate::service::rejection::{Detail, Rejection, RejectionCode};

/// The rejection of a change that may be wrong in the part of the input at `path`.
pub(crate) fn refused(board: &Board, error: &BracketError, path: &[&str]) -> Rejection {
    let message = error.to_string();
    match error {
        BracketError::UnknownGame(_) => Rejection::new(RejectionCode::NotFound, message).at(&["gameId"]),
        BracketError::UnknownTeam(_) => Rejection::new(RejectionCode::NotFound, message).at(path),
        BracketError::MissingSeed(_) | BracketError::RepeatedSeed(_) => Rejection::invalid(message, path),
        BracketError::SwissNotSupported => Rejection::invalid(message, &["format"]),
        BracketError::CompletedByReport(_) => Rejection::invalid(message, &["status"]),
        BracketError::FedSeat { .. } => Rejection::conflict(message).at(&["slot"]),
        BracketError::AlreadySeated { .. } => Rejection::conflict(message).at(path),
        BracketError::ResultsInTheWay { games } => {
            let games = board.ids(games);
            Rejection::conflict(message).at(path).with(Detail::ResultsInTheWay { games })
        }
        BracketError::AlreadyPlayed { games } => {
            Rejection::conflict(message).with(Detail::ResultsInTheWay { games: board.ids(games) })
        }
        BracketError::Bye(_)
        | BracketError::MissingTeam(_)
        | BracketError::Completed(_)
        | BracketError::Live(_)
        | BracketError::NoBracket
        | BracketError::TeamCount(_) => Rejection::conflict(message),
    }
}

/// The same for a change that gives up every result, once that is confirmed.
pub(super) fn refused_unconfirmed(board: &Board, error: &BracketError, path: &[&str]) -> Rejection {
    let BracketError::ResultsInTheWay { games } = error else { return refused(board, error, path) };
    let games = board.ids(games);
    let message = match games.len() {
        1 => "1 game is live or completed".to_owned(),
        n => format!("{n} games are live or completed"),
    };
    let message = format!("{message}: say `confirmDiscardResults: true` to lose what was played");
    Rejection::conflict(message).at(&["confirmDiscardResults"]).with(Detail::ResultsInTheWay { games })
}
