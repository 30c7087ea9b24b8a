//! How rows are written, once per table; called by the unit of work only, which queues what each write invalidates.

use std::future::Future;

use super::conn::Lease;
use super::entity::Entity;
use super::error::DbResult;
use crate::cache::Dep;
use crate::types::Instant;

/// A table whose rows a unit of work may write.
pub trait Writable: Entity {
    /// A row to insert.
    type New: Send;
    /// Columns to change; `None` leaves a column as it is.
    type Changes: Send;

    /// The row with this key, locked until the transaction ends.
    fn lock(conn: &mut Lease, id: Self::Id) -> impl Future<Output = DbResult<Option<Self>>> + Send;

    /// Inserts one row; the database chooses its key.
    fn insert(conn: &mut Lease, new: Self::New, now: Instant) -> impl Future<Output = DbResult<Self>> + Send;

    /// Changes one row that is there, and returns it.
    fn update(
        conn: &mut Lease,
        id: Self::Id,
        changes: Self::Changes,
        now: Instant,
    ) -> impl Future<Output = DbResult<Self>> + Send;

    /// Deletes one row; tells whether it was there.
    fn delete(conn: &mut Lease, id: Self::Id) -> impl Future<Output = DbResult<bool>> + Send;
}

/// A table several rows of which may be inserted by one statement.
pub trait WritableInBulk: Writable {
    /// Inserts rows and returns them in the same order; the database chooses their keys.
    fn insert_all(
        conn: &mut Lease,
        new: Vec<Self::New>,
        now: Instant,
    ) -> impl Future<Output = DbResult<Vec<Self>>> + Send;
}

/// A row of a many-to-many table, known by its columns alone.
pub trait Link: Clone + Send + Sync + 'static {
    /// Both ends: their objects, and the lists that hold the other end (CACHE.md, *Who depends on whom*).
    fn ends(&self) -> Vec<Dep>;

    /// Inserts the row unless one with its key is there; tells whether it was inserted.
    fn insert(conn: &mut Lease, link: &Self) -> impl Future<Output = DbResult<bool>> + Send;

    /// Deletes the row with this key; returns what was stored.
    fn delete(conn: &mut Lease, link: &Self) -> impl Future<Output = DbResult<Option<Self>>> + Send;
}

/// One statement over many rows of a model, of which nobody says one by one what it changes.
pub trait BulkWrite: Send {
    /// The rows it changes.
    type Row: Entity;

    /// Runs it; returns how many rows it changed.
    fn run(self, conn: &mut Lease, now: Instant) -> impl Future<Output = DbResult<usize>> + Send;
}

/// Implements [`Writable`]. `versioned` tables count their version up and keep `created_at` and `updated_at`;
/// `backdated` ones do the same, and a row to insert may say when it was made; `stamped` ones keep the two instants only;
/// `plain` ones keep neither.
macro_rules! writable {
    (versioned $row:ty, $table:ident, $new:ty, $changes:ty) => {
        $crate::db::writable::writable!(@impl $row, $table, $new, $changes,
            |new, now| (new, $table::created_at.eq(now), $table::updated_at.eq(now)),
            |changes, now| (changes, $table::version.eq($table::version + 1), $table::updated_at.eq(now)));
    };
    (backdated $row:ty, $table:ident, $new:ty, $changes:ty) => {
        $crate::db::writable::writable!(@impl $row, $table, $new, $changes,
            |new, now| {
                let created_at = new.created_at.unwrap_or(now);
                (new, $table::created_at.eq(created_at), $table::updated_at.eq(now))
            },
            |changes, now| (changes, $table::version.eq($table::version + 1), $table::updated_at.eq(now)));
    };
    (stamped $row:ty, $table:ident, $new:ty, $changes:ty) => {
        $crate::db::writable::writable!(@impl $row, $table, $new, $changes,
            |new, now| (new, $table::created_at.eq(now), $table::updated_at.eq(now)),
            |changes, now| (changes, $table::updated_at.eq(now)));
    };
    (plain $row:ty, $table:ident, $new:ty, $changes:ty) => {
        $crate::db::writable::writable!(@impl $row, $table, $new, $changes,
            |new, _now| new,
            |changes, _now| changes);
    };
    (@impl $row:ty, $table:ident, $new:ty, $changes:ty,
        |$n:ident, $inow:ident| $values:expr, |$ch:ident, $unow:ident| $set:expr) => {
        impl $crate::db::writable::Writable for $row {
            type New = $new;
            type Changes = $changes;

            async fn lock(
                conn: &mut $crate::db::conn::Lease,
                id: <Self as $crate::db::entity::Entity>::Id,
            ) -> $crate::db::DbResult<Option<Self>> {
                use $crate::db::dsl::*;
                let query = $table::table.filter($table::id.eq(id));
                // SQLite's only writer holds the lock of the whole file already.
                Ok(match conn.get()? {
                    $crate::db::DbConn::Postgres(c) => {
                        query.for_no_key_update().select(Self::as_select()).get_result(c).await.optional()
                    }
                    $crate::db::DbConn::Sqlite(c) => query.select(Self::as_select()).get_result(c).await.optional(),
                }?)
            }

            async fn insert(
                conn: &mut $crate::db::conn::Lease,
                $n: $new,
                $inow: crate::types::Instant,
            ) -> $crate::db::DbResult<Self> {
                use $crate::db::dsl::*;
                Ok($crate::db::conn::on_conn!(conn.get()?, c => {
                    diesel::insert_into($table::table)
                        .values($values)
                        .returning(Self::as_returning())
                        .get_result(c)
                        .await
                })?)
            }

            async fn update(
                conn: &mut $crate::db::conn::Lease,
                id: <Self as $crate::db::entity::Entity>::Id,
                $ch: $changes,
                $unow: crate::types::Instant,
            ) -> $crate::db::DbResult<Self> {
                use $crate::db::dsl::*;
                Ok($crate::db::conn::on_conn!(conn.get()?, c => {
                    let row = $table::table.filter($table::id.eq(id));
                    let updated =
                        diesel::update(row).set($set).returning(Self::as_returning()).get_result(c).await;
                    // No column to change is no statement; it is no failure either.
                    match updated.optional_empty_changeset() {
                        Ok(None) => row.select(Self::as_select()).get_result(c).await,
                        Ok(Some(row)) => Ok(row),
                        Err(error) => Err(error),
                    }
                })?)
            }

            async fn delete(
                conn: &mut $crate::db::conn::Lease,
                id: <Self as $crate::db::entity::Entity>::Id,
            ) -> $crate::db::DbResult<bool> {
                use $crate::db::dsl::*;
                let n_rows = $crate::db::conn::on_conn!(conn.get()?, c => {
                    diesel::delete($table::table.filter($table::id.eq(id))).execute(c).await
                })?;
                Ok(n_rows > 0)
            }
        }
    };
}

