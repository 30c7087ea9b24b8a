//! The request-scoped read path: rows asked for one by one are fetched together.
//!
//! `Loaders` lives as long as one operation, which sees one version of each row. Behind `source` comes the cache;
//! nothing above it needs to know.

mod first_seen;
mod source;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dataloader::cached::Loader;
use first_seen::FirstSeen;

use crate::db::{Db, DbError, DbResult, Entity, Relation, Slice};
use source::{RelatedBatch, RowBatch};

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

/// A loader whose values `T` are remembered as they were first seen.
type FirstLoader<K, T, F> = Loader<K, LoadResult<T>, F, FirstSeen<K, T>>;
type RowLoader<E> = FirstLoader<<E as Entity>::Id, Option<Arc<E>>, RowBatch<E>>;
type RelatedLoader<R> =
    FirstLoader<<R as Relation>::Parent, Arc<Vec<<R as Relation>::Item>>, RelatedBatch<R>>;

/// The loaders of one operation; cheap to clone.
#[derive(Clone)]
pub struct Loaders(Arc<Inner>);

struct Inner {
    db: Db,
    /// A std mutex: held for a look-up only, never across an await.
    by_type: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Fresh loaders that know nothing yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Inner { db, by_type: Mutex::new(HashMap::new()) }))
    }

    /// The row with this key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn one<E: Entity>(&self, id: E::Id) -> LoadResult<Option<Arc<E>>> {
        load(&self.rows::<E>(), id).await
    }

    /// The rows with these keys, in the same order; missing ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn many<E: Entity>(&self, ids: impl IntoIterator<Item = E::Id>) -> LoadResult<Vec<Arc<E>>> {
        let loader = self.rows::<E>();
        let loads = ids.into_iter().map(|id| load(&loader, id));
        let rows = futures_util::future::try_join_all(loads).await?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The children of a parent, in the relation's order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn related<R: Relation>(&self, parent: R::Parent) -> LoadResult<Arc<Vec<R::Item>>> {
        load(&self.relations::<R>(), parent).await
    }

    /// The child rows of a parent. They need not be loaded again by key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn children<R>(&self, parent: R::Parent) -> LoadResult<Vec<Arc<R::Item>>>
    where
        R: Relation<Item: Entity>,
    {
        let items = self.related::<R>(parent).await?;
        Ok(self.remember(items.iter().cloned().map(Arc::new).collect()).await)
    }

    /// Runs a list query; its rows need not be loaded again by key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn query<T>(
        &self,
        query: impl AsyncFnOnce(&mut crate::db::DbConn) -> DbResult<T> + Clone,
    ) -> LoadResult<T> {
        Ok(self.0.db.read(query).await?)
    }

    /// Takes rows that another query brought and gives back the version of each that this operation saw first.
    pub async fn remember<E: Entity>(&self, rows: Vec<Arc<E>>) -> Vec<Arc<E>> {
        let loader = self.rows::<E>();
        loader.prime_many(rows.iter().map(|row| (row.id(), Ok(Some(Arc::clone(row)))))).await;
        let seen = rows.into_iter().map(async |row| match loader.try_load(row.id()).await {
            Ok(Ok(Some(first))) => first,
            _ => row,
        });
        futures_util::future::join_all(seen).await
    }

    /// Takes the rows of a page, which then need not be loaded again by key.
    pub async fn remember_slice<E: Entity>(&self, slice: Slice<E>) -> Slice<Arc<E>> {
        let rows = slice.rows.into_iter().map(Arc::new).collect();
        Slice { rows: self.remember(rows).await, has_more: slice.has_more }
    }

    fn rows<E: Entity>(&self) -> RowLoader<E> {
        self.of_type(|db| {
            Loader::with_cache(RowBatch::<E>::new(db), FirstSeen::default()).with_max_batch_size(MAX_BATCH)
        })
    }

    fn relations<R: Relation>(&self) -> RelatedLoader<R> {
        self.of_type(|db| {
            Loader::with_cache(RelatedBatch::<R>::new(db), FirstSeen::default())
                .with_max_batch_size(MAX_BATCH)
        })
    }

    /// The loader of one type, made when it is first asked for.
    fn of_type<L: Clone + Send + Sync + 'static>(&self, make: impl Fn(Db) -> L) -> L {
        let mut by_type = self.0.by_type.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_type.get(&TypeId::of::<L>()).and_then(|it| it.downcast_ref::<L>());
        if let Some(loader) = known {
            return loader.clone();
        }
        let loader = make(self.0.db.clone());
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
async fn load<K, T, F>(loader: &FirstLoader<K, T, F>, key: K) -> LoadResult<T>
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
