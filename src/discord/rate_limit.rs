//! How often Discord lets each route be asked, as the headers of its answers tell.
//!
//! Pure bookkeeping: is told what time it is and never waits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// More routes than this are not remembered: each is one guild's, and forgetting one costs a 429 at most.
const MAX_ROUTES: usize = 1_000;

/// Two answers about one window tell nearly the same end of it.
const SAME_WINDOW: Duration = Duration::from_millis(250);

/// Whatever Discord tells, it is asked again after a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The limits of a process.
#[derive(Debug, Default)]
pub(super) struct RateLimits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Which bucket a route draws from, once an answer told.
    buckets_of: HashMap<String, String>,
    buckets: HashMap<String, Bucket>,
    /// Nothing at all may be asked before.
    all_from: Option<Instant>,
}

/// One bucket: so many requests in a window.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    limit: u64,
    n_left: u64,
    resets_at: Instant,
    window: Duration,
}

/// What an answer tells of its bucket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    bucket: Option<String>,
    limit: u64,
    n_left: u64,
    resets_after: Duration,
}

impl Told {
    /// The headers, if they tell all that matters.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let resets_after = text("x-ratelimit-reset-after")?.parse::<f64>().ok()?;
        Some(Self {
            bucket: text("x-ratelimit-bucket").map(str::to_owned),
            limit: text("x-ratelimit-limit")?.parse().ok()?,
            n_left: text("x-ratelimit-remaining")?.parse().ok()?,
            resets_after: seconds(resets_after)?,
        })
    }
}

/// Seconds that may be any number, as a time that can be added to an instant.
pub(super) fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok().map(|it| it.min(LONGEST))
}

impl RateLimits {
    /// Takes a request of the route's bucket; or how long until there is one.
    ///
    /// # Errors
    /// There is none left, or Discord wants to hear nothing of us for a while.
    pub(super) fn take(&self, route: &str, now: Instant) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(from) = state.all_from.filter(|it| *it > now) {
            return Err(from.saturating_duration_since(now));
        }
        let State { buckets_of, buckets, .. } = &mut *state;
        let Some(bucket) = buckets_of.get(route).and_then(|it| buckets.get_mut(it)) else { return Ok(()) };
        if bucket.resets_at <= now {
            bucket.n_left = bucket.limit;
            bucket.resets_at = now + bucket.window;
        }
        match bucket.n_left.checked_sub(1) {
            Some(n_left) => {
                bucket.n_left = n_left;
                Ok(())
            }
            None => Err(bucket.resets_at.saturating_duration_since(now)),
        }
    }

    /// Takes note of what an answer tells. `guild` is part of a bucket's name: each guild has its own.
    pub(super) fn note(&self, (route, guild): (&str, &str), told: &Told, now: Instant) {
        let name = told.bucket.as_ref().map_or_else(|| route.to_owned(), |it| format!("{it}:{guild}"));
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.make_room(now);
        state.buckets_of.insert(route.to_owned(), name.clone());
        let new = Bucket {
            limit: told.limit.max(1),
            n_left: told.n_left,
            resets_at: now + told.resets_after,
            window: told.resets_after,
        };
        let bucket = state.buckets.entry(name).or_insert(new);
        // Requests under way have been taken from our count and not yet from Discord's.
        let is_same = new.resets_at <= bucket.resets_at + SAME_WINDOW && bucket.resets_at > now;
        let n_left = if is_same { bucket.n_left.min(new.n_left) } else { new.n_left };
        let window = if is_same { bucket.window.max(new.window) } else { new.window };
        *bucket = Bucket { n_left, window, ..new };
    }

    /// Takes note of a refusal: nothing of the route, or nothing at all, before that time has passed.
    pub(super) fn refuse(&self, route: &str, is_global: bool, wait: Duration, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now + wait;
        if is_global {
            state.all_from = state.all_from.max(Some(until));
            return;
        }
        state.make_room(now);
        let name = state.buckets_of.entry(route.to_owned()).or_insert_with(|| route.to_owned()).clone();
        let bucket = Bucket { limit: 1, n_left: 0, resets_at: until, window: wait };
        let known = state.buckets.entry(name).or_insert(bucket);
        known.n_left = 0;
        known.resets_at = until;
    }
}

