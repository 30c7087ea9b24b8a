//! A change log and a far store that do what a test tells them, and remember what they were asked.
//!
//! Nothing in here waits for anything but the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use inhouse::cache::far::{FarError, FarItem, FarStore};
use inhouse::cache::{
    AsOf, Backlog, Cache, CacheParts, CacheSettings, ChangeLog, ChangeLogError, Dep, Epoch, Fetched, Key,
    Kind, Known, Position, Record, Tail, TtlClass,
};
use tokio::sync::Semaphore;

/// A log that a test holds in its hands.
#[derive(Debug)]
pub(crate) struct ScriptedLog {
    script: Mutex<Script>,
    /// Reads wait here while they are held.
    gate: Semaphore,
    lease: Option<Duration>,
}

#[derive(Debug, Default)]
struct Script {
    records: Vec<Record>,
    epoch: String,
    connection: u64,
    is_away: bool,
    is_held: bool,
    /// What was done, in order.
    journal: Vec<&'static str>,
}

impl ScriptedLog {
    pub(crate) fn new() -> Arc<Self> {
        Self::with_lease(None)
    }

    pub(crate) fn with_lease(lease: Option<Duration>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::default(), gate: Semaphore::new(0), lease })
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Appends, as another process would.
    pub(crate) fn push(&self, record: Record) {
        self.script().records.push(record);
    }

    pub(crate) fn begin(&self, tx: i64, dep: &Dep) {
        self.push(Record::Begin { tx, xid: 1, deps: vec![dep.clone()] });
    }

    pub(crate) fn end(&self, tx: i64, dep: &Dep) {
        self.push(Record::End { tx, deps: vec![dep.clone()] });
    }

    pub(crate) fn change(&self, dep: &Dep) {
        self.push(Record::Changed { deps: vec![dep.clone()] });
    }

    /// From now on it cannot be reached, or can.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.script().is_away = is_away;
    }

    /// It is reached by another connection.
    pub(crate) fn reconnect(&self) {
        self.script().connection += 1;
    }

    /// Another history begins.
    pub(crate) fn start_over(&self, epoch: &str) {
        let mut script = self.script();
        script.records.clear();
        epoch.clone_into(&mut script.epoch);
    }

    /// Reads wait from now on, each until it is let go.
    pub(crate) fn hold(&self) {
        self.script().is_held = true;
    }

    /// Lets the reads go that wait, and all later ones.
    pub(crate) fn release(&self) {
        self.script().is_held = false;
        self.gate.add_permits(1_000);
    }

    /// What was done since it was last asked.
    pub(crate) fn take_journal(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.script().journal)
    }

    pub(crate) fn n_reads(&self) -> usize {
        self.script().journal.iter().filter(|it| **it == "read").count()
    }

    fn tail(&self, after: Position) -> Result<Tail, ChangeLogError> {
        let script = self.script();
        if script.is_away {
            return Err(ChangeLogError::unreachable("away"));
        }
        let records = (1..).map(Position::nth).zip(script.records.iter().cloned());
        let records: Vec<_> = records.filter(|(position, _)| *position > after).collect();
        Ok(Tail {
            position: records.last().map_or(after, |(position, _)| *position),
            records,
            forgotten: None,
            epoch: Epoch(script.epoch.as_str().into()),
            connection: script.connection,
        })
    }
}

impl ChangeLog for ScriptedLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        Box::pin(async move {
            let mut script = self.script();
            if script.is_away {
                return Err(ChangeLogError::unreachable("away"));
            }
            script.journal.push("append");
            script.records.push(record.clone());
            Ok(())
        })
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async move {
            let is_held = {
                let mut script = self.script();
                script.journal.push("read");
                script.is_held
            };
            if is_held {
                self.gate.acquire().await.unwrap().forget();
            }
            self.tail(after)
        })
    }

    fn lease(&self) -> Option<Duration> {
        self.lease
    }
}

/// Changes that wait for a log; told of in its journal when they are drained.
#[derive(Debug)]
pub(crate) struct ScriptedBacklog {
    log: Arc<ScriptedLog>,
    waiting: Mutex<Vec<Dep>>,
    /// What happens at the next drains, before they succeed.
    mishaps: Mutex<Vec<Mishap>>,
}

/// What can go wrong while a backlog is drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The database fails.
    Fails,
    /// It succeeds, but meanwhile the log is reached by another connection.
    Reconnects,
}

