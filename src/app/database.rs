//! Opens what the settings name: the database, the log its changes are told to, and the cache; and says in the words of
//! the settings why it cannot.
//!
//! Shared by the server and the commands. Knows no table.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use sha2::{Digest as _, Sha256};

use crate::cache::far::{FarStore, RedisFar};
use crate::cache::{Cache, CacheParts, ChangeLog, Dep, Elsewhere, MemoryLog, RedisLog, RedisServer, Shared};
use crate::config::Settings;
use crate::db::{DatabaseUrl, Db, DbError, DbSettings, FINGERPRINT, SqliteLog};
use crate::graphql;
use crate::types::SystemClock;

/// What a process is to the others on the same database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It serves.
    Server,
    /// It runs beside whoever serves, and ends.
    Command,
}

/// What keeps a cache true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One file: a table of it is the change log, and every process has a cache of its own.
    Embedded,
    /// PostgreSQL, with the change log and a shared cache in Redis.
    PostgresWithRedis,
    /// PostgreSQL alone: the one server keeps the change log in its memory.
    PostgresAlone,
}

/// A database with the log that all who use it share.
#[derive(Debug)]
pub struct Store {
    /// The database; every commit tells the log.
    pub db: Db,
    log: Arc<dyn ChangeLog>,
    far: Option<Arc<dyn FarStore>>,
    /// Where what Discord told is shared.
    outside: Shared,
    backend: Backend,
}

impl Store {
    /// The database as it is; a missing SQLite file is made when it is first used.
    ///
    /// # Errors
    /// The folder of the file cannot be made, or the URL of Redis makes no sense.
    pub fn open(settings: &Settings, role: Role) -> anyhow::Result<Self> {
        let mut outside: Shared = None;
        let (backend, log, far): (_, Arc<dyn ChangeLog>, Option<Arc<dyn FarStore>>) = match &settings.db.url {
            DatabaseUrl::Sqlite(path) => {
                make_folder_of(path)?;
                (Backend::Embedded, SqliteLog::open(path.clone(), SystemClock.into()), None)
            }
            DatabaseUrl::Postgres(_) if !settings.redis_url.0.is_empty() => {
                let server = RedisServer::open(&settings.redis_url.0, &settings.cache.namespace)
                    .context("REDIS_URL cannot be used")?;
                let log = RedisLog::new(Arc::clone(&server), settings.cache.log_records);
                outside = Some(Arc::new(RedisFar::outside(Arc::clone(&server))));
                (Backend::PostgresWithRedis, Arc::new(log), Some(Arc::new(RedisFar::new(server))))
            }
            DatabaseUrl::Postgres(_) => match role {
                Role::Server => (Backend::PostgresAlone, MemoryLog::new(), None),
                // The server finds the changes in the outbox.
                Role::Command => (Backend::PostgresAlone, Arc::new(Elsewhere), None),
            },
        };
        let db = Db::open(&settings.db, SystemClock.into(), Arc::clone(&log));
        Ok(Self { db: db.context("the database cannot be opened")?, log, far, outside, backend })
    }

    /// The database with its schema up to date.
    ///
    /// # Errors
    /// It cannot be opened, reached or migrated.
    pub async fn open_migrated(settings: &Settings, role: Role) -> anyhow::Result<Self> {
        let store = Self::open(settings, role)?;
        let applied = store.migrate_up().await.map_err(|error| explain(error, &settings.db))?;
        if applied > 0 {
            tracing::info!(applied, "the schema was brought up to date");
        }
        Ok(store)
    }

    /// Brings the schema up to date; returns how many migrations were applied.
    ///
    /// # Errors
    /// The database cannot be reached or migrated.
    pub async fn migrate_up(&self) -> Result<usize, DbError> {
        let applied = self.db.migrate_up().await?;
        if applied > 0 {
            // A migration writes rows past every unit of work.
            let told = self.db.write(async |uow| {
                uow.touch(Dep::Everything);
                Ok::<_, DbError>(())
            });
            told.await?;
        }
        Ok(applied)
    }

    /// A cache in front of the database.
    #[must_use]
    pub fn cache(&self, settings: &Settings) -> Cache {
        let cache = Cache::new(CacheParts {
            log: Arc::clone(&self.log),
            far: self.far.clone(),
            schema: schema_name(),
            settings: settings.cache.clone(),
        });
        cache.drain_from(Arc::new(self.db.clone()));
        cache
    }

    /// Where values from outside are shared with other processes, if anywhere.
    #[must_use]
    pub fn outside(&self) -> Shared {
        self.outside.clone()
    }

    /// What keeps the cache true.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The change log.
    pub(crate) fn log(&self) -> &dyn ChangeLog {
        self.log.as_ref()
    }

    /// What is cached for all processes.
    pub(crate) fn far(&self) -> Option<&dyn FarStore> {
        self.far.as_deref()
    }
}

/// Names the form of everything cached: the tables, the API and the program's version.
fn schema_name() -> String {
    let digest = Sha256::new()
        .chain_update(FINGERPRINT.to_le_bytes())
        .chain_update(graphql::sdl())
        .chain_update(env!("CARGO_PKG_VERSION"))
        .finalize();
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// What an error of the database means to whoever chose the settings.
pub(crate) fn explain(error: DbError, settings: &DbSettings) -> anyhow::Error {
    let context = match &settings.url {
        DatabaseUrl::Postgres(_) if error.is_unavailable() => {
            // The URL itself stays untold: it may hold a password.
            "cannot reach the PostgreSQL server: is it running, and is DATABASE_URL right?".to_owned()
        }
        DatabaseUrl::Sqlite(path) if error.is_unavailable() => {
            format!(
                "cannot open the database file {}: is it one, and may this user write it?",
                path.display()
            )
        }
        DatabaseUrl::Postgres(_) | DatabaseUrl::Sqlite(_) => "the schema cannot be changed".to_owned(),
    };
    anyhow!(error).context(context)
}

fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_private(folder).with_context(|| {
        format!("cannot make the folder {}: choose another by --data-dir or DATABASE_URL", folder.display())
    })
}

/// Makes a folder that only this user can look into: it will hold e-mail addresses and hashes of tokens.
fn make_private(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
