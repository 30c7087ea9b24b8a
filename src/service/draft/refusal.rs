//! What the domain's refusals are to a caller: a code, a part of the input, and what else is known.

use crate::domain::draft::DraftError;
use crate::domain::policy::Refusal;
use crate::service::rejection::{CommandError, Detail, Rejection, RejectionCode};

/// The error of a command that the domain refused.
pub(super) fn reject(error: DraftError) -> CommandError {
    let message = error.to_string();
    let new = |code| Rejection::new(code, message.clone());
    let rejection = match error {
        DraftError::Forbidden => return Refusal::Forbidden.into(),
        DraftError::Dice(_) => {
            tracing::error!("the dice did not settle a tie");
            new(RejectionCode::Conflict)
        }
        DraftError::NotYourTurn { current_round } => {
            new(RejectionCode::NotYourTurn).at(&["roundId"]).with(Detail::NotYourTurn { current_round })
        }
        DraftError::NotRunning => new(RejectionCode::DraftNotRunning),
        DraftError::RoundNotFound => new(RejectionCode::NotFound).at(&["roundId"]),
        DraftError::AlreadyPicked { .. } | DraftError::NoCaptain { .. } => {
            new(RejectionCode::Conflict).at(&["roundId"])
        }
        DraftError::RosterFull { .. } => new(RejectionCode::RosterFull),
        DraftError::PlayerUnavailable { player_id, reason } => {
            let detail = Detail::PlayerUnavailable { player: player_id, taken_by: reason.taken_by() };
            new(RejectionCode::PlayerUnavailable).at(&["userId"]).with(detail)
        }
        DraftError::NothingToUndo | DraftError::PickLeads { .. } => new(RejectionCode::Conflict),
        DraftError::NeedsConfirmation { .. } => new(RejectionCode::Conflict).at(&["confirmDiscardPicks"]),
        DraftError::StyleLocked => new(RejectionCode::Conflict).at(&["style"]),
        DraftError::TooFewTeams
        | DraftError::TeamsWithoutCaptain { .. }
        | DraftError::SharedCaptain { .. }
        | DraftError::SharedDraftOrder { .. }
        | DraftError::EmptyPool => new(RejectionCode::InvalidInput).at(&["tournamentId"]),
    };
    rejection.into()
}
