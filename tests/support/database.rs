//! A migrated, empty database for each test: a copied file on SQLite, a cloned template on Postgres.
//!
//! Files go with the test; Postgres databases go with the server that `scripts/test` started.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use inhouse::cache::{ChangeLog, Discard};
use inhouse::db::{DatabaseUrl, Db, DbSettings};
use inhouse::types::{Clock, FixedClock};
use tokio::sync::OnceCell;

static NEXT: AtomicU32 = AtomicU32::new(1);
static TEMPLATE: OnceCell<DatabaseUrl> = OnceCell::const_new();

/// The backend this run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) fn current() -> Self {
        if postgres_url().is_some() { Self::Postgres } else { Self::Sqlite }
    }
}

/// A database that only one test knows.
#[derive(Debug)]
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) url: DatabaseUrl,
}

impl TestDb {
    /// An empty, migrated database whose clock stands at 2026-11-23T12:00:00Z.
    pub(crate) async fn start() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        let url = clone(template).await;
        Self { db: open(&url), url }
    }

    /// A database without a schema.
    pub(crate) async fn unmigrated() -> Self {
        let url = empty().await;
        Self { db: open(&url), url }
    }

    /// A second handle to the same database, as another process would have it.
    pub(crate) fn reopen(&self) -> Db {
        open(&self.url)
    }

    /// Such a handle whose committed changes go to `log`.
    pub(crate) fn reopen_with(&self, log: Arc<dyn ChangeLog>) -> Db {
        open_with(&self.url, log)
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let DatabaseUrl::Sqlite(path) = &self.url {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
            }
        }
    }
}

/// The clock of the tests.
pub(crate) fn clock() -> Clock {
    FixedClock("2026-11-23T12:00:00Z".parse().unwrap()).into()
}

fn open(url: &DatabaseUrl) -> Db {
    open_with(url, Arc::new(Discard))
}

fn open_with(url: &DatabaseUrl, log: Arc<dyn ChangeLog>) -> Db {
    Db::open(&DbSettings { url: url.clone(), pool_size: 4 }, clock(), log).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the script that runs the tests says where Postgres is")]
fn postgres_url() -> Option<String> {
    std::env::var("INHOUSE_TEST_DATABASE_URL").ok()
}

fn name() -> String {
    format!("inhouse_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn sqlite_file() -> PathBuf {
    std::env::temp_dir().join(format!("{}.db", name()))
}

async fn empty() -> DatabaseUrl {
    match postgres_url() {
        None => DatabaseUrl::Sqlite(sqlite_file()),
        Some(admin) => {
            let name = name();
            execute(&admin, &format!("CREATE DATABASE {name}")).await;
            DatabaseUrl::Postgres(with_database(&admin, &name))
        }
    }
}

async fn make_template() -> DatabaseUrl {
    let url = empty().await;
    // The pools are dropped before anybody clones: Postgres refuses a template in use.
    let db = open(&url);
    db.migrate_up().await.unwrap();
    drop(db);
    url
}

async fn clone(template: &DatabaseUrl) -> DatabaseUrl {
    match template {
        DatabaseUrl::Sqlite(path) => {
            let copy = sqlite_file();
            std::fs::copy(path, &copy).unwrap();
            DatabaseUrl::Sqlite(copy)
        }
        DatabaseUrl::Postgres(url) => {
            let admin = postgres_url().unwrap();
            let name = name();
            let template = url.rsplit('/').next().unwrap();
            execute(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            DatabaseUrl::Postgres(with_database(&admin, &name))
        }
    }
}

async fn execute(url: &str, sql: &str) {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    conn.batch_execute(sql).await.unwrap();
}

/// The connection string of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (server, _database) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
