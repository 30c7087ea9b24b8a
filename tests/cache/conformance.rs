//! What a cache promises over every kind of log, with every kind of store: one suite.
//!
//! Two processes share log and store. Details that need a log in the test's hands are in `engine` and `checks`.

use std::sync::Arc;

use inhouse::cache::far::{FarStore, RedisFar};
use inhouse::cache::{
    Cache, CacheParts, CacheSettings, ChangeLog, Dep, Known, Record, RedisLog, RedisServer,
};
use rstest::rstest;

use super::log::{Kind, TestLog};
use super::script::{MapFar, fetched, key, known, thing};
use super::{namespace, redis_url};

/// Where entries are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stores {
    Near,
    NearAndFar,
    /// There is no room near.
    Far,
}

/// Two processes on one log and one store.
struct Pair {
    caches: [Cache; 2],
    log: Arc<dyn ChangeLog>,
    shares: bool,
    _log: Option<TestLog>,
}

impl Pair {
    async fn start(kind: Kind, stores: Stores) -> Option<Self> {
        let near_bytes = if stores == Stores::Far { 0 } else { 1 << 20 };
        let settings = CacheSettings { near_bytes, ..CacheSettings::default() };
        let cache = |log, far| {
            Cache::new(CacheParts { log, far, schema: "test".to_owned(), settings: settings.clone() })
        };
        let shares = stores != Stores::Near;
        if matches!(kind, Kind::Redis) {
            let (url, namespace) = (redis_url()?, namespace());
            let process = || {
                let server = RedisServer::open(&url, &namespace).unwrap();
                let log: Arc<dyn ChangeLog> = Arc::new(RedisLog::new(server.clone(), 2_000));
                let far: Arc<dyn FarStore> = Arc::new(RedisFar::new(server));
                (log, shares.then_some(far))
            };
            let [(one, its_far), (other, others_far)] = [process(), process()];
            let log = one.clone();
            return Some(Self {
                caches: [cache(one, its_far), cache(other, others_far)],
                log,
                shares,
                _log: None,
            });
        }
        let log = TestLog::start(kind).await?;
        let far: Arc<dyn FarStore> = Arc::new(MapFar::default());
        let process = || cache((log.open)(), shares.then(|| far.clone()));
        Some(Self { caches: [process(), process()], log: (log.open)(), shares, _log: Some(log) })
    }

    async fn change(&self, dep: Dep) {
        self.log.append(&Record::Changed { deps: vec![dep] }).await.unwrap();
    }

    /// Stores by the first process.
    async fn fill(&self, pk: i64, value: Option<i64>) {
        let [cache, _] = &self.caches;
        let as_of = cache.check().await.unwrap();
        cache.fill_from(&as_of, key(pk), &[thing(pk)], &fetched(value));
        cache.settled().await;
    }

    /// What a read that begins now is served by each process.
    async fn served(&self, pk: i64) -> [Option<Known<i64>>; 2] {
        let mut served = [None, None];
        for (cache, served) in self.caches.iter().zip(&mut served) {
            let as_of = cache.check().await.unwrap();
            *served = cache.lookup(&as_of, &key(pk)).await;
        }
        served
    }

    /// What both are served of what the first has stored.
    fn both(&self, value: Option<Known<i64>>) -> [Option<Known<i64>>; 2] {
        [value.clone(), value.filter(|_| self.shares)]
    }
}

#[rstest]
#[tokio::test]
async fn what_is_stored_is_served_and_absence_is_a_value(
    #[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind,
    #[values(Stores::Near, Stores::NearAndFar, Stores::Far)] stores: Stores,
) {
    let Some(pair) = Pair::start(kind, stores).await else { return };
    pair.fill(5, Some(50)).await;
    pair.fill(6, None).await;
    assert_eq!(pair.served(5).await, pair.both(known(50)));
    assert_eq!(pair.served(6).await, pair.both(Some(None)));
    assert_eq!(pair.served(7).await, [None, None]);
}

#[rstest]
#[tokio::test]
async fn what_changed_is_served_by_nobody_and_what_was_computed_since_is(
    #[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind,
    #[values(Stores::Near, Stores::NearAndFar, Stores::Far)] stores: Stores,
) {
    let Some(pair) = Pair::start(kind, stores).await else { return };
    for (n, change) in (0_i64..).zip([thing(5), Dep::model("thing"), Dep::Everything]) {
        pair.fill(5, Some(n)).await;
        pair.fill(6, Some(n)).await;
        assert_eq!(pair.served(5).await, pair.both(known(n)));
        let is_narrow = change == thing(5);
        pair.change(change).await;
        assert_eq!(pair.served(5).await, [None, None]);
        let other = if is_narrow { pair.both(known(n)) } else { [None, None] };
        assert_eq!(pair.served(6).await, other, "it depends on the wider ones only");
    }
}

#[rstest]
#[tokio::test]
async fn what_was_read_before_a_change_is_never_served_after_it(
    #[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind,
    #[values(Stores::Near, Stores::NearAndFar, Stores::Far)] stores: Stores,
) {
    let Some(pair) = Pair::start(kind, stores).await else { return };
    let [cache, _] = &pair.caches;
    let as_of = cache.check().await.unwrap();
    pair.change(thing(5)).await;
    cache.fill_from(&as_of, key(5), &[thing(5)], &fetched(Some(50)));
    cache.settled().await;
    assert_eq!(pair.served(5).await, [None, None]);
}
