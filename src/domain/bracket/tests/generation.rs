//! Which games a bracket has, how they are wired, who starts where, and what becomes of empty seats.

use std::collections::BTreeMap;

use super::*;
use crate::domain::bracket::{BracketError, MAX_BRACKET_TEAMS};
use crate::types::EliminationType;

/// Numbers of games of each round of one part.
fn sizes(bracket: &Bracket, part: BracketType) -> Vec<usize> {
    let mut sizes = BTreeMap::<i32, usize>::new();
    for key in bracket.nodes.keys().filter(|it| it.bracket_type == part) {
        *sizes.entry(key.round).or_default() += 1;
    }
    sizes.into_values().collect()
}

fn byes(bracket: &Bracket) -> Vec<NodeKey> {
    bracket.nodes.iter().filter(|(_, it)| it.is_bye).map(|(key, _)| *key).collect()
}

// DOMAIN §10.3 bug 42
#[test]
fn generation_makes_the_games_it_promises() {
    let bracket = double(8);
    assert_eq!(sizes(&bracket, BracketType::Winners), [4, 2, 1]);
    assert_eq!(sizes(&bracket, BracketType::Losers), [2, 2, 1, 1]);
    assert_eq!(sizes(&bracket, BracketType::GrandFinals), [1]);
    assert_eq!(sizes(&double(16), BracketType::Losers), [4, 4, 2, 2, 1, 1]);
    assert!(bracket.nodes.values().all(|it| it.status == GameStatus::Pending && it.winner.is_none()));
}

#[test]
fn the_first_round_pairs_the_best_with_the_worst() {
    let bracket = double(8);
    let pairs = [0, 1, 2, 3].map(|position| sitting(&bracket, w(1, position)));
    assert_eq!(pairs, [(1, 8), (4, 5), (2, 7), (3, 6)]);
    assert_eq!(sitting(&bracket, w(2, 0)), (0, 0));
}

#[test]
fn winners_meet_their_neighbours_up_to_the_final() {
    let bracket = double(8);
    let next = |key| bracket.nodes[&key].next;
    assert_eq!(next(w(1, 0)), Some(seat(w(2, 0), Radiant)));
    assert_eq!(next(w(1, 1)), Some(seat(w(2, 0), Dire)));
    assert_eq!(next(w(1, 3)), Some(seat(w(2, 1), Dire)));
    assert_eq!(next(w(2, 1)), Some(seat(w(3, 0), Dire)));
    assert_eq!(next(w(3, 0)), Some(seat(gf(1), Radiant)));
    assert_eq!(next(gf(1)), None);
}

// DOMAIN §10.3 bug 37
#[test]
fn every_seat_of_the_losers_bracket_is_fed_once_with_five_teams_and_more() {
    let bracket = double(8);
    let drop = |key| bracket.nodes[&key].loser_next;
    assert_eq!(drop(w(1, 0)), Some(seat(l(1, 0), Radiant)));
    assert_eq!(drop(w(1, 1)), Some(seat(l(1, 0), Dire)));
    assert_eq!(drop(w(1, 2)), Some(seat(l(1, 1), Radiant)));
    assert_eq!(drop(w(1, 3)), Some(seat(l(1, 1), Dire)));
    assert_eq!(drop(w(2, 0)), Some(seat(l(2, 0), Dire)));
    assert_eq!(drop(w(2, 1)), Some(seat(l(2, 1), Dire)));
    assert_eq!(drop(w(3, 0)), Some(seat(l(4, 0), Dire)));
    let next = |key| bracket.nodes[&key].next;
    assert_eq!(next(l(1, 0)), Some(seat(l(2, 0), Radiant)));
    assert_eq!(next(l(1, 1)), Some(seat(l(2, 1), Radiant)));
    assert_eq!(next(l(2, 0)), Some(seat(l(3, 0), Radiant)));
    assert_eq!(next(l(2, 1)), Some(seat(l(3, 0), Dire)));
    assert_eq!(next(l(3, 0)), Some(seat(l(4, 0), Radiant)));
    assert_eq!(next(l(4, 0)), Some(seat(gf(1), Dire)));
}

