//! Seating teams by hand, setting games live, and starting over.

use super::*;
use crate::domain::bracket::BracketError;

// DOMAIN §10.3 bug 36
#[test]
fn radiant_and_dire_are_seated_apart() {
    let empty = [Radiant, Dire]
        .iter()
        .fold(double(4), |it, slot| it.assign_team(seat(w(1, 0), *slot), None).unwrap());
    assert_eq!(sitting(&empty, w(1, 0)), (0, 0));
    let bracket = empty.assign_team(seat(w(1, 0), Radiant), Some(TeamId(4))).unwrap();
    assert_eq!(sitting(&bracket, w(1, 0)), (4, 0));
    let bracket = bracket.assign_team(seat(w(1, 0), Dire), Some(TeamId(1))).unwrap();
    assert_eq!(sitting(&bracket, w(1, 0)), (4, 1));
}

#[test]
fn a_seat_fed_by_a_game_takes_only_its_outcome() {
    let bracket = generated(4, DoubleElimination, true);
    let assign = |node, slot| bracket.assign_team(seat(node, slot), Some(TeamId(1)));
    let refused = |node, slot, feeder| Err(BracketError::FedSeat { seat: seat(node, slot), feeder });
    assert_eq!(assign(w(2, 0), Dire), refused(w(2, 0), Dire, w(1, 1)));
    assert_eq!(assign(l(1, 0), Radiant), refused(l(1, 0), Radiant, w(1, 0)));
    let final_reset = played(&generated(2, DoubleElimination, true), &[(w(1, 0), Radiant), (gf(1), Dire)]);
    assert_eq!(final_reset.assign_team(seat(gf(2), Dire), None), refused(gf(2), Dire, gf(1)));
}

#[test]
fn only_a_pending_game_takes_another_team() {
    let live = double(4).set_status(w(1, 0), GameStatus::Live).unwrap();
    assert_eq!(live.assign_team(seat(w(1, 0), Dire), None), Err(BracketError::Live(w(1, 0))));
    let completed = played(&double(4), &[(w(1, 0), Dire)]);
    assert_eq!(completed.assign_team(seat(w(1, 0), Dire), None), Err(BracketError::Completed(w(1, 0))));
}

#[test]
fn a_team_has_one_seat_a_round() {
    let bracket = double(4);
    let assign = |slot, team| bracket.assign_team(seat(w(1, 0), slot), Some(TeamId(team)));
    assert_eq!(assign(Dire, 2), Err(BracketError::AlreadySeated { team: TeamId(2), game: w(1, 1) }));
    assert_eq!(assign(Dire, 1), Err(BracketError::AlreadySeated { team: TeamId(1), game: w(1, 0) }));
    assert_eq!(assign(Dire, 4), Ok(bracket.clone()), "it sits there already");
    let freed = bracket.assign_team(seat(w(1, 1), Radiant), None).unwrap();
    assert!(freed.assign_team(seat(w(1, 0), Dire), Some(TeamId(2))).is_ok());
}

#[test]
fn a_team_with_a_bye_has_its_seat_in_the_round() {
    let bracket = double(3).assign_team(seat(w(1, 1), Dire), Some(TeamId(1)));
    assert_eq!(bracket, Err(BracketError::AlreadySeated { team: TeamId(1), game: w(1, 0) }));
}

// DOMAIN §10.3 bug 43
#[test]
fn a_team_of_another_tournament_is_not_seated() {
    let bracket = double(4).assign_team(seat(w(1, 0), Dire), Some(TeamId(9)));
    assert_eq!(bracket, Err(BracketError::UnknownTeam(TeamId(9))));
}

#[test]
fn a_game_goes_live_and_back() {
    let live = double(4).set_status(w(1, 0), GameStatus::Live).unwrap();
    assert_eq!(live.nodes[&w(1, 0)].status, GameStatus::Live);
    assert_eq!(live.set_status(w(1, 0), GameStatus::Live), Ok(live.clone()));
    assert_eq!(live.set_status(w(1, 0), GameStatus::Pending), Ok(double(4)));
}

#[test]
fn a_game_goes_live_with_two_teams_only() {
    let bracket = played(&double(4), &[(w(1, 0), Radiant)]);
    assert_eq!(bracket.set_status(w(2, 0), GameStatus::Live), Err(BracketError::MissingTeam(w(2, 0))));
    assert_eq!(bracket.set_status(w(2, 0), GameStatus::Pending), Ok(bracket));
}

// DOMAIN §10.3 bug 35
#[test]
fn no_game_is_completed_without_a_winner_nor_opened_with_one() {
    let bracket = played(&double(4), &[(w(1, 0), Radiant)]);
    let status = |key, status| bracket.set_status(key, status);
    assert_eq!(status(w(1, 1), GameStatus::Completed), Err(BracketError::CompletedByReport(w(1, 1))));
    assert_eq!(status(w(1, 0), GameStatus::Pending), Err(BracketError::Completed(w(1, 0))));
    assert_eq!(status(w(1, 0), GameStatus::Live), Err(BracketError::Completed(w(1, 0))));
}

#[test]
fn starting_over_keeps_the_entries_and_clears_the_rest() {
    for n in 2..=9 {
        for has_reset in [false, true] {
            let fresh = generated(n, DoubleElimination, has_reset);
            assert_eq!(fresh.reset(false), Ok(fresh.clone()));
            assert_eq!(played_out(&fresh, |_| Dire).reset(true), Ok(fresh));
        }
    }
}

// DOMAIN §10.3 bug 35
#[test]
fn starting_over_is_confirmed_once_there_is_a_result() {
    let bracket = played(&double(4), &[(w(1, 1), Radiant)]).set_status(w(1, 0), GameStatus::Live).unwrap();
    let games = vec![w(1, 0), w(1, 1)];
    assert_eq!(bracket.reset(false), Err(BracketError::ResultsInTheWay { games }));
    assert_eq!(bracket.reset(true), Ok(double(4)));
}

#[test]
fn starting_over_keeps_seats_assigned_by_hand() {
    let edited = double(4).assign_team(seat(w(1, 0), Dire), None).unwrap();
    let bracket = played(&edited, &[(w(1, 1), Dire)]);
    assert_eq!(bracket.reset(true), Ok(edited));
}

#[test]
fn placements_by_hand_outlive_starting_over_only_if_nothing_was_played() {
    let mut bracket = double(4);
    bracket.placements.insert(TeamId(2), Some(3));
    assert_eq!(placement(&bracket.reset(false).unwrap(), 2), Some(3));
    let bracket = played(&bracket, &[(w(1, 0), Radiant)]);
    assert_eq!(placement(&bracket.reset(true).unwrap(), 2), None);
}
