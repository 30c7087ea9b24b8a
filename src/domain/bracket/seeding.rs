//! Who is seeded where: the order of the teams, and which seeds meet in the first round.
//!
//! Chance is passed in; must not read a random source of its own.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::error::BracketError;
use crate::domain::mmr::PlayerMmr;
use crate::domain::team;
use crate::types::TeamId;

/// How the teams are ordered, best seed first (`DOMAIN §3.2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seeding<'a> {
    /// Highest total MMR first.
    #[default]
    MmrTotal,
    /// Highest MMR of the captain first; a captain without MMR, and a team without captain, last.
    CaptainMmr,
    /// A fair shuffle.
    Random,
    /// The given order.
    Manual(&'a [TeamId]),
}

/// A team as far as its seed needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedTeam {
    /// Key of the team.
    pub id: TeamId,
    /// Its captain.
    pub captain: Option<PlayerMmr>,
    /// Its members, the captain among them or not.
    pub members: Vec<PlayerMmr>,
}

/// The teams by seed, the best first; equal ones by id (`DOMAIN §3.2`).
///
/// `random` gives an index below its argument, each as likely as the others; only [`Seeding::Random`] asks it.
///
/// # Errors
/// A manual order is not made of every team once.
pub fn seed_order(
    seeding: Seeding<'_>,
    teams: &[SeedTeam],
    random: &mut impl FnMut(usize) -> usize,
) -> Result<Vec<TeamId>, BracketError> {
    let mut by_seed: Vec<_> = teams.iter().collect();
    by_seed.sort_by_key(|it| it.id);
    match seeding {
        Seeding::MmrTotal => by_seed.sort_by_key(|it| Reverse(team::total_mmr(it.captain, &it.members))),
        Seeding::CaptainMmr => by_seed.sort_by_key(|it| Reverse(it.captain.and_then(|it| it.mmr))),
        Seeding::Random => shuffle(&mut by_seed, random),
        Seeding::Manual(order) => {
            check_order(order, by_seed.into_iter().map(|it| it.id))?;
            return Ok(order.to_vec());
        }
    }
    Ok(by_seed.into_iter().map(|it| it.id).collect())
}

/// Fisher–Yates: every order is as likely as any other.
fn shuffle<T>(items: &mut [T], random: &mut impl FnMut(usize) -> usize) {
    for last in (1..items.len()).rev() {
        // The bound is the caller's promise; breaking it must spoil fairness at most.
        items.swap(last, random(last + 1).min(last));
    }
}

/// Whether `order` names every one of `teams` exactly once.
pub(super) fn check_order(
    order: &[TeamId],
    teams: impl IntoIterator<Item = TeamId>,
) -> Result<(), BracketError> {
    let teams: BTreeSet<_> = teams.into_iter().collect();
    let mut listed = BTreeSet::new();
    for team in order {
        if !teams.contains(team) {
            return Err(BracketError::UnknownTeam(*team));
        }
        if !listed.insert(*team) {
            return Err(BracketError::RepeatedSeed(*team));
        }
    }
    teams.difference(&listed).next().map_or(Ok(()), |it| Err(BracketError::MissingSeed(*it)))
}

