//! What every change log promises, whatever it is made of: one suite, run against each kind.

use std::sync::Arc;
use std::time::Duration;

use inhouse::cache::{ChangeLog, Dep, MemoryLog, Position, Record, RedisLog, RedisServer};
use inhouse::db::{DatabaseUrl, Db, DbSettings, SqliteLog};
use inhouse::types::SystemClock;
use rstest::rstest;
use tokio::time::timeout;

use super::{namespace, redis_url};
use crate::support::Folder;

/// Longer than any wait that ends well.
const PATIENCE: Duration = Duration::from_secs(30);

/// The kinds of logs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Memory,
    /// The table of a file: it knows changes only, for a transaction's record commits with it, and pushes nothing.
    Sqlite,
    Redis,
}

/// A log of one test.
pub(super) struct TestLog {
    /// Opens another handle to it, as another process would.
    pub(super) open: Box<dyn Fn() -> Arc<dyn ChangeLog>>,
    /// How many records it keeps, at least.
    n_kept: usize,
    /// Where its file is, if it has one.
    _folder: Option<Folder>,
}

impl TestLog {
    pub(super) async fn start(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Memory => {
                let log = MemoryLog::new();
                Some(Self { open: Box::new(move || log.clone()), n_kept: 10_000, _folder: None })
            }
            Kind::Sqlite => {
                let folder = Folder::new();
                let path = folder.path().join("log.db");
                let url = DatabaseUrl::Sqlite(path.clone());
                let db = Db::open(&DbSettings { url, pool_size: 1 }, SystemClock.into(), MemoryLog::new());
                db.unwrap().migrate_up().await.unwrap();
                let open =
                    move || -> Arc<dyn ChangeLog> { SqliteLog::open(path.clone(), SystemClock.into()) };
                Some(Self { open: Box::new(open), n_kept: usize::MAX, _folder: Some(folder) })
            }
            Kind::Redis => {
                let (url, namespace) = (redis_url()?, namespace());
                let open = move || -> Arc<dyn ChangeLog> {
                    Arc::new(RedisLog::new(RedisServer::open(&url, &namespace).unwrap(), 2000))
                };
                Some(Self { open: Box::new(open), n_kept: 2000, _folder: None })
            }
        }
    }
}

fn changed(n: i64) -> Record {
    Record::Changed { deps: vec![Dep::object("thing", n)] }
}

async fn append_all(log: &dyn ChangeLog, numbers: std::ops::Range<i64>) {
    for n in numbers {
        log.append(&changed(n)).await.unwrap();
    }
}

/// What was appended by [`append_all`], as it is found.
fn numbers(records: &[(Position, Record)]) -> Vec<i64> {
    let number = |record: &Record| match record.deps() {
        [Dep::Object(_, n)] => *n,
        other => panic!("nobody appended {other:?}"),
    };
    records.iter().map(|(_, record)| number(record)).collect()
}

#[rstest]
#[tokio::test]
async fn an_empty_log_has_an_end(#[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    let tail = log.read(Position::ZERO).await.unwrap();
    assert_eq!((tail.records.len(), tail.forgotten), (0, None));
    let again = log.read(tail.position).await.unwrap();
    assert_eq!((again.position, again.epoch, again.forgotten), (tail.position, tail.epoch, None));
}

#[rstest]
#[tokio::test]
async fn records_are_read_in_the_order_they_were_appended(
    #[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind,
) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    append_all(&*log, 0..50).await;
    let tail = log.read(Position::ZERO).await.unwrap();
    assert_eq!(numbers(&tail.records), Vec::from_iter(0..50));
    assert!(tail.records.is_sorted_by(|(one, _), (next, _)| one < next));
    assert_eq!(tail.records.last().unwrap().0, tail.position);
    assert_eq!(tail.forgotten, None);
}

#[rstest]
#[tokio::test]
async fn every_kind_of_record_is_read_back_as_it_was(#[values(Kind::Memory, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    let deps = vec![
        Dep::object("thing", -1),
        Dep::related("thing.parts", i64::MAX),
        Dep::rows("thing"),
        Dep::model("thïng \"\r\n"),
        Dep::Everything,
    ];
    let (tx, xid) = (7, 4_294_967_300);
    let records = [
        Record::Begin { tx, xid, deps: deps.clone() },
        Record::End { tx, deps: Vec::new() },
        Record::Changed { deps },
    ];
    for record in &records {
        log.append(record).await.unwrap();
    }
    let tail = log.read(Position::ZERO).await.unwrap();
    assert_eq!(tail.records.into_iter().map(|(_, record)| record).collect::<Vec<_>>(), records);
}

