//! The cache of a process: the parts put together, and the tasks that keep them going.
//!
//! Cheap to clone; the tasks end with the last clone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::check::{Backlog, Checker};
use super::far::FarStore;
use super::far_writer::FarWriter;
use super::freshness::{AsOf, FreshnessTable, OpenTransaction};
use super::log::{ChangeLog, ChangeLogError, Epoch, Tail};
use super::near::NearCache;
use super::policy::CacheSettings;
use super::report::{Counters, Counts, Report, count};
use super::single_flight::Flights;
use super::watch::{Watchers, Woken};
use super::{Dep, Position, Record};
use crate::telemetry::spawn;

/// What a cache is made of.
#[derive(Debug)]
pub struct CacheParts {
    /// What everybody is told of changes through.
    pub log: Arc<dyn ChangeLog>,
    /// Where entries are shared, if anywhere.
    pub far: Option<Arc<dyn FarStore>>,
    /// Names the form of what is stored: processes that disagree on it share nothing.
    pub schema: String,
    /// Room, times, switches.
    pub settings: CacheSettings,
}

/// The cache of a process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Cache {
    pub(super) engine: Arc<Engine>,
    _tasks: Arc<DropGuard>,
}

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) log: Arc<dyn ChangeLog>,
    pub(super) far: Option<Arc<dyn FarStore>>,
    pub(super) far_writer: FarWriter,
    pub(super) schema: String,
    pub(super) settings: CacheSettings,
    pub(super) near: NearCache,
    /// A std lock: held for look-ups, never across an await.
    pub(super) table: RwLock<FreshnessTable>,
    /// Moves whenever an answer of the table may have changed.
    pub(super) revision: AtomicU64,
    pub(super) checker: Checker,
    pub(super) backlog: OnceLock<Arc<dyn Backlog>>,
    pub(super) flights: Flights,
    pub(super) counters: Counters,
    pub(super) watchers: Arc<Watchers>,
    /// Spreads times to live.
    pub(super) jitter: AtomicU64,
    /// Changes that wait in the outbox, and since when.
    outbox: Mutex<Option<(usize, Instant)>>,
}

/// Where a cache stands, for people who look.
#[derive(Clone, Debug)]
pub struct CacheState {
    /// Which history of the log it follows.
    pub epoch: Epoch,
    /// How far it has read it.
    pub position: Position,
    /// Deps whose last change it remembers.
    pub n_deps: usize,
    /// Transactions that began and have not ended.
    pub n_open: usize,
    /// Entries of the near cache, about.
    pub n_near_entries: u64,
    /// Bytes of the near cache, about.
    pub n_near_bytes: u64,
    /// The log cannot be reached.
    pub is_lost: bool,
    /// Age of the last answer of the log; none if it never answered.
    pub heard_ago: Option<Duration>,
    /// Committed changes that wait to be told to the log.
    pub n_outbox: usize,
    /// For how long they have waited.
    pub outbox_age: Duration,
}

impl Cache {
    /// Puts the parts together and starts the tasks; needs a runtime.
    #[must_use]
    pub fn new(parts: CacheParts) -> Self {
        let CacheParts { log, far, schema, settings } = parts;
        let engine = Arc::new(Engine {
            log,
            far,
            far_writer: FarWriter::default(),
            schema,
            near: NearCache::new(settings.near_bytes),
            table: RwLock::new(FreshnessTable::new(settings.ttl.longest())),
            revision: AtomicU64::new(1),
            checker: Checker::default(),
            backlog: OnceLock::new(),
            flights: Flights::default(),
            counters: Counters::default(),
            watchers: Arc::default(),
            jitter: AtomicU64::new(0),
            outbox: Mutex::default(),
            settings,
        });
        let stop = CancellationToken::new();
        if !engine.settings.is_disabled {
            spawn(Arc::clone(&engine).keep_checking(stop.clone()));
            spawn(Arc::clone(&engine).keep_following(stop.clone()));
            if engine.far.is_some() {
                spawn(Arc::clone(&engine).keep_writing_far(stop.clone()));
            }
        }
        Self { engine, _tasks: Arc::new(stop.drop_guard()) }
    }

    /// A cache that stores nothing: every read goes to the database.
    #[must_use]
    pub fn disabled() -> Self {
        let settings = CacheSettings { is_disabled: true, ..CacheSettings::default() };
        Self::new(CacheParts { log: Arc::new(super::Elsewhere), far: None, schema: String::new(), settings })
    }

    /// Says where changes wait that the log could not be told. To be called once, before the first check.
    pub fn drain_from(&self, backlog: Arc<dyn Backlog>) {
        // A second one would be a mistake of the composition root; the first stays.
        let _ = self.engine.backlog.set(backlog);
    }

    /// Proves the table current, by one round trip at most, which it shares with all who ask at the same time. `None`:
    /// nobody can tell what has changed, so the database must be read and nothing stored.
    pub async fn check(&self) -> Option<AsOf> {
        let engine = &self.engine;
        if engine.settings.is_disabled {
            return None;
        }
        let (after, _) = engine.place();
        match engine.log.read_now(after) {
            Some(tail) => {
                engine.apply_or_start_over(tail);
                count(&engine.counters.checks, 1);
                count(&engine.counters.checks_served, 1);
                Some(engine.as_of())
            }
            None => engine.checker.next().await,
        }
    }

