//! Taking a result back, and reporting another: what goes with it, and what stands in the way.

use super::*;
use crate::domain::bracket::BracketError;

fn in_the_way(games: &[NodeKey]) -> Result<Bracket, BracketError> {
    Err(BracketError::ResultsInTheWay { games: games.to_vec() })
}

/// Four teams before the winners final and losers round 2: 1 and 2 are through, 4 beat 3 in losers round 1.
fn halfway() -> Bracket {
    played(&double(4), &[(w(1, 0), Radiant), (w(1, 1), Radiant), (l(1, 0), Radiant)])
}

// DOMAIN §10.3 bug 41
#[test]
fn a_result_that_is_taken_back_leaves_a_pending_game_and_empty_seats() {
    let before = double(4);
    let bracket = played(&before, &[(w(1, 0), Radiant)]);
    assert_eq!(bracket.retract(w(1, 0), false), Ok(before));
}

#[test]
fn a_game_without_a_result_has_nothing_to_take_back() {
    assert_eq!(double(4).retract(w(1, 0), false), Ok(double(4)));
    let live = double(4).set_status(w(1, 0), GameStatus::Live).unwrap();
    assert_eq!(live.retract(w(1, 0), false), Ok(live));
}

#[test]
fn a_live_game_returns_as_pending() {
    let live = double(4).set_status(w(1, 0), GameStatus::Live).unwrap();
    let bracket = played(&live, &[(w(1, 0), Dire)]);
    assert_eq!(bracket.retract(w(1, 0), false), Ok(double(4)));
}

#[test]
fn pending_games_are_not_in_the_way_of_a_correction() {
    let bracket = played(&double(4), &[(w(1, 0), Radiant), (w(1, 1), Radiant)]);
    let corrected = bracket.report(w(1, 0), Dire, false).unwrap();
    assert_eq!((sitting(&corrected, w(2, 0)), sitting(&corrected, l(1, 0))), ((4, 2), (1, 3)));
}

#[test]
fn live_and_completed_games_are_in_the_way_and_listed() {
    let bracket = halfway();
    assert_eq!(bracket.report(w(1, 0), Dire, false), in_the_way(&[l(1, 0)]));
    let bracket = bracket.set_status(w(2, 0), GameStatus::Live).unwrap();
    assert_eq!(bracket.retract(w(1, 0), false), in_the_way(&[w(2, 0), l(1, 0)]));
}

#[test]
fn everything_that_a_cascade_would_clear_is_listed() {
    let bracket = played_out(&double(4), |_| Radiant);
    assert_eq!(bracket.retract(w(1, 1), false), in_the_way(&[w(2, 0), l(1, 0), l(2, 0), gf(1)]));
    assert_eq!(bracket.retract(l(1, 0), false), in_the_way(&[l(2, 0), gf(1)]));
    assert!(bracket.retract(gf(1), false).is_ok());
}

// DOMAIN §10.3 bug 40
#[test]
fn a_corrected_result_leaves_no_stale_advancement_and_no_stale_placement() {
    let bracket = played(&halfway(), &[(w(2, 0), Dire)]);
    assert_eq!((placement(&bracket, 3), placement(&bracket, 4)), (Some(4), None));
    let corrected = bracket.report(l(1, 0), Dire, false).unwrap();
    assert_eq!((placement(&corrected, 3), placement(&corrected, 4)), (None, Some(4)));
    assert_eq!(sitting(&corrected, l(2, 0)), (3, 1));
    let corrected = corrected.report(w(2, 0), Radiant, false).unwrap();
    assert_eq!(sitting(&corrected, l(2, 0)), (3, 2));
    assert_eq!(sitting(&corrected, gf(1)), (1, 0));
}

#[test]
fn a_cascade_clears_games_only_as_far_as_the_teams_went() {
    let bracket = played(&halfway(), &[(w(2, 0), Radiant), (l(2, 0), Radiant), (gf(1), Dire)]);
    assert_eq!(bracket.winner, Some(TeamId(4)));
    let corrected = bracket.report(l(1, 0), Dire, true).unwrap();
    let expected =
        played(&double(4), &[(w(1, 0), Radiant), (w(1, 1), Radiant), (l(1, 0), Dire), (w(2, 0), Radiant)]);
    assert_eq!(corrected, expected);
    assert_eq!(corrected.winner, None);
}

