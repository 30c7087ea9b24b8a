//! Where teams stand while a draft runs, and what taking one player would change for the team on turn.
//!
//! Looks ahead by one pick only; never rolls dice, so a projected tie stays a tie.

use crate::domain::{mmr, team};
use crate::types::TeamId;

/// A team at this moment of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamTotal {
    /// Key of the team.
    pub id: TeamId,
    /// Total MMR, captain included.
    pub total_mmr: i64,
    /// Members, captain included.
    pub size: usize,
}

impl TeamTotal {
    /// Whether nobody can join any more (`DOMAIN §2.1`).
    #[must_use]
    pub fn is_full(&self) -> bool {
        team::is_full(self.size)
    }
}

/// What a style knows about turns to come.
#[derive(Clone, Copy, Debug)]
pub enum Upcoming<'a> {
    /// Shuffle: lowest total first; the team on turn, if decided, before all others.
    LowestTotal {
        /// The team of the current round.
        on_turn: Option<TeamId>,
    },
    /// Snake and normal: the teams of the rounds without a choice, in order of picks.
    Rounds(&'a [TeamId]),
}

/// A team as the draft screen lists it (`DOMAIN §8.1`, draft modal).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamStanding {
    /// Key of the team.
    pub id: TeamId,
    /// Total MMR, captain included.
    pub total_mmr: i64,
    /// Members, captain included.
    pub size: usize,
    /// Whether nobody can join any more.
    pub is_full: bool,
    /// Its place among the teams that still pick, 1 = next; `None` if it will not pick again.
    pub pick_position: Option<usize>,
}

/// Each team's standing, in the order given (`DOMAIN §2.12`). Equal totals are placed by id.
#[must_use]
pub fn standings(teams: &[TeamTotal], upcoming: Upcoming<'_>) -> Vec<TeamStanding> {
    let queue = queue(teams, upcoming);
    let place = |id| queue.iter().position(|it| *it == id).map(|index| index + 1);
    let standing = |it: &TeamTotal| TeamStanding {
        id: it.id,
        total_mmr: it.total_mmr,
        size: it.size,
        is_full: it.is_full(),
        pick_position: place(it.id),
    };
    teams.iter().map(standing).collect()
}

/// The teams that still pick, each once, by their next turn.
fn queue(teams: &[TeamTotal], upcoming: Upcoming<'_>) -> Vec<TeamId> {
    let mut active: Vec<_> = teams.iter().filter(|it| !it.is_full()).collect();
    match upcoming {
        Upcoming::LowestTotal { on_turn } => {
            active.sort_by_key(|it| (on_turn != Some(it.id), it.total_mmr, it.id));
            active.into_iter().map(|it| it.id).collect()
        }
        Upcoming::Rounds(rounds) => {
            let next_turn = |id: TeamId| rounds.iter().position(|it| *it == id);
            active.retain(|it| next_turn(it.id).is_some());
            active.sort_by_key(|it| next_turn(it.id));
            active.into_iter().map(|it| it.id).collect()
        }
    }
}

/// What taking a player would mean for the team on turn of a shuffle draft (`DOMAIN §2.12`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickProjection {
    /// The team's total with the player.
    pub team_total_mmr: i64,
    /// Its place among the teams that would still pick, ties shared; `None` if the pick fills it.
    pub pick_position: Option<usize>,
    /// It would pick next again for certain: strictly lowest, or no other team picks.
    pub is_double_pick: bool,
    /// It would be lowest, alone or tied, or no other team picks.
    pub keeps_first: bool,
}

/// The moment before a pick of a shuffle draft: the team on turn and the totals of the others that are not full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    team: TeamTotal,
    other_totals: Vec<i64>,
}

impl Turn {
    /// The turn of team `on_turn`; `None` if it is not among `teams`.
    #[must_use]
    pub fn new(teams: &[TeamTotal], on_turn: TeamId) -> Option<Self> {
        let team = *teams.iter().find(|it| it.id == on_turn)?;
        let others = teams.iter().filter(|it| it.id != on_turn && !it.is_full());
        Some(Self { team, other_totals: others.map(|it| it.total_mmr).collect() })
    }

