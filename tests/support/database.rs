//! A migrated, empty database for each test: a copied file on SQLite, a cloned template on Postgres.
//!
//! Files go with the test; Postgres databases go with the server that `scripts/test` started.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use inhouse::cache::far::{FarStore, RedisFar};
use inhouse::cache::{Cache, CacheParts, CacheSettings, ChangeLog, MemoryLog, RedisLog, RedisServer};
use inhouse::db::{DatabaseUrl, Db, DbSettings, SqliteLog};
use inhouse::loader::{Loaders, ReadPath};
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

/// A database that only one test knows, and the change log of its processes.
#[derive(Debug)]
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) url: DatabaseUrl,
    /// The log in the process, where there is neither a file nor Redis to share.
    memory: Arc<MemoryLog>,
}

impl TestDb {
    /// An empty, migrated database whose clock stands at 2026-11-23T12:00:00Z.
    pub(crate) async fn start() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        Self::over(clone(template).await)
    }

    /// A database without a schema.
    pub(crate) async fn unmigrated() -> Self {
        Self::over(empty().await)
    }

    fn over(url: DatabaseUrl) -> Self {
        let memory = MemoryLog::new();
        let (log, _) = shared(&url, &memory);
        Self { db: open_with(&url, log), url, memory }
    }

    /// A second handle to the same database, as another process would have it.
    pub(crate) fn reopen(&self) -> Db {
        open_with(&self.url, shared(&self.url, &self.memory).0)
    }

    /// Such a handle whose committed changes go to `log`.
    pub(crate) fn reopen_with(&self, log: Arc<dyn ChangeLog>) -> Db {
        open_with(&self.url, log)
    }

    /// The read path of one process: with a cache as this run has it.
    pub(crate) fn read_path(&self) -> ReadPath {
        self.read_path_with(cache_settings())
    }

    /// The same with other settings.
    pub(crate) fn read_path_with(&self, settings: CacheSettings) -> ReadPath {
        ReadPath::new(self.db.clone(), self.cache(settings))
    }

    /// The loaders of one operation of another process.
    pub(crate) async fn loaders(&self) -> Loaders {
        let read_path = self.read_path();
        let as_of = read_path.cache().check().await;
        read_path.loaders(as_of)
    }

    /// A cache of one process.
    pub(crate) fn cache(&self, settings: CacheSettings) -> Cache {
        let (log, far) = self.shared();
        self.cache_of(log, far, settings)
    }

    /// A cache made of these parts.
    pub(crate) fn cache_of(
        &self,
        log: Arc<dyn ChangeLog>,
        far: Option<Arc<dyn FarStore>>,
        settings: CacheSettings,
    ) -> Cache {
        let cache = Cache::new(CacheParts { log, far, schema: "test".to_owned(), settings });
        cache.drain_from(Arc::new(self.db.clone()));
        cache
    }

    /// What a process shares with all others on this database.
    pub(crate) fn shared(&self) -> (Arc<dyn ChangeLog>, Option<Arc<dyn FarStore>>) {
        shared(&self.url, &self.memory)
    }

    /// The settings by which a program uses this database, and what it shares with others on it.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        match (&self.url, redis_url()) {
            (DatabaseUrl::Sqlite(path), _) => vec![("DATABASE_URL", format!("sqlite:{}", path.display()))],
            (DatabaseUrl::Postgres(url), None) => vec![("DATABASE_URL", url.clone())],
            (DatabaseUrl::Postgres(url), Some(redis)) => vec![
                ("DATABASE_URL", url.clone()),
                ("REDIS_URL", redis),
                ("INHOUSE_CACHE_NAMESPACE", namespace(url).to_owned()),
            ],
        }
    }

    /// Whether processes share entries.
    pub(crate) fn has_far(&self) -> bool {
        self.shared().1.is_some()
    }
}

/// How the cache is in this run: on, off, or with hardly any room.
pub(crate) fn cache_settings() -> CacheSettings {
    let default = CacheSettings::default();
    match cache_mode().as_deref() {
        None | Some("on") => default,
        Some("off") => CacheSettings { is_disabled: true, ..default },
        Some("tiny") => CacheSettings { near_bytes: 1_000, ..default },
        Some(other) => panic!("INHOUSE_TEST_CACHE is on, off or tiny, not {other}"),
    }
}

/// What was read is still there a moment later: the cache is on, and has room or a shared one behind it.
pub(crate) fn keeps_entries() -> bool {
    let settings = cache_settings();
    let has_far = postgres_url().is_some() && redis_url().is_some();
    !settings.is_disabled && (has_far || settings.near_bytes > 100_000)
}

#[expect(clippy::disallowed_methods, reason = "the script that runs the tests says how the cache is")]
fn cache_mode() -> Option<String> {
    std::env::var("INHOUSE_TEST_CACHE").ok()
}

/// What all processes on this database share: the log, and perhaps the far cache.
fn shared(url: &DatabaseUrl, memory: &Arc<MemoryLog>) -> (Arc<dyn ChangeLog>, Option<Arc<dyn FarStore>>) {
    match (url, redis_url()) {
        (DatabaseUrl::Sqlite(path), _) => (SqliteLog::open(path.clone(), clock()), None),
        (DatabaseUrl::Postgres(_), None) => {
            let memory: Arc<dyn ChangeLog> = memory.clone();
            (memory, None)
        }
        (DatabaseUrl::Postgres(database), Some(redis)) => {
            let server = RedisServer::open(&redis, namespace(database)).unwrap();
            let log = RedisLog::new(Arc::clone(&server), 10_000);
            (Arc::new(log), Some(Arc::new(RedisFar::new(server))))
        }
    }
}

/// What the keys of a database begin with: no other test's do.
fn namespace(database: &str) -> &str {
    database.rsplit('/').next().unwrap()
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

fn open_with(url: &DatabaseUrl, log: Arc<dyn ChangeLog>) -> Db {
    Db::open(&DbSettings { url: url.clone(), pool_size: 4 }, clock(), log).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the script that runs the tests says where Postgres is")]
fn postgres_url() -> Option<String> {
    std::env::var("INHOUSE_TEST_DATABASE_URL").ok()
}

/// The Redis of this run, if it has one.
#[expect(clippy::disallowed_methods, reason = "the script that runs the tests says where Redis is")]
fn redis_url() -> Option<String> {
    std::env::var("INHOUSE_TEST_REDIS_URL").ok()
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
    let db = open_with(&url, MemoryLog::new());
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
