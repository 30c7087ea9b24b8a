//! The check: how many callers one serves, what a lost log costs, and what must happen before it is believed again.
//!
//! Log, backlog and time are in the test's hands.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use inhouse::cache::{AsOf, CacheSettings, Fetched, Kind, Known, Source, Space};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::script::{Mishap, Process, ScriptedBacklog, ScriptedLog, fetched, known, thing};

/// Longer than a process waits before it asks a lost log again.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test(start_paused = true)]
async fn callers_who_come_while_a_check_is_on_its_way_share_the_next_one() {
    let it = Process::start();
    it.check().await;
    let before = it.cache.counts();
    it.log.take_journal();
    it.log.hold();
    let first = it.cache.check();
    let others = async {
        while it.log.n_reads() == 0 {
            tokio::task::yield_now().await;
        }
        // Appended after the first check was sent: the others must see it.
        it.log.change(&thing(5));
        let checks = join_all((0..20).map(|_| it.cache.check()));
        let release = async { it.log.release() };
        tokio::join!(checks, release).0
    };
    let (first, others) = tokio::join!(first, others);
    assert!(
        first.is_some() && others.iter().all(|it| it.as_ref().is_some_and(|it| it.position().count() == 1))
    );
    assert_eq!(it.log.take_journal(), ["read", "read"]);
    let after = it.cache.counts();
    assert_eq!((after.n_checks - before.n_checks, after.n_checks_served - before.n_checks_served), (2, 21));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_holds_up_nobody() {
    let it = Process::start();
    it.check().await;
    it.log.hold();
    drop(tokio::time::timeout(Duration::from_millis(1), it.cache.check()).await);
    it.log.release();
    assert!(it.cache.check().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_first_check_drains_the_backlog_before_it_believes() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    backlog.add(&thing(5));
    it.cache.drain_from(backlog);
    assert_eq!(it.check().await.position().count(), 1, "what waited is in what it vouches for");
    assert_eq!(it.log.take_journal(), ["read", "drain", "read"]);
    it.check().await;
    assert_eq!(it.log.take_journal(), ["read"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_log_is_bypassed_at_once_and_believed_again_only_when_the_backlog_is_drained() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.fill(&as_of, 6, 60);
    it.log.take_journal();
    it.log.set_away(true);
    assert!(it.cache.check().await.is_none());
    for _ in 0..10 {
        assert!(it.cache.check().await.is_none());
        assert!(it.cache.check_relaxed(Duration::from_secs(3_600)).await.is_none());
    }
    assert_eq!(it.log.take_journal(), ["read"], "nobody waits for what is known to be away");
    assert!(it.cache.state().is_lost);
    // Somebody commits, and cannot tell.
    backlog.add(&thing(5));
    sleep(A_WHILE).await;
    assert!(it.log.take_journal().iter().all(|it| *it == "read"), "it is asked in vain");
    it.log.set_away(false);
    sleep(A_WHILE).await;
    assert_eq!(it.log.take_journal(), ["read", "drain", "read"], "nobody had to ask");
    assert!(!it.cache.state().is_lost);
    assert_eq!((it.served(5).await, it.served(6).await), (None, known(60)));
    assert!(it.cache.counts().bypassed >= A_WHILE, "{:?}", it.cache.counts().bypassed);
}

#[tokio::test(start_paused = true)]
async fn a_backlog_that_cannot_be_drained_keeps_the_log_from_being_believed() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    backlog.next(Mishap::Fails);
    assert!(it.cache.check().await.is_none());
    assert!(it.cache.state().is_lost);
    sleep(A_WHILE).await;
    assert!(it.cache.check().await.is_some());
    assert_eq!(it.log.take_journal(), ["read", "drain", "read", "drain", "read", "read"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_while_the_backlog_is_drained_proves_nothing() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    backlog.next(Mishap::Reconnects);
    assert!(it.cache.check().await.is_none());
    sleep(A_WHILE).await;
    assert!(it.cache.check().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn another_connection_is_believed_only_when_the_backlog_is_drained() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.log.take_journal();
    it.log.reconnect();
    backlog.add(&thing(5));
    assert_eq!(it.served(5).await, None);
    assert_eq!(it.log.take_journal(), ["read", "drain", "read"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_was_silent_for_longer_than_its_lease_is_believed_only_when_the_backlog_is_drained() {
    let log = ScriptedLog::with_lease(Some(Duration::from_secs(1)));
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.log.take_journal();
    sleep(Duration::from_secs(5)).await;
    assert!(!it.log.take_journal().contains(&"drain"), "its heartbeat is heard");
    it.log.hold();
    sleep(Duration::from_secs(5)).await;
    // A writer may have given the log up meanwhile.
    backlog.add(&thing(5));
    it.log.take_journal();
    it.log.release();
    assert_eq!(it.served(5).await, None);
    assert!(it.log.take_journal().contains(&"drain"));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_did_not_take_a_change_is_believed_only_when_the_backlog_is_drained() {
    let log = ScriptedLog::new();
    let backlog = ScriptedBacklog::of(&log);
    let it = Process::over(log, CacheSettings::default());
    it.cache.drain_from(backlog.clone());
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    backlog.add(&thing(5));
    it.cache.distrust();
    assert!(it.cache.check().await.is_none());
    sleep(A_WHILE).await;
    assert_eq!(it.served(5).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_relaxed_check_is_spared_while_what_was_heard_is_young() {
    let it = Process::start();
    let age = Duration::from_secs(1);
    it.check().await;
    it.log.take_journal();
    it.log.change(&thing(5));
    tokio::time::advance(age - Duration::from_millis(1)).await;
    assert_eq!(it.cache.check_relaxed(age).await.unwrap().position().count(), 0);
    assert_eq!(it.log.take_journal(), [""; 0]);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(it.cache.check_relaxed(age).await.unwrap().position().count(), 1);
    assert_eq!(it.log.take_journal(), ["read"]);
}

/// Where things come from: each is what the database holds when it is read, and every read waits to be let go.
#[derive(Debug)]
struct Database {
    held: AtomicI64,
    n_fetches: AtomicUsize,
    gate: Semaphore,
}

impl Database {
    fn that_holds(value: i64) -> Self {
        Self { held: AtomicI64::new(value), n_fetches: AtomicUsize::new(0), gate: Semaphore::new(0) }
    }

    fn n_fetches(&self) -> usize {
        self.n_fetches.load(Ordering::Relaxed)
    }
}

impl Source for Database {
    type Value = i64;
    type Error = &'static str;

    async fn fetch(&self, pks: &[i64]) -> Result<HashMap<i64, Fetched<i64>>, Self::Error> {
        self.n_fetches.fetch_add(1, Ordering::Relaxed);
        let value = self.held.load(Ordering::Relaxed);
        self.gate.acquire().await.map_err(|_closed| "no database")?.forget();
        Ok(pks.iter().map(|pk| (*pk, fetched(Some(value)))).collect())
    }
}

/// Loads thing 5.
async fn load(it: &Process, as_of: Option<&AsOf>, source: &Database) -> Result<Known<i64>, &'static str> {
    let space = Space { kind: Kind::Row, name: "thing" };
    let mut found = it.cache.load_many(as_of, space, &[5], source).await?;
    Ok(found.remove(&5).flatten())
}

#[tokio::test(start_paused = true)]
async fn callers_who_need_a_value_at_the_same_time_share_one_load() {
    let it = Process::start();
    let database = Database::that_holds(50);
    let as_of = it.check().await;
    let loads = join_all((0..20).map(|_| load(&it, Some(&as_of), &database)));
    let (loaded, ()) = tokio::join!(loads, async { database.gate.add_permits(20) });
    assert!(loaded.iter().all(|it| it.as_ref().unwrap().as_deref() == Some(&50)));
    assert_eq!(database.n_fetches(), 1);
    assert_eq!(it.served(5).await, known(50));
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_check_is_newer_than_a_load_does_not_join_it() {
    let it = Process::start();
    let database = Database::that_holds(50);
    let old = it.check().await;
    let first = load(&it, Some(&old), &database);
    let second = async {
        database.held.store(51, Ordering::Relaxed);
        it.log.change(&thing(5));
        let new = it.check().await;
        let loading = load(&it, Some(&new), &database);
        tokio::join!(loading, async { database.gate.add_permits(2) }).0
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap().as_deref(), second.unwrap().as_deref()), (Some(&50), Some(&51)));
    assert_eq!(database.n_fetches(), 2);
    let stored = it.served(5).await;
    assert!(stored.is_none() || stored == known(51), "the older one is not served: {stored:?}");
}

#[tokio::test(start_paused = true)]
async fn a_load_that_saw_an_open_transaction_is_joined_by_nobody_and_stored_nowhere() {
    let it = Process::start();
    let database = Database::that_holds(50);
    it.log.begin(1, &thing(5));
    let as_of = it.check().await;
    let loads = join_all((0..3).map(|_| load(&it, Some(&as_of), &database)));
    tokio::join!(loads, async { database.gate.add_permits(3) });
    assert_eq!((database.n_fetches(), it.served(5).await), (3, None));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_load_that_is_given_up_loads_by_itself() {
    let it = Process::start();
    let database = Database::that_holds(50);
    let as_of = it.check().await;
    let leader = tokio::time::timeout(Duration::from_millis(1), load(&it, Some(&as_of), &database));
    let joiner = load(&it, Some(&as_of), &database);
    let (leader, joiner, ()) = tokio::join!(leader, joiner, async {
        sleep(Duration::from_millis(2)).await;
        database.gate.add_permits(1);
    });
    assert!(leader.is_err());
    assert_eq!((joiner.unwrap().as_deref(), database.n_fetches()), (Some(&50), 2));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_loaded_is_not_remembered() {
    let it = Process::start();
    let database = Database::that_holds(50);
    let as_of = it.check().await;
    database.gate.close();
    assert_eq!(load(&it, Some(&as_of), &database).await, Err("no database"));
    let database = Database::that_holds(50);
    database.gate.add_permits(1);
    assert_eq!(load(&it, Some(&as_of), &database).await.unwrap().as_deref(), Some(&50));
}

#[tokio::test(start_paused = true)]
async fn without_a_check_everything_is_loaded_each_time_and_nothing_is_stored() {
    let it = Process::start();
    let database = Database::that_holds(50);
    database.gate.add_permits(2);
    for _ in 0..2 {
        assert_eq!(load(&it, None, &database).await.unwrap().as_deref(), Some(&50));
    }
    it.cache.settled().await;
    assert_eq!((database.n_fetches(), it.far.n_stored(), it.served(5).await), (2, 0, None));
}
