//! The stores behind a read: what near and far hold, whether it may be served, and what may be put there.
//!
//! Never reads the database; what is stored was loaded under a check made before.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::DepId;
use super::engine::Engine;
use super::entry::{Cacheable, FarEntry, Key, NearEntry, decode, encode, encoded_len};
use super::far::FarItem;
use super::freshness::AsOf;
use super::policy::TtlClass;
use super::read_through::{Fetched, Known};
use super::reads;
use super::report::count;

/// What an entry takes besides its value.
const OVERHEAD: usize = 200;

/// A near copy of a far entry lives this part of the entry's time.
const COPY_LIVES: u32 = 10;

impl Engine {
    /// The near entry of `key` and its value, if it may be served.
    pub(super) fn near_value<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: &Key,
    ) -> Option<(Arc<NearEntry>, Known<T>)> {
        let entry = self.near.get(key)?;
        if entry.deadline <= Instant::now() || entry.generation != as_of.generation {
            self.near.remove(key);
            return None;
        }
        let revision = self.revision.load(Ordering::Acquire);
        if !entry.is_known_valid(revision) {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            if let Err(why) = table.judge(entry.generation, entry.as_of, &entry.deps) {
                drop(table);
                if let Some(report) = reads::current_report() {
                    report.found_stale(key.kind, key.name, &why);
                }
                return None;
            }
            entry.found_valid(revision);
        }
        let value = match &entry.value {
            Some(value) => Some(Arc::clone(value).downcast::<T>().ok()?),
            None => None,
        };
        Some((entry, value))
    }

    /// The far entries of these keys that may be served, with what they depend on; they are near from now on.
    pub(super) async fn far_values<T: Cacheable>(
        &self,
        as_of: &AsOf,
        keys: &[Key],
    ) -> Vec<Option<(Box<[DepId]>, Known<T>)>> {
        let nothing = || keys.iter().map(|_| None).collect();
        let Some(far) = &self.far else { return nothing() };
        let names: Vec<String> = keys.iter().map(|key| key.far(&as_of.epoch.0, &self.schema)).collect();
        let Ok(found) = far.get(&names).await else { return nothing() };
        keys.iter()
            .zip(found)
            .map(|(key, bytes)| {
                let entry = FarEntry::decode(&bytes?)?;
                self.adopt(as_of, *key, &entry)
            })
            .collect()
    }

    /// Takes an entry of the far cache into the near one, if it may be served.
    fn adopt<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: Key,
        entry: &FarEntry,
    ) -> Option<(Box<[DepId]>, Known<T>)> {
        let judged = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.judge(as_of.generation, entry.as_of, &entry.deps)
        };
        if let Err(why) = judged {
            if let Some(report) = reads::current_report() {
                report.found_stale(key.kind, key.name, &why);
            }
            return None;
        }
        let value = match &entry.value {
            Some(bytes) => Some(Arc::new(decode::<T>(bytes)?)),
            None => None,
        };
        let deps: Box<[DepId]> = entry.deps.as_slice().into();
        let n_bytes = entry.value.as_ref().map_or(0, bytes::Bytes::len);
        let near = NearEntry {
            as_of: entry.as_of,
            generation: as_of.generation,
            deps: deps.clone(),
            // A copy: the store knows when the entry itself expires, so it is asked again well before.
            deadline: Instant::now() + entry.ttl() / COPY_LIVES,
            value: value.clone().map(|it| -> Arc<dyn Any + Send + Sync> { it }),
            weight: weight(n_bytes, deps.len()),
            valid_at: AtomicU64::new(0),
        };
        self.near.insert(key, Arc::new(near));
        Some((deps, value))
    }

    /// Stores a value near, and returns what is to be stored far.
    pub(super) fn store<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: Key,
        deps: Box<[DepId]>,
        fetched: &Fetched<T>,
    ) -> Option<FarItem> {
        if !self.may_store(as_of, &deps) {
            return None;
        }
        let ttl = self.ttl(fetched.ttl);
        if self.far.is_none() {
            let n_bytes = fetched.value.as_deref().map_or(0, encoded_len);
            self.insert_near(as_of, key, deps, (&fetched.value, n_bytes, ttl));
            return None;
        }
        let bytes = match &fetched.value {
            Some(value) => Some(encode(value.as_ref())?),
            None => None,
        };
        let n_bytes = bytes.as_ref().map_or(0, bytes::Bytes::len);
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let entry = FarEntry { as_of: as_of.position, deps: deps.to_vec(), ttl_ms, value: bytes };
        self.insert_near(as_of, key, deps, (&fetched.value, n_bytes, ttl));
        Some(FarItem { key: key.far(&as_of.epoch.0, &self.schema), bytes: entry.encode()?, ttl })
    }

    /// Stores a value near only.
    pub(super) fn store_near<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: Key,
        deps: Box<[DepId]>,
        fetched: &Fetched<T>,
    ) {
        if self.may_store(as_of, &deps) {
            let n_bytes = fetched.value.as_deref().map_or(0, encoded_len);
            self.insert_near(as_of, key, deps, (&fetched.value, n_bytes, self.ttl(fetched.ttl)));
        }
    }

    fn may_store(&self, as_of: &AsOf, deps: &[DepId]) -> bool {
        let is_settled = as_of.is_settled(deps.iter().copied());
        count(&self.counters.fills_refused, usize::from(!is_settled));
        is_settled
    }

    fn ttl(&self, class: TtlClass) -> Duration {
        self.settings.ttl.jittered(class, self.jitter.fetch_add(79, Ordering::Relaxed))
    }

    fn insert_near<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: Key,
        deps: Box<[DepId]>,
        (value, n_bytes, ttl): (&Known<T>, usize, Duration),
    ) {
        let near = NearEntry {
            as_of: as_of.position,
            generation: as_of.generation,
            weight: weight(n_bytes, deps.len()),
            deps,
            deadline: Instant::now() + ttl,
            value: value.clone().map(|it| -> Arc<dyn Any + Send + Sync> { it }),
            valid_at: AtomicU64::new(0),
        };
        self.near.insert(key, Arc::new(near));
    }

    pub(super) fn write_far(&self, items: impl IntoIterator<Item = FarItem>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_some() && !self.far_writer.queue(items) {
            count(&self.counters.far_drops, 1);
        }
    }
}

/// Decoded, a value takes about twice its bytes.
fn weight(n_bytes: usize, n_deps: usize) -> u32 {
    let n_bytes = n_bytes.saturating_mul(2).saturating_add(n_deps.saturating_mul(8)).saturating_add(OVERHEAD);
    u32::try_from(n_bytes).unwrap_or(u32::MAX)
}
