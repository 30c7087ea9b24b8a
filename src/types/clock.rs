//! Time as a value that is passed in, so that every rule and test can choose its own now.
//!
//! The only place that reads the system clock.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant of UTC in whole microseconds: what both databases can hold, so that what is written is what is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Timestamp", into = "Timestamp")]
pub struct Instant(Timestamp);

/// Microseconds from 1970 back to the first instant of the year 0.
const YEAR_ZERO: i64 = -62_167_219_200_000_000;

impl Instant {
    /// The instant as the time library knows it.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Within the years 0 to 9999, whose text sorts by time and which both databases can hold.
    #[must_use]
    pub fn is_storable(self) -> bool {
        self.0.as_microsecond() >= YEAR_ZERO
    }

    /// This instant moved by `duration`, held at the ends of what can be expressed.
    #[must_use]
    pub fn saturating_add(self, duration: jiff::SignedDuration) -> Self {
        let is_negative = duration.is_negative();
        let moved = self.0.checked_add(duration);
        Self::from(moved.unwrap_or(if is_negative { Timestamp::MIN } else { Timestamp::MAX }))
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        let micros = Timestamp::from_microsecond(timestamp.as_microsecond());
        // The library's very last second has no microseconds.
        let seconds = || Timestamp::from_second(timestamp.as_second());
        Self(micros.or_else(|_| seconds()).unwrap_or(timestamp))
    }
}

impl From<Instant> for Timestamp {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl fmt::Display for Instant {
    /// RFC 3339, always UTC with six digits: `2026-11-23T19:00:00.000000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").fmt(f)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

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
    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)().into()
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

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_cut_to_microseconds_and_shown_with_six_digits() {
        let timestamp: Timestamp = "2026-11-23T19:00:00.123456789Z".parse().unwrap();
        assert_eq!(Instant::from(timestamp).to_string(), "2026-11-23T19:00:00.123456Z");
    }

    #[test]
    fn the_last_instant_is_one_that_can_be_read_back() {
        let last = Instant::from(Timestamp::MAX).timestamp();
        assert_eq!(Timestamp::from_microsecond(last.as_microsecond()).unwrap(), last);
    }
}
