//! Who won a bracket and which place a loss means, from the bracket's structure alone.
//!
//! Swiss rounds have neither here; a placement set by hand is not this module's business.

use std::collections::BTreeMap;

use crate::types::{BracketType, GameStatus, TeamId};

/// A game as far as placements need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BracketGame {
    /// Part of the bracket.
    pub bracket_type: BracketType,
    /// Round within that part, from 1.
    pub round: i32,
    /// Whether only one team could ever enter it.
    pub is_bye: bool,
    /// Whether its loser plays on.
    pub has_loser_path: bool,
    /// Where it stands.
    pub status: GameStatus,
    /// Who won it.
    pub winning_team_id: Option<TeamId>,
}

/// Non-bye games of each round of the bracket in which losing means being out.
pub type RoundCounts = BTreeMap<i32, i32>;

/// Place of a team that loses in `round` and is out: `n − Σ_{i≤r} m(i) + 1` (`DOMAIN §3.7`).
///
/// `n_games` counts the losers bracket, or the only bracket of a single elimination. `None` for a round without
/// games, and when there are more games than `n_teams` teams can lose.
#[must_use]
pub fn placement_of_round(n_teams: i32, n_games: &RoundCounts, round: i32) -> Option<i32> {
    n_games.get(&round).filter(|it| **it > 0)?;
    let n_out: i32 = n_games.range(..=round).map(|(_, n)| n).sum();
    Some(n_teams - n_out + 1).filter(|it| *it >= 1)
}

/// Place of the loser of `game` within its bracket; `None` if they play on, or in Swiss (`DOMAIN §3.7`).
///
/// The loser of the last grand final is 2nd; of an earlier one, when the final is played again, nobody is out.
#[must_use]
pub fn loser_placement(n_teams: i32, bracket: &[BracketGame], game: &BracketGame) -> Option<i32> {
    if game.is_bye || game.has_loser_path {
        return None;
    }
    match game.bracket_type {
        BracketType::GrandFinals => {
            (Some(game.round) == last_round(bracket, BracketType::GrandFinals)).then_some(2)
        }
        // Beside a losers bracket nobody is out of the winners bracket, whatever links are missing.
        BracketType::Winners if last_round(bracket, BracketType::Losers).is_some() => None,
        side @ (BracketType::Losers | BracketType::Winners) => {
            let mut n_games = RoundCounts::new();
            for it in bracket.iter().filter(|it| it.bracket_type == side && !it.is_bye && !it.has_loser_path)
            {
                *n_games.entry(it.round).or_default() += 1;
            }
            placement_of_round(n_teams, &n_games, game.round)
        }
        BracketType::Swiss => None,
    }
}

/// The winner of the final, once it is decided: the last grand final, or the last round of the only bracket.
///
/// `None` while it is open, when the last round of an only bracket has several games, and for Swiss (`DOMAIN §3.6`).
#[must_use]
pub fn bracket_winner(bracket: &[BracketGame]) -> Option<TeamId> {
    let has = |side| bracket.iter().any(|it| it.bracket_type == side);
    let side = if has(BracketType::GrandFinals) { BracketType::GrandFinals } else { BracketType::Winners };
    if side == BracketType::Winners && (has(BracketType::Losers) || has(BracketType::Swiss)) {
        return None;
    }
    let last = last_round(bracket, side)?;
    let mut finals = bracket.iter().filter(|it| it.bracket_type == side && it.round == last);
    match (finals.next(), finals.next()) {
        (Some(game), None) if game.status == GameStatus::Completed => game.winning_team_id,
        _ => None,
    }
}