    /// What this process last heard, if that is younger than `age`: an answer by it may lag by that much.
    pub async fn check_relaxed(&self, age: Duration) -> Option<AsOf> {
        if !self.engine.settings.is_disabled && self.engine.checker.heard_within(age) {
            return Some(self.engine.as_of());
        }
        self.check().await
    }

    /// Appends a change that no transaction of this program made.
    ///
    /// # Errors
    /// The log cannot be reached: nothing was invalidated.
    pub async fn invalidate(&self, deps: Vec<Dep>) -> Result<(), ChangeLogError> {
        self.engine.log.append(&Record::Changed { deps }).await
    }

    /// The log was found unable to take a committed change: nothing is served by it before it has taken all.
    pub fn distrust(&self) {
        self.engine.checker.distrust();
    }

    /// Takes note of how many committed changes wait to be told to the log.
    pub fn note_backlog(&self, n_waiting: usize) {
        let mut outbox = self.engine.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let since = outbox.map_or_else(Instant::now, |(_, since)| since);
        *outbox = (n_waiting > 0).then_some((n_waiting, since));
    }

    /// Transactions of which nothing was heard for `age` after they began.
    #[must_use]
    pub fn open_for(&self, age: Duration) -> Vec<OpenTransaction> {
        let table = self.engine.table.read().unwrap_or_else(PoisonError::into_inner);
        table.open_transactions().filter(|it| it.heard_at.elapsed() >= age).cloned().collect()
    }

    /// Room, times, switches.
    #[must_use]
    pub fn settings(&self) -> &CacheSettings {
        &self.engine.settings
    }

    /// Counts what an operation did.
    pub fn count(&self, report: &Report) {
        self.engine.counters.add(report);
    }

    /// The counts since the process started.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.engine.counters.counts()
    }

    /// Counts a served row that was compared with the database.
    pub fn count_audit(&self, is_right: bool) {
        count(&self.engine.counters.audits, 1);
        count(&self.engine.counters.audit_failures, usize::from(!is_right));
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> CacheState {
        let (n_near_entries, n_near_bytes) = self.engine.near.size();
        let outbox = *self.engine.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let table = self.engine.table.read().unwrap_or_else(PoisonError::into_inner);
        CacheState {
            epoch: table.epoch().clone(),
            position: table.position(),
            n_deps: table.n_deps(),
            n_open: table.open_transactions().count(),
            n_near_entries,
            n_near_bytes,
            is_lost: self.engine.checker.is_lost(),
            heard_ago: self.engine.checker.heard_ago(),
            n_outbox: outbox.map_or(0, |(n_waiting, _)| n_waiting),
            outbox_age: outbox.map_or(Duration::ZERO, |(_, since)| since.elapsed()),
        }
    }

    /// When a dep, or a wider one, last changed, as far as is remembered.
    #[must_use]
    pub fn last_change(&self, dep: &Dep) -> Option<Position> {
        self.engine.table.read().unwrap_or_else(PoisonError::into_inner).last_change(dep)
    }

    /// Empties the near cache, as a restart would.
    pub fn forget_near(&self) {
        self.engine.near.clear();
    }

    /// Round trips to the log so far.
    #[must_use]
    pub fn n_log_round_trips(&self) -> u64 {
        self.engine.log.n_round_trips()
    }
}

impl Engine {
    /// How far the log was read, and which history that is.
    pub(super) fn place(&self) -> (Position, u64) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        (table.position(), table.generation())
    }

    pub(super) fn as_of(&self) -> AsOf {
        self.table.read().unwrap_or_else(PoisonError::into_inner).as_of()
    }

    /// Takes what the log told. False if that is another history, of which nothing was taken yet.
    pub(super) fn apply_or_start_over(&self, tail: Tail) -> bool {
        if tail.records.is_empty() && tail.forgotten.is_none() {
            // Nothing new, as almost always: no reader has to wait.
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            if *table.epoch() == tail.epoch {
                return true;
            }
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = *table.epoch() == tail.epoch;
        let woken = if is_same { self.watchers.woken_by(&tail) } else { Woken::All };
        if is_same {
            count(&self.counters.records, tail.records.len());
            if table.apply(tail, Instant::now()) {
                self.revision.fetch_add(1, Ordering::Release);
            }
        } else {
            tracing::info!(epoch = %tail.epoch, "the change log has a new history; the cache starts over");
            count(&self.counters.epochs, 1);
            table.start_over(tail.epoch);
            self.revision.fetch_add(1, Ordering::Release);
            self.near.clear();
        }
        drop(table);
        self.watchers.wake(&woken);
        is_same
    }

    /// Takes what the log pushed, unless another history has begun meanwhile.
    pub(super) fn apply_if(&self, generation: u64, tail: Tail) {
        let woken = self.watchers.woken_by(&tail);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.generation() == generation && table.apply(tail, Instant::now()) {
            self.revision.fetch_add(1, Ordering::Release);
        }
        drop(table);
        self.watchers.wake(&woken);
    }
}
