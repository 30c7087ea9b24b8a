//! Computed values that may be one caller's alone: found out by watching the computation, never declared.
//!
//! A value whose computation never asked who asks is everybody's; any other is its caller's, and nobody else finds it.

use super::engine::Cache;
use super::entry::{Cacheable, Key, Kind};
use super::freshness::AsOf;
use super::policy::TtlClass;
use super::read_through::{Fetched, Known};
use super::reads::{self, Reads, observe_part, record_all};
use super::report::Layer;
use super::{Dep, DepId};
use std::sync::Arc;

/// The two places a computed value may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedKey {
    everybodys: Key,
    callers: Key,
}

impl ScopedKey {
    /// The key of the value that `parts` decide, for the caller of this name.
    #[must_use]
    pub fn new(kind: Kind, name: &'static str, parts: &[&[u8]], caller: &str) -> Self {
        let everybodys = Key::digest(kind, name, parts);
        Self { everybodys, callers: everybodys.of_caller(caller) }
    }

    /// Names what decides the value, whoever asks.
    #[must_use]
    pub fn digest(&self) -> u128 {
        self.everybodys.digest_of()
    }

    fn of(&self, reads: &Reads) -> Key {
        if reads.has_read_viewer() { self.callers } else { self.everybodys }
    }
}

/// A computed value that was found.
#[derive(Clone, Debug)]
pub struct Found<T> {
    /// The value.
    pub value: Arc<T>,
    /// Where.
    pub layer: Layer,
    /// It is the caller's alone.
    pub is_callers: bool,
}

impl Cache {
    /// The value if it may be served to this caller.
    pub async fn find<T: Cacheable>(&self, as_of: &AsOf, key: &ScopedKey) -> Option<Found<T>> {
        for (key, is_callers) in [(&key.everybodys, false), (&key.callers, true)] {
            if let Some((entry, Some(value))) = self.engine.near_value::<T>(as_of, key) {
                reads::record_served(&entry.deps, is_callers);
                self.looked_up(key, Layer::Near, 1);
                return Some(Found { value, layer: Layer::Near, is_callers });
            }
        }
        let found = self.engine.far_values::<T>(as_of, &[key.everybodys, key.callers]).await;
        let found = found.into_iter().zip([false, true]).find_map(|(found, is_callers)| {
            let (deps, value): (Box<[DepId]>, Known<T>) = found?;
            Some((deps, value?, is_callers))
        });
        let Some((deps, value, is_callers)) = found else {
            self.looked_up(&key.everybodys, Layer::Miss, 1);
            return None;
        };
        reads::record_served(&deps, is_callers);
        self.looked_up(&key.everybodys, Layer::Far, 1);
        Some(Found { value, layer: Layer::Far, is_callers })
    }

    /// What is stored near under a key, true or not: for what an entry says of itself.
    #[must_use]
    pub fn peek<T: Cacheable>(&self, key: &ScopedKey) -> Option<Arc<T>> {
        let entry = self.engine.near.get(&key.everybodys).or_else(|| self.engine.near.get(&key.callers))?;
        Arc::clone(entry.value.as_ref()?).downcast().ok()
    }

    /// Stores a computed value where `reads` says it belongs, unless it is true at one instant only.
    pub fn keep<T: Cacheable>(
        &self,
        as_of: &AsOf,
        key: &ScopedKey,
        reads: &Reads,
        value: Arc<T>,
        ttl: TtlClass,
    ) {
        if !reads.has_read_clock() {
            self.fill(as_of, key.of(reads), reads, &Fetched { value: Some(value), ttl });
        }
    }

    /// A value that is cached in this process only, or computed and cached if `is_whole` says so afterwards. One that
    /// was computed after the operation began is not taken: the operation may have seen what it replaced.
    ///
    /// # Errors
    /// What the computation failed with; nothing is stored then.
    pub async fn near_or<T: Cacheable, E>(
        &self,
        as_of: &AsOf,
        key: &ScopedKey,
        owner: &Dep,
        (compute, is_whole): (impl Future<Output = Result<T, E>>, impl Fn() -> bool),
    ) -> Result<Arc<T>, E> {
        reads::record(owner);
        for (key, is_callers) in [(&key.everybodys, false), (&key.callers, true)] {
            if let Some((entry, Some(value))) = self.engine.near_value::<T>(as_of, key)
                && entry.as_of <= as_of.position
            {
                reads::record_served(&entry.deps, is_callers);
                self.looked_up(key, Layer::Near, 1);
                return Ok(value);
            }
        }
        self.looked_up(&key.everybodys, Layer::Miss, 1);
        let (value, reads) = observe_part(async {
            reads::record(owner);
            compute.await
        })
        .await;
        let value = Arc::new(value?);
        if is_whole() && !reads.has_read_clock() {
            let fetched = Fetched { value: Some(Arc::clone(&value)), ttl: TtlClass::Default };
            self.engine.store_near(as_of, key.of(&reads), reads.deps(), &fetched);
        }
        Ok(value)
    }

    /// The value of a field: cached, or computed and cached. It depends on `owners`, whose rows the computation was
    /// handed, and on whatever the computation reads.
    ///
    /// # Errors
    /// What the computation failed with; nothing is stored then.
    pub async fn cached<T: Cacheable, E>(
        &self,
        as_of: Option<&AsOf>,
        (key, ttl): (&ScopedKey, TtlClass),
        owners: &[Dep],
        compute: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        record_all(owners);
        if let Some(as_of) = as_of
            && let Some(found) = self.find(as_of, key).await
        {
            return Ok(found.value);
        }
        let (value, reads) = observe_part(async {
            record_all(owners);
            compute.await
        })
        .await;
        let value = Arc::new(value?);
        if let Some(as_of) = as_of {
            self.keep(as_of, key, &reads, Arc::clone(&value), ttl);
        }
        Ok(value)
    }
}