#[test]
fn a_loser_drops_once_and_is_then_out() {
    let bracket = double(8);
    let types = |part| {
        let of_part = bracket.nodes.iter().filter(move |(key, _)| key.bracket_type == part);
        of_part.map(|(_, node)| node.elimination_type)
    };
    assert!(types(BracketType::Winners).all(|it| it == EliminationType::Double));
    assert!(types(BracketType::Losers).all(|it| it == EliminationType::Single));
    assert!(types(BracketType::GrandFinals).all(|it| it == EliminationType::Single));
}

#[test]
fn two_teams_play_once_and_meet_again_in_the_final() {
    let bracket = double(2);
    assert_eq!(bracket.nodes.keys().copied().collect::<Vec<_>>(), [w(1, 0), gf(1)]);
    let first = bracket.nodes[&w(1, 0)];
    assert_eq!(first.next, Some(seat(gf(1), Radiant)));
    assert_eq!(first.loser_next, Some(seat(gf(1), Dire)));
    let bracket = played(&bracket, &[(w(1, 0), Dire)]);
    assert_eq!(sitting(&bracket, gf(1)), (2, 1));
    assert_eq!((placement(&bracket, 1), placement(&bracket, 2)), (None, None));
}

// DOMAIN §10.3 bug 37
#[test]
fn single_elimination_is_the_winners_bracket_alone() {
    let bracket = single(8);
    assert_eq!(sizes(&bracket, BracketType::Winners), [4, 2, 1]);
    assert_eq!(bracket.nodes.len(), 7);
    assert!(bracket.nodes.values().all(|it| it.loser_next.is_none()));
    assert!(bracket.nodes.values().all(|it| it.elimination_type == EliminationType::Single));
    assert_eq!(bracket.nodes[&w(3, 0)].next, None);
}

// DOMAIN §10.3 bug 37
#[test]
fn byes_go_to_the_best_seeds_who_go_on_at_once() {
    let bracket = double(6);
    assert_eq!(byes(&bracket), [w(1, 0), w(1, 2), l(1, 0), l(1, 1)]);
    let bye = bracket.nodes[&w(1, 0)];
    assert_eq!((bye.status, bye.winner, bye.loser_next), (GameStatus::Completed, Some(TeamId(1)), None));
    assert_eq!(sitting(&bracket, w(1, 0)), (1, 0));
    assert_eq!((sitting(&bracket, w(2, 0)), sitting(&bracket, w(2, 1))), ((1, 0), (2, 0)));
    assert_eq!(playable(&bracket), [w(1, 1), w(1, 3)]);
}

#[test]
fn a_bye_of_the_losers_bracket_is_decided_when_its_team_arrives() {
    let bracket = played(&double(6), &[(w(1, 1), Radiant)]);
    let bye = bracket.nodes[&l(1, 0)];
    assert_eq!((bye.radiant, bye.dire, bye.winner), (None, Some(TeamId(5)), Some(TeamId(5))));
    assert_eq!(bye.status, GameStatus::Completed);
    assert_eq!(sitting(&bracket, l(2, 0)), (5, 0));
    let untouched = bracket.nodes[&l(1, 1)];
    assert_eq!((untouched.status, untouched.winner), (GameStatus::Pending, None));
}

#[test]
fn a_game_that_nobody_can_enter_is_not_made_and_closes_the_seat_behind_it() {
    // Five teams: only one winners game of round 1 has a loser, so losers round 1 has one game, a bye.
    let bracket = double(5);
    assert_eq!(byes(&bracket), [w(1, 0), w(1, 2), w(1, 3), l(1, 0), l(2, 1)]);
    assert!(!bracket.nodes.contains_key(&l(1, 1)));
    let bracket = played(&bracket, &[(w(2, 1), Radiant)]);
    assert_eq!(sitting(&bracket, l(2, 1)), (0, 3));
    assert_eq!(sitting(&bracket, l(3, 0)), (0, 3));
}

#[test]
fn swiss_is_refused() {
    let order = teams(4);
    let plan = BracketPlan { format: TournamentType::Swiss, order: &order, has_grand_final_reset: false };
    assert_eq!(Bracket::new(teams(4)).generate(&plan, false), Err(BracketError::SwissNotSupported));
}

