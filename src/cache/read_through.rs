//! Reading through the cache: near, then far, then whoever has the truth; and the rule of what may be stored.
//!
//! What is loaded is loaded outside transactions, after the check it is stored under. Nothing in here can see rows that
//! are not committed: a unit of work hands out no way to get here.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::engine::{Cache, Engine};
use super::entry::{Cacheable, FarEntry, Key, Kind, NearEntry, decode, encode, encoded_len};
use super::far::FarItem;
use super::freshness::AsOf;
use super::policy::TtlClass;
use super::reads::{self, Reads};
use super::report::{Layer, count};
use super::single_flight::{Join, Lead, Role};
use super::{Dep, DepId};

/// What an entry takes besides its value.
const OVERHEAD: usize = 200;

/// A near copy of a far entry lives this part of the entry's time.
const COPY_LIVES: u32 = 10;

/// A cached value: `None` is one that is known not to exist.
pub type Known<T> = Option<Arc<T>>;

/// A value that was loaded, and how long it may live.
#[derive(Clone, Debug)]
pub struct Fetched<T> {
    /// The value; `None` if there is none.
    pub value: Known<T>,
    /// How long it may live.
    pub ttl: TtlClass,
}

/// Where values come from that are in no cache.
pub trait Source: Sync {
    /// The values.
    type Value: Cacheable;
    /// What can go wrong.
    type Error: Send;

    /// The values of these keys; keys without one may be left out. Reads committed rows only, outside any transaction.
    fn fetch(
        &self,
        pks: &[i64],
    ) -> impl Future<Output = Result<HashMap<i64, Fetched<Self::Value>>, Self::Error>> + Send;
}

/// A family of values by primary key, each of which depends on one thing.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// What they are.
    pub kind: Kind,
    /// Name of the model or relation.
    pub name: &'static str,
}

impl Space {
    /// The key of the value of `pk`.
    #[must_use]
    pub fn key(self, pk: i64) -> Key {
        Key::pk(self.kind, self.name, pk)
    }

    /// What the value of `pk` depends on.
    #[must_use]
    pub fn dep(self, pk: i64) -> Dep {
        match self.kind {
            Kind::Row => Dep::object(self.name, pk),
            Kind::Related | Kind::Ids | Kind::List | Kind::Field | Kind::Response => {
                Dep::related(self.name, pk)
            }
        }
    }
}

impl Cache {
    /// The near entry of `key` if it may be served: at once, and without an allocation.
    #[must_use]
    pub fn near<T: Cacheable>(&self, as_of: &AsOf, key: &Key) -> Option<Known<T>> {
        let (entry, value) = self.engine.near_value(as_of, key)?;
        if matches!(key.kind, Kind::List | Kind::Field) {
            reads::record_served(&entry.deps, false);
        }
        Some(value)
    }

    /// The entry of `key`, near or far, if it may be served. Whatever it depends on, the caller depends on now.
    pub async fn lookup<T: Cacheable>(&self, as_of: &AsOf, key: &Key) -> Option<Known<T>> {
        if let Some(value) = self.near(as_of, key) {
            self.looked_up(key, Layer::Near, 1);
            return Some(value);
        }
        let found = self.engine.far_values(as_of, &[*key]).await.into_iter().next().flatten();
        let Some((deps, value)) = found else {
            self.looked_up(key, Layer::Miss, 1);
            return None;
        };
        self.looked_up(key, Layer::Far, 1);
        reads::record_served(&deps, false);
        Some(value)
    }

    /// Stores what was computed after `as_of` from `reads`, unless a transaction that may change any of it was open
    /// then.
    pub fn fill<T: Cacheable>(&self, as_of: &AsOf, key: Key, reads: &Reads, fetched: &Fetched<T>) {
        let item = self.engine.store(as_of, key, reads.deps(), fetched);
        self.engine.write_far(item);
    }

    /// Stores a value that depends on `deps` alone.
    pub fn fill_from<T: Cacheable>(&self, as_of: &AsOf, key: Key, deps: &[Dep], fetched: &Fetched<T>) {
        let deps = deps.iter().flat_map(Dep::touched_by).collect();
        let item = self.engine.store(as_of, key, deps, fetched);
        self.engine.write_far(item);
    }

