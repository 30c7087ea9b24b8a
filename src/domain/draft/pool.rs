//! Who can still be picked, in which round the draft is, and whether it is over.
//!
//! Only answers questions about a state it is given; what a pick changes is not decided here.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::projection::{PickProjection, Turn};
use crate::domain::positions::Positions;
use crate::domain::team;
use crate::types::{DraftRoundId, DraftStyle, Position, UserId};

/// What decides who is left in the pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolFacts<'a> {
    /// Players of the tournament.
    pub players: &'a [UserId],
    /// Players picked in a round.
    pub choices: &'a [UserId],
    /// Captains of the tournament's teams.
    pub captains: &'a [UserId],
    /// Members of the tournament's teams, hand-added ones too.
    pub members: &'a [UserId],
}

/// The pool: players − choices − captains − current team members, in the players' order (`DOMAIN §1.8`).
#[must_use]
pub fn users_remaining(facts: &PoolFacts<'_>) -> Vec<UserId> {
    let taken: BTreeSet<_> = [facts.choices, facts.captains, facts.members].into_iter().flatten().collect();
    facts.players.iter().filter(|it| !taken.contains(it)).copied().collect()
}

/// A round as far as progress needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickSlot {
    /// Key of the round.
    pub id: DraftRoundId,
    /// Its number over the whole draft.
    pub pick_number: i32,
    /// Who was picked.
    pub choice_id: Option<UserId>,
}

/// The round to be picked in now: lowest `pick_number` without a choice (`DOMAIN §2.6` 4).
#[must_use]
pub fn current_round(rounds: &[PickSlot]) -> Option<DraftRoundId> {
    first_open(rounds, |it| (it.pick_number, it.choice_id)).map(|it| it.id)
}

/// The current one of any kind of round that tells its number and its choice.
pub(super) fn first_open<R>(rounds: &[R], slot: impl Fn(&R) -> (i32, Option<UserId>)) -> Option<&R> {
    rounds.iter().filter(|it| slot(it).1.is_none()).min_by_key(|it| slot(it).0)
}

/// The current round, else the last one; `None` without rounds (`DOMAIN §1.8`, `latest_round`).
#[must_use]
pub fn latest_round(rounds: &[PickSlot]) -> Option<DraftRoundId> {
    let last = || rounds.iter().max_by_key(|it| it.pick_number).map(|it| it.id);
    current_round(rounds).or_else(last)
}

/// What decides whether a started draft is over.
#[derive(Clone, Copy, Debug)]
pub struct DraftProgress<'a> {
    /// Its style.
    pub style: DraftStyle,
    /// Its rounds.
    pub rounds: &'a [PickSlot],
    /// Players left in the pool.
    pub pool_size: usize,
    /// Members of each team, captain included.
    pub team_sizes: &'a [usize],
}

/// No round without a choice, an empty pool, or (shuffle) only full teams (`DOMAIN §2.9`).
#[must_use]
pub fn is_complete(progress: &DraftProgress<'_>) -> bool {
    let has_open_round = current_round(progress.rounds).is_some();
    is_over(progress.style, has_open_round, progress.pool_size, progress.team_sizes)
}

/// [`is_complete`] of a draft whose rounds may have no key yet.
pub(super) fn is_over(
    style: DraftStyle,
    has_open_round: bool,
    pool_size: usize,
    team_sizes: &[usize],
) -> bool {
    let all_full = team_sizes.iter().all(|size| team::is_full(*size));
    !has_open_round || pool_size == 0 || (style == DraftStyle::Shuffle && all_full)
}

/// A player of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlayer {
    /// The player.
    pub id: UserId,
    /// Unique name.
    pub username: String,
    /// Chosen name.
    pub nickname: Option<String>,
    /// Base MMR.
    pub mmr: Option<i32>,
    /// Role ranks.
    pub positions: Positions,
}

/// Which players of the pool to show; all conditions must hold (`DOMAIN §2.12`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFilter {
    /// Username or nickname contains this, whatever the case; blank means anyone.
    pub search: Option<String>,
    /// Plays this role: rank above 0.
    pub position: Option<Position>,
    /// Taking them would give the team on turn the next pick too.
    pub only_double_pick: bool,
    /// Taking them would leave the team on turn with the lowest total, alone or tied.
    pub only_keeps_first: bool,
}

