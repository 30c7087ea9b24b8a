//! Chance, handed in: a draft's dice and every shuffle come from here, so that a test can choose how they fall.

use std::fmt;
use std::sync::Arc;

use rand::Rng as _;

/// Sides of a die (DOMAIN §2.5).
const SIDES: u8 = 6;

/// Where random numbers come from; cheap to clone.
#[derive(Clone)]
pub struct Dice(Arc<dyn Fn(usize) -> usize + Send + Sync>);

impl Dice {
    /// Fair dice, seeded by the operating system.
    #[must_use]
    pub fn fair() -> Self {
        Self(Arc::new(|n| if n == 0 { 0 } else { rand::rng().random_range(0..n) }))
    }

    /// Dice that fall as `index_below` says: a number below the one it is given.
    #[must_use]
    pub fn loaded(index_below: impl Fn(usize) -> usize + Send + Sync + 'static) -> Self {
        Self(Arc::new(index_below))
    }

    /// A random number below `n`; 0 if there is none.
    #[must_use]
    pub fn index_below(&self, n: usize) -> usize {
        (self.0)(n)
    }

    /// A throw of a die: 1 to 6.
    #[must_use]
    pub fn throw(&self) -> u8 {
        u8::try_from(self.index_below(usize::from(SIDES))).map_or(SIDES, |it| it.saturating_add(1))
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}
