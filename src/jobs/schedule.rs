//! When a job is due: every day at a time, or every so often. Pure arithmetic on instants.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

use crate::types::Instant;

/// Shortest wait after a failure; doubles with each in a row.
const FIRST_RETRY: Duration = Duration::from_secs(60);

/// Longest wait after a failure.
const LAST_RETRY: Duration = Duration::from_secs(60 * 60);

/// When a job is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every day at this hour, UTC.
    Daily {
        /// 0 to 23.
        hour: i8,
    },
    /// This long after it was last due or done.
    Every(Duration),
}

impl Schedule {
    /// When it is first due, for a program that never ran it before: a daily job waits for its hour.
    #[must_use]
    pub fn first(self, now: Instant) -> Instant {
        match self {
            Self::Daily { .. } => self.next(now),
            Self::Every(_) => now,
        }
    }

    /// When it is due next after it was done at `now`. What was missed meanwhile is made up for by that one run.
    #[must_use]
    pub fn next(self, now: Instant) -> Instant {
        match self {
            Self::Daily { hour } => {
                let now_there = now.timestamp().to_zoned(TimeZone::UTC);
                let today = now_there.with().hour(hour).minute(0).second(0).subsec_nanosecond(0).build();
                let next = today.ok().and_then(|today| {
                    if today > now_there { Some(today) } else { today.checked_add(1.day()).ok() }
                });
                // Beyond the last day there is no next one.
                next.map_or_else(
                    || now.saturating_add(SignedDuration::from_hours(24)),
                    |it| it.timestamp().into(),
                )
            }
            Self::Every(period) => now.saturating_add(signed(period)),
        }
    }

    /// When it is tried again after it failed at `now` for the `n`th time in a row: soon, then less and less often, and
    /// never later than it would have been due anyway.
    #[must_use]
    pub fn retry(self, now: Instant, n_failures: i32) -> Instant {
        let doublings = u32::try_from(n_failures.saturating_sub(1)).unwrap_or(0).min(16);
        let wait = FIRST_RETRY.saturating_mul(1 << doublings).min(LAST_RETRY);
        now.saturating_add(signed(wait)).min(self.next(now))
    }

    /// By how much processes spread over when they look whether it is due, so that not all look at once.
    #[must_use]
    pub fn spread(self) -> Duration {
        match self {
            Self::Daily { .. } => Duration::from_secs(10 * 60),
            Self::Every(period) => period / 10,
        }
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn a_daily_job_is_due_at_its_hour_and_missed_days_are_one_run() {
        let daily = Schedule::Daily { hour: 4 };
        assert_eq!(daily.next(at("2026-11-23T03:59:59Z")), at("2026-11-23T04:00:00Z"));
        assert_eq!(daily.next(at("2026-11-23T04:00:00Z")), at("2026-11-24T04:00:00Z"));
        assert_eq!(daily.next(at("2026-12-31T12:00:00Z")), at("2027-01-01T04:00:00Z"));
        assert_eq!(daily.first(at("2026-11-23T12:00:00Z")), at("2026-11-24T04:00:00Z"));
    }

    #[test]
    fn a_job_that_comes_round_is_due_at_once_and_then_every_so_often() {
        let hourly = Schedule::Every(Duration::from_secs(3_600));
        assert_eq!(hourly.first(at("2026-11-23T12:00:00Z")), at("2026-11-23T12:00:00Z"));
        assert_eq!(hourly.next(at("2026-11-23T12:00:01Z")), at("2026-11-23T13:00:01Z"));
    }

    #[test]
    fn failures_are_followed_by_longer_and_longer_waits_up_to_the_next_time() {
        let (daily, now) = (Schedule::Daily { hour: 4 }, at("2026-11-23T04:00:00Z"));
        let minutes = |n| (daily.retry(now, n).timestamp().duration_since(now.timestamp())).as_mins();
        assert_eq!([1, 2, 3, 6, 7, 100, i32::MAX].map(minutes), [1, 2, 4, 32, 60, 60, 60]);
        let often = Schedule::Every(Duration::from_secs(90));
        assert_eq!(often.retry(now, 5), at("2026-11-23T04:01:30Z"));
        assert_eq!(daily.retry(at("2026-11-23T03:59:50Z"), 1), at("2026-11-23T04:00:00Z"));
    }
}
