//! Arithmetic on MMR, so that "null counts as 0 in sums and comes last in orders" is written down once.
//!
//! Knows nothing of teams or drafts; must not round what it returns.

use std::cmp::Reverse;

use crate::types::UserId;

/// A player and the MMR on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayerMmr {
    /// The player.
    pub id: UserId,
    /// Base MMR; `None` counts as 0 in every sum (`DOMAIN §1.1`).
    pub mmr: Option<i32>,
}

impl PlayerMmr {
    /// The MMR as a summand: null counts as 0 (`DOMAIN §1.1`).
    #[must_use]
    pub fn value(self) -> i64 {
        value(self.mmr)
    }

    /// Sorts by MMR descending, nulls last, then lowest id (`DOMAIN §1.6` rule 4, `§2.11`).
    #[must_use]
    pub fn rank_key(self) -> (Reverse<Option<i32>>, UserId) {
        (Reverse(self.mmr), self.id)
    }
}

/// An MMR as a summand: null counts as 0 (`DOMAIN §1.1`).
#[must_use]
pub fn value(mmr: Option<i32>) -> i64 {
    i64::from(mmr.unwrap_or(0))
}

/// The mean of some MMRs with null as 0, unrounded; `None` of nobody (`DOMAIN §1.6`).
#[must_use]
pub fn mean(players: &[PlayerMmr]) -> Option<f64> {
    if players.is_empty() {
        return None;
    }
    let sum: i64 = players.iter().map(|it| it.value()).sum();
    let n = i64::try_from(players.len()).unwrap_or(i64::MAX);
    Some(to_f64(sum) / to_f64(n))
}

/// The same number as a float; exact below 2^53, which sums of MMR never reach.
pub(super) fn to_f64(number: i64) -> f64 {
    const LOW_BITS: i64 = 0xFFFF_FFFF;
    // Neither half can fail to fit: an i64 is 32 signed and 32 unsigned bits.
    let high = i32::try_from(number >> 32).unwrap_or_default();
    let low = u32::try_from(number & LOW_BITS).unwrap_or_default();
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(id: i64, mmr: Option<i32>) -> PlayerMmr {
        PlayerMmr { id: UserId(id), mmr }
    }

    #[test]
    fn a_missing_mmr_counts_as_zero_in_sums_and_means() {
        assert_eq!(player(1, None).value(), 0);
        assert_eq!(mean(&[player(1, None), player(2, Some(3000))]), Some(1500.0));
    }

    #[test]
    fn the_mean_is_not_rounded() {
        let players = [player(1, Some(1)), player(2, Some(1)), player(3, Some(2))];
        assert_eq!(mean(&players), Some(4.0 / 3.0));
    }

    #[test]
    fn the_mean_of_nobody_is_none() {
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn ranking_puts_high_mmr_first_nulls_last_and_breaks_ties_by_id() {
        let mut players = [
            player(4, None),
            player(3, Some(0)),
            player(2, Some(10)),
            player(1, Some(10)),
            player(5, Some(99)),
        ];
        players.sort_by_key(|it| it.rank_key());
        assert_eq!(players.map(|it| it.id.0), [5, 1, 2, 3, 4]);
    }

    #[test]
    fn integers_become_the_same_float() {
        for (number, float) in
            [(0, 0.0), (-1, -1.0), (4_294_967_296, 4_294_967_296.0), (-5_000_000_000, -5e9)]
        {
            assert_eq!(to_f64(number).to_bits(), f64::to_bits(float), "{number}");
        }
    }
}
