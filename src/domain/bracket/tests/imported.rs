//! Brackets that were not generated here: other wiring, missing links, results without consequences, Swiss rounds.

use super::*;
use crate::domain::bracket::BracketError;
use crate::types::EliminationType;

fn node(radiant: i64, dire: i64) -> Node {
    let team = |id| Some(TeamId(id)).filter(|it| it.0 != 0);
    Node { radiant: team(radiant), dire: team(dire), ..Node::new(EliminationType::Double) }
}

fn won(radiant: i64, dire: i64, winner: i64) -> Node {
    Node { winner: Some(TeamId(winner)), status: GameStatus::Completed, ..node(radiant, dire) }
}

fn bracket(n: i64, nodes: &[(NodeKey, Node)]) -> Bracket {
    Bracket { nodes: nodes.iter().copied().collect(), ..Bracket::new(teams(n)) }
}

#[test]
fn a_game_without_links_is_reported_and_taken_back() {
    // Two games of one round and no final: nobody can tell who won.
    let before = bracket(4, &[(w(1, 0), node(1, 2)), (w(1, 1), node(3, 4))]);
    let after = before.report(w(1, 0), Dire, false).unwrap();
    assert_eq!((after.nodes[&w(1, 0)].winner, after.winner), (Some(TeamId(2)), None));
    assert_eq!(after.nodes[&w(1, 1)], before.nodes[&w(1, 1)]);
    assert_eq!(after.retract(w(1, 0), false), Ok(before));
}

#[test]
fn a_link_to_a_missing_game_moves_nobody() {
    let stray = Node { next: Some(seat(w(2, 0), Dire)), loser_next: Some(seat(l(1, 0), Dire)), ..node(1, 2) };
    let before = bracket(2, &[(w(1, 0), stray)]);
    let after = before.report(w(1, 0), Radiant, false).unwrap();
    assert_eq!(after.nodes.len(), 1);
    assert_eq!(after.retract(w(1, 0), false), Ok(before));
}

#[test]
fn a_loser_link_counts_in_double_elimination_only() {
    let elimination_type = EliminationType::Single;
    let first = Node { loser_next: Some(seat(l(1, 0), Radiant)), elimination_type, ..node(1, 2) };
    let before = bracket(2, &[(w(1, 0), first), (l(1, 0), node(0, 0))]);
    let after = before.report(w(1, 0), Radiant, false).unwrap();
    assert_eq!(sitting(&after, l(1, 0)), (0, 0));
}

#[test]
fn other_wiring_is_followed_as_it_is() {
    // The winner goes to Dire of the final, the loser to its Radiant side.
    let first = Node { next: Some(seat(gf(1), Dire)), loser_next: Some(seat(gf(1), Radiant)), ..node(1, 2) };
    let before = bracket(2, &[(w(1, 0), first), (gf(1), node(0, 0))]);
    let after = before.report(w(1, 0), Radiant, false).unwrap();
    assert_eq!(sitting(&after, gf(1)), (2, 1));
    assert_eq!(after.retract(w(1, 0), false), Ok(before));
}

#[test]
fn a_completed_game_that_never_moved_its_teams_is_corrected() {
    let first =
        Node { next: Some(seat(gf(1), Radiant)), loser_next: Some(seat(gf(1), Dire)), ..won(1, 2, 1) };
    let before = bracket(2, &[(w(1, 0), first), (gf(1), node(0, 0))]);
    let corrected = before.report(w(1, 0), Dire, false).unwrap();
    assert_eq!(sitting(&corrected, gf(1)), (2, 1));
    assert_eq!(sitting(&before.retract(w(1, 0), false).unwrap(), gf(1)), (0, 0));
}

#[test]
fn a_final_completed_without_placements_gets_them_when_corrected() {
    let before = bracket(2, &[(w(1, 0), won(1, 2, 1)), (gf(1), won(1, 2, 1))]);
    let corrected = before.report(gf(1), Dire, false).unwrap();
    assert_eq!((placement(&corrected, 1), placement(&corrected, 2)), (Some(2), Some(1)));
    assert_eq!(corrected.winner, Some(TeamId(2)));
}

// DOMAIN §10.3 bug 40
#[test]
fn a_wrong_placement_of_the_predecessor_goes_when_its_result_is_corrected() {
    let mut before = played(&double(8), &[(w(1, 0), Radiant), (w(1, 1), Radiant), (l(1, 0), Radiant)]);
    assert_eq!((placement(&before, 8), placement(&before, 5)), (None, Some(7)));
    before.placements.insert(TeamId(5), Some(5));
    let corrected = before.report(l(1, 0), Dire, false).unwrap();
    assert_eq!((placement(&corrected, 8), placement(&corrected, 5)), (Some(7), None));
}

#[test]
fn another_team_in_the_target_seat_gives_way_while_the_game_is_pending() {
    let first = Node { next: Some(seat(w(2, 0), Radiant)), ..node(1, 2) };
    let before = bracket(4, &[(w(1, 0), first), (w(2, 0), node(3, 4))]);
    assert_eq!(sitting(&before.report(w(1, 0), Radiant, false).unwrap(), w(2, 0)), (1, 4));
}

#[test]
fn a_target_that_was_begun_with_another_team_is_in_the_way() {
    let first = Node { next: Some(seat(w(2, 0), Radiant)), ..node(1, 2) };
    let before = bracket(4, &[(w(1, 0), first), (w(2, 0), won(3, 4, 3))]);
    let games = vec![w(2, 0)];
    assert_eq!(before.report(w(1, 0), Radiant, false), Err(BracketError::ResultsInTheWay { games }));
    let after = before.report(w(1, 0), Radiant, true).unwrap();
    assert_eq!(after.nodes[&w(2, 0)], node(1, 4));
}

