//! What is done to games: results, and games outside every bracket.
//!
//! A game of a bracket is changed under the lock of its tournament, a game of a league alone under its own. The
//! bracket around a game, and how a change of it is written, is `service::bracket`.

mod create;
mod delete;
mod opponents;
mod report;
mod status;
mod update;

pub use create::{GameCreate, GameHome};
pub use delete::{GameDelete, GameDeleted};
pub use report::{GameReport, GameReportRetract};
pub use status::GameStatusSet;
pub use update::GameUpdate;
