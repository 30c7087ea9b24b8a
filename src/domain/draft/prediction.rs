//! What each style would do to the first and the last team, by a greedy simulation over the whole pool.
//!
//! One pass answers all styles at once; it looks only at captains and players, never at picks already made.

use super::order::{order_key, turns};
use crate::domain::mmr::{PlayerMmr, to_f64};
use crate::types::{DraftStyle, TeamId};

/// An imbalance below this is shown as balanced (`DOMAIN §2.11`).
pub const BALANCED_BELOW_PERCENT: f64 = 10.0;

/// A team with a captain before the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PredictedTeam {
    /// Key of the team.
    pub id: TeamId,
    /// Lowest picks first; `None` counts as 0, unset.
    pub draft_order: Option<i32>,
    /// Its captain.
    pub captain: PlayerMmr,
}

/// Outcome of one style (`DOMAIN §2.11`).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prediction {
    /// The style; shuffle is simulated as normal.
    pub style: DraftStyle,
    /// Total MMR of the team with the lowest draft order; 0 without teams.
    pub first_pick_mmr: i64,
    /// Total MMR of the team with the highest draft order; 0 without teams.
    pub last_pick_mmr: i64,
    /// |first − last| in percent of their mean; `None` when the mean is not positive.
    pub imbalance: Option<f64>,
}

/// The outcomes worth comparing (`DOMAIN §2.11`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predictions {
    /// The snake style.
    pub snake: Prediction,
    /// The normal style.
    pub normal: Prediction,
    /// The draft's own style.
    pub current: Prediction,
}

/// Simulates the styles; captains among `players` are left out of the pool (`DOMAIN §2.11`).
#[must_use]
pub fn predictions(own_style: DraftStyle, teams: &[PredictedTeam], players: &[PlayerMmr]) -> Predictions {
    let mut sorted = teams.to_vec();
    sorted.sort_by_key(|it| order_key(it.draft_order, it.id));
    let mut pool: Vec<_> =
        players.iter().filter(|it| !teams.iter().any(|team| team.captain.id == it.id)).copied().collect();
    pool.sort_by_key(|it| it.rank_key());
    let snake = simulate(DraftStyle::Snake, &sorted, &pool);
    let normal = simulate(DraftStyle::Normal, &sorted, &pool);
    let current = match own_style {
        DraftStyle::Snake => snake,
        DraftStyle::Normal => normal,
        DraftStyle::Shuffle => Prediction { style: DraftStyle::Shuffle, ..normal },
    };
    Predictions { snake, normal, current }
}

impl Predictions {
    /// Each style once: snake, normal, and shuffle if that is the draft's own.
    #[must_use]
    pub fn distinct(&self) -> Vec<Prediction> {
        let mut all = vec![self.snake, self.normal];
        all.extend((self.current.style == DraftStyle::Shuffle).then_some(self.current));
        all
    }
}

impl Prediction {
    /// Whether the difference is small enough to be shown as balanced (`DOMAIN §2.11`).
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.imbalance.is_some_and(|it| it < BALANCED_BELOW_PERCENT)
    }
}

/// Each turn takes the top of the pool until it is empty.
fn simulate(style: DraftStyle, sorted: &[PredictedTeam], pool: &[PlayerMmr]) -> Prediction {
    let total = |team: Option<&PredictedTeam>| {
        team.map_or(0, |team| {
            let picks = turns(style, sorted).zip(pool).filter(|((_, on_turn), _)| on_turn.id == team.id);
            team.captain.value() + picks.map(|(_, player)| player.value()).sum::<i64>()
        })
    };
    let (first, last) = (total(sorted.first()), total(sorted.last()));
    Prediction { style, first_pick_mmr: first, last_pick_mmr: last, imbalance: imbalance(first, last) }
}

