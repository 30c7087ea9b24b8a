//! Dice between tied teams, in the JSON that a round stores, and the proof that a stored roll names its winner.
//!
//! The die is passed in; must not read a random source of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::types::TeamId;

/// Sides of the die (`DOMAIN §2.5`).
pub const DIE_SIDES: u8 = 6;

/// A fair die ties two teams this often in a row about once in 10^77 drafts; a broken one would roll forever.
const MAX_ROLL_ROUNDS: usize = 100;

/// A team that took part in a roll (`DOMAIN §2.5`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiedTeam {
    /// Key of the team.
    pub id: TeamId,
    /// Its name at that moment.
    pub name: String,
    /// Its total MMR, the same for all who tied.
    pub mmr: i64,
}

/// One team's throw (`DOMAIN §2.5`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRoll {
    /// Who threw.
    pub team_id: TeamId,
    /// 1–6.
    pub roll: u8,
}

/// How a tie was broken; its JSON is stored as `tie_roll_data` (`DOMAIN §2.5`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieRollData {
    /// Everyone tied at the start.
    pub tied_teams: Vec<TiedTeam>,
    /// The throws, round by round; each lists only teams still rolling.
    pub roll_rounds: Vec<Vec<TeamRoll>>,
    /// The team that picks next.
    pub winner_id: TeamId,
}

/// Why dice could not settle a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TieError {
    /// Fewer than two different teams.
    #[error("a tie is between two teams or more")]
    NoTie,
    /// The die showed something else than 1–6.
    #[error("a die shows 1 to 6, not {0}")]
    NotADie(u8),
    /// The die kept showing the same for everyone.
    #[error("the dice never settled the tie")]
    NeverSettled,
}

/// Rolls until one team is left: all tied teams throw, those with the maximum throw again (`DOMAIN §2.5`).
///
/// Teams throw in the order given; pass them in id order so that a stored roll can be compared (`DOMAIN §2.4`).
///
/// # Errors
/// There is no tie, or `die` is not a die.
pub fn roll(tied: &[TiedTeam], die: &mut impl FnMut() -> u8) -> Result<TieRollData, TieError> {
    let mut rolling: Vec<_> = tied.iter().map(|it| it.id).collect();
    if rolling.len() < 2 || has_duplicates(&rolling) {
        return Err(TieError::NoTie);
    }
    let mut roll_rounds = Vec::new();
    for _ in 0..MAX_ROLL_ROUNDS {
        let throws = throw(&rolling, die)?;
        rolling = leaders(&throws);
        roll_rounds.push(throws);
        if let [winner_id] = *rolling {
            return Ok(TieRollData { tied_teams: tied.to_vec(), roll_rounds, winner_id });
        }
    }
    Err(TieError::NeverSettled)
}

impl TieRollData {
    /// The team that the stored throws make the winner, whatever `winner_id` says (`DOMAIN §11` 5).
    ///
    /// `None` when the throws break the rules: a team throws that is not rolling any more, one is missing, a value is
    /// no die's, throws go on after the tie is settled, or it never is.
    #[must_use]
    pub fn replay(&self) -> Option<TeamId> {
        let mut rolling: Vec<_> = self.tied_teams.iter().map(|it| it.id).collect();
        if has_duplicates(&rolling) {
            return None;
        }
        for throws in &self.roll_rounds {
            let throwers: Vec<_> = throws.iter().map(|it| it.team_id).collect();
            let is_settled = rolling.len() < 2;
            let is_fair = throws.iter().all(|it| is_die(it.roll));
            if is_settled || !is_fair || !same_teams(&throwers, &rolling) {
                return None;
            }
            rolling = leaders(throws);
        }
        match *rolling {
            [winner] if !self.roll_rounds.is_empty() => Some(winner),
            _ => None,
        }
    }

    /// Whether the stored throws make the stored winner (`DOMAIN §11` 5).
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.replay() == Some(self.winner_id)
    }
}

fn throw(rolling: &[TeamId], die: &mut impl FnMut() -> u8) -> Result<Vec<TeamRoll>, TieError> {
    let one = |&team_id| match die() {
        roll if is_die(roll) => Ok(TeamRoll { team_id, roll }),
        other => Err(TieError::NotADie(other)),
    };
    rolling.iter().map(one).collect()
}

/// The teams with the highest throw, in the order they threw.
fn leaders(throws: &[TeamRoll]) -> Vec<TeamId> {
    let highest = throws.iter().map(|it| it.roll).max();
    throws.iter().filter(|it| Some(it.roll) == highest).map(|it| it.team_id).collect()
}

fn is_die(value: u8) -> bool {
    (1..=DIE_SIDES).contains(&value)
}

fn has_duplicates(ids: &[TeamId]) -> bool {
    ids.iter().collect::<BTreeSet<_>>().len() != ids.len()
}

