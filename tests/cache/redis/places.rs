//! Redis behind sentinels, and as a cluster: the log finds the server to ask, and notices when it is another.

use std::time::{Duration, Instant};

use inhouse::cache::{ChangeLog as _, Position, RedisLog, RedisServer, Tail};

use super::{RedisChild, assert_begins_anew, has_redis, with_a_record};
use crate::support::Folder;

fn log(url: &str) -> RedisLog {
    RedisLog::new(RedisServer::open(url, "test").unwrap(), 2000)
}

/// A sentinel that knows `primary` as `main`.
async fn sentinel_of(primary: &RedisChild) -> RedisChild {
    let folder = Folder::new();
    let settings = format!(
        "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 60000\n\
         sentinel failover-timeout main 5000\n",
        primary.port
    );
    folder.write("sentinel.conf", &settings);
    RedisChild::start_in(folder, &["sentinel.conf", "--sentinel"]).await
}

#[tokio::test]
async fn a_failover_is_a_new_connection_and_a_new_epoch() {
    if !has_redis() {
        return;
    }
    let primary = RedisChild::start(&["--repl-diskless-sync-delay", "0"]).await;
    let port = primary.port.to_string();
    let replica = RedisChild::start(&["--replicaof", "127.0.0.1", &port]).await;
    replica.until::<String>("INFO replication", |it| it.contains("master_link_status:up")).await;
    let sentinel = sentinel_of(&primary).await;
    // The first of the two is nobody.
    let log = log(&format!("redis+sentinel://127.0.0.1:1,127.0.0.1:{}/main", sentinel.port));
    let before = with_a_record(&log).await;
    sentinel.until::<String>("SENTINEL FAILOVER main", |it| it == "OK").await;
    let tail = until_moved(&log, &before).await;
    assert_eq!(replica.run::<String>("GET {test}:epoch").await, tail.epoch.to_string());
    assert_begins_anew(&log, &before).await;
}

/// Reads until the log answers from another epoch.
async fn until_moved(log: &RedisLog, before: &Tail) -> Tail {
    let begin = Instant::now();
    loop {
        match log.read(before.position).await {
            Ok(tail) if tail.connection > before.connection => return tail,
            outcome => assert!(begin.elapsed() < Duration::from_secs(60), "{outcome:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_sentinel_that_does_not_know_the_name_is_an_error() {
    if !has_redis() {
        return;
    }
    let primary = RedisChild::start(&[]).await;
    let sentinel = sentinel_of(&primary).await;
    let log = log(&format!("redis+sentinel://127.0.0.1:{}/other", sentinel.port));
    log.read(Position::ZERO).await.unwrap_err();
}

#[tokio::test]
async fn in_a_cluster_the_node_that_owns_the_keys_is_asked() {
    if !has_redis() {
        return;
    }
    let (owner, other) = (
        RedisChild::start(&["--cluster-enabled", "yes"]).await,
        RedisChild::start(&["--cluster-enabled", "yes"]).await,
    );
    owner.run::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    other.run::<()>(&format!("CLUSTER MEET 127.0.0.1 {}", owner.port)).await;
    for node in [&owner, &other] {
        node.until::<String>("CLUSTER INFO", |it| it.contains("cluster_state:ok")).await;
    }
    for url in [
        format!("redis+cluster://127.0.0.1:{}", owner.port),
        format!("redis+cluster://127.0.0.1:1,127.0.0.1:{}", other.port),
    ] {
        let log = log(&url);
        log.append(&super::changed(1)).await.unwrap();
        let tail = log.read(Position::ZERO).await.unwrap();
        assert_eq!(owner.run::<String>("GET {test}:epoch").await, tail.epoch.to_string());
    }
    // Not by redirection: a plain URL of a node that does not own the keys is a mistake that is told.
    log(&other.url()).read(Position::ZERO).await.unwrap_err();
}