/// The seeds, from 1, in the order of the first round's seats: neighbours meet, and the best two only in the final
/// (`DOMAIN §3.2`).
///
/// As many as the next power of two from `n_teams`; a seed above `n_teams` is a bye.
#[must_use]
pub fn seed_positions(n_teams: usize) -> Vec<usize> {
    let mut seeds = vec![1];
    while seeds.len() < n_teams {
        let sum = seeds.len() * 2 + 1;
        seeds = seeds.into_iter().flat_map(|seed| [seed, sum - seed]).collect();
    }
    seeds
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::types::UserId;

    fn player(id: i64, mmr: Option<i32>) -> PlayerMmr {
        PlayerMmr { id: UserId(id), mmr }
    }

    /// A team whose captain is listed as a member, as they always are, with one mate.
    fn team(id: i64, captain: Option<i32>, mate: i32) -> SeedTeam {
        let captain = player(id * 10, captain);
        let members = vec![captain, player(id * 10 + 1, Some(mate))];
        SeedTeam { id: TeamId(id), captain: Some(captain), members }
    }

    fn no_chance(_: usize) -> usize {
        panic!("this method leaves nothing to chance")
    }

    fn order(seeding: Seeding<'_>, teams: &[SeedTeam]) -> Vec<i64> {
        seed_order(seeding, teams, &mut no_chance).unwrap().into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn the_highest_total_is_the_first_seed_and_ties_go_by_id() {
        let teams = [team(4, Some(3000), 3000), team(2, Some(4000), 2000), team(3, Some(1), 6001)];
        assert_eq!(order(Seeding::MmrTotal, &teams), [3, 2, 4]);
        assert_eq!(order(Seeding::default(), &teams), [3, 2, 4]);
    }

    // DOMAIN §10.3 bug 38
    #[test]
    fn a_captain_listed_as_member_counts_once() {
        // Counting captains twice would put team 1 first: 5000 + 5000 + 1000 against 3000 + 3000 + 4000.
        let teams = [team(1, Some(5000), 1000), team(2, Some(3000), 4000)];
        assert_eq!(order(Seeding::MmrTotal, &teams), [2, 1]);
    }

    #[test]
    fn captains_without_mmr_are_seeded_last() {
        let nobody = SeedTeam { id: TeamId(1), captain: None, members: Vec::new() };
        let teams = [team(2, None, 9000), nobody, team(4, Some(0), 0), team(3, Some(4000), 0)];
        assert_eq!(order(Seeding::CaptainMmr, &teams), [3, 4, 1, 2]);
    }

    #[test]
    fn a_shuffle_swaps_from_the_end_with_what_chance_says() {
        let teams = [team(3, None, 0), team(1, None, 0), team(2, None, 0), team(4, None, 0)];
        let mut asked = Vec::new();
        let shuffled = seed_order(Seeding::Random, &teams, &mut |n| {
            asked.push(n);
            0
        });
        assert_eq!(shuffled.unwrap(), [2, 3, 4, 1].map(TeamId));
        assert_eq!(asked, [4, 3, 2]);
    }

    #[test]
    fn every_order_of_three_teams_comes_from_one_run_of_chance() {
        let teams = [team(1, None, 0), team(2, None, 0), team(3, None, 0)];
        let mut orders = BTreeSet::new();
        for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
            let mut values = [first, second].into_iter();
            let order = seed_order(Seeding::Random, &teams, &mut |_| values.next().unwrap());
            orders.insert(order.unwrap());
        }
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn chance_out_of_bounds_still_gives_an_order() {
        let teams = [team(1, None, 0), team(2, None, 0), team(3, None, 0)];
        let order = seed_order(Seeding::Random, &teams, &mut |n| n + 7).unwrap();
        assert_eq!(check_order(&order, [1, 2, 3].map(TeamId)), Ok(()));
    }

    #[rstest]
    #[case::left_out(&[1, 3], BracketError::MissingSeed(TeamId(2)))]
    #[case::twice(&[1, 2, 3, 2], BracketError::RepeatedSeed(TeamId(2)))]
    #[case::foreign(&[1, 2, 9], BracketError::UnknownTeam(TeamId(9)))]
    fn a_manual_order_names_every_team_once(#[case] ids: &[i64], #[case] expected: BracketError) {
        let teams = [team(1, None, 0), team(2, None, 0), team(3, None, 0)];
        let ids: Vec<_> = ids.iter().copied().map(TeamId).collect();
        assert_eq!(seed_order(Seeding::Manual(&ids), &teams, &mut no_chance), Err(expected));
        assert_eq!(order(Seeding::Manual(&[3, 1, 2].map(TeamId)), &teams), [3, 1, 2]);
    }

    #[test]
    fn the_best_two_seeds_meet_only_in_the_final() {
        assert_eq!(seed_positions(2), [1, 2]);
        assert_eq!(seed_positions(3), [1, 4, 2, 3]);
        assert_eq!(seed_positions(8), [1, 8, 4, 5, 2, 7, 3, 6]);
        assert_eq!(seed_positions(9), [1, 16, 8, 9, 4, 13, 5, 12, 2, 15, 7, 10, 3, 14, 6, 11]);
    }
}