#[rstest]
#[tokio::test]
async fn nothing_is_lost_or_doubled_between_pages(
    #[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind,
) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    append_all(&*log, 0..1900).await;
    let whole = log.read(Position::ZERO).await.unwrap();
    assert_eq!(numbers(&whole.records), Vec::from_iter(0..1900));
    assert_eq!(whole.forgotten, None);
    // One full page and not a record more, one more than a page, and one less.
    for n_left in [1000, 1001, 999] {
        let (middle, _) = whole.records[1899 - n_left];
        let tail = log.read(middle).await.unwrap();
        assert_eq!(numbers(&tail.records).len(), n_left);
        assert_eq!(tail.records, whole.records[1900 - n_left..]);
        assert_eq!((tail.position, tail.forgotten), (whole.position, None));
    }
}

#[rstest]
#[tokio::test]
async fn two_handles_share_one_log(#[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let (one, other) = ((test.open)(), (test.open)());
    append_all(&*one, 0..3).await;
    let begin = other.read(Position::ZERO).await.unwrap();
    append_all(&*other, 3..5).await;
    append_all(&*one, 5..6).await;
    assert_eq!(numbers(&other.read(begin.position).await.unwrap().records), [3, 4, 5]);
    let (one, other) = (one.read(Position::ZERO).await.unwrap(), other.read(Position::ZERO).await.unwrap());
    assert_eq!((one.records, one.position, one.epoch), (other.records, other.position, other.epoch));
}

#[rstest]
#[tokio::test]
async fn appends_at_the_same_time_all_arrive(#[values(Kind::Memory, Kind::Sqlite, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let (one, other) = ((test.open)(), (test.open)());
    // Neither has read: on Redis both find that there is no history yet.
    tokio::join!(one.read(Position::ZERO), other.read(Position::ZERO)).0.unwrap();
    let begin = one.read(Position::ZERO).await.unwrap();
    tokio::join!(append_all(&*one, 0..100), append_all(&*other, 100..200));
    let tail = other.read(begin.position).await.unwrap();
    let mut found = numbers(&tail.records);
    found.sort_unstable();
    assert_eq!(found, Vec::from_iter(0..200));
}

#[rstest]
#[tokio::test]
async fn who_lags_behind_what_is_kept_is_told(#[values(Kind::Memory, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    append_all(&*log, 0..1).await;
    let early = log.read(Position::ZERO).await.unwrap();
    let n_appended = test.n_kept + 500;
    append_all(&*log, 1..i64::try_from(n_appended).unwrap()).await;
    for after in [Position::ZERO, early.position] {
        let tail = log.read(after).await.unwrap();
        let forgotten = tail.forgotten.expect("something was trimmed");
        let (first, _) = tail.records[0];
        assert!(after < forgotten && forgotten < first, "{after} {forgotten} {first}");
        assert!(tail.records.len() >= test.n_kept);
        // What is kept has no gap.
        let found = numbers(&tail.records);
        assert_eq!(found, Vec::from_iter(found[0]..i64::try_from(n_appended).unwrap()));
        // Whoever was there when the oldest record was appended has missed nothing, however much follows.
        let kept = log.read(first).await.unwrap();
        assert_eq!((kept.forgotten, kept.records.len()), (None, tail.records.len() - 1));
    }
}

#[rstest]
#[tokio::test]
async fn following_wakes_up_for_news(#[values(Kind::Memory, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let (writer, follower) = ((test.open)(), (test.open)());
    let mut position = follower.read(Position::ZERO).await.unwrap().position;
    for n in 0..3 {
        let follow = async {
            let mut found = Vec::new();
            while found.is_empty() {
                let tail = timeout(PATIENCE, follower.follow(position)).await.unwrap().unwrap();
                position = tail.position;
                found = numbers(&tail.records);
            }
            found
        };
        let (found, ()) = tokio::join!(follow, append_all(&*writer, n..n + 1));
        assert_eq!(found, [n]);
    }
}

#[rstest]
#[tokio::test]
async fn following_brings_at_once_what_is_there(#[values(Kind::Memory, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    append_all(&*log, 0..3).await;
    let tail = timeout(PATIENCE, log.follow(Position::ZERO)).await.unwrap().unwrap();
    assert_eq!(numbers(&tail.records), [0, 1, 2]);
}

#[rstest]
#[tokio::test]
async fn waiting_for_news_holds_up_nobody(#[values(Kind::Memory, Kind::Redis)] kind: Kind) {
    let Some(test) = TestLog::start(kind).await else { return };
    let log = (test.open)();
    let position = log.read(Position::ZERO).await.unwrap().position;
    let mut follow = log.follow(position);
    assert!(timeout(Duration::from_millis(50), &mut follow).await.is_err(), "there is no news");
    log.read(position).await.unwrap();
    append_all(&*log, 0..1).await;
    assert_eq!(numbers(&timeout(PATIENCE, follow).await.unwrap().unwrap().records), [0]);
}
