//! The two families every table belongs to, rows by primary key and rows by parent, each run by one generic loader.
//!
//! The macros write the queries once per table; no diesel type or bound is visible outside `db`.

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DbConn;
use super::error::DbResult;
use crate::cache::{Dep, TtlClass};
use crate::types::EntityId;

/// A table whose rows are read, cached and invalidated by primary key.
pub trait Entity:
    Clone + PartialEq + Send + Sync + std::fmt::Debug + Serialize + DeserializeOwned + 'static
{
    /// Its typed primary key.
    type Id: EntityId;

    /// Name of the model in deps and cache keys.
    const MODEL: &'static str;

    /// Models whose rows the database removes or detaches when a row of this one is deleted.
    const CASCADES_TO: &'static [&'static str] = &[];

    /// Relations a row of this one is the parent of. Their lists go with it: a list that is filtered by a parent may be
    /// asked for when the parent is gone.
    const PARENT_OF: &'static [&'static str] = &[];

    /// Primary key of this row.
    fn id(&self) -> Self::Id;

    /// The rows with these keys that exist, in any order, by one statement.
    fn select(conn: &mut DbConn, ids: &[Self::Id]) -> impl Future<Output = DbResult<Vec<Self>>> + Send;

    /// How long a cached copy may live.
    fn ttl(&self) -> TtlClass {
        TtlClass::Default
    }

    /// Lists that this row is in: `Related` deps, touched when it joins, leaves or moves (CACHE.md, *Deps*).
    fn memberships(&self) -> Vec<Dep> {
        Vec::new()
    }

    /// Objects that embed this row and change when it does (CACHE.md, *Who depends on whom*).
    fn embedded_in(&self) -> Vec<Dep> {
        Vec::new()
    }

    /// The object whose own embedders are all that [`Entity::embedded_in_stored`] would find: where a transaction has
    /// written that one, it need not ask.
    fn embedded_through(&self) -> Option<Dep> {
        None
    }

    /// Like [`Entity::embedded_in`], for embedders of these rows that only a query can find.
    fn embedded_in_stored(
        _conn: &mut DbConn,
        _ids: &[Self::Id],
    ) -> impl Future<Output = DbResult<Vec<Dep>>> + Send {
        std::future::ready(Ok(Vec::new()))
    }
}

/// A key other than the primary one that at most one row has: how a unit of work, which hands out no connection,
/// finds a row by something else.
pub trait UniqueKey: Send {
    /// The row it leads to.
    type Row: Send;

    /// The row with this key.
    fn find(self, conn: &mut DbConn) -> impl Future<Output = DbResult<Option<Self::Row>>> + Send;

    /// What finding it has locked until the transaction ends, if anything.
    fn locks(_row: &Self::Row) -> Option<Dep> {
        None
    }
}

/// The children of a parent, in order of primary key: what a list of an object is loaded by.
pub trait Relation: Send + Sync + 'static {
    /// Key of the parent.
    type Parent: EntityId;
    /// A child row, or the row that links to it.
    type Item: Clone + Send + Sync + std::fmt::Debug + Serialize + DeserializeOwned + 'static;

    /// Name of the relation in deps and cache keys.
    const NAME: &'static str;

    /// How long cached copies of one parent's children may live, where they tell it only together.
    fn ttl(_children: &[Self::Item]) -> TtlClass {
        TtlClass::Default
    }

    /// The children of these parents, by one statement, each parent's in order of primary key.
    fn select(
        conn: &mut DbConn,
        parents: &[Self::Parent],
    ) -> impl Future<Output = DbResult<Vec<(Self::Parent, Self::Item)>>> + Send;
}

/// Implements [`Entity`] for a row: `entity!(TeamRow, teams, TeamId, "team" { … })`; the braces may hold overrides.
macro_rules! entity {
    ($row:ty, $table:ident, $id:ty, $model:literal { $($overrides:item)* }) => {
        impl $crate::db::entity::Entity for $row {
            type Id = $id;
            const MODEL: &'static str = $model;

            fn id(&self) -> $id {
                self.id
            }

            async fn select(
                conn: &mut $crate::db::DbConn,
                ids: &[$id],
            ) -> $crate::db::DbResult<Vec<Self>> {
                use $crate::db::dsl::*;
                Ok($crate::db::conn::on_conn!(conn, c => {
                    $table::table
                        .filter($table::id.eq_any(ids.to_vec()))
                        .select(Self::as_select())
                        .load(c)
                        .await
                })?)
            }

            $($overrides)*
        }
    };
}

/// Implements [`Relation`] for a marker type: the rows of `$table` whose `$parent` column is one of the parents'.
macro_rules! has_many {
    ($(#[$doc:meta])* $name:ident($label:literal): $parent_id:ty => $row:ty, $table:ident.$parent:ident, order $order:ident $({ $($overrides:item)* })?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::db::entity::Relation for $name {
            type Parent = $parent_id;
            type Item = $row;
            const NAME: &'static str = $label;

            async fn select(
                conn: &mut $crate::db::DbConn,
                parents: &[$parent_id],
            ) -> $crate::db::DbResult<Vec<($parent_id, $row)>> {
                use $crate::db::dsl::*;
                let rows: Vec<(Option<$parent_id>, $row)> = $crate::db::conn::on_conn!(conn, c => {
                    $table::table
                        .filter($table::$parent.eq_any(parents.to_vec()))
                        .order($table::$order)
                        .select(($table::$parent.nullable(), <$row>::as_select()))
                        .load(c)
                        .await
                })?;
                Ok(rows.into_iter().filter_map(|(parent, row)| Some((parent?, row))).collect())
            }

            $($($overrides)*)?
        }
    };
}

/// Implements [`Relation`] for a marker type: the rows of `$table` that a link table joins to the parents.
macro_rules! many_to_many {
    ($(#[$doc:meta])* $name:ident($label:literal): $parent_id:ty => $row:ty, $links:ident.$parent:ident to $table:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::db::entity::Relation for $name {
            type Parent = $parent_id;
            type Item = $row;
            const NAME: &'static str = $label;

            async fn select(
                conn: &mut $crate::db::DbConn,
                parents: &[$parent_id],
            ) -> $crate::db::DbResult<Vec<($parent_id, $row)>> {
                use $crate::db::dsl::*;
                Ok($crate::db::conn::on_conn!(conn, c => {
                    $links::table
                        .inner_join($table::table)
                        .filter($links::$parent.eq_any(parents.to_vec()))
                        .order($table::id)
                        .select(($links::$parent, <$row>::as_select()))
                        .load(c)
                        .await
                })?)
            }
        }
    };
}

pub(super) use {entity, has_many, many_to_many};
