//! Where a batch gets its values: from the cache, else from the database, which then fills the cache.
//!
//! A batch answers every key it is given; a key without a row is answered with its absence.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use dataloader::BatchFn;
use tracing::Instrument as _;

use super::scope::Scope;
use super::{LoadError, LoadResult};
use crate::cache::{Fetched, Kind, Known, Source, Space, TtlClass, count_query};
use crate::db::{Entity, Relation};
use crate::types::EntityId;

/// Loads one family of values by primary key, whichever [`Source`] `S` has them.
pub(super) struct Batch<S>(pub(super) S);

/// The rows of an entity.
pub(super) struct Rows<E> {
    scope: Scope,
    entity: PhantomData<fn() -> E>,
}

/// What links parents to their children: link rows, or values that are no rows.
pub(super) struct Related<R> {
    scope: Scope,
    relation: PhantomData<fn() -> R>,
}

/// The ids of children that are rows of their own. A parent's list depends on who is in it and not on what they are
/// like, so rows are cached one by one; those the database brings along are stored at once.
pub(super) struct Ids<R> {
    scope: Scope,
    relation: PhantomData<fn() -> R>,
}

/// A source that belongs to an operation.
pub(super) trait Scoped: Source<Error = LoadError> + Send {
    /// Its keys.
    type Key: EntityId;
    /// Its place in the cache.
    const SPACE: Space;

    /// The source of one operation.
    fn of(scope: Scope) -> Self;
    /// The operation.
    fn scope(&self) -> &Scope;
}

impl<E: Entity> Scoped for Rows<E> {
    type Key = E::Id;
    const SPACE: Space = Space { kind: Kind::Row, name: E::MODEL };

    fn of(scope: Scope) -> Self {
        Self { scope, entity: PhantomData }
    }

    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl<E: Entity> Source for Rows<E> {
    type Value = E;
    type Error = LoadError;

    async fn fetch(&self, pks: &[i64]) -> LoadResult<HashMap<i64, Fetched<E>>> {
        let ids: Vec<E::Id> = pks.iter().map(|pk| E::Id::from_pk(*pk)).collect();
        count_query();
        let rows = self.scope.db.read(async |conn| E::select(conn, &ids).await).await?;
        let fetched = |row: E| (row.id().pk(), Fetched { ttl: row.ttl(), value: Some(Arc::new(row)) });
        Ok(rows.into_iter().map(fetched).collect())
    }
}

impl<R: Relation> Scoped for Related<R> {
    type Key = R::Parent;
    const SPACE: Space = Space { kind: Kind::Related, name: R::NAME };

    fn of(scope: Scope) -> Self {
        Self { scope, relation: PhantomData }
    }

    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl<R: Relation> Source for Related<R> {
    type Value = Vec<R::Item>;
    type Error = LoadError;

    async fn fetch(&self, pks: &[i64]) -> LoadResult<HashMap<i64, Fetched<Self::Value>>> {
        let fetched = select::<R>(&self.scope, pks).await?.into_iter();
        Ok(fetched.map(|(pk, items)| (pk, of_parent(R::ttl(&items), items))).collect())
    }
}

impl<R: Relation<Item: Entity>> Scoped for Ids<R> {
    type Key = R::Parent;
    const SPACE: Space = Space { kind: Kind::Ids, name: R::NAME };

    fn of(scope: Scope) -> Self {
        Self { scope, relation: PhantomData }
    }

    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl<R: Relation<Item: Entity>> Source for Ids<R> {
    type Value = Vec<i64>;
    type Error = LoadError;

    async fn fetch(&self, pks: &[i64]) -> LoadResult<HashMap<i64, Fetched<Vec<i64>>>> {
        let fetched = select::<R>(&self.scope, pks).await?.into_iter();
        Ok(fetched.map(|(pk, rows)| (pk, remembered::<R>(&self.scope, rows))).collect())
    }
}

impl<S: Scoped> BatchFn<S::Key, LoadResult<Known<S::Value>>> for Batch<S> {
    async fn load(&mut self, keys: &[S::Key]) -> HashMap<S::Key, LoadResult<Known<S::Value>>> {
        let Space { kind, name } = S::SPACE;
        let span = tracing::debug_span!("loader.batch", kind = kind.as_str(), name, n_keys = keys.len());
        let Scope { cache, as_of, .. } = self.0.scope();
        let pks: Vec<i64> = keys.iter().map(|key| key.pk()).collect();
        let load = cache.load_many(as_of.as_ref(), S::SPACE, &pks, &self.0);
        match load.instrument(span).await {
            Ok(mut found) => keys.iter().map(|key| (*key, Ok(found.remove(&key.pk()).flatten()))).collect(),
            Err(error) => keys.iter().map(|key| (*key, Err(error.clone()))).collect(),
        }
    }
}

/// Stores the rows of one parent; what is left to store are their ids.
fn remembered<R: Relation<Item: Entity>>(scope: &Scope, rows: Vec<R::Item>) -> Fetched<Vec<i64>> {
    let ttl = R::ttl(&rows);
    let pks = rows.iter().map(|row| row.id().pk()).collect();
    for row in rows {
        let own = row.ttl();
        let ttl = if own == TtlClass::Default { ttl } else { own };
        scope.keep_row(Arc::new(row), ttl);
    }
    of_parent(ttl, pks)
}

fn of_parent<T>(ttl: TtlClass, items: Vec<T>) -> Fetched<Vec<T>> {
    Fetched { value: Some(Arc::new(items)), ttl }
}

/// The children of each parent, an empty list for one without.
async fn select<R: Relation>(scope: &Scope, pks: &[i64]) -> LoadResult<HashMap<i64, Vec<R::Item>>> {
    let parents: Vec<R::Parent> = pks.iter().map(|pk| R::Parent::from_pk(*pk)).collect();
    count_query();
    let items = scope.db.read(async |conn| R::select(conn, &parents).await).await?;
    let mut by_parent: HashMap<i64, Vec<R::Item>> = pks.iter().map(|pk| (*pk, Vec::new())).collect();
    for (parent, item) in items {
        by_parent.entry(parent.pk()).or_default().push(item);
    }
    Ok(by_parent)
}