impl State {
    fn make_room(&mut self, now: Instant) {
        if self.buckets_of.len() < MAX_ROUTES {
            return;
        }
        self.buckets.retain(|_, bucket| bucket.resets_at > now);
        let Self { buckets_of, buckets, .. } = self;
        buckets_of.retain(|_, name| buckets.contains_key(name));
        if buckets_of.len() >= MAX_ROUTES {
            buckets_of.clear();
            buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTE: (&str, &str) = ("members of 1", "1");

    fn told(n_left: u64, resets_after_ms: u64) -> Told {
        let resets_after = Duration::from_millis(resets_after_ms);
        Told { bucket: Some("b".to_owned()), limit: 2, n_left, resets_after }
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_bucket_that_is_empty_is_waited_for_until_it_is_whole_again() {
        let (limits, now) = (RateLimits::default(), Instant::now());
        assert_eq!(limits.take(ROUTE.0, now), Ok(()), "nothing is known yet");
        limits.note(ROUTE, &told(1, 1_000), now);
        assert_eq!(limits.take(ROUTE.0, now), Ok(()));
        assert_eq!(limits.take(ROUTE.0, now), Err(ms(1_000)));
        assert_eq!(limits.take("members of 2", now), Ok(()), "another guild has another bucket");
        let later = now + ms(1_000);
        assert_eq!([limits.take(ROUTE.0, later), limits.take(ROUTE.0, later)], [Ok(()), Ok(())]);
        assert_eq!(limits.take(ROUTE.0, later), Err(ms(1_000)), "no more than the limit of a window");
    }

    #[test]
    fn an_answer_that_comes_late_gives_nothing_back() {
        let (limits, now) = (RateLimits::default(), Instant::now());
        limits.note(ROUTE, &told(1, 1_000), now);
        assert_eq!(limits.take(ROUTE.0, now), Ok(()));
        limits.note(ROUTE, &told(1, 900), now + ms(100));
        assert_eq!(limits.take(ROUTE.0, now + ms(100)), Err(ms(900)));
        limits.note(ROUTE, &told(1, 1_000), now + ms(2_000));
        assert_eq!(limits.take(ROUTE.0, now + ms(2_000)), Ok(()), "a new window");
    }

    #[test]
    fn routes_that_share_a_bucket_share_what_is_left_of_it() {
        let (limits, now) = (RateLimits::default(), Instant::now());
        limits.note(ROUTE, &told(1, 1_000), now);
        limits.note(("channels of 1", "1"), &told(1, 1_000), now);
        assert_eq!(limits.take("channels of 1", now), Ok(()));
        assert!(limits.take(ROUTE.0, now).is_err());
    }

    #[test]
    fn a_refusal_holds_its_route_and_a_global_one_everything() {
        let (limits, now) = (RateLimits::default(), Instant::now());
        limits.refuse(ROUTE.0, false, ms(500), now);
        assert_eq!(limits.take(ROUTE.0, now), Err(ms(500)));
        assert_eq!(limits.take("members of 2", now), Ok(()));
        limits.refuse(ROUTE.0, true, ms(700), now);
        assert_eq!(limits.take("members of 2", now), Err(ms(700)));
        assert_eq!(limits.take("members of 2", now + ms(700)), Ok(()));
        assert_eq!(limits.take(ROUTE.0, now + ms(700)), Ok(()));
    }

    #[test]
    fn headers_that_make_no_sense_tell_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(Told::from_headers(&headers), None);
        for (name, value) in
            [("x-ratelimit-limit", "2"), ("x-ratelimit-remaining", "1"), ("x-ratelimit-bucket", "b")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        for (text, expected) in [
            ("1.5", Some(told(1, 1_500))),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
            ("1e12", Some(told(1, 86_400_000))),
        ] {
            headers.insert("x-ratelimit-reset-after", text.parse().unwrap());
            assert_eq!(Told::from_headers(&headers), expected, "{text}");
        }
    }

    #[test]
    fn no_more_routes_are_remembered_than_there_is_room_for() {
        let (limits, now) = (RateLimits::default(), Instant::now());
        for n in 0..3_000 {
            limits.refuse(&format!("members of {n}"), false, ms(500), now);
        }
        let state = limits.0.lock().unwrap();
        assert!(state.buckets.len() <= MAX_ROUTES && state.buckets_of.len() <= MAX_ROUTES);
    }
}
