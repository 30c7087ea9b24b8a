//! Reporting a result: who moves where, who is placed, who wins, and when it is refused.

use super::*;
use crate::domain::bracket::BracketError;

#[test]
fn the_winner_goes_on_and_the_loser_drops() {
    let bracket = played(&double(4), &[(w(1, 0), Radiant), (w(1, 1), Dire)]);
    assert_eq!((sitting(&bracket, w(2, 0)), sitting(&bracket, l(1, 0))), ((1, 3), (4, 2)));
    let node = bracket.nodes[&w(1, 1)];
    assert_eq!(
        (node.status, node.winner, node.loser()),
        (GameStatus::Completed, Some(TeamId(3)), Some(TeamId(2)))
    );
    assert!(bracket.placements.values().all(Option::is_none));
}

// DOMAIN §10.3 bug 40
#[test]
fn a_result_needs_an_opponent() {
    let bracket = played(&double(4), &[(w(1, 0), Radiant)]);
    assert_eq!(bracket.report(w(2, 0), Radiant, true), Err(BracketError::MissingTeam(w(2, 0))));
    assert_eq!(bracket.report(gf(1), Radiant, true), Err(BracketError::MissingTeam(gf(1))));
}

#[test]
fn a_bye_is_neither_reported_nor_retracted_nor_set_live() {
    let bracket = double(3);
    let refused = Err(BracketError::Bye(w(1, 0)));
    assert_eq!(bracket.report(w(1, 0), Radiant, true), refused);
    assert_eq!(bracket.retract(w(1, 0), true), refused);
    assert_eq!(bracket.set_status(w(1, 0), GameStatus::Live), refused);
    assert_eq!(bracket.assign_team(seat(w(1, 0), Dire), Some(TeamId(2))), refused);
}

#[test]
fn a_game_that_is_not_there_is_refused() {
    let refused = Err(BracketError::UnknownGame(w(7, 0)));
    assert_eq!(double(4).report(w(7, 0), Radiant, false), refused);
    assert_eq!(double(4).retract(w(7, 0), false), refused);
}

#[test]
fn the_same_winner_again_changes_nothing_however_much_rests_on_it() {
    let bracket = played_out(&double(8), |_| Radiant);
    assert_eq!(bracket.report(w(1, 0), Radiant, false), Ok(bracket.clone()));
    assert_eq!(bracket.report(w(1, 0), Radiant, true), Ok(bracket));
}

#[test]
fn a_live_game_is_reported_like_a_pending_one() {
    let live = double(4).set_status(w(1, 0), GameStatus::Live).unwrap();
    assert_eq!(played(&live, &[(w(1, 0), Dire)]), played(&double(4), &[(w(1, 0), Dire)]));
}

fn losers_of(bracket: &Bracket, key: NodeKey) -> Option<i32> {
    bracket.placements[&bracket.nodes[&key].loser().unwrap()]
}

// DOMAIN §10.3 bug 39
#[test]
fn losers_of_eight_and_sixteen_teams_are_placed_by_structure() {
    let eight = played_out(&double(8), |_| Radiant);
    assert_eq!([1, 2, 3, 4].map(|round| losers_of(&eight, l(round, 0))), [7, 5, 4, 3].map(Some));
    assert_eq!([1, 2].map(|round| losers_of(&eight, l(round, 1))), [7, 5].map(Some));
    let sixteen = played_out(&double(16), |_| Dire);
    let places = [1, 2, 3, 4, 5, 6].map(|round| losers_of(&sixteen, l(round, 0)));
    assert_eq!(places, [13, 9, 7, 5, 4, 3].map(Some));
}

// DOMAIN §10.3 bug 39
#[test]
fn single_elimination_places_its_losers() {
    let bracket = played_out(&single(8), |_| Radiant);
    let places = [1, 2, 3].map(|round| losers_of(&bracket, w(round, 0)));
    assert_eq!(places, [5, 3, 2].map(Some));
    assert_eq!((placement(&bracket, 1), bracket.winner), (Some(1), Some(TeamId(1))));
}

// DOMAIN §10.3 bug 39
#[test]
fn no_place_is_beyond_the_number_of_teams() {
    for n in 2..=16 {
        let bracket = played_out(&double(n), |_| Radiant);
        let worst = bracket.placements.values().flatten().max().copied().unwrap();
        assert!(i64::from(worst) <= n, "{n} teams, place {worst}");
    }
}

// DOMAIN §10.3 bug 40
#[test]
fn the_winner_of_the_final_wins_the_tournament() {
    let before = played(&double(2), &[(w(1, 0), Radiant)]);
    assert_eq!(before.winner, None);
    let after = played(&before, &[(gf(1), Dire)]);
    assert_eq!(after.winner, Some(TeamId(2)));
    assert_eq!((placement(&after, 2), placement(&after, 1)), (Some(1), Some(2)));
}

#[test]
fn a_team_placed_by_hand_keeps_its_place_when_it_is_out() {
    let mut bracket = double(2);
    bracket.placements.insert(TeamId(1), Some(9));
    let bracket = played(&bracket, &[(w(1, 0), Radiant), (gf(1), Dire)]);
    assert_eq!((placement(&bracket, 1), placement(&bracket, 2)), (Some(9), Some(1)));
}

/// Two teams and a final that is played again if need be, after the only game before it.
fn before_the_final() -> Bracket {
    played(&generated(2, DoubleElimination, true), &[(w(1, 0), Radiant)])
}

#[test]
fn the_final_is_played_again_when_the_losers_side_wins_it() {
    let bracket = played(&before_the_final(), &[(gf(1), Dire)]);
    let again = bracket.nodes[&gf(2)];
    assert_eq!((again.status, again.winner, again.next), (GameStatus::Pending, None, None));
    assert_eq!(sitting(&bracket, gf(2)), (1, 2));
    assert_eq!(bracket.winner, None);
    assert!(bracket.placements.values().all(Option::is_none));
    for (slot, champion, second) in [(Radiant, 1, 2), (Dire, 2, 1)] {
        let bracket = played(&bracket, &[(gf(2), slot)]);
        assert_eq!(bracket.winner, Some(TeamId(champion)));
        assert_eq!((placement(&bracket, champion), placement(&bracket, second)), (Some(1), Some(2)));
    }
}

#[test]
fn the_final_is_not_played_again_when_the_winners_side_wins_it() {
    let bracket = played(&before_the_final(), &[(gf(1), Radiant)]);
    assert!(!bracket.nodes.contains_key(&gf(2)));
    assert_eq!(bracket.winner, Some(TeamId(1)));
}

#[test]
fn the_final_is_not_played_again_unless_the_bracket_says_so() {
    let bracket = played(&double(2), &[(w(1, 0), Radiant), (gf(1), Dire)]);
    assert!(!bracket.nodes.contains_key(&gf(2)));
    assert_eq!(bracket.winner, Some(TeamId(2)));
}

#[test]
fn a_team_that_joins_the_tournament_later_moves_nobody_down() {
    for (late, n_before) in [(1, 0), (1, 3), (3, 5)] {
        let mut bracket = double(4);
        for _ in 0..n_before {
            let key = playable(&bracket).first().copied().unwrap();
            bracket = bracket.report(key, Radiant, false).unwrap();
        }
        bracket.placements.extend((0..late).map(|it| (TeamId(100 + it), None)));
        let bracket = played_out(&bracket, |_| Radiant);
        let mut places: Vec<_> = bracket.placements.values().flatten().copied().collect();
        places.sort_unstable();
        assert_eq!(places, [1, 2, 3, 4], "{late} after {n_before} games");
    }
}
