//! Chance that is handed in to spread waits, so that a test can choose it.
//!
//! Draws nothing itself: whoever puts the program together brings the random numbers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Picks a wait between nothing and a bound; cheap to clone.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Spreads by these fractions, each between 0 and 1.
    #[must_use]
    pub fn new(fraction: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(fraction))
    }

    /// Always the same fraction, between 0 and 1.
    #[must_use]
    pub fn fixed(fraction: f64) -> Self {
        Self::new(move || fraction)
    }

    /// A wait of at most `bound`.
    #[must_use]
    pub fn up_to(&self, bound: Duration) -> Duration {
        bound.mul_f64((self.0)().clamp(0.0, 1.0))
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_stays_within_its_bound_whatever_is_drawn() {
        let second = Duration::from_secs(1);
        let waits = [-1.0, 0.0, 0.25, 1.0, 7.0].map(|it| Jitter::fixed(it).up_to(second).as_millis());
        assert_eq!(waits, [0, 0, 250, 1_000, 1_000]);
    }
}
