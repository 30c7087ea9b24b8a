//! The player draft: who picks when, who can be picked, and what the log of a draft says.
//!
//! MMR is whatever the caller passes (a draft compares snapshots taken at its start, `DOMAIN §2.4`); dice are passed
//! in too. Nothing here knows rows, versions or who is asking.

mod event;
mod order;
mod pool;
mod prediction;
mod projection;
mod shuffle;
mod tie;

pub use event::{
    CaptainAssigned, DraftEventPayload, DraftStage, PayloadError, PickUndone, PlayerPicked, TieRolled,
};
pub use order::{DraftTeam, PlannedRound, ROUNDS_PER_TEAM, pick_phase, planned_rounds};
pub use pool::{
    DraftProgress, PickSlot, PoolEntry, PoolFacts, PoolFilter, PoolPlayer, PoolSort, available,
    current_round, is_complete, latest_round, users_remaining,
};
pub use prediction::{BALANCED_BELOW_PERCENT, PredictedTeam, Prediction, Predictions, predictions};
pub use projection::{PickProjection, TeamStanding, TeamTotal, Turn, Upcoming, standings};
pub use shuffle::{ShuffleTeam, ShuffleTurn, next_shuffle_turn};
pub use tie::{DIE_SIDES, TeamRoll, TieError, TieRollData, TiedTeam, roll};
