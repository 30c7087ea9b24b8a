//! The write path: each service takes facts from the database, applies a rule of `domain` and writes through a unit
//! of work.
//!
//! Knows no GraphQL, no HTTP and no SQL; every write goes through `Db::write`, so that nothing is changed without being
//! invalidated.

pub mod api_token;
pub mod cache;
pub mod demo;
pub mod import;
pub mod login;
mod username;

use cache::CacheService;

use crate::db::Db;

/// What the API writes through.
#[derive(Clone, Debug)]
pub struct Services {
    /// Says what was changed behind the program's back.
    pub cache: CacheService,
}

impl Services {
    /// Services that write to `db`.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { cache: CacheService::new(db) }
    }
}
