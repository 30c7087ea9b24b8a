//! The write path: each service takes facts from the database, applies a rule of `domain` and writes through a unit
//! of work.
//!
//! Knows no GraphQL, no HTTP and no SQL; every write goes through `Db::write`, so that nothing is changed without being
//! invalidated.

pub mod demo;
pub mod import;
