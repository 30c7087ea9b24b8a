//! Looking at the far cache from outside of any operation: what is in it, and whether an entry would be served.
//!
//! For people who look. Counts nothing, stores nothing, and makes nothing near.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::engine::Cache;
use super::entry::{Cacheable, FarEntry, Key, decode};
use super::far::{FarError, FarStats};
use super::freshness::{AsOf, Stale};
use super::read_through::Known;
use super::{DepId, Position};

/// A far entry as it is stored.
#[derive(Clone, Debug)]
pub struct Inspection<T> {
    /// The position of the check it was computed after.
    pub as_of: Position,
    /// Things it depends on, wider ones included.
    pub n_deps: usize,
    /// Bytes it takes.
    pub n_bytes: usize,
    /// How long it stays.
    pub left: Option<Duration>,
    /// Whether it may be served now.
    pub verdict: Result<(), Stale>,
    /// What it says: the value, or that there is none; nothing if it cannot be read.
    pub value: Option<Known<T>>,
}

impl Cache {
    /// The far entry of a key, judged as of a check; none if there is none, or no far cache.
    ///
    /// # Errors
    /// The far cache cannot be reached.
    pub async fn inspect<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: &Key,
    ) -> Result<Option<Inspection<T>>, FarError> {
        let engine = &self.engine;
        let Some(far) = &engine.far else { return Ok(None) };
        let Some(copy) = far.look(key.far(&as_of.epoch.0, &engine.schema)).await? else { return Ok(None) };
        // What cannot be read is no entry: no reader would take it for one.
        let Some(entry) = FarEntry::decode(&copy.bytes) else { return Ok(None) };
        let verdict = self.judge(as_of, entry.as_of, &entry.deps);
        let value = match &entry.value {
            Some(bytes) => decode::<T>(bytes).map(|value| Some(Arc::new(value))),
            None => Some(None),
        };
        Ok(Some(Inspection {
            as_of: entry.as_of,
            n_deps: entry.deps.len(),
            n_bytes: copy.bytes.len(),
            left: copy.left,
            verdict,
            value,
        }))
    }

    /// What the far cache holds, entries that this program can read by kind and name; none if there is no far cache, or
    /// it cannot tell.
    ///
    /// # Errors
    /// The far cache cannot be reached.
    pub async fn far_stats(&self, as_of: &AsOf) -> Result<Option<FarStats>, FarError> {
        match &self.engine.far {
            Some(far) => far.stats(format!("{}:{}:", as_of.epoch, self.engine.schema)).await,
            None => Ok(None),
        }
    }

    fn judge(&self, as_of: &AsOf, computed_as_of: Position, deps: &[DepId]) -> Result<(), Stale> {
        let table = self.engine.table.read().unwrap_or_else(PoisonError::into_inner);
        table.judge(as_of.generation, computed_as_of, deps)
    }
}
