//! The change log in Redis while Redis forgets, fails or moves: each test breaks a server of its own.

mod epochs;
mod outages;
mod places;

use inhouse::cache::{ChangeLog as _, Dep, Position, Record, RedisLog, Tail};

use super::redis_child::RedisChild;
use super::redis_url;

/// Whether servers can be started: where Redis is not installed for the tests, nothing in here is tested.
fn has_redis() -> bool {
    redis_url().is_some()
}

fn changed(n: i64) -> Record {
    Record::Changed { deps: vec![Dep::object("thing", n)] }
}

fn records(tail: &Tail) -> Vec<Record> {
    tail.records.iter().map(|(_, record)| record.clone()).collect()
}

async fn read(log: &RedisLog, after: Position) -> Tail {
    log.read(after).await.unwrap()
}

/// The tail of a log that holds one record.
async fn with_a_record(log: &RedisLog) -> Tail {
    log.append(&changed(1)).await.unwrap();
    let tail = read(log, Position::ZERO).await;
    assert_eq!(records(&tail), [changed(1)]);
    tail
}

/// Makes sure that `log` is in another history than `before`'s, and that this one works.
async fn assert_begins_anew(log: &RedisLog, before: &Tail) -> Tail {
    let tail = read(log, before.position).await;
    assert_ne!(tail.epoch, before.epoch);
    log.append(&changed(2)).await.unwrap();
    let next = read(log, tail.position).await;
    assert_eq!((records(&next), &next.epoch, next.forgotten), (vec![changed(2)], &tail.epoch, None));
    tail
}
