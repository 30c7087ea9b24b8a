//! Time as a value that is passed in, so that every rule and test can choose its own now.
//!
//! The only place that reads the system clock.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// A source of the current instant; cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

/// Makes the clock that tells the real time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

/// Makes a clock that always tells the same instant.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock {
    /// The current instant, whole microseconds: what both databases can hold.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        to_micros((self.0)())
    }
}

impl From<SystemClock> for Clock {
    fn from(_: SystemClock) -> Self {
        Self(Arc::new(system_now))
    }
}

impl From<FixedClock> for Clock {
    fn from(clock: FixedClock) -> Self {
        Self(Arc::new(move || clock.0))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The instant cut to whole microseconds, the resolution of both backends.
#[must_use]
pub fn to_micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}
