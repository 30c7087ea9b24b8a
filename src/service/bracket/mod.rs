//! What is done to brackets: generated, seeded anew, filled by hand, started over; and how any change of one is written.
//!
//! The rules are in `domain::bracket`, which turns one value into another. Here the value is loaded from rows, and what
//! differs afterwards is written, so that a game keeps its row as long as its place in the bracket is there.
//!
//! A game's Dota 2 match belongs to its result and to the two teams that played it. Reporting another winner keeps it,
//! and so does retracting that very result: match and result are told apart (DOMAIN §3.8). It is let go where a result is
//! given up with others (by `cascade`, a reset or a new bracket), and where one of the two teams leaves the game.

mod assign;
mod board;
mod chosen;
mod difference;
mod generate;
mod outcome;
mod placement;
mod refusal;
mod reset;
mod seeding;

pub use assign::BracketAssignTeam;
pub use generate::{BracketGenerate, BracketReseed};
pub use outcome::BracketOutcome;
pub use placement::TeamPlacementSet;
pub use reset::BracketReset;
pub use seeding::Seeding;

pub(super) use chosen::Chosen;
pub(super) use refusal::refused;
