//! The read path of a process: its database and its cache, from which each operation gets loaders.
//!
//! Holds nothing of any operation.

use super::Loaders;
use crate::cache::{AsOf, Cache};
use crate::db::Db;

/// A database and the cache in front of it; cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadPath {
    db: Db,
    cache: Cache,
}

impl ReadPath {
    /// Reads of `db` through `cache`.
    #[must_use]
    pub fn new(db: Db, cache: Cache) -> Self {
        Self { db, cache }
    }

    /// Loaders for an operation that may rely on what `as_of` vouches for.
    #[must_use]
    pub fn loaders(&self, as_of: Option<AsOf>) -> Loaders {
        Loaders::new(self.db.clone(), self.cache.clone(), as_of)
    }

    /// The cache.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }
}