/// The order of the pool (`DOMAIN §2.12`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PoolSort {
    /// MMR descending, nulls last, then username.
    #[default]
    Mmr,
    /// Username, whatever the case.
    Username,
}

/// A player of the pool with what picking them would mean for the team on turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolEntry<'a> {
    /// The player.
    pub player: &'a PoolPlayer,
    /// `None` when nobody's turn was passed.
    pub projection: Option<PickProjection>,
}

/// The pool as a captain looks at it: projected, filtered, sorted (`DOMAIN §2.12`).
///
/// Pass `turn` only for a shuffle draft with a captain on turn; without it the two projection filters match nobody.
#[must_use]
pub fn available<'a>(
    pool: &'a [PoolPlayer],
    filter: &PoolFilter,
    sort: PoolSort,
    turn: Option<&Turn>,
) -> Vec<PoolEntry<'a>> {
    let needle = filter.search.as_deref().map(|it| it.trim().to_lowercase()).unwrap_or_default();
    let mut entries: Vec<_> = pool
        .iter()
        .filter(|it| has_name(it, &needle) && filter.position.is_none_or(|role| it.positions.plays(role)))
        .map(|player| PoolEntry { player, projection: turn.map(|it| it.project(player.mmr)) })
        .filter(|it| !filter.only_double_pick || it.projection.is_some_and(|to| to.is_double_pick))
        .filter(|it| !filter.only_keeps_first || it.projection.is_some_and(|to| to.keeps_first))
        .collect();
    match sort {
        PoolSort::Mmr => entries.sort_by_cached_key(|it| (Reverse(it.player.mmr), name_key(it.player))),
        PoolSort::Username => entries.sort_by_cached_key(|it| name_key(it.player)),
    }
    entries
}

fn has_name(player: &PoolPlayer, needle: &str) -> bool {
    let contains = |name: &str| name.to_lowercase().contains(needle);
    contains(&player.username) || player.nickname.as_deref().is_some_and(contains)
}

fn name_key(player: &PoolPlayer) -> (String, UserId) {
    (player.username.to_lowercase(), player.id)
}

#[cfg(test)]
mod tests {
    use super::super::projection::TeamTotal;
    use super::*;
    use crate::types::TeamId;

    fn ids(ids: &[i64]) -> Vec<UserId> {
        ids.iter().copied().map(UserId).collect()
    }

    #[test]
    fn the_pool_lacks_the_picked_the_captains_and_every_member() {
        let (players, choices) = (ids(&[9, 1, 2, 3, 4, 5]), ids(&[2]));
        let (captains, members) = (ids(&[1]), ids(&[1, 2, 4]));
        let facts =
            PoolFacts { players: &players, choices: &choices, captains: &captains, members: &members };
        assert_eq!(users_remaining(&facts), ids(&[9, 3, 5]));
        let unpicked = PoolFacts { choices: &[], members: &[], ..facts };
        assert_eq!(users_remaining(&unpicked), ids(&[9, 2, 3, 4, 5]));
    }

    fn rounds(choices: &[(i32, Option<i64>)]) -> Vec<PickSlot> {
        let slot = |&(pick_number, choice): &(i32, Option<i64>)| PickSlot {
            id: DraftRoundId(i64::from(pick_number) + 100),
            pick_number,
            choice_id: choice.map(UserId),
        };
        choices.iter().map(slot).collect()
    }

    #[test]
    fn the_current_round_is_the_lowest_without_a_choice() {
        let rounds = rounds(&[(3, None), (1, Some(7)), (2, None)]);
        assert_eq!(current_round(&rounds), Some(DraftRoundId(102)));
        assert_eq!(latest_round(&rounds), Some(DraftRoundId(102)));
    }

