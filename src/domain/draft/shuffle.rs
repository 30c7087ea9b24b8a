//! Whose turn is next in a shuffle draft: the team with the lowest total MMR, ties by dice.
//!
//! The caller passes totals made of the draft's MMR snapshot and only calls while the pool is not empty.

use super::tie::{self, TieError, TieRollData, TiedTeam};
use crate::domain::team;
use crate::types::TeamId;

/// A team with a captain, as far as the next turn needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShuffleTeam {
    /// Key of the team.
    pub id: TeamId,
    /// Its name, for the record of a tie.
    pub name: String,
    /// Total MMR, captain included.
    pub total_mmr: i64,
    /// Members, captain included.
    pub size: usize,
}

/// Who picks next, and the dice that decided it if any did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShuffleTurn {
    /// The team on turn.
    pub team_id: TeamId,
    /// Stored on the round; `None` when no other team had the same total.
    pub tie: Option<TieRollData>,
}

/// The team that picks next: lowest total among teams that are not full; `None` if all are (`DOMAIN §2.4`).
///
/// # Errors
/// `die` is not a die.
pub fn next_shuffle_turn(
    teams: &[ShuffleTeam],
    die: &mut impl FnMut() -> u8,
) -> Result<Option<ShuffleTurn>, TieError> {
    let eligible = || teams.iter().filter(|it| !team::is_full(it.size));
    let lowest = eligible().map(|it| it.total_mmr).min();
    let mut candidates: Vec<_> = eligible().filter(|it| Some(it.total_mmr) == lowest).collect();
    candidates.sort_by_key(|it| it.id);
    match *candidates {
        [] => Ok(None),
        [only] => Ok(Some(ShuffleTurn { team_id: only.id, tie: None })),
        _ => {
            let to_tied =
                |it: &&ShuffleTeam| TiedTeam { id: it.id, name: it.name.clone(), mmr: it.total_mmr };
            let tied: Vec<_> = candidates.iter().map(to_tied).collect();
            let tie = tie::roll(&tied, die)?;
            Ok(Some(ShuffleTurn { team_id: tie.winner_id, tie: Some(tie) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teams(rows: &[(i64, i64, usize)]) -> Vec<ShuffleTeam> {
        let team =
            |&(id, total_mmr, size)| ShuffleTeam { id: TeamId(id), name: format!("T{id}"), total_mmr, size };
        rows.iter().map(team).collect()
    }

    fn no_dice() -> u8 {
        panic!("nobody tied")
    }

    #[test]
    fn the_lowest_total_picks_next_without_dice() {
        let turn = next_shuffle_turn(&teams(&[(1, 500, 1), (2, 400, 2), (3, 600, 1)]), &mut no_dice);
        assert_eq!(turn, Ok(Some(ShuffleTurn { team_id: TeamId(2), tie: None })));
    }

    #[test]
    fn a_full_team_is_passed_over_and_a_double_pick_is_possible() {
        let turn = next_shuffle_turn(&teams(&[(1, 100, 5), (2, 400, 2), (3, 600, 1)]), &mut no_dice);
        assert_eq!(turn.unwrap().unwrap().team_id, TeamId(2));
    }

    #[test]
    fn nobody_is_next_when_every_team_is_full() {
        assert_eq!(next_shuffle_turn(&teams(&[(1, 100, 5), (2, 400, 5)]), &mut no_dice), Ok(None));
        assert_eq!(next_shuffle_turn(&[], &mut no_dice), Ok(None));
    }

    #[test]
    fn equal_totals_roll_in_id_order() {
        let mut values = [2, 5].into_iter();
        let rows = teams(&[(9, 400, 1), (4, 400, 1), (1, 900, 1), (2, 400, 5)]);
        let turn = next_shuffle_turn(&rows, &mut || values.next().unwrap()).unwrap().unwrap();
        let tie = turn.tie.unwrap();
        assert_eq!(tie.tied_teams.iter().map(|it| it.id.0).collect::<Vec<_>>(), [4, 9]);
        assert_eq!((turn.team_id, tie.winner_id, tie.is_consistent()), (TeamId(9), TeamId(9), true));
    }
}
