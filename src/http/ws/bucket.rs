//! How many messages a socket may bring: so many at once, and so many in a second in the long run.
//!
//! One instant for all of its state; the clock is the caller's.

use std::time::Duration;

use tokio::time::Instant;

/// An allowance of messages.
#[derive(Debug)]
pub(super) struct Bucket {
    /// After how long one message more is allowed.
    each: Duration,
    /// How long it takes until the whole allowance is back.
    whole: Duration,
    /// When it is whole again.
    whole_at: Instant,
}

impl Bucket {
    /// `burst` at once, `per_second` in the long run; both above 0.
    pub(super) fn new(per_second: usize, burst: usize, now: Instant) -> Self {
        let per_second = u32::try_from(per_second).unwrap_or(u32::MAX);
        let each = Duration::from_secs(1).checked_div(per_second).unwrap_or(Duration::from_secs(1));
        let whole = each.saturating_mul(u32::try_from(burst).unwrap_or(u32::MAX));
        Self { each, whole, whole_at: now }
    }

    /// Takes one; whether there was one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let whole_at = self.whole_at.max(now) + self.each;
        let is_there = whole_at.saturating_duration_since(now) <= self.whole;
        if is_there {
            self.whole_at = whole_at;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_run_out_and_come_back_one_by_one() {
        let start = Instant::now();
        let mut bucket = Bucket::new(20, 3, start);
        assert_eq!([(); 4].map(|()| bucket.take(start)), [true, true, true, false]);
        let later = start + Duration::from_millis(50);
        assert_eq!([(); 2].map(|()| bucket.take(later)), [true, false]);
        let much_later = start + Duration::from_secs(60);
        assert_eq!([(); 4].map(|()| bucket.take(much_later)), [true, true, true, false]);
    }
}
