//! The near cache: decoded values in the process, bounded by bytes.
//!
//! Hands out what it has; whether that is still true is not its business.

use std::sync::Arc;

use moka::sync::Cache;

use super::entry::{Key, NearEntry};

/// Entries by key.
#[derive(Debug)]
pub(super) struct NearCache(Cache<Key, Arc<NearEntry>>);

impl NearCache {
    /// A cache that holds about this many bytes.
    pub(super) fn new(max_bytes: u64) -> Self {
        let cache =
            Cache::builder().max_capacity(max_bytes).weigher(|_, entry: &Arc<NearEntry>| entry.weight);
        Self(cache.build())
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<NearEntry>> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: Key, entry: Arc<NearEntry>) {
        self.0.insert(key, entry);
    }

    pub(super) fn remove(&self, key: &Key) {
        self.0.invalidate(key);
    }

    pub(super) fn clear(&self) {
        self.0.invalidate_all();
    }

    /// Entries and bytes, about.
    pub(super) fn size(&self) -> (u64, u64) {
        self.0.run_pending_tasks();
        (self.0.entry_count(), self.0.weighted_size())
    }
}
