//! Brackets and games as people change them: generated, reported, corrected, raced for.
//!
//! What a change must come to is told by the pure rules, which have tests of their own; here the rows are held to them.

mod access;
mod assign;
mod correct;
mod cup;
mod free;
mod generate;
mod imported;
mod model;
mod placement;
mod play;
mod race;

use cup::{Cup, code, gf, id_of, l, w};
