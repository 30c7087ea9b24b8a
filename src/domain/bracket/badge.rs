//! The letters that tie a winners-bracket match to the slot its loser drops into.
//!
//! Reads the stored links only, so a bracket saved with other wiring than ours still shows where its losers go.

use std::collections::BTreeMap;

use crate::types::{BracketType, GameId, Slot};

/// A game as far as badges need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadgeNode {
    /// Key of the game.
    pub id: GameId,
    /// Part of the bracket.
    pub bracket_type: BracketType,
    /// Round within that part, from 1.
    pub round: i32,
    /// Position within the round, from 0.
    pub position: i32,
    /// Where the loser goes.
    pub loser_next_game_id: Option<GameId>,
    /// Which seat there.
    pub loser_next_slot: Option<Slot>,
}

/// The letters of one bracket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badges {
    games: BTreeMap<GameId, String>,
    slots: BTreeMap<(GameId, Slot), String>,
}

impl Badges {
    /// The letter of a winners-bracket match; `None` if its loser goes nowhere.
    #[must_use]
    pub fn of_game(&self, id: GameId) -> Option<&str> {
        self.games.get(&id).map(String::as_str)
    }

    /// The letter of the match whose loser takes this seat.
    #[must_use]
    pub fn of_slot(&self, id: GameId, slot: Slot) -> Option<&str> {
        self.slots.get(&(id, slot)).map(String::as_str)
    }
}

/// Letters A, B, C… in order of round, position, id to the winners-bracket matches with a loser path, each repeated
/// at the slot it feeds; after Z come AA, AB… (`DOMAIN §3.3`).
#[must_use]
pub fn badges(nodes: &[BadgeNode]) -> Badges {
    let mut feeders: Vec<_> = nodes
        .iter()
        .filter(|it| it.bracket_type == BracketType::Winners)
        .filter_map(|it| it.loser_next_game_id.map(|target| (it, target)))
        .collect();
    feeders.sort_by_key(|(it, _)| (it.round, it.position, it.id));
    let mut badges = Badges::default();
    for (index, (feeder, target)) in feeders.into_iter().enumerate() {
        let letter = letters(index);
        if let Some(slot) = feeder.loser_next_slot {
            badges.slots.insert((target, slot), letter.clone());
        }
        badges.games.insert(feeder.id, letter);
    }
    badges
}

/// 0 → A, 25 → Z, 26 → AA: the columns of a spreadsheet.
fn letters(index: usize) -> String {
    const ALPHABET: usize = 26;
    let last = ('A'..='Z').nth(index % ALPHABET).unwrap_or('?');
    match (index / ALPHABET).checked_sub(1) {
        Some(rest) => format!("{}{last}", letters(rest)),
        None => last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i64, bracket_type: BracketType, at: (i32, i32), loser: Option<(i64, Slot)>) -> BadgeNode {
        BadgeNode {
            id: GameId(id),
            bracket_type,
            round: at.0,
            position: at.1,
            loser_next_game_id: loser.map(|(game, _)| GameId(game)),
            loser_next_slot: loser.map(|(_, slot)| slot),
        }
    }

    /// Eight teams: games 1–7 winners, 8–13 losers, 14 the final; listed out of order.
    fn eight_teams() -> Vec<BadgeNode> {
        use BracketType::{GrandFinals, Losers, Winners};
        use Slot::{Dire, Radiant};
        let mut nodes = vec![
            node(14, GrandFinals, (1, 0), None),
            node(7, Winners, (3, 0), Some((13, Dire))),
            node(6, Winners, (2, 1), Some((11, Dire))),
            node(5, Winners, (2, 0), Some((10, Dire))),
            node(4, Winners, (1, 3), Some((9, Dire))),
            node(3, Winners, (1, 2), Some((9, Radiant))),
            node(2, Winners, (1, 1), Some((8, Dire))),
            node(1, Winners, (1, 0), Some((8, Radiant))),
        ];
        let losers = [(8, 1, 0), (9, 1, 1), (10, 2, 0), (11, 2, 1), (12, 3, 0), (13, 4, 0)];
        nodes.extend(losers.map(|(id, round, position)| node(id, Losers, (round, position), None)));
        nodes
    }

    #[test]
    fn winners_matches_are_lettered_by_round_and_position() {
        let badges = badges(&eight_teams());
        let of_games: Vec<_> = (1..=7).map(|id| badges.of_game(GameId(id)).unwrap()).collect();
        assert_eq!(of_games, ["A", "B", "C", "D", "E", "F", "G"]);
        assert!((8..=14).all(|id| badges.of_game(GameId(id)).is_none()));
    }

    #[test]
    fn the_slot_a_loser_drops_into_shows_the_same_letter() {
        let badges = badges(&eight_teams());
        let slot = |id, slot| badges.of_slot(GameId(id), slot);
        assert_eq!((slot(8, Slot::Radiant), slot(8, Slot::Dire)), (Some("A"), Some("B")));
        assert_eq!((slot(9, Slot::Radiant), slot(9, Slot::Dire)), (Some("C"), Some("D")));
        assert_eq!((slot(10, Slot::Radiant), slot(10, Slot::Dire)), (None, Some("E")));
        assert_eq!((slot(11, Slot::Dire), slot(13, Slot::Dire)), (Some("F"), Some("G")));
        assert_eq!((slot(12, Slot::Radiant), slot(12, Slot::Dire)), (None, None));
    }

    #[test]
    fn a_match_whose_loser_is_out_takes_no_letter() {
        let badges = badges(&[
            node(1, BracketType::Winners, (1, 0), None),
            node(2, BracketType::Winners, (1, 1), Some((3, Slot::Radiant))),
        ]);
        assert_eq!((badges.of_game(GameId(1)), badges.of_game(GameId(2))), (None, Some("A")));
    }

    #[test]
    fn a_link_without_a_slot_still_letters_the_match() {
        let mut feeder = node(1, BracketType::Winners, (1, 0), Some((2, Slot::Dire)));
        feeder.loser_next_slot = None;
        let badges = badges(&[feeder]);
        assert_eq!(badges.of_game(GameId(1)), Some("A"));
        assert_eq!(badges.of_slot(GameId(2), Slot::Dire), None);
    }

    #[test]
    fn letters_go_on_like_the_columns_of_a_spreadsheet() {
        let cases =
            [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")];
        for (index, expected) in cases {
            assert_eq!(letters(index), expected, "{index}");
        }
    }
}
