//! Where a batch gets its rows: the seam the cache is put into.
//!
//! A batch answers every key it is given; a key without a row is answered with its absence.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use dataloader::BatchFn;
use tracing::Instrument as _;

use super::{LoadError, LoadResult};
use crate::db::{Db, DbError, Entity, Relation};

/// Loads rows by primary key.
pub(super) struct RowBatch<E> {
    db: Db,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> RowBatch<E> {
    pub(super) fn new(db: Db) -> Self {
        Self { db, entity: PhantomData }
    }
}

impl<E: Entity> BatchFn<E::Id, LoadResult<Option<Arc<E>>>> for RowBatch<E> {
    async fn load(&mut self, ids: &[E::Id]) -> HashMap<E::Id, LoadResult<Option<Arc<E>>>> {
        let span = tracing::debug_span!("loader.batch", model = E::MODEL, n_keys = ids.len());
        match self.db.read(async |conn| E::select(conn, ids).await).instrument(span).await {
            Ok(rows) => {
                let mut found: HashMap<E::Id, Arc<E>> =
                    rows.into_iter().map(|row| (row.id(), Arc::new(row))).collect();
                ids.iter().map(|id| (*id, Ok(found.remove(id)))).collect()
            }
            Err(error) => failed(ids, error),
        }
    }
}

/// Loads the children of parents.
pub(super) struct RelatedBatch<R> {
    db: Db,
    relation: PhantomData<fn() -> R>,
}

impl<R: Relation> RelatedBatch<R> {
    pub(super) fn new(db: Db) -> Self {
        Self { db, relation: PhantomData }
    }
}

impl<R: Relation> BatchFn<R::Parent, LoadResult<Arc<Vec<R::Item>>>> for RelatedBatch<R> {
    async fn load(&mut self, parents: &[R::Parent]) -> HashMap<R::Parent, LoadResult<Arc<Vec<R::Item>>>> {
        let span = tracing::debug_span!("loader.batch", relation = R::NAME, n_keys = parents.len());
        match self.db.read(async |conn| R::select(conn, parents).await).instrument(span).await {
            Ok(items) => {
                let mut by_parent: HashMap<R::Parent, Vec<R::Item>> = HashMap::new();
                for (parent, item) in items {
                    by_parent.entry(parent).or_default().push(item);
                }
                let children = |parent| Arc::new(by_parent.remove(parent).unwrap_or_default());
                parents.iter().zip(parents.iter().map(children)).map(|(it, items)| (*it, Ok(items))).collect()
            }
            Err(error) => failed(parents, error),
        }
    }
}

/// One failure, shared by every key of the batch.
fn failed<K: Copy + Eq + Hash, V>(keys: &[K], error: DbError) -> HashMap<K, LoadResult<V>> {
    let error = LoadError::from(error);
    keys.iter().map(|key| (*key, Err(error.clone()))).collect()
}
