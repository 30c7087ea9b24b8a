//! Teams of about equal strength without a draft.
//!
//! Proposes only: nothing here creates a team or takes a player off one. Randomness is passed in.

use std::cmp::Reverse;
use std::mem;

use super::mmr::PlayerMmr;
use crate::types::UserId;

/// Swaps after which the result is good enough (`DOMAIN §2.12`).
const MAX_SWAPS: usize = 100;

/// A proposed team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancedTeam {
    /// The member with the highest MMR; nulls last, then lowest id.
    pub captain_id: UserId,
    /// Members, the captain first, by MMR descending.
    pub members: Vec<PlayerMmr>,
    /// Their total MMR, null as 0.
    pub total_mmr: i64,
}

/// Splits players into full teams of `team_size` whose averages are close (`DOMAIN §2.12`).
///
/// Who is left over when the players do not divide is a matter of luck: `index_below` is asked for numbers below its
/// argument, to shuffle the players first. Players must be distinct. The strongest team comes first.
#[must_use]
pub fn balanced_teams(
    players: &[PlayerMmr],
    team_size: usize,
    index_below: &mut impl FnMut(usize) -> usize,
) -> Vec<BalancedTeam> {
    let Some(n_teams) = players.len().checked_div(team_size) else { return Vec::new() };
    let mut drawn = shuffled(players, index_below);
    drawn.truncate(n_teams.saturating_mul(team_size));
    drawn.sort_by_key(|it| it.value());
    let mut teams = dealt(&drawn, n_teams, team_size);
    for _ in 0..MAX_SWAPS {
        if !swap_best(&mut teams) {
            break;
        }
    }
    teams.sort_by_key(|it| Reverse(total(it)));
    teams.into_iter().filter_map(to_balanced).collect()
}

/// A Fisher–Yates shuffle.
fn shuffled(players: &[PlayerMmr], index_below: &mut impl FnMut(usize) -> usize) -> Vec<PlayerMmr> {
    let mut drawn = players.to_vec();
    for last in (1..drawn.len()).rev() {
        // A number that is not below the bound must not bring the server down.
        drawn.swap(last, index_below(last + 1).min(last));
    }
    drawn
}

/// Gives each player in turn to the team with the lowest total that is not full, the first of equals.
fn dealt(drawn: &[PlayerMmr], n_teams: usize, team_size: usize) -> Vec<Vec<PlayerMmr>> {
    let mut teams = vec![Vec::with_capacity(team_size); n_teams];
    for player in drawn {
        let open = teams.iter_mut().filter(|it| it.len() < team_size);
        if let Some(team) = open.min_by_key(|it| total(it)) {
            team.push(*player);
        }
    }
    teams
}

/// Swaps the two players of the strongest and the weakest team whose swap brings these closest together.
///
/// `false` if none does. Teams are of one size, so the order of totals is that of averages.
fn swap_best(teams: &mut [Vec<PlayerMmr>]) -> bool {
    teams.sort_by_key(|it| Reverse(total(it)));
    let [strongest, .., weakest] = teams else { return false };
    let gap = total(strongest) - total(weakest);
    let gap_after = |given: &PlayerMmr, taken: &PlayerMmr| (gap - 2 * (given.value() - taken.value())).abs();
    let swaps = strongest.iter().enumerate().flat_map(|(given_at, given)| {
        weakest.iter().enumerate().map(move |(taken_at, taken)| (gap_after(given, taken), given_at, taken_at))
    });
    let best = swaps.min().filter(|(after, ..)| *after < gap);
    let Some((_, given_at, taken_at)) = best else { return false };
    if let (Some(given), Some(taken)) = (strongest.get_mut(given_at), weakest.get_mut(taken_at)) {
        mem::swap(given, taken);
    }
    true
}

fn total(team: &[PlayerMmr]) -> i64 {
    team.iter().map(|it| it.value()).sum()
}

