//! What follows from a team's roster: totals, which roles it covers, and who leads after members leave.
//!
//! Sees members only; substitutes and people who left never count, so callers must not pass them.

use std::collections::BTreeSet;

use super::mmr::{self, PlayerMmr};
use super::positions::{MAX_POSITION_RANK, Positions, ROLES};
use crate::types::{Position, UserId};

/// Members of a full team, captain included (`DOMAIN §2.1`).
pub const MAX_TEAM_SIZE: usize = 5;

/// The best rank of a role that no member plays (`DOMAIN §1.2`).
pub const NOBODY_RANK: i32 = MAX_POSITION_RANK + 1;

/// Captain plus members, the captain once whether or not listed, null as 0 (`DOMAIN §1.6`).
#[must_use]
pub fn total_mmr(captain: Option<PlayerMmr>, members: &[PlayerMmr]) -> i64 {
    let others: i64 = members
        .iter()
        .filter(|member| captain.is_none_or(|it| it.id != member.id))
        .map(|member| member.value())
        .sum();
    captain.map_or(0, PlayerMmr::value) + others
}

/// Mean MMR of the members, unrounded, null as 0; `None` for an empty roster (`DOMAIN §1.6`).
#[must_use]
pub fn average_mmr(members: &[PlayerMmr]) -> Option<f64> {
    mmr::mean(members)
}

/// Whether nobody can join any more (`DOMAIN §2.1`).
#[must_use]
pub fn is_full(size: usize) -> bool {
    size >= MAX_TEAM_SIZE
}

/// A member as far as role coverage needs to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberProfile {
    /// Who and how strong.
    pub player: PlayerMmr,
    /// Role ranks.
    pub positions: Positions,
}

/// A member who plays a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The member.
    pub user_id: UserId,
    /// Their rank for the role, 1–5.
    pub rank: i32,
}

/// How well a team covers one role (`DOMAIN §1.2`).
#[derive(Clone, Debug, PartialEq)]
pub struct PositionCoverage {
    /// The role.
    pub position: Position,
    /// Members who play it, favourites first; equal ranks by MMR descending, nulls last, then id.
    pub candidates: Vec<Candidate>,
    /// Rank of the first candidate, [`NOBODY_RANK`] without one.
    pub best_rank: i32,
    /// Mean MMR of the candidates, unrounded; `None` without one.
    pub average_mmr: Option<f64>,
    /// Who plays it when every member gets at most one role.
    pub assigned: Option<UserId>,
}

/// Coverage of the five roles, in their order, with the greedy assignment (`DOMAIN §1.2`).
///
/// Roles with the fewest candidates choose first (equal counts: lower role number first), each taking its
/// best-ranked member not yet assigned.
#[must_use]
pub fn position_coverage(members: &[MemberProfile]) -> Vec<PositionCoverage> {
    let mut coverage: Vec<_> = ROLES.into_iter().map(|position| cover(position, members)).collect();
    let mut by_scarcity: Vec<_> = coverage.iter_mut().collect();
    by_scarcity.sort_by_key(|it| it.candidates.len());
    let mut taken = BTreeSet::new();
    for role in by_scarcity {
        role.assigned = role.candidates.iter().map(|it| it.user_id).find(|id| !taken.contains(id));
        taken.extend(role.assigned);
    }
    coverage
}

fn cover(position: Position, members: &[MemberProfile]) -> PositionCoverage {
    let mut players: Vec<_> = members.iter().filter(|it| it.positions.plays(position)).collect();
    players.sort_by_key(|it| (it.positions.rank(position), it.player.rank_key()));
    let ratings: Vec<_> = players.iter().map(|it| it.player).collect();
    let candidates: Vec<_> = players
        .iter()
        .map(|it| Candidate { user_id: it.player.id, rank: it.positions.rank(position) })
        .collect();
    PositionCoverage {
        position,
        best_rank: candidates.first().map_or(NOBODY_RANK, |it| it.rank),
        average_mmr: mmr::mean(&ratings),
        candidates,
        assigned: None,
    }
}

