//! The order of picks of the styles that know it upfront, and the empty rounds of the one that does not.
//!
//! Must not look at MMR: who is next in a shuffle draft is decided in `shuffle`.

use crate::types::{DraftStyle, TeamId, UserId};

/// Picks each captain gets: a full team less its captain (`DOMAIN §2.3`).
pub const ROUNDS_PER_TEAM: i32 = 4;

/// A team with a captain, as far as the order of picks needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftTeam {
    /// Key of the team.
    pub id: TeamId,
    /// Its captain.
    pub captain_id: UserId,
    /// Lowest picks first; `None` counts as 0, unset (`DOMAIN §1.6`).
    pub draft_order: Option<i32>,
}

/// One round to be created by a start (`DOMAIN §1.8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedRound {
    /// 1..4·n over the whole draft.
    pub pick_number: i32,
    /// Block of n picks it belongs to, from 1.
    pub pick_phase: i32,
    /// Whose turn it is; `None` while a shuffle draft has not decided.
    pub team_id: Option<TeamId>,
    /// That team's captain.
    pub captain_id: Option<UserId>,
}

/// Every round of a draft, in order of picks (`DOMAIN §2.3`, `§2.4`).
///
/// Snake and normal rounds have their captains; those of a shuffle draft are all undecided.
#[must_use]
pub fn planned_rounds(style: DraftStyle, teams: &[DraftTeam]) -> Vec<PlannedRound> {
    let mut sorted = teams.to_vec();
    sorted.sort_by_key(|it| order_key(it.draft_order, it.id));
    let is_decided = style != DraftStyle::Shuffle;
    (1..)
        .zip(turns(style, &sorted))
        .map(|(pick_number, (pick_phase, team))| PlannedRound {
            pick_number,
            pick_phase,
            team_id: is_decided.then_some(team.id),
            captain_id: is_decided.then_some(team.captain_id),
        })
        .collect()
}

/// The phase of a pick among `n_teams` teams: `(pick_number − 1) div n + 1`; 1 without teams (`DOMAIN §1.8`).
#[must_use]
pub fn pick_phase(pick_number: i32, n_teams: i32) -> i32 {
    (pick_number - 1).checked_div(n_teams).unwrap_or(0) + 1
}

/// Sorts teams into picking order: lowest `draft_order` first, equal ones by id (`DOMAIN §1.6`, `§2.1`).
pub(super) fn order_key(draft_order: Option<i32>, id: TeamId) -> (i32, TeamId) {
    (draft_order.unwrap_or(0), id)
}

/// Phase and team of every pick, from teams in picking order; shuffle is walked like normal (`DOMAIN §2.11`).
pub(super) fn turns<T: Copy>(style: DraftStyle, sorted: &[T]) -> impl Iterator<Item = (i32, T)> {
    (1..=ROUNDS_PER_TEAM).flat_map(move |phase| {
        let is_reversed = style == DraftStyle::Snake && phase % 2 == 0;
        let last = sorted.len().saturating_sub(1);
        (0..sorted.len()).filter_map(move |i| {
            let team = sorted.get(if is_reversed { last - i } else { i })?;
            Some((phase, *team))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teams(orders: &[(i64, Option<i32>)]) -> Vec<DraftTeam> {
        let team =
            |&(id, draft_order)| DraftTeam { id: TeamId(id), captain_id: UserId(100 + id), draft_order };
        orders.iter().map(team).collect()
    }

    fn four() -> Vec<DraftTeam> {
        teams(&[(40, Some(4)), (10, Some(1)), (30, Some(3)), (20, Some(2))])
    }

    fn team_ids(style: DraftStyle, teams: &[DraftTeam]) -> Vec<i64> {
        planned_rounds(style, teams).iter().map(|it| it.team_id.map_or(0, |id| id.0)).collect()
    }

    #[test]
    fn snake_turns_round_after_each_phase() {
        let expected = [10, 20, 30, 40, 40, 30, 20, 10, 10, 20, 30, 40, 40, 30, 20, 10];
        assert_eq!(team_ids(DraftStyle::Snake, &four()), expected);
    }

    #[test]
    fn normal_repeats_the_same_order() {
        assert_eq!(team_ids(DraftStyle::Normal, &four()), [10, 20, 30, 40].repeat(4));
    }

    #[test]
    fn shuffle_rounds_wait_for_their_captain() {
        let rounds = planned_rounds(DraftStyle::Shuffle, &four());
        assert_eq!(rounds.len(), 16);
        assert!(rounds.iter().all(|it| it.captain_id.is_none() && it.team_id.is_none()));
    }

    #[test]
    fn rounds_are_numbered_from_one_in_phases_of_n() {
        for n in 0..=9 {
            let teams = teams(&(1..=n).map(|id| (id, Some(1))).collect::<Vec<_>>());
            let rounds = planned_rounds(DraftStyle::Snake, &teams);
            let n = i32::try_from(n).unwrap();
            assert_eq!(rounds.len(), usize::try_from(4 * n).unwrap());
            for (pick_number, round) in (1..).zip(&rounds) {
                assert_eq!((round.pick_number, round.pick_phase), (pick_number, pick_phase(pick_number, n)));
            }
        }
    }

    #[test]
    fn every_captain_gets_four_picks_and_each_round_names_its_teams_captain() {
        for style in [DraftStyle::Snake, DraftStyle::Normal] {
            let rounds = planned_rounds(style, &four());
            for team in four() {
                let own = rounds.iter().filter(|it| it.team_id == Some(team.id));
                assert_eq!(own.clone().count(), 4);
                assert!(own.clone().all(|it| it.captain_id == Some(team.captain_id)));
            }
        }
    }

    #[test]
    fn equal_orders_are_broken_by_id_and_an_unset_one_picks_first() {
        let teams = teams(&[(3, Some(1)), (2, Some(1)), (5, None), (4, Some(0))]);
        assert_eq!(team_ids(DraftStyle::Normal, &teams)[..4], [4, 5, 2, 3]);
    }

    #[test]
    fn a_phase_without_teams_is_the_first() {
        assert_eq!(pick_phase(7, 0), 1);
    }
}