impl ScriptedBacklog {
    pub(crate) fn of(log: &Arc<ScriptedLog>) -> Arc<Self> {
        Arc::new(Self { log: Arc::clone(log), waiting: Mutex::default(), mishaps: Mutex::default() })
    }

    /// A change that the log was not told.
    pub(crate) fn add(&self, dep: &Dep) {
        self.waiting.lock().unwrap().push(dep.clone());
    }

    pub(crate) fn next(&self, mishap: Mishap) {
        self.mishaps.lock().unwrap().push(mishap);
    }
}

impl Backlog for ScriptedBacklog {
    fn drain(&self) -> BoxFuture<'_, Result<(), ChangeLogError>> {
        Box::pin(async {
            self.log.script().journal.push("drain");
            match self.mishaps.lock().unwrap().pop() {
                Some(Mishap::Fails) => return Err(ChangeLogError::unreachable("no database")),
                Some(Mishap::Reconnects) => self.log.reconnect(),
                None => {}
            }
            for dep in std::mem::take(&mut *self.waiting.lock().unwrap()) {
                self.log.change(&dep);
            }
            Ok(())
        })
    }
}

/// A far store in memory.
#[derive(Debug, Default)]
pub(crate) struct MapFar {
    stored: Mutex<HashMap<String, Bytes>>,
    asked: Mutex<Vec<String>>,
}

impl MapFar {
    pub(crate) fn n_stored(&self) -> usize {
        self.stored.lock().unwrap().len()
    }

    /// The keys asked for since it was last asked.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Makes all it holds unreadable.
    pub(crate) fn garble(&self) {
        self.stored.lock().unwrap().values_mut().for_each(|it| *it = Bytes::from_static(b"garbage"));
    }
}

impl FarStore for MapFar {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, FarError>> {
        self.asked.lock().unwrap().extend_from_slice(keys);
        let stored = self.stored.lock().unwrap();
        let found = keys.iter().map(|key| stored.get(key).cloned()).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>> {
        let items = items.into_iter().map(|it| (it.key, it.bytes));
        self.stored.lock().unwrap().extend(items);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A process with a cache, over a log and a store in a test's hands.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) log: Arc<ScriptedLog>,
    pub(crate) far: Arc<MapFar>,
    pub(crate) cache: Cache,
}

impl Process {
    pub(crate) fn start() -> Self {
        Self::over(ScriptedLog::new(), CacheSettings::default())
    }

    pub(crate) fn over(log: Arc<ScriptedLog>, settings: CacheSettings) -> Self {
        Self::with(log, Arc::default(), settings)
    }

    fn with(log: Arc<ScriptedLog>, far: Arc<MapFar>, settings: CacheSettings) -> Self {
        let parts =
            CacheParts { log: log.clone(), far: Some(far.clone()), schema: "test".to_owned(), settings };
        Self { log, far, cache: Cache::new(parts) }
    }

    /// Another one on the same log and store, once everything has got there.
    pub(crate) async fn another(&self) -> Self {
        self.cache.settled().await;
        Self::with(self.log.clone(), self.far.clone(), self.cache.settings().clone())
    }

    pub(crate) async fn check(&self) -> AsOf {
        self.cache.check().await.expect("the log is there")
    }

    /// Stores that a thing is `value`, by a check made before.
    pub(crate) fn fill(&self, as_of: &AsOf, pk: i64, value: i64) {
        self.cache.fill_from(as_of, key(pk), &[thing(pk)], &fetched(Some(value)));
    }

    /// What a read that begins now is served of a thing, if anything.
    pub(crate) async fn served(&self, pk: i64) -> Option<Known<i64>> {
        let as_of = self.check().await;
        self.cache.lookup(&as_of, &key(pk)).await
    }
}

pub(crate) fn key(pk: i64) -> Key {
    Key::pk(Kind::Row, "thing", pk)
}

pub(crate) fn thing(pk: i64) -> Dep {
    Dep::object("thing", pk)
}

pub(crate) fn fetched(value: Option<i64>) -> Fetched<i64> {
    Fetched { value: value.map(Arc::new), ttl: TtlClass::Default }
}

/// A value that is there.
pub(crate) fn known(value: i64) -> Option<Known<i64>> {
    Some(Some(Arc::new(value)))
}
