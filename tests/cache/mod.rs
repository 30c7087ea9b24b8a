//! The cache engine against what it stands on: change logs, Redis.
//!
//! What needs Redis runs when `INHOUSE_TEST_REDIS_URL` is set. Tests that break a server start one of their own.

mod answers;
mod checks;
mod conformance;
mod counts;
mod credentials;
mod depends;
mod engine;
mod far;
mod log;
mod processes;
mod quiet;
mod redis;
mod redis_child;
mod script;
mod stage;

pub(crate) use redis_child::RedisChild;

use std::sync::atomic::{AtomicU32, Ordering};

/// The Redis of this run, if it has one.
#[expect(clippy::disallowed_methods, reason = "the script that runs the tests says where Redis is")]
pub(crate) fn redis_url() -> Option<String> {
    std::env::var("INHOUSE_TEST_REDIS_URL").ok()
}

/// A namespace that only one test knows.
fn namespace() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("inhouse-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
