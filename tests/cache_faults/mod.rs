//! The proof that no read is stale, whatever fails: two nodes on real servers, which are killed, restarted, emptied,
//! stopped and squeezed while clients write and read.
//!
//! A read that started after a write was answered must see it (C1), and one that started after COMMIT, too (C2), unless
//! Redis lost its memory just then. What never was committed is seen by nobody (C3), and Redis' being away is nobody's
//! business (C4). The same harness has to find the stale reads of protocols that are wrong on purpose.
//!
//! Runs when `INHOUSE_TEST_DATABASE_URL` and `INHOUSE_TEST_REDIS_URL` are set; the servers it breaks are its own.

mod broken;
mod clients;
mod cluster;
mod node;
mod postgres;
mod register;
mod run;

use std::time::Duration;

use inhouse::db::pause::Step;
use rstest::rstest;
use tokio::time::sleep;

use crate::support::Backend;
use cluster::NODES;
use node::Protocol;
use run::{Ended, Rules, Run};

/// Values that have to be read in a run.
const N_READS: usize = 100_000;

/// For so long a change may stay unknown whose record was lost with Redis' memory before COMMIT, and whose writer died:
/// two looks of a sweeper, and what a busy machine adds.
const SWEPT_WITHIN: Duration = Duration::from_secs(3);

/// Whether this run has what the servers are made of.
fn has_servers() -> bool {
    Backend::current() == Backend::Postgres && crate::cache::redis_url().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_is_stale_whatever_fails() {
    if !has_servers() {
        return;
    }
    let mut run = Run::start(Protocol::Proper).await;
    run.until_read(10_000).await;
    for step in Step::ALL {
        kill_writers_at(&mut run, step).await;
    }
    stop_a_node(&mut run).await;
    restart_redis_empty(&mut run).await;
    restart_redis_from_an_old_snapshot(&mut run).await;
    flush_redis(&mut run).await;
    stop_redis(&mut run, "about as long as a writer waits", &[500, 600, 700, 800, 900, 1_000, 1_200]).await;
    stop_redis(&mut run, "for 5 s", &[5_000]).await;
    squeeze_redis(&mut run, "noeviction").await;
    squeeze_redis(&mut run, "allkeys-lru").await;
    restart_postgres(&mut run).await;
    run.enter("quiet again", Rules::default());
    run.until_read(2_000).await;
    run.until_read_in_all(N_READS).await;
    let end = run.end().await;
    show(&end);
    end.assert_kept(SWEPT_WITHIN);
    assert!(end.n_reads() >= N_READS);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protocol_that_is_wrong_is_found_out(
    #[values(Protocol::Late, Protocol::Misordered)] protocol: Protocol,
) {
    if !has_servers() {
        return;
    }
    let run = Run::start(protocol).await;
    run.until_read(2_000).await;
    run.until_stale().await;
    let end = run.end().await;
    show(&end);
    assert!(end.n_answered_and_not_seen() > 0, "the checker finds nothing, so it proves nothing");
}

#[expect(clippy::print_stdout, reason = "libtest keeps it, unless the test fails or is asked to show it")]
fn show(end: &Ended) {
    println!("{end}");
}

/// Kills each node while a commit of it is at `step`, and everybody else goes on.
async fn kill_writers_at(run: &mut Run, step: Step) {
    let rules = Rules { kills_nodes: true, ..Rules::default() };
    run.enter(&format!("writer killed at {step:?}"), rules);
    for node in 0..NODES.len() {
        run.hold(node, step).await;
        run.until_read(1_000).await;
        run.kill_node(node);
        run.until_read(1_000).await;
        run.start_node(node);
        run.until_trusted().await;
        run.until_read(500).await;
    }
}

/// Stops a node in the middle of whatever it does, for longer than the others wait for it.
async fn stop_a_node(run: &mut Run) {
    run.enter("node stopped for 3 s", Rules::default());
    run.cluster.signal_node(0, "STOP");
    sleep(Duration::from_secs(3)).await;
    run.cluster.signal_node(0, "CONT");
    run.until_trusted().await;
    run.until_read(1_000).await;
}

async fn restart_redis_empty(run: &mut Run) {
    run.enter("Redis restarted empty", Rules { loses_memory: true, ..Rules::default() });
    for _ in 0..5 {
        run.cluster.redis.kill();
        run.until_read(1_000).await;
        run.cluster.redis.restart().await;
        run.until_trusted().await;
        run.until_read(1_000).await;
    }
    run.until_swept().await;
}

async fn restart_redis_from_an_old_snapshot(run: &mut Run) {
    run.enter("Redis restarted from an old snapshot", Rules { loses_memory: true, ..Rules::default() });
    run.cluster.redis.run::<()>("SAVE").await;
    for _ in 0..5 {
        run.until_read(2_000).await;
        run.cluster.redis.restart().await;
        run.until_trusted().await;
    }
    run.until_read(2_000).await;
    run.until_swept().await;
}

async fn flush_redis(run: &mut Run) {
    run.enter("Redis flushed", Rules { loses_memory: true, ..Rules::default() });
    for _ in 0..40 {
        run.cluster.redis.run::<()>("FLUSHALL").await;
        run.until_read(150).await;
    }
    run.until_swept().await;
}

/// Stops Redis, which then goes on with all it knew, and with what it was sent meanwhile.
async fn stop_redis(run: &mut Run, how_long: &str, pauses_ms: &[u64]) {
    run.enter(&format!("Redis stopped {how_long}"), Rules::default());
    for pause_ms in pauses_ms {
        run.cluster.redis.signal("STOP");
        sleep(Duration::from_millis(*pause_ms)).await;
        run.cluster.redis.signal("CONT");
        run.until_read(500).await;
        run.until_trusted().await;
        run.until_read(500).await;
    }
}

/// Takes memory away, so that Redis refuses to write, or evicts whatever it likes, the change log included.
async fn squeeze_redis(run: &mut Run, policy: &str) {
    run.enter(&format!("Redis out of memory, {policy}"), Rules::default());
    let used = run.redis_memory().await;
    for limit in [1, used + 30_000, used, 0].repeat(2) {
        run.cluster.redis.run::<()>(&format!("CONFIG SET maxmemory-policy {policy} maxmemory {limit}")).await;
        run.until_read(1_000).await;
    }
    for _ in 0..20 {
        run.cluster.redis.run::<()>("CONFIG SET maxmemory 1").await;
        run.until_read(50).await;
        run.cluster.redis.run::<()>("CONFIG SET maxmemory 0").await;
        run.until_read(100).await;
    }
    run.until_trusted().await;
    run.until_read(1_000).await;
}

async fn restart_postgres(run: &mut Run) {
    run.enter("Postgres restarted", Rules { may_refuse: true, ..Rules::default() });
    for signal in ["INT", "QUIT"] {
        run.cluster.postgres.restart(signal).await;
        run.until_read(2_000).await;
    }
    run.until_trusted().await;
}