#[test]
fn a_bracket_has_two_to_sixty_four_teams() {
    let generate = |n| {
        let order = teams(n);
        let plan = BracketPlan { format: DoubleElimination, order: &order, has_grand_final_reset: true };
        Bracket::new(teams(n)).generate(&plan, false).map(|it| it.nodes.len())
    };
    assert_eq!([0, 1, 65].map(generate), [0, 1, 65].map(|n| Err(BracketError::TeamCount(n))));
    assert_eq!((generate(2), generate(64)), (Ok(2), Ok(126)));
    assert_eq!(MAX_BRACKET_TEAMS, 64);
}

// DOMAIN §10.3 bug 43
#[test]
fn a_bracket_is_made_of_the_tournaments_own_teams_each_once() {
    let generate = |order: [i64; 4]| {
        let order = order.map(TeamId);
        let plan = BracketPlan { format: SingleElimination, order: &order, has_grand_final_reset: false };
        Bracket::new(teams(4)).generate(&plan, false).map(|it| sitting(&it, w(1, 0)))
    };
    assert_eq!(generate([4, 3, 2, 1]), Ok((4, 1)));
    assert_eq!(generate([1, 2, 3, 9]), Err(BracketError::UnknownTeam(TeamId(9))));
    assert_eq!(generate([1, 2, 3, 3]), Err(BracketError::RepeatedSeed(TeamId(3))));
}

#[test]
fn an_order_without_one_of_the_teams_is_refused() {
    let order = teams(3);
    let plan = BracketPlan { format: SingleElimination, order: &order, has_grand_final_reset: false };
    assert_eq!(Bracket::new(teams(4)).generate(&plan, false), Err(BracketError::MissingSeed(TeamId(4))));
}

// DOMAIN §10.3 bug 35
#[test]
fn results_are_not_lost_by_generating_again_unless_asked_to() {
    let before = played(&double(4), &[(w(1, 0), Radiant), (w(1, 1), Radiant), (l(1, 0), Radiant)]);
    let order = teams(4);
    let plan = BracketPlan { format: DoubleElimination, order: &order, has_grand_final_reset: false };
    let games = vec![w(1, 0), w(1, 1), l(1, 0)];
    assert_eq!(before.generate(&plan, false), Err(BracketError::ResultsInTheWay { games }));
    assert_eq!(before.generate(&plan, true), Ok(double(4)));
}

#[test]
fn generating_over_open_games_keeps_placements_by_hand() {
    let mut before = double(4);
    before.placements.insert(TeamId(3), Some(4));
    let order = teams(4);
    let plan = BracketPlan { format: SingleElimination, order: &order, has_grand_final_reset: true };
    let after = before.generate(&plan, false).unwrap();
    assert_eq!(placement(&after, 3), Some(4));
    assert_eq!(after.nodes, single(4).nodes);
    assert!(!after.has_grand_final_reset, "single elimination has no grand final");
}

#[test]
fn seeding_anew_keeps_format_and_final_reset() {
    let order = [4, 3, 2, 1].map(TeamId);
    for (format, has_reset) in
        [(SingleElimination, false), (DoubleElimination, false), (DoubleElimination, true)]
    {
        let after = generated(4, format, has_reset).reseed(&order).unwrap();
        assert_eq!(after.format(), Some(format));
        assert_eq!(after.has_grand_final_reset, has_reset);
        assert_eq!((sitting(&after, w(1, 0)), sitting(&after, w(1, 1))), ((4, 1), (3, 2)));
    }
}

#[test]
fn seeds_stay_once_a_game_was_begun_byes_aside() {
    let bracket = double(3);
    let order = [3, 2, 1].map(TeamId);
    assert_eq!(sitting(&bracket.reseed(&order).unwrap(), w(1, 0)), (3, 0));
    let live = bracket.set_status(w(1, 1), GameStatus::Live).unwrap();
    let refused = Err(BracketError::AlreadyPlayed { games: vec![w(1, 1)] });
    assert_eq!(live.reseed(&order), refused);
    assert_eq!(played(&bracket, &[(w(1, 1), Dire)]).reseed(&order), refused);
}

#[test]
fn without_games_there_is_nothing_to_seed_anew() {
    assert_eq!(Bracket::new(teams(4)).format(), None);
    assert_eq!(Bracket::new(teams(4)).reseed(&teams(4)), Err(BracketError::NoBracket));
}