fn same_teams(left: &[TeamId], right: &[TeamId]) -> bool {
    left.len() == right.len() && left.iter().collect::<BTreeSet<_>>() == right.iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn tied(ids: &[i64]) -> Vec<TiedTeam> {
        ids.iter().map(|&id| TiedTeam { id: TeamId(id), name: format!("Team {id}"), mmr: 9120 }).collect()
    }

    fn dice(values: &[u8]) -> impl FnMut() -> u8 {
        let mut values = values.iter().copied();
        move || values.next().unwrap()
    }

    fn stored() -> TieRollData {
        roll(&tied(&[7, 9, 12]), &mut dice(&[6, 2, 6, 1, 3])).unwrap()
    }

    #[test]
    fn the_highest_throws_stay_until_one_team_is_left() {
        let data = stored();
        let throwers: Vec<Vec<_>> = data
            .roll_rounds
            .iter()
            .map(|round| round.iter().map(|it| (it.team_id.0, it.roll)).collect())
            .collect();
        assert_eq!(throwers, [vec![(7, 6), (9, 2), (12, 6)], vec![(7, 1), (12, 3)]]);
        assert_eq!(data.winner_id, TeamId(12));
        assert_eq!(data.replay(), Some(TeamId(12)));
        assert!(data.is_consistent());
    }

    #[test]
    fn the_json_is_the_predecessors() {
        let expected = json!({
            "tied_teams": [
                {"id": 7, "name": "Team 7", "mmr": 9120},
                {"id": 9, "name": "Team 9", "mmr": 9120},
                {"id": 12, "name": "Team 12", "mmr": 9120},
            ],
            "roll_rounds": [
                [{"team_id": 7, "roll": 6}, {"team_id": 9, "roll": 2}, {"team_id": 12, "roll": 6}],
                [{"team_id": 7, "roll": 1}, {"team_id": 12, "roll": 3}],
            ],
            "winner_id": 12,
        });
        assert_eq!(serde_json::to_value(stored()).unwrap(), expected);
        assert_eq!(serde_json::from_value::<TieRollData>(expected).unwrap(), stored());
    }

    #[test]
    fn a_wrong_winner_is_found_out() {
        let data = TieRollData { winner_id: TeamId(7), ..stored() };
        assert_eq!(data.replay(), Some(TeamId(12)));
        assert!(!data.is_consistent());
    }

    #[test]
    fn the_order_of_throws_within_a_round_does_not_matter() {
        let mut data = stored();
        data.roll_rounds[0].reverse();
        assert!(data.is_consistent());
    }

    #[test]
    fn throws_that_break_the_rules_have_no_winner() {
        let broken = |change: fn(&mut TieRollData)| {
            let mut data = stored();
            change(&mut data);
            data.replay()
        };
        assert_eq!(broken(|it| it.roll_rounds.clear()), None, "no throw at all");
        assert_eq!(broken(|it| it.roll_rounds.truncate(1)), None, "not settled");
        assert_eq!(broken(|it| it.roll_rounds[0][1].roll = 7), None, "no die");
        assert_eq!(broken(|it| it.roll_rounds[0][1].roll = 0), None, "no die");
        assert_eq!(broken(|it| it.roll_rounds[1].truncate(1)), None, "one did not throw");
        assert_eq!(broken(|it| it.roll_rounds[1][0].team_id = TeamId(9)), None, "9 is out");
        assert_eq!(broken(|it| it.roll_rounds[0][1].team_id = TeamId(7)), None, "7 threw twice");
        assert_eq!(broken(|it| it.roll_rounds.push(it.roll_rounds[1].clone())), None, "settled before");
        assert_eq!(broken(|it| it.tied_teams[0].id = TeamId(9)), None, "9 is listed twice");
        assert_eq!(broken(|it| it.tied_teams.clear()), None, "nobody tied");
    }

    #[test]
    fn one_team_cannot_tie() {
        assert_eq!(roll(&[], &mut dice(&[])), Err(TieError::NoTie));
        assert_eq!(roll(&tied(&[7]), &mut dice(&[])), Err(TieError::NoTie));
        assert_eq!(roll(&tied(&[7, 7]), &mut dice(&[])), Err(TieError::NoTie));
    }

    #[test]
    fn a_die_that_is_none_is_refused() {
        assert_eq!(roll(&tied(&[1, 2]), &mut dice(&[6, 7])), Err(TieError::NotADie(7)));
        assert_eq!(roll(&tied(&[1, 2]), &mut dice(&[0])), Err(TieError::NotADie(0)));
        assert_eq!(roll(&tied(&[1, 2]), &mut || 3), Err(TieError::NeverSettled));
    }

    proptest! {
        #[test]
        fn every_roll_replays_to_its_winner(n in 2_i64..9, seed in any::<u64>()) {
            let mut state = seed;
            let mut die = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                u8::try_from((state >> 33) % 6).unwrap() + 1
            };
            let data = roll(&tied(&(1..=n).collect::<Vec<_>>()), &mut die).unwrap();
            prop_assert!(data.is_consistent());
        }
    }
}
