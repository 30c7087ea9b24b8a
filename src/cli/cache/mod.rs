//! `inhouse cache`: whether the cache works, what is in it, and what was changed past this program.
//!
//! Looks from beside the servers: what only lives in their memory, only they can tell.

pub(super) mod check;
mod inspect;
mod invalidate;
mod stats;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::output;
use crate::app::{self, Backend, Role, Store};
use crate::cache::{CacheSettings, Position};
use crate::config::Settings;
use crate::db::DatabaseUrl;

/// What to do with the cache.
#[derive(Debug, clap::Subcommand)]
pub(super) enum CacheCommand {
    /// Write, read back, invalidate: tell line by line what works
    ///
    /// Touches nothing that anybody uses. The code is 1 if something does not work; each such line says what to do.
    Check {
        /// Print the lines as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell where the change log stands, what waits for it, and what is cached for all servers
    Stats {
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell when an object last changed, and what is cached of it for all servers
    #[command(after_help = "Example: inhouse cache inspect tournament 5")]
    Inspect {
        /// Name of a model, for example tournament; an unknown one is answered with the list
        model: String,
        /// Primary key of the object
        #[arg(allow_negative_numbers = true)]
        pk: i64,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make every server read something anew, after it was changed past this program (psql, a script)
    ///
    /// Costs the same however much is cached. Where the change log is away, the invalidation waits in the database:
    /// servers tell it to the log before they use the cache again.
    #[command(after_help = "What can be named, as often as you like:\n  \
        everything               all there is\n  \
        model user               all of a model: objects, lists, what is related\n  \
        object tournament 5      one object\n  \
        rows user                filtered lists and counts of a model\n  \
        related team.members 5   who is in a list of one object\n\n\
        Example: inhouse cache invalidate object tournament 5 rows tournament")]
    Invalidate {
        /// What was changed
        #[arg(required = true, value_name = "DEP", allow_negative_numbers = true)]
        deps: Vec<String>,
    },
}

impl CacheCommand {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self {
            Self::Check { json } => check::run(settings, json).await,
            Self::Stats { json } => stats::run(settings, json).await,
            Self::Inspect { model, pk, json } => inspect::run(settings, (&model, pk), json).await,
            Self::Invalidate { deps } => invalidate::run(settings, &deps).await,
        }
    }
}

/// What is there. Looking must not make a database, nor change one.
pub(super) async fn open(settings: &Settings) -> anyhow::Result<Store> {
    if let DatabaseUrl::Sqlite(path) = &settings.db.url
        && !path.exists()
    {
        bail!("there is no database at {} yet: start a server, or run `inhouse migrate up`", path.display());
    }
    let store = Store::open(settings, Role::Command)?;
    match store.db.pending_migrations().await.map_err(|error| app::explain(error, &settings.db))? {
        0 => Ok(store),
        _ => bail!("the schema of the database is not up to date: run `inhouse migrate up`"),
    }
}

/// The same settings with the cache on: this command looks, whatever servers do.
fn looking(settings: &Settings) -> Settings {
    let cache = CacheSettings { is_disabled: false, ..settings.cache.clone() };
    Settings { cache, ..settings.clone() }
}

/// What the cache stands on, in words.
fn backend(store: &Store, settings: &Settings) -> String {
    match (store.backend(), &settings.db.url) {
        (Backend::Embedded, DatabaseUrl::Sqlite(path)) => {
            format!("SQLite file {}; the change log is a table of it", path.display())
        }
        (Backend::PostgresWithRedis, _) => {
            format!("PostgreSQL; change log and shared cache in Redis, under {}", settings.cache.namespace)
        }
        _ => "PostgreSQL; the change log is in the memory of the one server".to_owned(),
    }
}

/// A position, with its time where it tells one.
fn place(position: Position, backend: Backend) -> String {
    let text = position.to_string();
    let ms = text.split_once('-').and_then(|(ms, _)| ms.parse::<i64>().ok());
    match ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
        Some(time) if backend == Backend::PostgresWithRedis && position != Position::ZERO => {
            format!("{text} ({time:.0})")
        }
        _ => text,
    }
}

/// Prints `report` as JSON, or what `text` makes of it.
pub(super) fn tell<R: Serialize>(
    report: &R,
    json: bool,
    text: impl FnOnce(&R) -> String,
) -> anyhow::Result<()> {
    if json {
        let json = serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?;
        return output::say(&format!("{json}\n"));
    }
    output::say(&text(report))
}