    /// What taking a player of this MMR would mean (`DOMAIN §2.12`).
    #[must_use]
    pub fn project(&self, mmr: Option<i32>) -> PickProjection {
        let total = self.team.total_mmr + mmr::value(mmr);
        let picks_again = !team::is_full(self.team.size + 1);
        let n_lower = self.other_totals.iter().filter(|it| **it < total).count();
        let n_tied = self.other_totals.iter().filter(|it| **it == total).count();
        PickProjection {
            team_total_mmr: total,
            pick_position: picks_again.then_some(n_lower + 1),
            is_double_pick: picks_again && n_lower + n_tied == 0,
            keeps_first: picks_again && n_lower == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teams(rows: &[(i64, i64, usize)]) -> Vec<TeamTotal> {
        rows.iter().map(|&(id, total_mmr, size)| TeamTotal { id: TeamId(id), total_mmr, size }).collect()
    }

    fn places(rows: &[(i64, i64, usize)], upcoming: Upcoming<'_>) -> Vec<Option<usize>> {
        standings(&teams(rows), upcoming).iter().map(|it| it.pick_position).collect()
    }

    fn project(rows: &[(i64, i64, usize)], mmr: Option<i32>) -> (i64, Option<usize>, bool, bool) {
        let it = Turn::new(&teams(rows), TeamId(1)).unwrap().project(mmr);
        (it.team_total_mmr, it.pick_position, it.is_double_pick, it.keeps_first)
    }

    #[test]
    fn in_shuffle_teams_queue_by_total_and_full_ones_do_not() {
        let rows = [(1, 500, 2), (2, 300, 2), (3, 100, 5), (4, 300, 1)];
        let undecided = Upcoming::LowestTotal { on_turn: None };
        assert_eq!(places(&rows, undecided), [Some(3), Some(1), None, Some(2)]);
        let rolled = Upcoming::LowestTotal { on_turn: Some(TeamId(4)) };
        assert_eq!(places(&rows, rolled), [Some(3), Some(2), None, Some(1)]);
    }

    #[test]
    fn in_other_styles_teams_queue_by_their_next_round() {
        let rows = [(1, 0, 2), (2, 0, 2), (3, 0, 2), (4, 0, 5)];
        let rounds = [2, 2, 4, 1, 1, 2].map(TeamId);
        assert_eq!(places(&rows, Upcoming::Rounds(&rounds)), [Some(2), Some(1), None, None]);
        assert_eq!(places(&rows, Upcoming::Rounds(&[])), [None; 4]);
    }

    #[test]
    fn a_standing_repeats_total_and_size() {
        let standing = standings(&teams(&[(1, 500, 5)]), Upcoming::Rounds(&[]))[0];
        assert_eq!((standing.total_mmr, standing.size, standing.is_full), (500, 5, true));
    }

    #[test]
    fn a_pick_that_stays_strictly_lowest_is_a_double_pick() {
        assert_eq!(project(&[(1, 100, 1), (2, 400, 1)], Some(299)), (399, Some(1), true, true));
    }

    #[test]
    fn a_pick_that_ties_keeps_first_but_dice_decide() {
        assert_eq!(project(&[(1, 100, 1), (2, 400, 1)], Some(300)), (400, Some(1), false, true));
    }

    #[test]
    fn a_pick_that_overtakes_others_moves_back_in_the_queue() {
        let rows = [(1, 100, 1), (2, 400, 1), (3, 500, 1), (4, 600, 1)];
        assert_eq!(project(&rows, Some(450)), (550, Some(3), false, false));
        assert_eq!(project(&rows, None), (100, Some(1), true, true));
    }

    #[test]
    fn full_teams_are_no_rivals() {
        assert_eq!(project(&[(1, 100, 1), (2, 50, 5)], Some(5000)), (5100, Some(1), true, true));
        assert_eq!(project(&[(1, 100, 1)], Some(5000)), (5100, Some(1), true, true));
    }

    #[test]
    fn a_pick_that_fills_the_team_is_its_last() {
        assert_eq!(project(&[(1, 100, 4), (2, 400, 1)], Some(1)), (101, None, false, false));
        assert_eq!(project(&[(1, 100, 4)], Some(1)), (101, None, false, false));
    }

    #[test]
    fn a_team_that_is_not_in_the_draft_has_no_turn() {
        assert_eq!(Turn::new(&teams(&[(1, 100, 1)]), TeamId(2)), None);
    }
}
