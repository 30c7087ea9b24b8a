//! The handle to the database: connection pools of one backend, opened once and cloned everywhere.
//!
//! SQLite gets one connection that writes and several that read, in WAL mode; Postgres one pool for both.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, ConnectionError, ConnectionResult, QueryResult, SqliteConnection};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};

use super::conn::{DbConn, Lease, SqliteConn, StatementCount};
use super::error::{DbError, DbResult};
use super::outbox;
use super::pause::{self, Step};
use super::settings::{DatabaseUrl, DbSettings};
use crate::cache::{ChangeLog, ChangeLogError, Record};
use crate::telemetry::chain;
use crate::types::Clock;

/// How long a caller waits for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// What SQLite's one writing connection is told when it is opened. `FULL` syncs each commit: with `NORMAL` a power cut
/// would take back mutations that were answered.
const SQLITE_WRITER: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
";

/// How often a connection tries to switch a file to WAL.
const WAL_ATTEMPTS: usize = 20;

/// What a reading connection of SQLite is told: it cannot write, whatever it is asked.
const SQLITE_READER: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA query_only = ON;
";

/// What a connection of SQLite is for.
#[derive(Clone, Copy)]
enum Role {
    Reader,
    Writer,
}

/// A macro and not a function: the bounds of deadpool's manager cannot be named without naming deadpool.
macro_rules! pool {
    ($url:expr, $size:expr, $config:expr) => {
        Pool::builder(AsyncDieselConnectionManager::new_with_config($url, $config))
            .max_size($size)
            .build()
            .map_err(|error| DbError::Connect(error.into()))
    };
}

/// A database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pools: Pools,
    clock: Clock,
    log: Arc<dyn ChangeLog>,
    statements: StatementCount,
}

enum Pools {
    Postgres(Pool<AsyncPgConnection>),
    Sqlite { read: Pool<SqliteConn>, write: Pool<SqliteConn> },
}

impl Db {
    /// Prepares the pools; connections are opened when they are needed.
    ///
    /// # Errors
    /// The folder of a SQLite file cannot be made.
    pub fn open(settings: &DbSettings, clock: Clock, log: Arc<dyn ChangeLog>) -> DbResult<Self> {
        let statements = StatementCount::default();
        let pools = match &settings.url {
            DatabaseUrl::Postgres(url) => {
                Pools::Postgres(pool!(url.clone(), settings.pool_size, postgres_config(statements.clone()))?)
            }
            DatabaseUrl::Sqlite(path) => {
                if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder).map_err(|error| DbError::Connect(error.into()))?;
                }
                let url = path.to_string_lossy().into_owned();
                Pools::Sqlite {
                    read: pool!(
                        url.clone(),
                        settings.pool_size,
                        sqlite_config(Role::Reader, statements.clone())
                    )?,
                    write: pool!(url, 1, sqlite_config(Role::Writer, statements.clone()))?,
                }
            }
        };
        Ok(Self(Arc::new(Inner { pools, clock, log, statements })))
    }

    /// Runs `query` on a connection that reads committed rows, outside any transaction; a second time if the
    /// connection turns out to be dead, as all are after the server was restarted.
    ///
    /// # Errors
    /// What `query` returned, or no connection could be had.
    pub async fn read<T>(&self, query: impl AsyncFnOnce(&mut DbConn) -> DbResult<T> + Clone) -> DbResult<T> {
        let outcome = self.try_read(query.clone()).await;
        if !outcome.as_ref().is_err_and(DbError::is_lost) {
            return outcome;
        }
        self.forget_idle();
        self.try_read(query).await
    }

    async fn try_read<T>(&self, query: impl AsyncFnOnce(&mut DbConn) -> DbResult<T>) -> DbResult<T> {
        let mut conn = match &self.0.pools {
            Pools::Postgres(pool) => DbConn::Postgres(Box::new(checkout(pool.get()).await?)),
            Pools::Sqlite { read, .. } => DbConn::Sqlite(checkout(read.get()).await?),
        };
        query(&mut conn).await
    }

    /// The clock that stamps rows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Statements sent to the database so far, over all connections; for tests and reports.
    #[must_use]
    pub fn n_statements(&self) -> u64 {
        self.0.statements.get()
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// It gave none.
    pub async fn ping(&self) -> DbResult<()> {
        self.read(async |conn| conn.batch("SELECT 1").await).await
    }

    /// A connection to write on.
    pub(super) async fn writer(&self) -> DbResult<Lease> {
        Ok(Lease::new(match &self.0.pools {
            Pools::Postgres(pool) => DbConn::Postgres(Box::new(checkout(pool.get()).await?)),
            Pools::Sqlite { write, .. } => DbConn::Sqlite(checkout(write.get()).await?),
        }))
    }

    /// Closes the connections nobody uses: one was dead, so the others may be.
    pub(super) fn forget_idle(&self) {
        tracing::warn!("a connection to the database was dead; the idle ones are replaced");
        match &self.0.pools {
            Pools::Postgres(pool) => drop(pool.retain(|_, _| false)),
            Pools::Sqlite { read, write } => {
                drop(read.retain(|_, _| false));
                drop(write.retain(|_, _| false));
            }
        }
    }

    /// The change log that commits are told to.
    pub(super) fn log(&self) -> &dyn ChangeLog {
        self.0.log.as_ref()
    }

    /// The outbox is the change log, and nobody has to be told.
    pub(super) fn keeps_outbox(&self) -> bool {
        matches!(self.0.pools, Pools::Sqlite { .. })
    }

    /// Appends a record, if the log can be reached; tells whether it could.
    pub(super) async fn announce(&self, record: &Record) -> bool {
        match self.log().append(record).await {
            Ok(()) => true,
            // Another process is told by the outbox.
            Err(ChangeLogError::Elsewhere) => false,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "a change could not be told; it waits in the outbox");
                false
            }
        }
    }

    /// Tells the change log what was committed and removes it from the outbox. Whatever fails here, the transaction
    /// stands and the outbox keeps the record.
    pub(super) async fn publish(&self, tx: i64, end: &Record) {
        if !self.announce(end).await {
            return;
        }
        pause::at(Step::Ended).await;
        if let Err(error) = self.forget_records(&[tx]).await {
            tracing::warn!(error = %chain(&error), "a published change stays in the outbox");
        }
        pause::at(Step::Deleted).await;
    }

    pub(super) async fn forget_records(&self, ids: &[i64]) -> DbResult<()> {
        let mut lease = self.writer().await?;
        outbox::delete(lease.get()?, ids).await?;
        lease.give_back();
        Ok(())
    }
}

