//! A Redis that lost something, or went back in time, vouches for nothing it said before.

use std::time::Duration;

use inhouse::cache::{ChangeLog as _, Position};
use tokio::time::timeout;

use super::{RedisChild, assert_begins_anew, changed, has_redis, read, records, with_a_record};

#[tokio::test]
async fn reading_takes_one_round_trip() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let log = redis.log();
    let tail = with_a_record(&log).await;
    let n_before = log.n_round_trips();
    log.append(&changed(2)).await.unwrap();
    assert_eq!(read(&log, tail.position).await.records.len(), 1);
    assert_eq!(log.n_round_trips() - n_before, 2);
}

#[tokio::test]
async fn a_new_process_reads_in_the_epoch_that_is_there() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let tail = with_a_record(&redis.log()).await;
    let other = read(&redis.log(), Position::ZERO).await;
    assert_eq!((other.epoch, other.records), (tail.epoch, tail.records));
}

#[tokio::test]
async fn whatever_is_lost_ends_the_epoch_for_every_process() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    for loss in ["FLUSHALL", "DEL {test}:changes", "DEL {test}:epoch", "XTRIM {test}:changes MAXLEN 0"] {
        let (one, other) = (redis.log(), redis.log());
        let (before, others) = (with_a_record(&one).await, read(&other, Position::ZERO).await);
        redis.run::<redis::Value>(loss).await;
        // Of an emptied stream only who reads from its beginning knows; nothing of the program trims that much.
        let after = if loss.starts_with("XTRIM") { Position::ZERO } else { before.position };
        let tail = assert_begins_anew(&one, &inhouse::cache::Tail { position: after, ..before }).await;
        let seen = read(&other, others.position).await;
        assert_eq!((seen.epoch.clone(), records(&seen)), (tail.epoch, vec![changed(2)]), "{loss}");
        redis.run::<()>("FLUSHALL").await;
    }
}

#[tokio::test]
async fn a_stream_that_is_gone_does_not_come_back_in_the_old_epoch() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let (writer, reader) = (redis.log(), redis.log());
    let before = with_a_record(&writer).await;
    read(&reader, Position::ZERO).await;
    redis.run::<()>("DEL {test}:changes").await;
    // The append makes a new one; the reader must not mistake it for the one it knows.
    writer.append(&changed(2)).await.unwrap();
    let tail = read(&reader, before.position).await;
    assert_ne!(tail.epoch, before.epoch);
    assert_eq!(records(&tail), [changed(2)]);
}

#[tokio::test]
async fn a_new_history_is_read_from_its_beginning_even_if_clocks_went_back() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let (writer, reader) = (redis.log(), redis.log());
    let before = with_a_record(&reader).await;
    redis.run::<()>("FLUSHALL").await;
    writer.append(&changed(2)).await.unwrap();
    let ahead: Position = "9999999999999-0".parse().unwrap();
    let tail = read(&reader, ahead).await;
    assert_ne!(tail.epoch, before.epoch);
    assert_eq!((records(&tail), tail.forgotten), (vec![changed(2)], None));
    assert!(tail.position < ahead);
    // From now on positions count again.
    assert_eq!(records(&read(&reader, tail.position).await), []);
}

#[tokio::test]
async fn a_server_restarted_from_an_old_snapshot_begins_anew() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisChild::start(&[]).await;
    let (log, other) = (redis.log(), redis.log());
    let old = with_a_record(&log).await;
    redis.run::<()>("SAVE").await;
    log.append(&changed(7)).await.unwrap();
    let before = read(&log, old.position).await;
    redis.restart().await;
    // The snapshot is there: it holds the epoch, but not the last record.
    assert_eq!(redis.run::<String>("GET {test}:epoch").await, before.epoch.to_string());
    assert_eq!(redis.run::<u64>("XLEN {test}:changes").await, 2);
    let tail = assert_begins_anew(&log, &before).await;
    assert!(tail.connection > before.connection);
    assert_eq!(read(&other, Position::ZERO).await.epoch, tail.epoch);
}

#[tokio::test]
async fn where_the_run_is_hidden_every_connection_begins_anew_once() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&["--rename-command", "INFO", ""]).await;
    let log = redis.log();
    let before = with_a_record(&log).await;
    assert!(before.epoch.to_string().starts_with("?:"));
    assert_eq!(read(&log, before.position).await.epoch, before.epoch);
    redis.run::<()>("CLIENT KILL TYPE normal").await;
    let tail = assert_begins_anew(&log, &before).await;
    // Another process that appears begins one, too, which the first adopts.
    let other = read(&redis.log(), Position::ZERO).await;
    assert_ne!(other.epoch, tail.epoch);
    assert_eq!(read(&log, tail.position).await.epoch, other.epoch);
}

#[tokio::test]
async fn whoever_waits_for_news_hears_of_a_new_epoch_once() {
    if !has_redis() {
        return;
    }
    let redis = RedisChild::start(&[]).await;
    let (log, other) = (redis.log(), redis.log());
    let before = with_a_record(&log).await;
    log.append(&changed(2)).await.unwrap();
    let news = log.follow(before.position).await.unwrap();
    assert_eq!((records(&news), &news.epoch), (vec![changed(2)], &before.epoch));
    redis.run::<()>("FLUSHALL").await;
    read(&other, Position::ZERO).await;
    let news = timeout(Duration::from_secs(30), log.follow(news.position)).await.unwrap().unwrap();
    assert_ne!(news.epoch, before.epoch);
    assert_eq!(records(&news), []);
    // The mark at the beginning is no news twice.
    let follow = timeout(Duration::from_millis(200), log.follow(before.position)).await;
    assert!(follow.is_err(), "{follow:?}");
}
