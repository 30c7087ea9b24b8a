//! `inhouse cache check`: does everything that the cache stands on do its part.
//!
//! Writes under names that nobody reads: objects of a model `cache_check`, which does not exist.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::time::Instant;

use super::{backend, place, tell};
use crate::app::{self, Backend, Role, Store};
use crate::cache::far::{FarItem, FarStore};
use crate::cache::{Cache, Dep, Fetched, Kind, Position, Record, Space, TtlClass};
use crate::cli::lines::{Failure, Line, table};
use crate::config::Settings;
use crate::db::{DatabaseUrl, DbError};

/// The model that does not exist.
const MODEL: &str = "cache_check";

/// So long what is written to try something stays at most.
const LIVES: Duration = Duration::from_secs(10);

/// A server looks into the outbox twice a second.
const SWEPT_WITHIN: Duration = Duration::from_secs(3);

const MIGRATE: &str = "run `inhouse migrate up`, or start a server, which does so, too";
const FILE: &str = "may this user write the file and its folder, and is there room on the disk?";
const REDIS: &str = "is Redis running, not full, and is REDIS_URL right? until it works, reads go to the database and \
                     changes wait in the outbox";
const POSTGRES: &str = "is the PostgreSQL server running, and is DATABASE_URL right?";
const SERVER: &str =
    "start a server on this database: the change waits for it; or set REDIS_URL for all who use it";
const BUG: &str = "this must not happen: set DISABLE_CACHE=true for every server, and report it";

pub(super) async fn run(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let lines = check(settings).await;
    tell(&lines, json, |lines| table(lines))?;
    match lines.iter().filter(|it| it.is_failure()).count() {
        0 => Ok(()),
        n => bail!("{n} of {} do not work", lines.len()),
    }
}

async fn check(settings: &Settings) -> Vec<Line> {
    let mut opened = None;
    let database = Line::of("database", async {
        let store = open(settings).await?;
        let says = backend(&store, settings);
        opened = Some(store);
        Ok(says)
    });
    let mut lines = vec![database.await];
    let Some(store) = opened else { return lines };
    // Every attempt of every run has a key of its own.
    let n = store.db.clock().now().timestamp().as_microsecond();
    if store.backend() == Backend::PostgresAlone {
        lines.push(Line::skipped("change log", "only the server itself can look into its memory"));
        lines.push(Line::of("outbox", server_takes(&store, n)).await);
        return lines;
    }
    let log = Line::of("change log", log_takes(&store, n)).await;
    let has_failed = log.is_failure();
    lines.push(log);
    if has_failed {
        lines.push(Line::skipped("the rest", "stands on the change log"));
        return lines;
    }
    lines.push(Line::of("commit", commit_is_told(&store, n.saturating_add(1))).await);
    lines.push(match store.far() {
        Some(far) => Line::of("shared cache", far_keeps(far, n)).await,
        None => Line::skipped("shared cache", "there is none: each process on a file caches for itself"),
    });
    lines.push(if settings.cache.is_disabled {
        Line::skipped("invalidation", "DISABLE_CACHE is set: nothing is cached, but changes are told")
    } else {
        let cache = store.cache(settings);
        Line::of("invalidation", entry_is_invalidated(&cache, store.far().is_some(), n.saturating_add(2)))
            .await
    });
    lines
}

/// What is there, with its schema up to date; or what to do about it.
pub(in crate::cli) async fn open(settings: &Settings) -> Result<Store, Failure> {
    let advice = match &settings.db.url {
        DatabaseUrl::Sqlite(path) if !path.exists() => {
            return Err(Failure::new(format!("there is no database at {} yet", path.display()), MIGRATE));
        }
        DatabaseUrl::Sqlite(_) => FILE,
        DatabaseUrl::Postgres(_) => POSTGRES,
    };
    let store = Store::open(settings, Role::Command).map_err(|error| Failure::of(error, advice))?;
    let pending = store.db.pending_migrations().await;
    match pending.map_err(|error| Failure::of(app::explain(error, &settings.db), advice))? {
        0 => Ok(store),
        n => Err(Failure::new(format!("its schema is not up to date: {n} pending"), MIGRATE)),
    }
}

fn log_advice(store: &Store) -> &'static str {
    if store.backend() == Backend::Embedded { FILE } else { REDIS }
}

