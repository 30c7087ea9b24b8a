//! Writes an import plan (`domain::import`, DOMAIN §9.3): the half that knows which rows are here already.
//!
//! The rules, for all kinds of objects:
//! - What an object became is kept in `import_mappings` by (source, entity, source key). A second run of the same files
//!   finds every row, sees no difference and writes nothing.
//! - One transaction for the users feed and one for each tournament, with the people, league and organizations it
//!   needs. The first that fails ends the run: it leaves nothing behind, those before it stay.
//! - An imported tournament becomes what the file says: registrations, teams, rosters, rounds and games of that source
//!   are added, changed and removed. What a file does not say (null) erases nothing. Username, whether an account may
//!   be used, roles and a Discord id once set are decided here and never changed by an import.
//! - What was made here by hand is neither changed nor removed. Where it holds something the file needs, the column is
//!   left out and reported, or, for a player on a team made here, the tournament is refused. Only natural keys tie
//!   such rows to the import: Discord id, Steam id, Steam league id, node of a bracket.
//! - What has gone on here is not turned back: a draft with events of its own keeps its rounds and rosters, and a game
//!   decided here stays decided while the file has it open.
//!
//! Reads no file, prints nothing.

mod bracket;
mod command;
mod diff;
mod draft;
mod failure;
mod game;
mod league;
mod mapping;
mod node;
mod organization;
mod round;
mod run;
mod service;
mod team;
mod tournament;
mod user;
mod work;

pub use command::{ImportCount, ImportNote, ImportOutcome, ImportedDocument, SOURCE, TournamentImport};
pub use failure::ImportFailure;
pub use run::Progress;
pub use service::{ImportMode, ImportService};

pub(super) use mapping::Mappings;
pub(super) use service::import_within;
