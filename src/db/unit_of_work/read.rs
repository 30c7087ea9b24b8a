//! What a transaction reads: its own rows and what was committed before, never a cache.
//!
//! Hands out rows only; the connection stays inside.

use super::UnitOfWork;
use crate::db::entity::{Entity, Relation, UniqueKey};
use crate::db::error::DbResult;
use crate::db::writable::Writable;

/// Keys in one statement: SQLite takes 32 766 values.
const MAX_IDS: usize = 10_000;

impl UnitOfWork {
    /// The row with this key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get<E: Entity>(&mut self, id: E::Id) -> DbResult<Option<E>> {
        let rows = E::select(self.step()?.get()?, &[id]).await?;
        Ok(self.done(rows.into_iter().next()))
    }

    /// The rows with these keys that exist, in any order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get_many<E: Entity>(&mut self, ids: &[E::Id]) -> DbResult<Vec<E>> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(MAX_IDS) {
            rows.extend(E::select(self.step()?.get()?, chunk).await?);
            self.done(());
        }
        Ok(rows)
    }

    /// The row with a unique key other than the primary one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find<K: UniqueKey>(&mut self, key: K) -> DbResult<Option<K::Row>> {
        let row = key.find(self.step()?.get()?).await?;
        self.held.extend(row.as_ref().and_then(K::locks));
        Ok(self.done(row))
    }

    /// The row with this key, locked until the transaction ends: whoever else locks it waits.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lock<E: Writable>(&mut self, id: E::Id) -> DbResult<Option<E>> {
        let row = E::lock(self.step()?, id).await?;
        self.hold::<E>(id);
        Ok(self.done(row))
    }

    /// The children of a parent.
    ///
    /// # Errors
    /// The database failed.
    pub async fn children<R: Relation>(&mut self, parent: R::Parent) -> DbResult<Vec<R::Item>> {
        let rows = R::select(self.step()?.get()?, &[parent]).await?;
        Ok(self.done(rows.into_iter().map(|(_, item)| item).collect()))
    }

    /// The children of several parents, by one statement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn children_of_many<R: Relation>(&mut self, parents: &[R::Parent]) -> DbResult<Vec<R::Item>> {
        let rows = R::select(self.step()?.get()?, parents).await?;
        Ok(self.done(rows.into_iter().map(|(_, item)| item).collect()))
    }
}
