//! The bracket: seeding, generation, results and what follows from them, badges, winner and placements.
//!
//! A [`Bracket`] is one value and each change makes another, so a refused change changes nothing. Nothing here
//! knows a row: whoever calls loads the games, and writes what differs between before and after.

mod advance;
mod badge;
mod edit;
mod error;
mod generate;
mod model;
mod placement;
mod seeding;
mod standing;
#[cfg(test)]
mod tests;

pub use badge::{BadgeNode, Badges, badges};
pub use error::BracketError;
pub use generate::{BracketPlan, MAX_BRACKET_TEAMS, MIN_BRACKET_TEAMS};
pub use model::{Bracket, Link, Node, NodeKey, is_free};
pub use placement::{BracketGame, RoundCounts, bracket_winner, loser_placement, placement_of_round};
pub use seeding::{SeedTeam, Seeding, seed_order, seed_positions};
