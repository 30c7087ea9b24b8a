//! The player draft: its commands, who picks when, who can be picked, and what the log of a draft says.
//!
//! A command takes a [`DraftState`] and answers with a new one and the events to log, or refuses and changes nothing.
//! MMR is whatever the caller passes (a draft compares snapshots taken at its start, `DOMAIN §2.4`); dice are passed
//! in too. Nothing here knows rows, versions or sessions.

mod advance;
mod error;
mod event;
mod order;
mod payload;
mod pick;
mod pool;
mod prediction;
mod projection;
mod rebuild;
mod shuffle;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod tie;
mod undo;

pub use advance::settle;
pub use error::{DraftError, Unavailable};
pub use event::{
    CaptainAssigned, DraftEventPayload, DraftStage, PayloadError, PickUndone, PlayerPicked, TieRolled,
};
pub use order::{DraftTeam, PlannedRound, ROUNDS_PER_TEAM, pick_phase, planned_rounds};
pub use pick::{Caller, pick};
pub use pool::{
    DraftProgress, PickSlot, PoolEntry, PoolFacts, PoolFilter, PoolPlayer, PoolSort, available,
    current_round, is_complete, latest_round, users_remaining,
};
pub use prediction::{BALANCED_BELOW_PERCENT, PredictedTeam, Prediction, Predictions, predictions};
pub use projection::{PickProjection, TeamStanding, TeamTotal, Turn, Upcoming, standings};
pub use rebuild::rebuild;
pub use shuffle::{ShuffleTeam, ShuffleTurn, next_shuffle_turn};
pub use start::{configure, start};
pub use state::{Applied, DraftState, Player, Round, TeamSeat};
pub use tie::{DIE_SIDES, TeamRoll, TieError, TieRollData, TiedTeam, roll};
pub use undo::undo;