impl std::fmt::Debug for Pools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres(_) => "Postgres",
            Self::Sqlite { .. } => "Sqlite",
        })
    }
}

/// Waits for a connection, but not for ever.
async fn checkout<T, E>(get: impl Future<Output = Result<T, E>>) -> DbResult<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match tokio::time::timeout(WAIT, get).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(DbError::Connect(error.into())),
        Err(elapsed) => Err(DbError::Connect(elapsed.into())),
    }
}

fn postgres_config(statements: StatementCount) -> ManagerConfig<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, statements) = (url.to_owned(), statements.clone());
        Box::pin(async move {
            let mut conn = AsyncPgConnection::establish(&url).await?;
            conn.set_instrumentation(statements);
            Ok(conn)
        })
    });
    config
}

fn sqlite_config(role: Role, statements: StatementCount) -> ManagerConfig<SqliteConn> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, statements) = (url.to_owned(), statements.clone());
        Box::pin(async move {
            let open = tokio::task::spawn_blocking(move || open_sqlite(&url, role, statements));
            let conn = open.await.map_err(|error| ConnectionError::BadConnection(error.to_string()))??;
            Ok(SqliteConn::new(conn))
        })
    });
    config
}

fn open_sqlite(path: &str, role: Role, statements: StatementCount) -> ConnectionResult<SqliteConnection> {
    let mut conn = SqliteConnection::establish(path)?;
    let set_up = match role {
        Role::Reader => conn.batch_execute(SQLITE_READER),
        Role::Writer => conn.batch_execute(SQLITE_WRITER).and_then(|()| switch_to_wal(&mut conn)),
    };
    set_up.map_err(ConnectionError::CouldntSetupConfiguration)?;
    unicode_lower_utils::register_impl(&mut conn, |text: String| text.to_lowercase())
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    conn.set_instrumentation(statements);
    Ok(conn)
}

/// The journal mode is stored in the file, so only the first connection to a new one really switches. While another
/// process does so it is told at once that the file is locked, whatever `busy_timeout` says; a plain write lock waits.
fn switch_to_wal(conn: &mut SqliteConnection) -> QueryResult<()> {
    for _ in 1..WAL_ATTEMPTS {
        match conn.batch_execute("PRAGMA journal_mode = WAL").map_err(DbError::from) {
            Err(error) if error.is_unavailable() => conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK")?,
            Err(DbError::Query(error)) => return Err(error),
            _ => return Ok(()),
        }
    }
    conn.batch_execute("PRAGMA journal_mode = WAL")
}

diesel::define_sql_function! {
    /// Lower case by Unicode's rules, whatever the collation of the column; a migration makes it on Postgres.
    fn unicode_lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}
