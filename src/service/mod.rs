//! The write path: each service takes facts from the database, applies a rule of `domain` and writes through a unit
//! of work.
//!
//! Knows no GraphQL, no HTTP and no SQL; every write goes through `Db::write`, so that nothing is changed without being
//! invalidated.

pub mod api_token;
pub mod cache;
mod command;
pub mod demo;
mod dice;
pub mod draft;
pub mod import;
pub mod league;
pub mod login;
pub mod organization;
mod rejection;
pub mod team;
mod text;
pub mod tournament;
pub mod user;
mod username;

use cache::CacheService;
pub use command::{Command, Commands, Done, Tx};
pub use dice::Dice;
pub use rejection::{CommandError, CommandResult, Detail, Rejection, RejectionCode};

use crate::db::Db;

/// What the API writes through.
#[derive(Clone, Debug)]
pub struct Services {
    /// Says what was changed behind the program's back.
    pub cache: CacheService,
    /// Runs every other command.
    pub commands: Commands,
}

impl Services {
    /// Services that write to `db` and roll `dice`.
    #[must_use]
    pub fn new(db: Db, dice: Dice) -> Self {
        Self { cache: CacheService::new(db.clone()), commands: Commands::new(db, dice) }
    }
}
