//! Reading through the cache: near, then far, then whoever has the truth; and the rule of what may be stored.
//!
//! What is loaded is loaded outside transactions, after the check it is stored under. Nothing in here can see rows that
//! are not committed: a unit of work hands out no way to get here.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::Dep;
use super::engine::Cache;
use super::entry::{Cacheable, Key, Kind};
use super::freshness::AsOf;
use super::policy::TtlClass;
use super::reads::{self, Reads};
use super::report::Layer;
use super::single_flight::{Join, Lead, Role};

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
