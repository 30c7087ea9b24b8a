//! One connection of either backend, and `on_conn!`, which writes a query once and compiles it for both.
//!
//! Connections leave this module only inside [`super::Db`] and [`super::UnitOfWork`]: nobody else can run SQL.

use diesel::SqliteConnection;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{DbError, DbResult};

/// SQLite's blocking driver on the runtime's blocking threads.
pub(super) type SqliteConn = SyncConnectionWrapper<SqliteConnection>;

/// A pooled connection to one of the two backends.
pub enum DbConn {
    /// PostgreSQL; boxed, for it is several times the size of the other.
    Postgres(Box<Object<AsyncPgConnection>>),
    /// Embedded SQLite.
    Sqlite(Object<SqliteConn>),
}

impl DbConn {
    /// Runs statements that take no values and return no rows.
    pub(super) async fn batch(&mut self, sql: &str) -> DbResult<()> {
        match self {
            Self::Postgres(conn) => conn.batch_execute(sql).await?,
            Self::Sqlite(conn) => conn.batch_execute(sql).await?,
        }
        Ok(())
    }

    /// Checks the foreign keys that the open transaction would check when it commits.
    pub(super) async fn check_deferred(&mut self) -> DbResult<()> {
        // Here only: it would take over `AtomicU64::load` below.
        use diesel_async::RunQueryDsl as _;

        let n_broken: i64 = match self {
            Self::Postgres(conn) => {
                conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
                0
            }
            Self::Sqlite(conn) => {
                let broken = diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM pragma_foreign_key_check)");
                diesel::select(broken).get_result(conn).await?
            }
        };
        if n_broken == 0 {
            return Ok(());
        }
        let message = format!("{n_broken} foreign keys are broken");
        Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, Box::new(message)).into())
    }

    /// Takes the connection out of its pool and closes it, which rolls back whatever is open on it.
    fn discard(self) {
        match self {
            Self::Postgres(conn) => drop(Object::take(*conn)),
            Self::Sqlite(conn) => drop(Object::take(conn)),
        }
    }
}

impl std::fmt::Debug for DbConn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres(_) => "DbConn::Postgres",
            Self::Sqlite(_) => "DbConn::Sqlite",
        })
    }
}

/// A connection on loan for a transaction. Dropped without being given back (a panic, a caller that went away), it is
/// closed. Reads need no such care: Postgres answers in order, so an answer nobody waits for is skipped, and when a
/// statement of SQLite is dropped diesel waits until it has ended.
///
/// Only a unit of work has one, and writing needs one: whoever is given a [`DbConn`] can read, and no more.
#[derive(Debug)]
pub struct Lease(
    /// `None` only once it was given back.
    Option<DbConn>,
);

impl Lease {
    /// A loan of this connection.
    pub(super) fn new(conn: DbConn) -> Self {
        Self(Some(conn))
    }

    /// The connection.
    pub(super) fn get(&mut self) -> DbResult<&mut DbConn> {
        self.0.as_mut().ok_or(DbError::Aborted)
    }

    /// The bare connection to Postgres, out of its pool.
    pub(super) fn into_postgres(mut self) -> DbResult<AsyncPgConnection> {
        match self.0.take() {
            Some(DbConn::Postgres(conn)) => Ok(Object::take(*conn)),
            _ => Err(DbError::Aborted),
        }
    }

    /// Returns the connection to its pool: nothing runs on it and no transaction is open.
    pub(super) fn give_back(&mut self) {
        self.0 = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            conn.discard();
        }
    }
}

/// Runs `$body` with `$c` bound to the connection inside a [`DbConn`]; the body is compiled once per backend, so that
/// queries need no generic bounds.
macro_rules! on_conn {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::DbConn::Postgres($c) => $body,
            $crate::db::DbConn::Sqlite($c) => $body,
        }
    };
}
pub(super) use on_conn;

/// Counts statements, so that tests can assert what a page costs.
#[derive(Clone, Debug, Default)]
pub(super) struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    /// Statements sent so far by every connection that shares this count.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrumentation for StatementCount {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
            if tracing::enabled!(target: "inhouse::sql", tracing::Level::TRACE) {
                let text = query.to_string();
                tracing::trace!(target: "inhouse::sql", sql = without_values(&text), "statement");
            }
        }
    }
}

/// A statement as diesel prints it, without its values: they hold e-mail addresses and hashes of tokens.
fn without_values(text: &str) -> &str {
    text.split_once(" -- binds: ").map_or(text, |(sql, _values)| sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_statement_are_not_logged() {
        let text = "SELECT 1 FROM users WHERE email = $1 -- binds: [\"ann@example.org\"]";
        assert_eq!(without_values(text), "SELECT 1 FROM users WHERE email = $1");
    }
}
