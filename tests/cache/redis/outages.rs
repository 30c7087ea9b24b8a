//! Redis does not answer, refuses, or is gone: who waits, who does not, and what is trusted afterwards.

use std::time::{Duration, Instant};

use inhouse::cache::far::{FarStore as _, RedisFar};
use inhouse::cache::{ChangeLog, Dep, Position, Record, RedisLog, RedisServer};

use super::{RedisChild, assert_begins_anew, changed, has_redis, read, records, with_a_record};

/// Long enough for a busy machine, and shorter than any wait that is meant.
const AT_ONCE: Duration = Duration::from_millis(400);

/// What a writer outlasts: the lease, and a margin.
const LEASE: Duration = Duration::from_millis(1200);

/// Every error of the chain, as a log line would show it.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |it| it.source()).map(|it| format!("{it} {it:?} ")).collect()
}

/// A log, and the server handle it shares with a far cache.
fn log_and_far(redis: &RedisChild) -> (RedisLog, RedisFar) {
    let server = RedisServer::open(&redis.url(), "test").unwrap();
    (RedisLog::new(server.clone(), 2000), RedisFar::new(server))
}

#[tokio::test]
async fn while_redis_hangs_a_writer_outlasts_the_lease_once_and_nobody_else_waits_long() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let ((log, far), reader) = (log_and_far(&redis), redis.log());
    assert_eq!(log.lease(), Some(Duration::from_secs(1)));
    let before = with_a_record(&log).await;
    read(&reader, Position::ZERO).await;
    redis.signal("STOP");
    let begin = Instant::now();
    let (appended, was_read) =
        tokio::join!(async { (log.append(&changed(2)).await, begin.elapsed()) }, async {
            (reader.read(before.position).await, begin.elapsed())
        },);
    assert!(was_read.0.is_err() && was_read.1 < Duration::from_millis(1_900), "{was_read:?}");
    assert!(appended.0.is_err() && appended.1 >= LEASE, "{appended:?}");
    assert!(appended.1 < LEASE * 2, "{appended:?}");
    // The outage is known: the far cache is not asked, and one attempt to connect fails by its own timeout.
    let begin = Instant::now();
    assert!(far.get(&["a".to_owned()]).await.is_err());
    assert!(begin.elapsed() < AT_ONCE);
    log.read(before.position).await.unwrap_err();
    let begin = Instant::now();
    log.read(before.position).await.unwrap_err();
    log.append(&changed(3)).await.unwrap_err();
    assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
    redis.signal("CONT");
    let tail = until_back(&log, before.position).await;
    assert!(tail.connection > before.connection);
    log.append(&changed(4)).await.unwrap();
    assert_eq!(records(&read(&log, tail.position).await), [changed(4)]);
}

/// Reads until Redis is found to be back.
async fn until_back(log: &RedisLog, after: Position) -> inhouse::cache::Tail {
    let begin = Instant::now();
    loop {
        match log.read(after).await {
            Ok(tail) => return tail,
            Err(error) => assert!(begin.elapsed() < Duration::from_secs(30), "{}", chain(&error)),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_writer_whose_reads_found_out_first_waits_from_there() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let log = redis.log();
    let before = with_a_record(&log).await;
    redis.signal("STOP");
    let begin = Instant::now();
    log.read(before.position).await.unwrap_err();
    log.append(&changed(2)).await.unwrap_err();
    let waited = begin.elapsed();
    assert!(waited >= LEASE && waited < LEASE * 2, "{waited:?}");
}

#[tokio::test]
async fn a_server_that_is_gone_makes_nobody_wait() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisChild::start(&[]).await;
    let log = redis.log();
    let before = with_a_record(&log).await;
    redis.kill();
    let begin = Instant::now();
    log.append(&changed(2)).await.unwrap_err();
    log.read(before.position).await.unwrap_err();
    assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
    redis.restart().await;
    let tail = until_back(&log, before.position).await;
    assert_ne!(tail.epoch, before.epoch);
    assert!(tail.connection > before.connection);
}

#[tokio::test]
async fn what_is_committed_is_told_as_soon_as_redis_is_back() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisChild::start(&[]).await;
    let (log, reader) = (redis.log(), redis.log());
    with_a_record(&log).await;
    redis.kill();
    log.append(&changed(2)).await.unwrap_err();
    redis.restart().await;
    // Others have found Redis back, and looked into the outbox: what is committed now must not wait in there unseen.
    let before = until_back(&reader, Position::ZERO).await;
    let end = Record::End { tx: 1, deps: vec![Dep::object("thing", 3)] };
    log.append(&end).await.unwrap();
    assert_eq!(records(&read(&reader, before.position).await), [end]);
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced_without_an_error() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let log = redis.log();
    let before = with_a_record(&log).await;
    redis.run::<()>("CLIENT KILL TYPE normal").await;
    log.append(&changed(2)).await.unwrap();
    redis.run::<()>("CLIENT KILL TYPE normal").await;
    let tail = read(&log, before.position).await;
    assert_eq!((records(&tail), tail.epoch), (vec![changed(2)], before.epoch));
    assert_eq!(tail.connection, before.connection + 2);
}