    #[test]
    fn when_all_are_picked_the_latest_round_is_the_last() {
        let rounds = rounds(&[(2, Some(8)), (1, Some(7))]);
        assert_eq!(current_round(&rounds), None);
        assert_eq!(latest_round(&rounds), Some(DraftRoundId(102)));
        assert_eq!(latest_round(&[]), None);
    }

    #[test]
    fn a_draft_is_over_without_open_rounds_without_players_or_with_full_teams_in_shuffle() {
        let (open, closed) = (rounds(&[(1, Some(7)), (2, None)]), rounds(&[(1, Some(7))]));
        let over = |style, rounds: &[PickSlot], pool_size, team_sizes: &[usize]| {
            is_complete(&DraftProgress { style, rounds, pool_size, team_sizes })
        };
        assert!(!over(DraftStyle::Snake, &open, 3, &[2, 1]));
        assert!(over(DraftStyle::Snake, &closed, 3, &[2, 1]));
        assert!(over(DraftStyle::Normal, &open, 0, &[2, 1]));
        assert!(!over(DraftStyle::Snake, &open, 3, &[5, 5]));
        assert!(over(DraftStyle::Shuffle, &open, 3, &[5, 5]));
        assert!(!over(DraftStyle::Shuffle, &open, 3, &[5, 4]));
    }

    fn pool() -> Vec<PoolPlayer> {
        let player = |id, username: &str, nickname: Option<&str>, mmr, mid| PoolPlayer {
            id: UserId(id),
            username: username.to_owned(),
            nickname: nickname.map(str::to_owned),
            mmr,
            positions: Positions { mid, ..Positions::default() },
        };
        vec![
            player(1, "zoe", None, None, 1),
            player(2, "Bob", Some("Invoker"), Some(3000), 0),
            player(3, "ann", Some("voice"), Some(3000), 5),
            player(4, "cat", None, Some(0), 0),
        ]
    }

    fn shown(filter: &PoolFilter, sort: PoolSort, turn: Option<&Turn>) -> Vec<i64> {
        available(&pool(), filter, sort, turn).iter().map(|it| it.player.id.0).collect()
    }

    #[test]
    fn the_pool_is_sorted_by_mmr_nulls_last_then_username() {
        assert_eq!(shown(&PoolFilter::default(), PoolSort::Mmr, None), [3, 2, 4, 1]);
        assert_eq!(shown(&PoolFilter::default(), PoolSort::Username, None), [3, 2, 4, 1]);
    }

    #[test]
    fn a_search_looks_into_username_and_nickname_whatever_the_case() {
        let search = |text: &str| PoolFilter { search: Some(text.to_owned()), ..PoolFilter::default() };
        assert_eq!(shown(&search(" VO"), PoolSort::Mmr, None), [3, 2]);
        assert_eq!(shown(&search("bO"), PoolSort::Mmr, None), [2]);
        assert_eq!(shown(&search("  "), PoolSort::Mmr, None), [3, 2, 4, 1]);
        assert_eq!(shown(&search("nobody"), PoolSort::Mmr, None), [0_i64; 0]);
    }

    #[test]
    fn a_role_filter_keeps_those_who_play_it() {
        let mid = PoolFilter { position: Some(Position::Mid), ..PoolFilter::default() };
        assert_eq!(shown(&mid, PoolSort::Mmr, None), [3, 1]);
    }

    #[test]
    fn projection_filters_use_the_team_on_turn_and_match_nobody_without_one() {
        let team = |id, total_mmr| TeamTotal { id: TeamId(id), total_mmr, size: 1 };
        let turn = Turn::new(&[team(1, 1000), team(2, 4000)], TeamId(1)).unwrap();
        let double = PoolFilter { only_double_pick: true, ..PoolFilter::default() };
        let first = PoolFilter { only_keeps_first: true, ..PoolFilter::default() };
        assert_eq!(shown(&double, PoolSort::Mmr, Some(&turn)), [4, 1]);
        assert_eq!(shown(&first, PoolSort::Mmr, Some(&turn)), [3, 2, 4, 1]);
        assert_eq!(shown(&double, PoolSort::Mmr, None), [0_i64; 0]);
        assert_eq!(shown(&first, PoolSort::Mmr, None), [0_i64; 0]);
    }
}
