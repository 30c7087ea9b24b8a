//! Brings the schema up to date, or takes it down again, on either backend.
//!
//! The migrations are part of the binary. Two processes that start at once migrate one after the other.

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Db;
use super::conn::DbConn;
use super::error::{DbError, DbResult};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Key of the advisory lock that lets one Postgres client migrate at a time.
const LOCK: i64 = 0x696e_686f_7573_6501;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Db {
    /// Applies every pending migration; returns how many there were.
    ///
    /// # Errors
    /// The database cannot be reached or a migration failed; SQLite then keeps the schema it had, Postgres that of the
    /// last migration that succeeded.
    pub async fn migrate_up(&self) -> DbResult<usize> {
        self.migrate(|migrations| migrations.up()).await
    }

    /// Reverts every applied migration; returns how many there were. Everything stored is gone.
    ///
    /// # Errors
    /// The database cannot be reached or a migration failed.
    pub async fn migrate_down(&self) -> DbResult<usize> {
        self.migrate(|migrations| migrations.down()).await
    }

    /// Migrations this binary has and the database lacks.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn pending_migrations(&self) -> DbResult<usize> {
        self.migrate(|migrations| migrations.pending()).await
    }

    async fn migrate(
        &self,
        step: impl FnOnce(&mut dyn Migrations) -> Outcome<usize> + Send + 'static,
    ) -> DbResult<usize> {
        let mut lease = self.writer().await?;
        let outcome = match lease.get()? {
            DbConn::Postgres(_) => on_postgres(lease.into_postgres()?, step).await,
            DbConn::Sqlite(conn) => {
                let outcome = conn.spawn_blocking(move |conn| Ok(on_sqlite(conn, step))).await?;
                lease.give_back();
                outcome
            }
        };
        outcome.map_err(DbError::Migrate)
    }
}

/// Runs `step` on a connection of its own, which is closed afterwards and with it the lock.
async fn on_postgres(
    conn: AsyncPgConnection,
    step: impl FnOnce(&mut dyn Migrations) -> Outcome<usize> + Send + 'static,
) -> Outcome<usize> {
    let work = tokio::task::spawn_blocking(move || {
        let mut conn: PgBlocking = AsyncConnectionWrapper::from(conn);
        conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
        step(&mut conn)
    });
    work.await?
}

/// Runs `step` in one transaction, which keeps every other process from migrating and from writing.
fn on_sqlite(
    conn: &mut SqliteConnection,
    step: impl FnOnce(&mut dyn Migrations) -> Outcome<usize>,
) -> Outcome<usize> {
    let mut failure = None;
    let done = conn.immediate_transaction(|conn| {
        step(conn).map_err(|error| {
            failure = Some(error);
            DieselError::RollbackTransaction
        })
    });
    done.map_err(|error| failure.unwrap_or_else(|| error.into()))
}

type PgBlocking = AsyncConnectionWrapper<AsyncPgConnection>;

/// The three things done with migrations, whatever the backend.
trait Migrations {
    fn up(&mut self) -> Outcome<usize>;
    fn down(&mut self) -> Outcome<usize>;
    fn pending(&mut self) -> Outcome<usize>;
}

macro_rules! migrations {
    ($conn:ty, $source:ident) => {
        impl Migrations for $conn {
            fn up(&mut self) -> Outcome<usize> {
                Ok(self.run_pending_migrations($source)?.len())
            }

            fn down(&mut self) -> Outcome<usize> {
                Ok(self.revert_all_migrations($source)?.len())
            }

            fn pending(&mut self) -> Outcome<usize> {
                Ok(self.pending_migrations($source)?.len())
            }
        }
    };
}

migrations!(PgBlocking, POSTGRES);
migrations!(SqliteConnection, SQLITE);
