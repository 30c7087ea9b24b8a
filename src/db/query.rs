//! Queries that are not by key, as values: what they ask, and what their answer depends on.
//!
//! Values and not closures: a cached answer is keyed by what was asked, and a query that is a value can hold on to no
//! transaction, whose uncommitted rows must not get into a cache.

use std::fmt::Debug;
use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::entity::Entity;
use super::error::DbResult;
use super::{DbConn, Direction, PageRequest, Slice};
use crate::cache::Dep;

/// A question to the database whose answer can be cached.
pub trait Query: Clone + Debug + Send + Sync + 'static {
    /// The answer.
    type Value: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Name in cache keys.
    const NAME: &'static str;

    /// Everything whose change may change the answer.
    fn deps(&self) -> Vec<Dep>;

    /// Asks.
    fn run(&self, conn: &mut DbConn) -> impl Future<Output = DbResult<Self::Value>> + Send;
}

/// Which rows of a model a list holds.
pub trait Filter: Clone + Debug + Send + Sync + 'static {
    /// The rows.
    type Row: Entity;
    /// What the list can be sorted by.
    type Order: Copy + Debug + Send + Sync + 'static;
    /// Name in cache keys.
    const NAME: &'static str;

    /// Everything whose change may change which rows are in the list, or their order.
    fn deps(&self) -> Vec<Dep>;

    /// A page of the rows that match.
    fn list(
        &self,
        conn: &mut DbConn,
        order: (Self::Order, Direction),
        page: &PageRequest,
    ) -> impl Future<Output = DbResult<Slice<Self::Row>>> + Send;

    /// How many rows match.
    fn count(&self, conn: &mut DbConn) -> impl Future<Output = DbResult<i64>> + Send;
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listing<F: Filter> {
    /// Which rows.
    pub filter: F,
    /// In which order.
    pub order: (F::Order, Direction),
    /// Which stretch of them.
    pub page: PageRequest,
}

/// How many rows match a filter.
#[derive(Clone, Debug)]
pub struct CountOf<F>(pub F);

impl<F: Filter> Query for CountOf<F> {
    type Value = i64;
    const NAME: &'static str = F::NAME;

    fn deps(&self) -> Vec<Dep> {
        self.0.deps()
    }

    async fn run(&self, conn: &mut DbConn) -> DbResult<i64> {
        self.0.count(conn).await
    }
}

/// Implements [`Filter`] for a filter whose row type has `list` and `count`.
macro_rules! filter {
    ($filter:ty => $row:ty, $order:ty, $name:literal, |$it:ident| $deps:expr) => {
        impl $crate::db::Filter for $filter {
            type Row = $row;
            type Order = $order;
            const NAME: &'static str = $name;

            fn deps(&self) -> Vec<$crate::cache::Dep> {
                let $it = self;
                $deps
            }

            async fn list(
                &self,
                conn: &mut $crate::db::DbConn,
                order: (Self::Order, $crate::db::Direction),
                page: &$crate::db::PageRequest,
            ) -> $crate::db::DbResult<$crate::db::Slice<$row>> {
                <$row>::list(conn, self, order, page).await
            }

            async fn count(&self, conn: &mut $crate::db::DbConn) -> $crate::db::DbResult<i64> {
                <$row>::count(conn, self).await
            }
        }
    };
}

pub(super) use filter;
