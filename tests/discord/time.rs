//! Time for the client that passes only while it waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use inhouse::discord::Waits;
use tokio::time::Instant;

/// A clock, and what was waited for.
#[derive(Clone)]
pub(crate) struct FakeTime {
    began: Instant,
    waited: Arc<Mutex<Vec<Duration>>>,
}

impl FakeTime {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), waited: Arc::default() }
    }

    pub(crate) fn waits(&self) -> Waits {
        let (clock, sleeper) = (self.clone(), self.clone());
        Waits::new(
            move || clock.began + clock.waited.lock().unwrap().iter().sum::<Duration>(),
            move |wait| {
                sleeper.waited.lock().unwrap().push(wait);
                Box::pin(std::future::ready(()))
            },
        )
    }

    /// Milliseconds of each wait so far.
    pub(crate) fn waited_ms(&self) -> Vec<u128> {
        self.waited.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}
