//! Turns the predecessor's JSON documents into checked plans of what to import (DOMAIN §9.2, §9.3).
//!
//! Bytes and file names in, a plan and a report out: nothing here reads a file, asks a database or decides
//! which existing row a user or team matches. Whoever applies a plan does that, in one transaction each.

mod bracket;
mod draft;
mod error;
mod feeders;
mod game;
mod model;
mod notes;
mod outcome;
mod plan;
mod report;
mod team;
mod tournament;
mod users;
mod wire;

#[cfg(test)]
mod tests;

pub use error::{At, ImportError};
pub use model::{
    BracketPlan, BracketSource, DraftPlan, DraftRoundPlan, GameLink, GamePlan, ImportPlan, LeaguePlan,
    OrganizationPlan, PositionRanks, TeamPlan, TournamentPlan, UserPlan,
};
pub use plan::{PlanOptions, plan};
pub use report::{Change, Counts, EntityKind, Note, Report};
pub use wire::SourcePk;