/// A change is appended and read back.
async fn log_takes(store: &Store, n: i64) -> Result<String, Failure> {
    let lost = |error| Failure::of(error, log_advice(store));
    let before = store.log().read(Position::ZERO).await.map_err(lost)?;
    let dep = Dep::object(MODEL, n);
    store.log().append(&Record::Changed { deps: vec![dep.clone()] }).await.map_err(lost)?;
    let at = position_of(store, before.position, &dep).await?;
    Ok(format!("appended and read back at {}", place(at, store.backend())))
}

/// A transaction that commits is told to the log, and does not stay in the outbox.
async fn commit_is_told(store: &Store, n: i64) -> Result<String, Failure> {
    let before = store.log().read(Position::ZERO).await.map_err(|error| Failure::of(error, REDIS))?;
    let dep = Dep::object(MODEL, n);
    commit(store, dep.clone()).await?;
    let at = position_of(store, before.position, &dep).await?;
    Ok(format!("a transaction was committed and told at {}", place(at, store.backend())))
}

/// The row is written; when it says it was.
async fn commit(store: &Store, dep: Dep) -> Result<crate::types::Instant, Failure> {
    let written = store.db.write(async |uow| {
        uow.touch(dep);
        Ok::<_, DbError>(uow.now())
    });
    let advice = if store.backend() == Backend::Embedded { FILE } else { POSTGRES };
    Ok(written.await.map_err(|error| Failure::of(error, advice))?.0)
}

/// Where the last record about a dep is, behind `after`.
async fn position_of(store: &Store, after: Position, dep: &Dep) -> Result<Position, Failure> {
    let tail = store.log().read(after).await.map_err(|error| Failure::of(error, log_advice(store)))?;
    let found = tail.records.iter().rev().find(|(_, record)| record.deps().contains(dep));
    found
        .map(|(position, _)| *position)
        .ok_or_else(|| Failure::new("the log took a change and does not tell of it", log_advice(store)))
}

/// A server finds a change in the outbox.
async fn server_takes(store: &Store, n: i64) -> Result<String, Failure> {
    let written_at = commit(store, Dep::object(MODEL, n)).await?;
    let deadline = Instant::now() + SWEPT_WITHIN;
    loop {
        let state = store.db.outbox_state().await.map_err(|error| Failure::of(error, POSTGRES))?;
        if state.oldest_at.is_none_or(|oldest_at| oldest_at > written_at) {
            return Ok("a change was written, and the server took it".to_owned());
        }
        if Instant::now() >= deadline {
            let says = format!("no server took a change within {} s", SWEPT_WITHIN.as_secs());
            return Err(Failure::new(says, SERVER));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Bytes are written to the shared cache and read back.
async fn far_keeps(far: &dyn FarStore, n: i64) -> Result<String, Failure> {
    let item = FarItem { key: format!("{MODEL}:{n}"), bytes: n.to_le_bytes().to_vec().into(), ttl: LIVES };
    let (key, bytes) = (item.key.clone(), item.bytes.clone());
    far.put(vec![item]).await.map_err(|error| Failure::of(error, REDIS))?;
    let copy = far.look(key).await.map_err(|error| Failure::of(error, REDIS))?;
    match copy {
        Some(copy) if copy.bytes == bytes => Ok("an entry was written and read back".to_owned()),
        Some(_) => Err(Failure::new("an entry came back as another one", BUG)),
        None => Err(Failure::new("an entry was gone at once: Redis has no room", REDIS)),
    }
}

/// An entry is served until it is invalidated.
async fn entry_is_invalidated(cache: &Cache, has_far: bool, n: i64) -> Result<String, Failure> {
    let lost = || Failure::new("the change log was lost meanwhile", REDIS);
    let space = Space { kind: Kind::Row, name: MODEL };
    let (key, dep) = (space.key(n), space.dep(n));
    let as_of = cache.check().await.ok_or_else(lost)?;
    let fetched = Fetched { value: Some(Arc::new(n)), ttl: TtlClass::OutsideApi };
    cache.fill_from(&as_of, key, std::slice::from_ref(&dep), &fetched);
    if has_far {
        // So that it is the shared entry that is found.
        cache.settled().await;
        cache.forget_near();
    }
    if cache.lookup::<i64>(&as_of, &key).await != Some(Some(Arc::new(n))) {
        return Err(Failure::new("an entry that was just stored is not found", REDIS));
    }
    cache.invalidate(vec![dep]).await.map_err(|error| Failure::of(error, REDIS))?;
    let as_of = cache.check().await.ok_or_else(lost)?;
    match cache.lookup::<i64>(&as_of, &key).await {
        None => Ok("an entry was served until it was invalidated, and not after".to_owned()),
        Some(_) => Err(Failure::new("an entry is served although it was invalidated", BUG)),
    }
}