#[tokio::test]
async fn a_change_that_finds_no_memory_ends_the_epoch() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&["--maxmemory-policy", "noeviction"]).await;
    let (log, reader) = (redis.log(), redis.log());
    let before = with_a_record(&log).await;
    read(&reader, Position::ZERO).await;
    redis.run::<()>("CONFIG SET maxmemory 1").await;
    log.append(&changed(2)).await.unwrap();
    // Nothing can be trusted, and no new history begun.
    reader.read(before.position).await.unwrap_err();
    redis.run::<()>("CONFIG SET maxmemory 0").await;
    assert_begins_anew(&reader, &before).await;
}

#[tokio::test]
async fn while_redis_takes_no_writes_reads_prove_nothing_and_afterwards_the_epoch_ends() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let (log, reader) = (redis.log(), redis.log());
    let before = with_a_record(&log).await;
    read(&reader, Position::ZERO).await;
    redis.run::<()>("CONFIG SET min-replicas-to-write 1").await;
    let error = log.append(&changed(2)).await.unwrap_err();
    assert!(chain(&error).contains("NOREPLICAS"), "{}", chain(&error));
    reader.read(before.position).await.unwrap_err();
    // A process that connects only now is not better off.
    redis.log().read(Position::ZERO).await.unwrap_err();
    redis.run::<()>("CONFIG SET min-replicas-to-write 0").await;
    assert_begins_anew(&log, &before).await;
    assert_ne!(read(&reader, before.position).await.epoch, before.epoch);
}

#[tokio::test]
async fn a_replica_is_no_change_log() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let log = redis.log();
    let before = with_a_record(&log).await;
    // Demoted while it is connected to, as after a failover by hand.
    redis.run::<()>("REPLICAOF 127.0.0.1 1").await;
    log.read(before.position).await.unwrap_err();
    let error = redis.log().read(Position::ZERO).await.unwrap_err();
    assert!(!chain(&error).is_empty());
}

#[tokio::test]
async fn a_password_is_never_shown() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&["--requirepass", "sesame"]).await;
    let url = format!("redis://:sesame@127.0.0.1:{}", redis.port);
    let server = RedisServer::open(&url, "test").unwrap();
    let log = RedisLog::new(server.clone(), 2000);
    with_a_record(&log).await;
    let shown = format!("{server:?} {log:?} {:?}", RedisFar::new(server.clone()));
    assert!(shown.contains("127.0.0.1") && !shown.contains("sesame"), "{shown}");

    for url in [url.replace("sesame", "s3cret"), redis.url()] {
        let log = RedisLog::new(RedisServer::open(&url, "test").unwrap(), 2000);
        let error = log.read(Position::ZERO).await.unwrap_err();
        assert!(!chain(&error).contains("s3cret"), "{}", chain(&error));
    }
    let error = RedisServer::open("redis://:s3cret@host:port", "test").unwrap_err();
    assert!(!chain(&error).contains("s3cret"));
}