    /// The values of these keys: from the far cache, else from `source`. Keys that somebody else is loading right now are waited for.
    ///
    /// # Errors
    /// What `source` failed with.
    pub async fn load_many<S: Source>(
        &self,
        as_of: Option<&AsOf>,
        space: Space,
        pks: &[i64],
        source: &S,
    ) -> Result<HashMap<i64, Known<S::Value>>, S::Error> {
        let Some(as_of) = as_of else {
            return Ok(source.fetch(pks).await?.into_iter().map(|(pk, it)| (pk, it.value)).collect());
        };
        let (mut found, missing) = self.load_far(as_of, space, pks).await;
        let mut leads = HashMap::new();
        let mut joins = Vec::new();
        for pk in missing {
            let is_settled = as_of.is_settled(space.dep(pk).touched_by());
            match self.engine.flights.take_off(space.key(pk), as_of, is_settled) {
                Role::Leader(lead) => {
                    leads.insert(pk, lead);
                }
                Role::Joiner(join) => joins.push((pk, join)),
            }
        }
        // What is ours first: somebody may wait for it who has what we wait for.
        found.extend(self.lead(as_of, space, leads, source).await?);
        let left = join_all(joins, &mut found).await;
        if !left.is_empty() {
            let fetched = source.fetch(&left).await?;
            found.extend(fetched.into_iter().map(|(pk, it)| (pk, it.value)));
        }
        Ok(found)
    }

    async fn load_far<T: Cacheable>(
        &self,
        as_of: &AsOf,
        space: Space,
        pks: &[i64],
    ) -> (HashMap<i64, Known<T>>, Vec<i64>) {
        let keys: Vec<Key> = pks.iter().map(|pk| space.key(*pk)).collect();
        let values = self.engine.far_values::<T>(as_of, &keys).await;
        let mut found = HashMap::with_capacity(pks.len());
        let mut missing = Vec::new();
        for (pk, value) in pks.iter().zip(values) {
            match value {
                Some((_, value)) => {
                    found.insert(*pk, value);
                }
                None => missing.push(*pk),
            }
        }
        if let Some(key) = keys.first() {
            self.looked_up(key, Layer::Far, found.len());
            self.looked_up(key, Layer::Miss, missing.len());
        }
        (found, missing)
    }

    async fn lead<S: Source>(
        &self,
        as_of: &AsOf,
        space: Space,
        leads: HashMap<i64, Lead>,
        source: &S,
    ) -> Result<HashMap<i64, Known<S::Value>>, S::Error> {
        if leads.is_empty() {
            return Ok(HashMap::new());
        }
        let pks: Vec<i64> = leads.keys().copied().collect();
        let mut fetched = source.fetch(&pks).await?;
        let mut values = HashMap::with_capacity(pks.len());
        let mut items = Vec::new();
        for (pk, lead) in leads {
            let fetched = fetched.remove(&pk).unwrap_or(Fetched { value: None, ttl: TtlClass::Default });
            let deps = space.dep(pk).touched_by().collect();
            items.extend(self.engine.store(as_of, lead.key(), deps, &fetched));
            lead.land(fetched.value.clone().map(|it| -> Arc<dyn Any + Send + Sync> { it }));
            values.insert(pk, fetched.value);
        }
        self.engine.write_far(items);
        Ok(values)
    }

    /// Waits until what was stored has reached the far cache.
    pub async fn settled(&self) {
        if self.engine.far.is_some() {
            self.engine.far_writer.settled().await;
        }
    }

    pub(super) fn looked_up(&self, key: &Key, layer: Layer, n: usize) {
        if n > 0
            && let Some(report) = reads::current_report()
        {
            report.looked_up(key.kind, key.name, layer, u64::try_from(n).unwrap_or(u64::MAX));
        }
    }
}

/// Waits for the values others load; returns the keys whose leaders gave up.
async fn join_all<T: Cacheable>(joins: Vec<(i64, Join)>, found: &mut HashMap<i64, Known<T>>) -> Vec<i64> {
    let mut left = Vec::new();
    for (pk, join) in joins {
        match join.wait().await.map(|landed| landed.map(Arc::downcast::<T>).transpose()) {
            Some(Ok(value)) => {
                found.insert(pk, value);
            }
            Some(Err(_)) | None => left.push(pk),
        }
    }
    left
}

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
