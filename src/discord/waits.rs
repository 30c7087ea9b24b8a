//! Time as the client waits by it, handed in: limits and retries are tested without waiting.
//!
//! Waits for nothing itself but what it is told to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

type Now = Arc<dyn Fn() -> Instant + Send + Sync>;
type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// A clock that can be slept by; cheap to clone.
#[derive(Clone)]
pub struct Waits {
    now: Now,
    sleep: Sleep,
}

impl Waits {
    /// By the clock of the runtime.
    #[must_use]
    pub fn real() -> Self {
        Self::new(Instant::now, |wait| Box::pin(tokio::time::sleep(wait)))
    }

    /// By a clock and a sleep that belong together.
    #[must_use]
    pub fn new(
        now: impl Fn() -> Instant + Send + Sync + 'static,
        sleep: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), sleep: Arc::new(sleep) }
    }

    pub(super) fn now(&self) -> Instant {
        (self.now)()
    }

    pub(super) async fn sleep(&self, wait: Duration) {
        (self.sleep)(wait).await;
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits")
    }
}
