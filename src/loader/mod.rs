//! The request-scoped read path: values asked for one by one are looked up in the cache and fetched together.
//!
//! `Loaders` lives as long as one operation, which sees one version of each value. What an operation reads is recorded
//! here, before it is read; nothing above needs to know.

mod audit;
mod first_seen;
mod read_path;
mod scope;
mod source;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dataloader::cached::Loader;
use serde::{Deserialize, Serialize};

use crate::cache::{
    AsOf, Cache, Cacheable, Dep, Fetched, Key, Kind, Known, Layer, ScopedKey, TtlClass, count_query, reads,
};
use crate::db::{Db, DbError, Entity, Filter, Listing, Query, Relation, Slice};
use crate::types::EntityId as _;
use first_seen::FirstSeen;
pub use read_path::ReadPath;
use scope::Scope;
use source::{Batch, Ids, Related, Rows, Scoped};

/// Most keys of one statement. SQLite allows 32 766 values; more than this gains nothing.
const MAX_BATCH: usize = 1_000;

/// A failed load, shared by all who waited for it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("rows could not be loaded")]
pub struct LoadError(#[source] Arc<DbError>);

impl LoadError {
    /// The database cannot be reached now; trying later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.0.is_unavailable()
    }
}

impl From<DbError> for LoadError {
    fn from(error: DbError) -> Self {
        Self(Arc::new(error))
    }
}

/// Result of a load.
pub type LoadResult<T> = Result<T, LoadError>;

/// The loaders of one operation; cheap to clone.
#[derive(Clone)]
pub struct Loaders(Arc<Inner>);

struct Inner {
    scope: Scope,
    /// A std mutex: held for a look-up only, never across an await.
    by_type: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// A page of a list as it is cached: rows have entries of their own.
#[derive(Debug, Serialize, Deserialize)]
struct CachedPage {
    pks: Vec<i64>,
    has_more: bool,
}

impl Loaders {
    /// Loaders that have seen nothing yet, of an operation that may rely on what `as_of` vouches for. Without it they
    /// read the database only, and store nothing.
    #[must_use]
    pub fn new(db: Db, cache: Cache, as_of: Option<AsOf>) -> Self {
        Self(Arc::new(Inner { scope: Scope::new(db, cache, as_of), by_type: Mutex::default() }))
    }

    /// The row with this key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn one<E: Entity>(&self, id: E::Id) -> LoadResult<Known<E>> {
        self.load::<Rows<E>>(id).await
    }