/// Implements [`WritableInBulk`]; what is inserted must say null where it means it (`treat_none_as_default_value`), for
/// SQLite knows no default inside a list of rows.
macro_rules! writable_in_bulk {
    (versioned $row:ty, $table:ident) => {
        $crate::db::writable::writable_in_bulk!(@impl $row, $table, |new, now|
            new.into_iter().map(|it| (it, $table::created_at.eq(now), $table::updated_at.eq(now))).collect::<Vec<_>>());
    };
    (plain $row:ty, $table:ident) => {
        $crate::db::writable::writable_in_bulk!(@impl $row, $table, |new, _now| new);
    };
    (@impl $row:ty, $table:ident, |$new:ident, $now:ident| $values:expr) => {
        impl $crate::db::writable::WritableInBulk for $row {
            async fn insert_all(
                conn: &mut $crate::db::conn::Lease,
                $new: Vec<<Self as $crate::db::writable::Writable>::New>,
                $now: crate::types::Instant,
            ) -> $crate::db::DbResult<Vec<Self>> {
                use $crate::db::dsl::*;
                let mut rows: Vec<Self> = match conn.get()? {
                    $crate::db::DbConn::Postgres(c) => {
                        let insert = diesel::insert_into($table::table).values($values);
                        insert.returning(Self::as_returning()).get_results(c).await?
                    }
                    // A list of rows is written for SQLite by diesel's own way to run it only.
                    $crate::db::DbConn::Sqlite(c) => {
                        let run = move |c: &mut diesel::SqliteConnection| {
                            let insert = diesel::insert_into($table::table).values($values);
                            diesel::RunQueryDsl::get_results(insert.returning(Self::as_returning()), c)
                        };
                        c.spawn_blocking(run).await?
                    }
                };
                // Keys are given in the order of the list; the rows come back in any.
                rows.sort_by_key(|row| row.id);
                Ok(rows)
            }
        }
    };
}

/// Implements [`Link`] for a row of a many-to-many table that these columns identify.
macro_rules! linkable {
    ($row:ty, $table:ident($($key:ident),+), |$it:ident| $ends:expr) => {
        impl $crate::db::writable::Link for $row {
            fn ends(&self) -> Vec<$crate::cache::Dep> {
                let $it = self;
                Vec::from($ends)
            }

            async fn insert(conn: &mut $crate::db::conn::Lease, link: &Self) -> $crate::db::DbResult<bool> {
                use $crate::db::dsl::*;
                let n_rows = $crate::db::conn::on_conn!(conn.get()?, c => {
                    // By its own key only: any other unique key refuses it.
                    diesel::insert_into($table::table)
                        .values(link)
                        .on_conflict(($($table::$key),+))
                        .do_nothing()
                        .execute(c)
                        .await
                })?;
                Ok(n_rows > 0)
            }

            async fn delete(
                conn: &mut $crate::db::conn::Lease,
                link: &Self,
            ) -> $crate::db::DbResult<Option<Self>> {
                use $crate::db::dsl::*;
                Ok($crate::db::conn::on_conn!(conn.get()?, c => {
                    diesel::delete(
                        $table::table$(.filter($table::$key.eq(link.$key.clone())))+,
                    )
                    .returning(Self::as_returning())
                    .get_result(c)
                    .await
                    .optional()
                })?)
            }
        }
    };
}

pub(super) use {linkable, writable, writable_in_bulk};
