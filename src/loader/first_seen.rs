//! What one operation has loaded: the first version of each value, whatever comes later.
//!
//! A list may bring a row that changed since the operation loaded it; both must tell the same story.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use dataloader::cached::Cache;

use super::LoadResult;

/// Values by key; a failure is replaced, a value never.
pub(super) struct FirstSeen<K, T>(HashMap<K, LoadResult<T>>);

impl<K, T> Default for FirstSeen<K, T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, T> Cache for FirstSeen<K, T> {
    type Key = K;
    type Val = LoadResult<T>;

    fn get(&mut self, key: &K) -> Option<&LoadResult<T>> {
        self.0.get(key)
    }

    fn insert(&mut self, key: K, value: LoadResult<T>) {
        match self.0.entry(key) {
            Entry::Occupied(seen) if seen.get().is_ok() => {}
            Entry::Occupied(mut failed) => *failed.get_mut() = value,
            Entry::Vacant(unseen) => {
                unseen.insert(value);
            }
        }
    }

    fn remove(&mut self, key: &K) -> Option<LoadResult<T>> {
        self.0.remove(key)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}