#[test]
fn a_target_that_was_begun_with_the_same_team_is_left_alone() {
    let first = Node { next: Some(seat(w(2, 0), Radiant)), ..node(1, 2) };
    let before = bracket(4, &[(w(1, 0), first), (w(2, 0), won(1, 4, 4))]);
    let after = before.report(w(1, 0), Radiant, false).unwrap();
    assert_eq!(after.nodes[&w(2, 0)], won(1, 4, 4));
}

#[test]
fn an_imported_bye_becomes_a_game_when_its_second_team_arrives() {
    let first = Node { next: Some(seat(w(2, 0), Dire)), ..node(1, 2) };
    let bye = Node { is_bye: true, ..won(3, 0, 3) };
    let before = bracket(3, &[(w(1, 0), first), (w(2, 0), bye)]);
    let games = vec![w(2, 0)];
    assert_eq!(before.report(w(1, 0), Radiant, false), Err(BracketError::ResultsInTheWay { games }));
    let after = before.report(w(1, 0), Radiant, true).unwrap();
    assert_eq!(after.nodes[&w(2, 0)], node(3, 1));
    // Starting over sees at once that the seat is fed.
    assert_eq!(before.reset(false).unwrap().nodes[&w(2, 0)], node(3, 0));
}

#[test]
fn swiss_results_are_reported_without_advancement() {
    let swiss = |round| NodeKey::new(BracketType::Swiss, round, 0);
    let elimination_type = EliminationType::Swiss;
    let first = Node { elimination_type, next: Some(seat(swiss(2), Radiant)), ..node(1, 2) };
    let second = Node { elimination_type, ..node(0, 0) };
    let before = bracket(2, &[(swiss(1), first), (swiss(2), second)]);
    let after = before.report(swiss(1), Dire, false).unwrap();
    assert_eq!(after.nodes[&swiss(1)].winner, Some(TeamId(2)));
    assert_eq!(after.nodes[&swiss(2)], second);
    assert_eq!((after.winner, placement(&after, 1)), (None, None));
    assert_eq!(after.retract(swiss(1), false), Ok(before.clone()));
    assert_eq!(before.reseed(&teams(2)), Err(BracketError::SwissNotSupported));
    assert!(before.assign_team(seat(swiss(2), Radiant), Some(TeamId(1))).is_ok(), "no game feeds it");
}

#[test]
fn links_in_a_circle_end() {
    let first = Node { next: Some(seat(w(1, 1), Radiant)), ..node(1, 2) };
    let second = Node { next: Some(seat(w(1, 0), Radiant)), ..node(0, 3) };
    let before = bracket(3, &[(w(1, 0), first), (w(1, 1), second)]);
    let after = before.report(w(1, 0), Radiant, true).unwrap();
    assert_eq!(sitting(&after, w(1, 1)), (1, 3));
    let after = after.report(w(1, 1), Dire, true).unwrap();
    assert_eq!(sitting(&after, w(1, 0)), (3, 2));
}

#[test]
fn a_seat_that_somebody_else_took_is_not_emptied() {
    let first = Node { next: Some(seat(w(2, 0), Radiant)), ..won(1, 2, 1) };
    let before = bracket(4, &[(w(1, 0), first), (w(2, 0), won(3, 4, 3))]);
    let after = before.retract(w(1, 0), false).unwrap();
    assert_eq!(after.nodes[&w(2, 0)], won(3, 4, 3));
}

#[test]
fn a_team_that_is_out_twice_is_placed_by_how_far_it_came() {
    let games = [(w(1, 0), node(1, 2)), (w(1, 1), node(3, 4)), (w(2, 0), node(1, 2))];
    let once = played(&bracket(4, &games), &[(w(1, 0), Radiant)]);
    assert_eq!(placement(&once, 2), Some(3));
    let twice = played(&once, &[(w(2, 0), Radiant)]);
    assert_eq!(placement(&twice, 2), Some(2));
    assert_eq!(twice.retract(w(2, 0), false), Ok(once));
}

#[test]
fn a_final_with_a_link_of_its_own_makes_no_second_one() {
    let first = Node { next: Some(seat(gf(2), Radiant)), ..node(1, 2) };
    let mut before = bracket(2, &[(gf(1), first), (gf(2), node(0, 0))]);
    before.has_grand_final_reset = true;
    let after = before.report(gf(1), Dire, false).unwrap();
    assert_eq!(sitting(&after, gf(2)), (2, 0));
    assert_eq!(after.retract(gf(1), false), Ok(before));
}

#[test]
fn the_loser_link_of_a_bye_feeds_nothing() {
    let bye = Node { is_bye: true, loser_next: Some(seat(l(1, 0), Radiant)), ..won(1, 0, 1) };
    let before = bracket(2, &[(w(1, 0), bye), (l(1, 0), node(0, 0))]);
    let after = before.assign_team(seat(l(1, 0), Radiant), Some(TeamId(2))).unwrap();
    assert_eq!(sitting(&after, l(1, 0)), (2, 0));
}

#[test]
fn games_of_double_elimination_are_that_format_even_without_a_losers_bracket() {
    let games = [(w(1, 0), node(1, 2))];
    assert_eq!(bracket(2, &games).format(), Some(DoubleElimination));
}
