//! `inhouse cache stats`: what can be known of the cache from beside the servers.
//!
//! Each server's own hits and near entries are its own to tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{backend, looking, open, place, tell};
use crate::app::{Backend, Store};
use crate::cache::Position;
use crate::cli::output;
use crate::config::Settings;

/// What is known.
#[derive(Debug, Serialize)]
struct Stats {
    backend: String,
    /// `DISABLE_CACHE` is set for this command; servers have settings of their own.
    is_disabled: bool,
    log: Known<Log>,
    /// What waits to be told to the log; nothing ever does on SQLite.
    outbox: Option<Outbox>,
    shared_cache: Known<Shared>,
}

/// Something, or why it is not known.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Known<T> {
    Is(T),
    Not { unknown: String },
}

#[derive(Debug, Serialize)]
struct Log {
    /// Which history it is; a file has one.
    epoch: Option<String>,
    position: String,
    n_records: usize,
    /// Older records were there, and were trimmed.
    is_trimmed: bool,
}

#[derive(Debug, Serialize)]
struct Outbox {
    n_waiting: i64,
    oldest_age_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Shared {
    /// Entries that servers of this version can read, by kind and name.
    entries: BTreeMap<String, u64>,
    /// Entries of ended epochs and of other versions, which go when their time is up.
    n_others: u64,
    /// False if there are too many to count them all.
    is_complete: bool,
    used_bytes: Option<u64>,
    max_bytes: Option<u64>,
}

pub(super) async fn run(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let store = open(settings).await?;
    let stats = Stats {
        backend: backend(&store, settings),
        is_disabled: settings.cache.is_disabled,
        log: log(&store).await,
        outbox: outbox(&store).await?,
        shared_cache: shared(&store, settings).await,
    };
    tell(&stats, json, told)
}

async fn log(store: &Store) -> Known<Log> {
    if store.backend() == Backend::PostgresAlone {
        return Known::Not { unknown: "only the server itself can tell".to_owned() };
    }
    match store.log().read(Position::ZERO).await {
        Ok(tail) => Known::Is(Log {
            epoch: Some(tail.epoch.to_string()).filter(|it| !it.is_empty()),
            position: place(tail.position, store.backend()),
            n_records: tail.records.len(),
            is_trimmed: tail.forgotten.is_some(),
        }),
        Err(error) => Known::Not { unknown: told_error(error) },
    }
}

async fn outbox(store: &Store) -> anyhow::Result<Option<Outbox>> {
    if store.backend() == Backend::Embedded {
        return Ok(None);
    }
    let state = store.db.outbox_state().await?;
    let now = store.db.clock().now().timestamp().as_millisecond();
    let age = state.oldest_at.map(|at| now.saturating_sub(at.timestamp().as_millisecond()));
    Ok(Some(Outbox { n_waiting: state.n_waiting, oldest_age_ms: age }))
}

async fn shared(store: &Store, settings: &Settings) -> Known<Shared> {
    let none = |unknown: &str| Known::Not { unknown: unknown.to_owned() };
    if store.far().is_none() {
        return none("there is none: each process caches for itself");
    }
    let cache = store.cache(&looking(settings));
    let Some(as_of) = cache.check().await else { return none("Redis is not reachable") };
    match cache.far_stats(&as_of).await {
        Ok(Some(stats)) => Known::Is(Shared {
            entries: stats.n_keys.into_iter().map(|(group, n)| (group.replacen(':', " ", 1), n)).collect(),
            n_others: stats.n_others,
            is_complete: stats.is_complete,
            used_bytes: stats.used_bytes,
            max_bytes: stats.max_bytes,
        }),
        Ok(None) => none("it cannot tell"),
        Err(error) => none(&told_error(error)),
    }
}

fn told_error(error: impl Into<anyhow::Error>) -> String {
    output::told(&error.into())
}

fn told(stats: &Stats) -> String {
    let mut lines = vec![("backend", stats.backend.clone())];
    if stats.is_disabled {
        lines.push(("note", "DISABLE_CACHE is set here; servers have settings of their own".to_owned()));
    }
    match &stats.log {
        Known::Is(log) => {
            lines.extend(log.epoch.clone().map(|epoch| ("epoch", epoch)));
            lines.push(("position", log.position.clone()));
            let trimmed = if log.is_trimmed { "; older ones were trimmed" } else { "" };
            lines.push(("change log", format!("{} records{trimmed}", log.n_records)));
        }
        Known::Not { unknown } => lines.push(("change log", unknown.clone())),
    }
    if let Some(Outbox { n_waiting, oldest_age_ms }) = &stats.outbox {
        let oldest = oldest_age_ms.map(|ms| format!(", the oldest for {ms} ms")).unwrap_or_default();
        lines.push(("outbox", format!("{n_waiting} changes wait{oldest}")));
    }
    match &stats.shared_cache {
        Known::Is(shared) => lines.extend(told_shared(shared)),
        Known::Not { unknown } => lines.push(("shared cache", unknown.clone())),
    }
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name:<13} {value}");
    }
    text
}

fn told_shared(shared: &Shared) -> Vec<(&'static str, String)> {
    let total = shared.entries.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
    let more = if shared.is_complete { "" } else { " at least" };
    let mut lines =
        vec![("shared cache", format!("{total} entries{more}, {} out of reach", shared.n_others))];
    lines.extend(shared.entries.iter().map(|(name, n)| ("", format!("{n:>8} {name}"))));
    if let Some(used) = shared.used_bytes {
        let max = shared.max_bytes.map_or_else(|| "no limit".to_owned(), |max| format!("of {max}"));
        lines.push(("memory", format!("{used} bytes used, {max}")));
    }
    lines
}