fn last_round(bracket: &[BracketGame], side: BracketType) -> Option<i32> {
    bracket.iter().filter(|it| it.bracket_type == side).map(|it| it.round).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn game(bracket_type: BracketType, round: i32) -> BracketGame {
        let has_loser_path = false;
        let status = GameStatus::Pending;
        BracketGame { bracket_type, round, is_bye: false, has_loser_path, status, winning_team_id: None }
    }

    fn won(bracket_type: BracketType, round: i32, team: i64) -> BracketGame {
        let winning_team_id = Some(TeamId(team));
        BracketGame { status: GameStatus::Completed, winning_team_id, ..game(bracket_type, round) }
    }

    fn rounds(bracket_type: BracketType, sizes: &[usize]) -> Vec<BracketGame> {
        (1..).zip(sizes).flat_map(|(round, n)| vec![game(bracket_type, round); *n]).collect()
    }

    fn counts(sizes: &[i32]) -> RoundCounts {
        (1..).zip(sizes.iter().copied()).collect()
    }

    fn places(n_teams: i32, sizes: &[i32]) -> Vec<i32> {
        (1..)
            .zip(sizes)
            .map(|(round, _)| placement_of_round(n_teams, &counts(sizes), round).unwrap())
            .collect()
    }

    #[test]
    fn losers_bracket_places_follow_the_table() {
        assert_eq!(places(4, &[1, 1]), [4, 3]);
        assert_eq!(places(8, &[2, 2, 1, 1]), [7, 5, 4, 3]);
        assert_eq!(places(16, &[4, 4, 2, 2, 1, 1]), [13, 9, 7, 5, 4, 3]);
    }

    #[test]
    fn single_elimination_places_halve() {
        assert_eq!(places(8, &[4, 2, 1]), [5, 3, 2]);
        assert_eq!(places(2, &[1]), [2]);
    }

    #[test]
    fn byes_take_no_place() {
        // Six teams: both games of losers round 1 are byes.
        let n_games = counts(&[0, 2, 1, 1]);
        let places: Vec<_> = (1..=5).map(|round| placement_of_round(6, &n_games, round)).collect();
        assert_eq!(places, [None, Some(5), Some(4), Some(3), None]);
    }

    #[test]
    fn more_games_than_teams_have_no_place() {
        assert_eq!(placement_of_round(2, &counts(&[2, 2]), 2), None);
    }

    #[test]
    fn in_double_elimination_only_the_losers_bracket_and_the_final_place() {
        let mut bracket = rounds(BracketType::Losers, &[2, 2, 1, 1]);
        bracket.push(BracketGame { is_bye: true, ..game(BracketType::Losers, 1) });
        bracket.push(game(BracketType::GrandFinals, 1));
        let drops = BracketGame { has_loser_path: true, ..game(BracketType::Winners, 1) };
        bracket.push(drops);
        let place = |it| loser_placement(8, &bracket, &it);
        assert_eq!(place(drops), None);
        assert_eq!(place(game(BracketType::Winners, 1)), None);
        assert_eq!(place(BracketGame { is_bye: true, ..game(BracketType::Losers, 1) }), None);
        assert_eq!([1, 2, 3, 4].map(|r| place(game(BracketType::Losers, r))), [7, 5, 4, 3].map(Some));
        assert_eq!(place(game(BracketType::GrandFinals, 1)), Some(2));
    }

    #[test]
    fn when_the_final_is_played_again_only_the_last_one_places() {
        let bracket = rounds(BracketType::GrandFinals, &[1, 1]);
        assert_eq!(loser_placement(8, &bracket, &bracket[0]), None);
        assert_eq!(loser_placement(8, &bracket, &bracket[1]), Some(2));
    }

    #[test]
    fn in_single_elimination_the_winners_bracket_places() {
        let bracket = rounds(BracketType::Winners, &[4, 2, 1]);
        let place = |round| loser_placement(8, &bracket, &game(BracketType::Winners, round));
        assert_eq!([1, 2, 3].map(place), [Some(5), Some(3), Some(2)]);
    }

    #[test]
    fn swiss_has_no_places_and_no_winner() {
        let bracket = [won(BracketType::Swiss, 1, 7)];
        assert_eq!(loser_placement(8, &bracket, &bracket[0]), None);
        assert_eq!(bracket_winner(&bracket), None);
    }

    #[test]
    fn the_last_grand_final_decides_the_winner() {
        let (winners, losers) = (won(BracketType::Winners, 3, 1), won(BracketType::Losers, 4, 2));
        let first = won(BracketType::GrandFinals, 1, 2);
        assert_eq!(bracket_winner(&[winners, losers, first]), Some(TeamId(2)));
        let open = game(BracketType::GrandFinals, 2);
        assert_eq!(bracket_winner(&[winners, losers, first, open]), None);
        let second = won(BracketType::GrandFinals, 2, 1);
        assert_eq!(bracket_winner(&[winners, second, losers, first]), Some(TeamId(1)));
    }

    #[test]
    fn the_last_game_of_an_only_bracket_decides_the_winner() {
        let last = won(BracketType::Winners, 2, 5);
        let early = won(BracketType::Winners, 1, 6);
        assert_eq!(bracket_winner(&[last, early, early]), Some(TeamId(5)));
        assert_eq!(bracket_winner(&[early, early]), None);
        assert_eq!(bracket_winner(&[last, won(BracketType::Losers, 1, 3)]), None);
        assert_eq!(bracket_winner(&[]), None);
    }

    #[test]
    fn a_final_that_is_not_completed_has_no_winner() {
        let live = BracketGame { status: GameStatus::Live, ..won(BracketType::GrandFinals, 1, 5) };
        assert_eq!(bracket_winner(&[live]), None);
    }
}
