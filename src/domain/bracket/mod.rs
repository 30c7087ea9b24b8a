//! Questions about a stored bracket: its badges, its winner, and the placement each loss means.
//!
//! Generation, seeding and advancement are not here; nothing in this module changes a bracket.

mod badge;
mod placement;

pub use badge::{BadgeNode, Badges, badges};
pub use placement::{BracketGame, RoundCounts, bracket_winner, loser_placement, placement_of_round};