fn to_balanced(mut members: Vec<PlayerMmr>) -> Option<BalancedTeam> {
    members.sort_by_key(|it| it.rank_key());
    let captain_id = members.first()?.id;
    Some(BalancedTeam { captain_id, total_mmr: total(&members), members })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn players(mmrs: &[Option<i32>]) -> Vec<PlayerMmr> {
        (1..).zip(mmrs).map(|(id, &mmr)| PlayerMmr { id: UserId(id), mmr }).collect()
    }

    /// Leaves the order as it is.
    fn in_order(bound: usize) -> usize {
        bound - 1
    }

    fn ids(team: &BalancedTeam) -> Vec<i64> {
        team.members.iter().map(|it| it.id.0).collect()
    }

    #[test]
    fn the_lowest_sum_gets_the_next_player_until_it_is_full() {
        let deal = |mmrs: &[Option<i32>]| -> Vec<Vec<i64>> {
            let teams = dealt(&players(mmrs), 2, 2);
            teams.iter().map(|team| team.iter().map(|it| it.id.0).collect()).collect()
        };
        assert_eq!(deal(&[Some(1), Some(2), Some(3), Some(4)]), [[1, 3], [2, 4]]);
        assert_eq!(deal(&[None, Some(0), Some(0), Some(4)]), [[1, 2], [3, 4]]);
    }

    #[test]
    fn the_best_swap_repairs_what_dealing_lowest_first_left() {
        // Dealing gives 0 and 90 to one team, 10 and 100 to the other.
        let teams = balanced_teams(&players(&[Some(0), Some(10), Some(90), Some(100)]), 2, &mut in_order);
        assert_eq!(teams.iter().map(|it| it.total_mmr).collect::<Vec<_>>(), [100, 100]);
        assert_eq!(teams.iter().map(|it| it.captain_id.0).collect::<BTreeSet<_>>(), BTreeSet::from([3, 4]));
    }

    #[test]
    fn the_captain_is_the_strongest_then_the_lowest_id_and_never_one_without_mmr_before_others() {
        let captain = |mmrs: &[Option<i32>]| balanced_teams(&players(mmrs), 3, &mut in_order)[0].captain_id.0;
        assert_eq!(captain(&[Some(5), Some(9), Some(9)]), 2);
        assert_eq!(captain(&[None, Some(0), None]), 2);
        assert_eq!(captain(&[None, None, None]), 1);
    }

    #[test]
    fn the_shuffle_decides_who_is_left_over() {
        let five = players(&[Some(1); 5]);
        let left_over = |index_below: &mut dyn FnMut(usize) -> usize| {
            let teams = balanced_teams(&five, 2, &mut |bound| index_below(bound));
            let placed: BTreeSet<_> = teams.iter().flat_map(ids).collect();
            (1..=5).filter(|id| !placed.contains(id)).collect::<Vec<_>>()
        };
        assert_eq!(left_over(&mut in_order), [5]);
        assert_eq!(left_over(&mut |_| 0), [1]);
    }

    #[test]
    fn the_shuffle_asks_for_each_bound_once_and_survives_a_number_out_of_range() {
        let mut bounds = Vec::new();
        let mut endless = |bound| {
            bounds.push(bound);
            usize::MAX
        };
        assert_eq!(balanced_teams(&players(&[Some(1); 4]), 2, &mut endless).len(), 2);
        assert_eq!(bounds, [4, 3, 2]);
    }

    #[test]
    fn too_few_players_or_teams_of_nobody_make_no_team() {
        assert_eq!(balanced_teams(&players(&[Some(1); 4]), 5, &mut in_order), []);
        assert_eq!(balanced_teams(&players(&[Some(1); 4]), 0, &mut in_order), []);
        assert_eq!(balanced_teams(&[], 5, &mut in_order), []);
    }

    fn any_mmr() -> impl Strategy<Value = Option<i32>> {
        prop_oneof![Just(None), (0..4).prop_map(|it| Some(it * 1000)), (0..12_000).prop_map(Some)]
    }

    proptest! {
        #[test]
        fn teams_are_full_disjoint_and_beyond_a_better_swap(
            mmrs in prop::collection::vec(any_mmr(), 0..45),
            team_size in 1_usize..7,
            seed in any::<usize>(),
        ) {
            let mut state = seed;
            let mut index_below = |bound: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % bound
            };
            let teams = balanced_teams(&players(&mmrs), team_size, &mut index_below);
            prop_assert_eq!(teams.len(), mmrs.len() / team_size);
            let placed: Vec<_> = teams.iter().flat_map(ids).collect();
            prop_assert_eq!(placed.iter().collect::<BTreeSet<_>>().len(), teams.len() * team_size);
            for team in &teams {
                prop_assert_eq!(team.members.len(), team_size);
                prop_assert_eq!(team.captain_id, team.members[0].id);
                prop_assert_eq!(team.total_mmr, total(&team.members));
                prop_assert!(team.members.is_sorted_by_key(|it| it.rank_key()));
            }
            prop_assert!(teams.is_sorted_by_key(|it| Reverse(it.total_mmr)));
            if let [first, .., last] = &teams[..] {
                let gap = first.total_mmr - last.total_mmr;
                for (given, taken) in first.members.iter().flat_map(|it| last.members.iter().map(move |to| (it, to))) {
                    prop_assert!((gap - 2 * (given.value() - taken.value())).abs() >= gap);
                }
            }
        }
    }
}