/// A team before some of its members leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Who leads.
    pub captain_id: Option<UserId>,
    /// Who is first in the line of succession.
    pub deputy_captain_id: Option<UserId>,
    /// Members, the captain among them by convention.
    pub members: Vec<PlayerMmr>,
    /// Whether any game refers to the team, so that it cannot be deleted.
    pub has_games: bool,
}

/// What a departure changes about a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Succession {
    /// The same people lead.
    Unchanged,
    /// Write these two columns.
    Leadership {
        /// The captain from now on.
        captain_id: Option<UserId>,
        /// The deputy from now on.
        deputy_captain_id: Option<UserId>,
    },
    /// Nobody is left and no game remembers the team: delete it.
    Disband,
}

/// Who leads after `removed` have left: rules 1–4 of `DOMAIN §1.6`.
///
/// A team that had no captain gets none: the rules are about captains who leave. Undoing a pick and rebuilding
/// rosters must not call this (`DOMAIN §2.7`, `§1.6` rule 6).
#[must_use]
pub fn succession(before: &Roster, removed: &BTreeSet<UserId>) -> Succession {
    let remaining = || before.members.iter().filter(|it| !removed.contains(&it.id));
    let stays = |id: &UserId| !removed.contains(id);
    let is_empty = remaining().next().is_none();
    if is_empty && !before.has_games {
        return Succession::Disband;
    }
    let captain = before.captain_id.filter(stays);
    let deputy = before.deputy_captain_id.filter(stays);
    let after = match (before.captain_id, captain) {
        _ if is_empty => (None, None),
        (None, _) | (_, Some(_)) => (captain, deputy),
        (Some(_), None) if deputy.is_some() => (deputy, None),
        (Some(_), None) => (remaining().min_by_key(|it| it.rank_key()).map(|it| it.id), None),
    };
    if after == (before.captain_id, before.deputy_captain_id) {
        Succession::Unchanged
    } else {
        Succession::Leadership { captain_id: after.0, deputy_captain_id: after.1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(id: i64, mmr: Option<i32>) -> PlayerMmr {
        PlayerMmr { id: UserId(id), mmr }
    }

    fn profile(id: i64, mmr: i32, ranks: [i32; 5]) -> MemberProfile {
        let [carry, mid, offlane, soft_support, hard_support] = ranks;
        let positions = Positions { carry, mid, offlane, soft_support, hard_support };
        MemberProfile { player: player(id, Some(mmr)), positions }
    }

    #[test]
    fn the_captain_counts_once_listed_or_not() {
        let captain = player(1, Some(4000));
        let mate = player(2, Some(3000));
        assert_eq!(total_mmr(Some(captain), &[captain, mate]), 7000);
        assert_eq!(total_mmr(Some(captain), &[mate]), 7000);
        assert_eq!(total_mmr(None, &[mate, player(3, None)]), 3000);
        assert_eq!(total_mmr(None, &[]), 0);
    }

    #[test]
    fn the_average_is_over_members_and_unrounded() {
        assert_eq!(average_mmr(&[player(1, Some(10)), player(2, Some(11)), player(3, None)]), Some(7.0));
        assert_eq!(average_mmr(&[player(1, Some(1)), player(2, Some(2))]), Some(1.5));
        assert_eq!(average_mmr(&[]), None);
    }

    #[test]
    fn a_team_is_full_at_five() {
        assert_eq!([0, 4, 5, 6].map(is_full), [false, false, true, true]);
    }

    #[test]
    fn coverage_lists_candidates_by_rank_with_their_mean() {
        let team = [profile(1, 3000, [2, 0, 0, 0, 0]), profile(2, 1000, [1, 0, 0, 0, 0])];
        let coverage = position_coverage(&team);
        let carry = &coverage[0];
        assert_eq!(
            carry.candidates.iter().map(|it| (it.user_id.0, it.rank)).collect::<Vec<_>>(),
            [(2, 1), (1, 2)]
        );
        assert_eq!((carry.best_rank, carry.average_mmr), (1, Some(2000.0)));
        let mid = &coverage[1];
        assert_eq!((mid.best_rank, mid.average_mmr, mid.assigned), (6, None, None));
    }

    #[test]
    fn equal_ranks_are_ordered_by_mmr_then_id() {
        let ranks = [1, 0, 0, 0, 0];
        let team =
            [profile(3, 10, ranks), profile(2, 10, ranks), profile(1, 5, ranks), profile(4, 20, ranks)];
        let ids: Vec<_> = position_coverage(&team)[0].candidates.iter().map(|it| it.user_id.0).collect();
        assert_eq!(ids, [4, 2, 3, 1]);
    }

    #[test]
    fn scarce_roles_choose_first() {
        // User 1 is everyone's best carry, but the only offlaner.
        let team =
            [profile(1, 9, [1, 0, 5, 0, 0]), profile(2, 8, [2, 1, 0, 0, 0]), profile(3, 7, [0, 2, 0, 0, 0])];
        let assigned: Vec<_> = position_coverage(&team).iter().map(|it| it.assigned.map(|id| id.0)).collect();
        assert_eq!(assigned, [Some(2), Some(3), Some(1), None, None]);
    }

    #[test]
    fn the_greedy_assignment_may_leave_a_role_open() {
        let team = [profile(1, 9, [1, 1, 0, 0, 0]), profile(2, 8, [0, 0, 0, 1, 1])];
        let assigned: Vec<_> = position_coverage(&team).iter().map(|it| it.assigned.map(|id| id.0)).collect();
        assert_eq!(assigned, [Some(1), None, None, Some(2), None]);
    }

    fn after_leaving(
        captain: Option<i64>,
        deputy: Option<i64>,
        has_games: bool,
        removed: &[i64],
    ) -> Succession {
        let roster = Roster {
            captain_id: captain.map(UserId),
            deputy_captain_id: deputy.map(UserId),
            members: vec![player(1, Some(10)), player(2, None), player(4, Some(7)), player(3, Some(7))],
            has_games,
        };
        succession(&roster, &removed.iter().copied().map(UserId).collect())
    }

    fn leadership(captain: Option<i64>, deputy: Option<i64>) -> Succession {
        Succession::Leadership { captain_id: captain.map(UserId), deputy_captain_id: deputy.map(UserId) }
    }

    #[test]
    fn a_team_nobody_is_left_in_is_deleted_unless_a_game_remembers_it() {
        assert_eq!(after_leaving(Some(1), Some(2), false, &[1, 2, 3, 4]), Succession::Disband);
        assert_eq!(after_leaving(Some(1), Some(2), true, &[1, 2, 3, 4]), leadership(None, None));
        assert_eq!(after_leaving(None, None, true, &[1, 2, 3, 4]), Succession::Unchanged);
    }

    #[test]
    fn leaving_members_without_office_change_nothing() {
        assert_eq!(after_leaving(Some(1), Some(2), false, &[3]), Succession::Unchanged);
        assert_eq!(after_leaving(Some(1), None, false, &[3, 4]), Succession::Unchanged);
        assert_eq!(after_leaving(Some(1), Some(2), false, &[]), Succession::Unchanged);
    }

    #[test]
    fn a_deputy_who_leaves_is_not_replaced() {
        assert_eq!(after_leaving(Some(1), Some(2), false, &[2]), leadership(Some(1), None));
    }

    #[test]
    fn the_deputy_follows_a_captain_who_leaves() {
        assert_eq!(after_leaving(Some(1), Some(2), false, &[1, 3]), leadership(Some(2), None));
    }

    #[test]
    fn without_a_deputy_the_highest_mmr_leads_nulls_last_then_lowest_id() {
        assert_eq!(after_leaving(Some(1), None, false, &[1]), leadership(Some(3), None));
        assert_eq!(after_leaving(Some(3), Some(4), false, &[3, 4]), leadership(Some(1), None));
        assert_eq!(after_leaving(Some(1), Some(3), false, &[1, 3, 4]), leadership(Some(2), None));
    }

    #[test]
    fn a_team_without_a_captain_gets_none_by_a_departure() {
        assert_eq!(after_leaving(None, None, false, &[1]), Succession::Unchanged);
        assert_eq!(after_leaving(None, Some(2), false, &[2]), leadership(None, None));
    }

    #[test]
    fn a_captain_outside_the_roster_leads_until_removed() {
        assert_eq!(after_leaving(Some(9), None, false, &[1]), Succession::Unchanged);
        assert_eq!(after_leaving(Some(9), None, false, &[9]), leadership(Some(1), None));
    }
}
