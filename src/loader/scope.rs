//! What the loaders of one operation share: where to read, what the operation may rely on, and what it has seen.
//!
//! An operation sees one version of each value: the first one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use super::source::{Rows, Scoped as _};
use crate::cache::{AsOf, Cache, Cacheable, Fetched, Known, TtlClass};
use crate::db::{Db, Entity};
use crate::types::EntityId as _;

type Seen = HashMap<(TypeId, i64), Option<Arc<dyn Any + Send + Sync>>>;

/// Shared by the loaders of one operation; cheap to clone.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) db: Db,
    pub(super) cache: Cache,
    /// `None`: the cache cannot vouch for anything, so nothing is taken from it or stored.
    pub(super) as_of: Option<AsOf>,
    /// A std mutex: held for a look-up only, never across an await.
    seen: Arc<Mutex<Seen>>,
}

impl Scope {
    pub(super) fn new(db: Db, cache: Cache, as_of: Option<AsOf>) -> Self {
        Self { db, cache, as_of, seen: Arc::default() }
    }

    /// What this operation has seen under a key; `Tag` tells the families of keys apart.
    pub(super) fn seen<Tag: 'static, T: Cacheable>(&self, pk: i64) -> Option<Known<T>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        downcast(seen.get(&(TypeId::of::<Tag>(), pk))?)
    }

    /// Remembers a value unless one was seen before; returns the one that stays.
    pub(super) fn first<Tag: 'static, T: Cacheable>(&self, pk: i64, value: Known<T>) -> Known<T> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.entry((TypeId::of::<Tag>(), pk)) {
            Entry::Occupied(entry) => downcast(entry.get()).unwrap_or(value),
            Entry::Vacant(entry) => {
                entry.insert(value.clone().map(|it| -> Arc<dyn Any + Send + Sync> { it }));
                value
            }
        }
    }

    /// Takes a row that a query brought along: stores it, and gives back the version this operation saw first.
    pub(super) fn keep_row<E: Entity>(&self, row: Arc<E>, ttl: TtlClass) -> Arc<E> {
        let id = row.id();
        if let Some(as_of) = &self.as_of {
            let fetched = Fetched { value: Some(Arc::clone(&row)), ttl };
            let space = Rows::<E>::SPACE;
            self.cache.fill_from(as_of, space.key(id.pk()), &[space.dep(id.pk())], &fetched);
        }
        self.first::<Rows<E>, E>(id.pk(), Some(Arc::clone(&row))).unwrap_or(row)
    }
}

/// The value as what it is; none if it is something else, which its tag rules out.
fn downcast<T: Cacheable>(value: &Option<Arc<dyn Any + Send + Sync>>) -> Option<Known<T>> {
    match value {
        Some(value) => Some(Some(Arc::clone(value).downcast().ok()?)),
        None => Some(None),
    }
}
