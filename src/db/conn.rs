//! One connection of either backend, and `on_conn!`, which writes a query once and compiles it for both.
//!
//! Connections leave this module only inside [`super::Db`] and [`super::UnitOfWork`]: nobody else can run SQL.

use diesel::SqliteConnection;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::DbResult;

/// SQLite's blocking driver on the runtime's blocking threads.
pub(super) type SqliteConn = SyncConnectionWrapper<SqliteConnection>;

/// A pooled connection to one of the two backends.
pub enum DbConn {
    /// PostgreSQL.
    Postgres(Object<AsyncPgConnection>),
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

    /// Takes the connection out of its pool and closes it, which rolls back whatever is open on it.
    pub(super) fn discard(self) {
        match self {
            Self::Postgres(conn) => drop(Object::take(conn)),
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
            tracing::trace!(target: "inhouse::sql", sql = %query, "statement");
        }
    }
}