fn imbalance(first: i64, last: i64) -> Option<f64> {
    let mean = to_f64(first + last) / 2.0;
    (mean > 0.0).then(|| to_f64((first - last).abs()) / mean * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::UserId;

    fn player(id: i64, mmr: Option<i32>) -> PlayerMmr {
        PlayerMmr { id: UserId(id), mmr }
    }

    fn two_teams() -> [PredictedTeam; 2] {
        let team = |id, order, captain_mmr| PredictedTeam {
            id: TeamId(id),
            draft_order: Some(order),
            captain: player(id, Some(captain_mmr)),
        };
        [team(2, 2, 2000), team(1, 1, 1000)]
    }

    fn eight_players() -> Vec<PlayerMmr> {
        // MMR 100..=800 in disorder; pool order is 800, 700, …, 100.
        [300, 100, 800, 500, 700, 200, 600, 400].map(|mmr| player(10 + i64::from(mmr), Some(mmr))).to_vec()
    }

    fn outcome(prediction: Prediction) -> (i64, i64) {
        (prediction.first_pick_mmr, prediction.last_pick_mmr)
    }

    #[test]
    fn each_style_takes_the_best_of_the_pool_in_its_own_order() {
        let result = predictions(DraftStyle::Snake, &two_teams(), &eight_players());
        // Snake: team 1 gets 800 500 400 100, team 2 gets 700 600 300 200.
        assert_eq!(outcome(result.snake), (2800, 3800));
        // Normal: team 1 gets 800 600 400 200, team 2 gets 700 500 300 100.
        assert_eq!(outcome(result.normal), (3000, 3600));
        assert_eq!(result.current, result.snake);
    }

    #[test]
    fn imbalance_is_the_difference_in_percent_of_the_mean() {
        let result = predictions(DraftStyle::Normal, &two_teams(), &eight_players());
        assert_eq!(result.normal.imbalance, Some(600.0 / 3300.0 * 100.0));
        assert!(!result.normal.is_balanced());
        assert_eq!(result.current, result.normal);
    }

    #[test]
    fn below_ten_percent_is_balanced() {
        let balanced = |first, last| {
            let imbalance = imbalance(first, last);
            Prediction { style: DraftStyle::Snake, first_pick_mmr: first, last_pick_mmr: last, imbalance }
                .is_balanced()
        };
        assert!(balanced(1000, 1000));
        assert!(balanced(1000, 1100));
        assert!(!balanced(950, 1050));
        assert!(!balanced(1050, 950));
    }

    #[test]
    fn shuffle_is_simulated_as_normal() {
        let result = predictions(DraftStyle::Shuffle, &two_teams(), &eight_players());
        assert_eq!(result.current.style, DraftStyle::Shuffle);
        assert_eq!(outcome(result.current), outcome(result.normal));
        let styles: Vec<_> = result.distinct().iter().map(|it| it.style).collect();
        assert_eq!(styles, [DraftStyle::Snake, DraftStyle::Normal, DraftStyle::Shuffle]);
    }

    #[test]
    fn a_draft_of_an_upfront_style_compares_two() {
        let result = predictions(DraftStyle::Snake, &two_teams(), &[]);
        assert_eq!(result.distinct(), [result.snake, result.normal]);
    }

    #[test]
    fn captains_are_not_in_the_pool_and_picking_stops_when_it_is_empty() {
        let players = [player(1, Some(1000)), player(2, Some(2000)), player(3, Some(50)), player(4, None)];
        let result = predictions(DraftStyle::Snake, &two_teams(), &players);
        assert_eq!(outcome(result.snake), (1050, 2000));
    }

    #[test]
    fn a_larger_pool_leaves_the_weakest_unpicked() {
        let mut players = eight_players();
        players.push(player(99, Some(9)));
        let result = predictions(DraftStyle::Snake, &two_teams(), &players);
        assert_eq!(outcome(result.snake), (2800, 3800));
    }

    #[test]
    fn without_teams_everything_is_zero() {
        let result = predictions(DraftStyle::Snake, &[], &eight_players());
        assert_eq!(outcome(result.snake), (0, 0));
        assert_eq!(result.snake.imbalance, None);
        assert!(!result.snake.is_balanced());
    }

    #[test]
    fn a_single_team_is_first_and_last() {
        let result = predictions(DraftStyle::Normal, &two_teams()[..1], &eight_players());
        assert_eq!(outcome(result.normal), (2000 + 2600, 2000 + 2600));
        assert_eq!(result.normal.imbalance, Some(0.0));
    }
}
