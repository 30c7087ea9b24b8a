//! The far cache in Redis: bytes in, the same bytes out, until their time is up.

use std::time::Duration;

use inhouse::cache::far::{FarItem, FarStore as _, RedisFar};
use inhouse::cache::{ChangeLog as _, Position, RedisLog, RedisServer};

use super::{namespace, redis_url};

const HOUR: Duration = Duration::from_secs(3600);

fn item(key: &str, bytes: &'static [u8], ttl: Duration) -> FarItem {
    FarItem { key: key.to_owned(), bytes: bytes.into(), ttl }
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|it| (*it).to_owned()).collect()
}

#[tokio::test]
async fn bytes_come_back_in_the_order_they_are_asked_for() {
    let Some(url) = redis_url() else { return };
    let server = RedisServer::open(&url, &namespace()).unwrap();
    let far = RedisFar::new(server.clone());
    RedisLog::new(server.clone(), 0).read(Position::ZERO).await.unwrap();
    let n_before = server.n_round_trips();
    far.put(vec![item("a", b"\0\xff\r\n", HOUR), item("b", b"", HOUR)]).await.unwrap();
    let found = far.get(&keys(&["b", "none", "a"])).await.unwrap();
    assert_eq!(found, [Some("".into()), None, Some(b"\0\xff\r\n".as_slice().into())]);
    assert_eq!(server.n_round_trips() - n_before, 2);
    assert_eq!(server.n_far_requests(), 2);
}

#[tokio::test]
async fn an_entry_is_gone_when_its_time_is_up() {
    let Some(url) = redis_url() else { return };
    let server = RedisServer::open(&url, &namespace()).unwrap();
    let far = RedisFar::new(server.clone());
    RedisLog::new(server, 0).read(Position::ZERO).await.unwrap();
    far.put(vec![item("long", b"x", HOUR), item("short", b"x", Duration::ZERO)]).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while far.get(&keys(&["short"])).await.unwrap() != [None] {
        assert!(tokio::time::Instant::now() < deadline, "a millisecond is over");
    }
    assert_eq!(far.get(&keys(&["long"])).await.unwrap(), [Some("x".into())]);
}

#[tokio::test]
async fn people_can_look_at_what_is_stored_and_for_how_long() {
    let Some(url) = redis_url() else { return };
    let server = RedisServer::open(&url, &namespace()).unwrap();
    let far = RedisFar::new(server.clone());
    RedisLog::new(server, 0).read(Position::ZERO).await.unwrap();
    let names = ["e:s:row:user:5", "e:s:row:user:6", "e:s:related:user.items:5", "ended:s:row:user:5"];
    far.put(names.map(|name| item(name, b"x", HOUR)).into()).await.unwrap();
    let copy = far.look(names[0].to_owned()).await.unwrap().unwrap();
    assert_eq!(copy.bytes, "x");
    assert!(copy.left.is_some_and(|left| left <= HOUR && left > HOUR / 2), "{copy:?}");
    assert_eq!(far.look("e:s:row:user:7".to_owned()).await.unwrap(), None);
    let stats = far.stats("e:s:".to_owned()).await.unwrap().unwrap();
    let groups: Vec<_> = stats.n_keys.iter().map(|(group, n)| (group.as_str(), *n)).collect();
    assert_eq!(groups, [("related:user.items", 1), ("row:user", 2)]);
    assert_eq!((stats.n_others, stats.is_complete), (1, true), "the change log is no entry");
}

#[tokio::test]
async fn nothing_is_sent_for_nothing_and_nothing_before_the_log_is_read() {
    let Some(url) = redis_url() else { return };
    let server = RedisServer::open(&url, &namespace()).unwrap();
    let far = RedisFar::new(server.clone());
    assert!(far.get(&keys(&["a"])).await.is_err());
    assert!(far.put(vec![item("a", b"x", HOUR)]).await.is_err());
    assert!(far.get(&[]).await.unwrap().is_empty());
    far.put(Vec::new()).await.unwrap();
    assert_eq!(server.n_round_trips(), 0);
}