    /// The rows with these keys, in the same order; missing ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn many<E: Entity>(&self, ids: impl IntoIterator<Item = E::Id>) -> LoadResult<Vec<Arc<E>>> {
        let loads = ids.into_iter().map(|id| self.one::<E>(id));
        let rows = futures_util::future::try_join_all(loads).await?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// What links a parent to its children, in the relation's order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn related<R: Relation>(&self, parent: R::Parent) -> LoadResult<Arc<Vec<R::Item>>> {
        Ok(self.load::<Related<R>>(parent).await?.unwrap_or_default())
    }

    /// The child rows of a parent, in the relation's order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn children<R>(&self, parent: R::Parent) -> LoadResult<Vec<Arc<R::Item>>>
    where
        R: Relation<Item: Entity>,
    {
        let pks = self.load::<Ids<R>>(parent).await?.unwrap_or_default();
        self.many(pks.iter().map(|pk| <R::Item as Entity>::Id::from_pk(*pk))).await
    }

    /// One value of a family: seen, near, or by the next batch.
    async fn load<S: Scoped + 'static>(&self, key: S::Key) -> LoadResult<Known<S::Value>> {
        let (scope, pk) = (&self.0.scope, key.pk());
        reads::record(&S::SPACE.dep(pk));
        if let Some(value) = scope.seen::<S, S::Value>(pk) {
            return Ok(value);
        }
        if let Some(value) = self.near::<S>(pk) {
            return Ok(scope.first::<S, _>(pk, value));
        }
        let loader = self.of_type(|scope| {
            let batch = Batch(S::of(scope));
            Loader::with_cache(batch, FirstSeen::default()).with_max_batch_size(MAX_BATCH)
        });
        // Boxed, as are the other ways to the database: resolvers nest deeply, and each level holds the one below.
        let value = Box::pin(load(&loader, key)).await?;
        Ok(scope.first::<S, _>(pk, value))
    }

    /// What the near cache has: without waiting.
    fn near<S: Scoped + 'static>(&self, pk: i64) -> Option<Known<S::Value>> {
        let (scope, key) = (&self.0.scope, S::SPACE.key(pk));
        let value = scope.cache.near::<S::Value>(scope.as_of.as_ref()?, &key)?;
        reads::count_lookup(&key, Layer::Near);
        audit::perhaps::<S>(scope, pk, value.as_ref());
        Some(value)
    }

    /// A page of a list.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list<F: Filter>(&self, listing: Listing<F>) -> LoadResult<Slice<Arc<F::Row>>> {
        let key = Key::digest(Kind::List, F::NAME, &[format!("{listing:?}").as_bytes()]);
        let deps = listing.filter.deps();
        reads::record_all(&deps);
        if let Some(Some(page)) = self.found::<CachedPage>(&key).await {
            let ids = page.pks.iter().map(|pk| <F::Row as Entity>::Id::from_pk(*pk));
            return Ok(Slice { rows: self.many(ids).await?, has_more: page.has_more });
        }
        count_query();
        let Listing { filter, order, page } = listing;
        let read = self.0.scope.db.read(async |conn| filter.list(conn, order, &page).await);
        let slice = Box::pin(read).await?;
        let pks = slice.rows.iter().map(|row| row.id().pk()).collect();
        self.keep(key, &deps, CachedPage { pks, has_more: slice.has_more });
        Ok(Slice { rows: self.keep_rows(slice.rows), has_more: slice.has_more })
    }

    /// The answer to a query.
    ///
    /// # Errors
    /// The database failed.
    pub async fn query<Q: Query>(&self, query: Q) -> LoadResult<Arc<Q::Value>> {
        let key = Key::digest(Kind::List, Q::NAME, &[format!("{query:?}").as_bytes()]);
        let deps = query.deps();
        reads::record_all(&deps);
        if let Some(Some(value)) = self.found(&key).await {
            return Ok(value);
        }
        count_query();
        let value = Box::pin(self.0.scope.db.read(async |conn| query.run(conn).await)).await?;
        Ok(self.keep(key, &deps, value))
    }

    /// A computed value of an object: cached, or computed and cached. It depends on the object's row, which the
    /// computation was handed, and on whatever the computation reads.
    ///
    /// # Errors
    /// What the computation failed with; nothing is stored then.
    pub async fn cached<E: Entity, T: Cacheable, Err>(
        &self,
        (name, ttl): (&'static str, TtlClass),
        (owner, caller): (&E, &str),
        compute: impl Future<Output = Result<T, Err>>,
    ) -> Result<Arc<T>, Err> {
        let owner = owner.id();
        let key = ScopedKey::new(Kind::Field, name, &[&owner.pk().to_le_bytes()], caller);
        let Scope { cache, as_of, .. } = &self.0.scope;
        let owner = [Rows::<E>::SPACE.dep(owner.pk())];
        Box::pin(cache.cached(as_of.as_ref(), (&key, ttl), &owner, compute)).await
    }

    /// What an object shows as a whole: cached in this process, or computed and, if `is_whole` says so, cached. It
    /// depends on `owner`, which the computation was handed, and on whatever the computation reads.
    ///
    /// # Errors
    /// What the computation failed with; nothing is stored then.
    pub async fn whole<T: Cacheable, Err>(
        &self,
        key: &ScopedKey,
        owner: &Dep,
        compute: impl Future<Output = Result<T, Err>>,
        is_whole: impl Fn() -> bool,
    ) -> Result<Arc<T>, Err> {
        let Scope { cache, as_of, .. } = &self.0.scope;
        match as_of {
            Some(as_of) => Box::pin(cache.near_or(as_of, key, owner, (compute, is_whole))).await,
            None => Ok(Arc::new(compute.await?)),
        }
    }

    async fn found<T: Cacheable>(&self, key: &Key) -> Option<Known<T>> {
        let scope = &self.0.scope;
        Box::pin(scope.cache.lookup(scope.as_of.as_ref()?, key)).await
    }

    fn keep<T: Cacheable>(&self, key: Key, deps: &[Dep], value: T) -> Arc<T> {
        let scope = &self.0.scope;
        let value = Arc::new(value);
        if let Some(as_of) = &scope.as_of {
            let fetched = Fetched { value: Some(Arc::clone(&value)), ttl: TtlClass::Default };
            scope.cache.fill_from(as_of, key, deps, &fetched);
        }
        value
    }

    /// Takes rows that a query brought along; they need not be loaded again by key.
    fn keep_rows<E: Entity>(&self, rows: Vec<E>) -> Vec<Arc<E>> {
        let keep = |row: E| {
            reads::record(&Rows::<E>::SPACE.dep(row.id().pk()));
            let ttl = row.ttl();
            self.0.scope.keep_row(Arc::new(row), ttl)
        };
        rows.into_iter().map(keep).collect()
    }

    /// The loader of one type, made when it is first asked for.
    fn of_type<L: Clone + Send + Sync + 'static>(&self, make: impl Fn(Scope) -> L) -> L {
        let mut by_type = self.0.by_type.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_type.get(&TypeId::of::<L>()).and_then(|it| it.downcast_ref::<L>());
        if let Some(loader) = known {
            return loader.clone();
        }
        let loader = make(self.0.scope.clone());
        by_type.insert(TypeId::of::<L>(), Arc::new(loader.clone()));
        loader
    }
}

impl std::fmt::Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loaders")
    }
}

/// Loads one key with whoever else is waiting.
async fn load<K, T, F>(loader: &Loader<K, LoadResult<T>, F, FirstSeen<K, T>>, key: K) -> LoadResult<T>
where
    K: Copy + Eq + std::hash::Hash + std::fmt::Debug,
    T: Clone,
    F: dataloader::BatchFn<K, LoadResult<T>>,
{
    // The batch answers every key, so a key is missing for one reason only: the caller that led the batch was dropped
    // while it ran. Whoever still waits leads the next one.
    loop {
        if let Ok(value) = loader.try_load(key).await {
            return value;
        }
    }
}