#[test]
fn a_corrected_final_swaps_champion_and_second() {
    let bracket = played(&double(2), &[(w(1, 0), Radiant), (gf(1), Radiant)]);
    let corrected = bracket.report(gf(1), Dire, false).unwrap();
    assert_eq!(corrected.winner, Some(TeamId(2)));
    assert_eq!((placement(&corrected, 1), placement(&corrected, 2)), (Some(2), Some(1)));
}

#[test]
fn a_bye_in_between_is_opened_without_asking() {
    let before = double(6);
    let bracket = played(&before, &[(w(1, 1), Radiant)]);
    assert_eq!(sitting(&bracket, l(2, 0)), (5, 0));
    assert_eq!(bracket.retract(w(1, 1), false), Ok(before));
    let corrected = bracket.report(w(1, 1), Dire, false).unwrap();
    assert_eq!(sitting(&corrected, l(2, 0)), (4, 0));
}

#[test]
fn a_game_behind_a_bye_is_in_the_way() {
    let bracket = played(&double(6), &[(w(1, 1), Radiant), (w(2, 0), Radiant), (l(2, 0), Radiant)]);
    // The loser of winners round 1 came through the bye l(1, 0); the winner went to w(2, 0).
    assert_eq!(bracket.retract(w(1, 1), false), in_the_way(&[w(2, 0), l(2, 0)]));
}

#[test]
fn placements_set_by_hand_for_other_teams_stay() {
    let mut bracket = halfway();
    bracket.placements.insert(TeamId(2), Some(3));
    let retracted = bracket.retract(l(1, 0), false).unwrap();
    assert_eq!((placement(&retracted, 3), placement(&retracted, 2)), (None, Some(3)));
    let reported = retracted.report(l(1, 0), Radiant, false).unwrap();
    assert_eq!(reported, bracket);
}

#[test]
fn a_team_that_plays_on_loses_its_placement_whoever_set_it() {
    let mut bracket = halfway();
    bracket.placements.insert(TeamId(3), Some(8));
    let retracted = bracket.retract(l(1, 0), false).unwrap();
    assert_eq!(placement(&retracted, 3), None);
    let corrected = bracket.report(l(1, 0), Dire, false).unwrap();
    assert_eq!((placement(&corrected, 3), placement(&corrected, 4)), (None, Some(4)));
}

#[test]
fn a_placement_removed_by_hand_stays_removed_until_the_result_changes() {
    let mut bracket = halfway();
    bracket.placements.insert(TeamId(3), None);
    let bracket = played(&bracket, &[(w(2, 0), Radiant)]);
    assert_eq!(placement(&bracket, 3), None);
}

/// Two teams whose final was won by the losers side, so that it is played again.
fn final_won_by_the_losers_side() -> Bracket {
    played(&generated(2, DoubleElimination, true), &[(w(1, 0), Radiant), (gf(1), Dire)])
}

#[test]
fn the_second_final_goes_when_the_first_is_taken_back() {
    let before = played(&generated(2, DoubleElimination, true), &[(w(1, 0), Radiant)]);
    assert_eq!(final_won_by_the_losers_side().retract(gf(1), false), Ok(before.clone()));
    let corrected = final_won_by_the_losers_side().report(gf(1), Radiant, false);
    assert_eq!(corrected, Ok(played(&before, &[(gf(1), Radiant)])));
}

#[test]
fn a_second_final_that_was_begun_is_in_the_way() {
    let live = final_won_by_the_losers_side().set_status(gf(2), GameStatus::Live).unwrap();
    let completed = played(&final_won_by_the_losers_side(), &[(gf(2), Dire)]);
    assert_eq!(completed.winner, Some(TeamId(2)));
    for bracket in [live, completed] {
        assert_eq!(bracket.retract(gf(1), false), in_the_way(&[gf(2)]));
        assert_eq!(bracket.report(gf(1), Radiant, false), in_the_way(&[gf(2)]));
        assert_eq!(bracket.retract(w(1, 0), false), in_the_way(&[gf(1), gf(2)]));
        let cleared = bracket.retract(gf(1), true).unwrap();
        assert_eq!((cleared.nodes.len(), cleared.winner), (2, None));
        assert_eq!(bracket.retract(w(1, 0), true), Ok(generated(2, DoubleElimination, true)));
    }
}

#[test]
fn the_second_final_is_corrected_by_itself() {
    let bracket = played(&final_won_by_the_losers_side(), &[(gf(2), Dire)]);
    let corrected = bracket.report(gf(2), Radiant, false).unwrap();
    assert_eq!(corrected, played(&final_won_by_the_losers_side(), &[(gf(2), Radiant)]));
    assert_eq!(bracket.retract(gf(2), false), Ok(final_won_by_the_losers_side()));
}
