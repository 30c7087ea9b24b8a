//! The write path: each service takes facts from the database, applies a rule of `domain` and writes through a unit
//! of work.
//!
//! Knows no GraphQL, no HTTP and no SQL; every write goes through `Db::write`, so that nothing is changed without being
//! invalidated.

pub mod api_token;
pub mod bracket;
pub mod cache;
mod command;
pub mod demo;
mod dice;
pub mod draft;
pub mod game;
pub mod guild;
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

pub use command::{Command, Commands, Done, Tx};
pub use dice::Dice;
pub use rejection::{CommandError, CommandResult, Detail, Rejection, RejectionCode};

/// What the API does things through.
#[derive(Clone, Debug)]
pub struct Services {
    /// Runs commands.
    pub commands: Commands,
    /// Guilds of organizations.
    pub guilds: guild::Guilds,
}

impl From<Commands> for Services {
    /// Services of a program that has no bot at Discord.
    fn from(commands: Commands) -> Self {
        Self { guilds: guild::Guilds::new(commands.clone(), None), commands }
    }
}
