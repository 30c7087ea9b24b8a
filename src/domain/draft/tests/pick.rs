//! Picking: who may, in which round, and whom.

use serde_json::json;

use super::*;

#[test]
fn a_picked_player_joins_the_team_on_turn() {
    let state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    let applied = try_pick(&state, user(1), 1, 103).unwrap();
    assert_eq!(members(&applied.state), [vec![1, 103], vec![2]]);
    assert_eq!(round(&applied.state, 1).choice_id, Some(UserId(103)));
    assert!(!applied.state.pool().contains(&UserId(103)));
    assert_eq!(applied.state.rounds[1..], state.rounds[1..]);
    assert_eq!(applied.events.len(), 1);
    assert_eq!(
        applied.events[0].to_json().unwrap(),
        json!({
            "pick_number": 1, "captain_id": 1, "captain_name": "Captain 1",
            "captain_avatar_url": "https://avatars/1.png", "picked_id": 103, "picked_name": "Player 103",
            "picked_avatar_url": "https://avatars/103.png", "team_id": 10, "team_name": "Team 1",
        })
    );
}

#[test]
fn staff_picks_for_the_captain_on_turn() {
    let state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    assert_eq!(try_pick(&state, staff(), 1, 103).unwrap(), try_pick(&state, user(1), 1, 103).unwrap());
}

#[test]
fn another_captain_waits_and_everyone_else_is_forbidden() {
    let state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    let current_round = round(&state, 1).id;
    assert_eq!(try_pick(&state, user(2), 1, 103), Err(DraftError::NotYourTurn { current_round }));
    for outsider in [101, OUTSIDER.0] {
        assert_eq!(try_pick(&state, user(outsider), 1, 103), Err(DraftError::Forbidden));
    }
}

// DOMAIN §10.1 bug 2
#[test]
fn a_captain_cannot_fill_later_rounds_ahead_of_time() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    let current_round = round(&state, 2).id;
    for pick_number in [4, 5, 8] {
        let error = try_pick(&state, user(1), pick_number, 102).unwrap_err();
        assert_eq!(error, DraftError::NotYourTurn { current_round });
        assert_eq!(try_pick(&state, staff(), pick_number, 102), Err(error));
    }
}

// DOMAIN §10.1 bug 3
#[test]
fn of_several_picks_for_one_round_only_the_first_counts() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    for caller in [user(1), staff()] {
        assert_eq!(try_pick(&state, caller, 1, 102), Err(DraftError::AlreadyPicked { pick_number: 1 }));
    }
}

// DOMAIN §10.1 bug 3
#[test]
fn one_player_cannot_land_on_two_teams() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    let reason = Unavailable::OnTeam { team_id: TeamId(10), team_name: "Team 1".to_owned() };
    let player_id = UserId(101);
    assert_eq!(try_pick(&state, user(2), 2, 101), Err(DraftError::PlayerUnavailable { player_id, reason }));
}

// DOMAIN §10.1 bug 4
#[test]
fn staff_cannot_pick_in_a_round_without_captain() {
    assert_eq!(try_pick(&undecided(), staff(), 1, 101), Err(DraftError::NoCaptain { pick_number: 1 }));
    let mut state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    state.teams[0].captain_id = None;
    assert_eq!(try_pick(&state, staff(), 1, 101), Err(DraftError::NoCaptain { pick_number: 1 }));
}

// DOMAIN §10.1 bug 6
#[test]
fn a_pick_in_a_round_without_captain_is_forbidden_to_others_and_not_the_turn_of_captains() {
    let state = undecided();
    assert_eq!(try_pick(&state, user(OUTSIDER.0), 1, 101), Err(DraftError::Forbidden));
    let current_round = round(&state, 1).id;
    assert_eq!(try_pick(&state, user(1), 1, 101), Err(DraftError::NotYourTurn { current_round }));
}

// DOMAIN §10.1 bug 7
#[test]
fn a_member_added_by_hand_cannot_be_picked_by_a_rival() {
    let mut state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    add_by_hand(&mut state, 20, 105);
    let error = try_pick(&state, user(1), 1, 105).unwrap_err();
    let reason = Unavailable::OnTeam { team_id: TeamId(20), team_name: "Team 2".to_owned() };
    assert_eq!(reason.taken_by(), Some(TeamId(20)));
    assert_eq!(error, DraftError::PlayerUnavailable { player_id: UserId(105), reason });
}

#[test]
fn every_reason_why_a_player_is_unavailable_is_named() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    take_off_by_hand(&mut state, 101);
    let reason = |player| match try_pick(&state, user(2), 2, player).unwrap_err() {
        DraftError::PlayerUnavailable { reason, .. } => reason,
        other => panic!("{other}"),
    };
    assert_eq!(reason(OUTSIDER.0), Unavailable::NotRegistered);
    let team_name = "Team 1".to_owned();
    assert_eq!(reason(1), Unavailable::IsCaptain { team_id: TeamId(10), team_name });
    assert_eq!(reason(101), Unavailable::PickedBefore { pick_number: 1 });
}

// DOMAIN §10.1 bug 8
#[test]
fn a_full_team_gets_nobody_in_any_style() {
    for style in STYLES {
        let mut state = running(style, &ladder(2), &all(8, 500));
        (101..=104).for_each(|id| add_by_hand(&mut state, 10, id));
        let error = try_pick(&state, user(1), 1, 105).unwrap_err();
        assert_eq!(error, DraftError::RosterFull { team_id: TeamId(10), team_name: "Team 1".to_owned() });
    }
}

#[test]
fn the_turn_goes_with_the_team_to_its_present_captain() {
    let mut state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    add_by_hand(&mut state, 10, 101);
    state.teams[0].captain_id = Some(UserId(101));
    let current_round = round(&state, 1).id;
    assert_eq!(try_pick(&state, user(1), 1, 102), Err(DraftError::Forbidden));
    assert_eq!(try_pick(&state, user(2), 1, 102), Err(DraftError::NotYourTurn { current_round }));
    let applied = try_pick(&state, user(101), 1, 102).unwrap();
    assert_eq!(round(&applied.state, 1).captain_id, Some(UserId(101)));
    let DraftEventPayload::PlayerPicked(event) = &applied.events[0] else { panic!() };
    assert_eq!((event.captain_id, event.team_id), (UserId(101), Some(TeamId(10))));
}

#[test]
fn a_round_whose_team_was_deleted_goes_to_the_team_its_captain_leads() {
    let mut state = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    state.teams[0].id = TeamId(70);
    state.change_round(1, |it| it.team_id = None);
    let applied = try_pick(&state, user(1), 1, 101).unwrap();
    assert_eq!(round(&applied.state, 1).team_id, Some(TeamId(70)));
    assert_eq!(members(&applied.state)[0], [1, 101]);
}

#[test]
fn the_checks_answer_in_their_order() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(2, 500)), [101, 102]);
    assert_eq!(state.status, DraftStatus::Completed);
    let code = |caller, round_id| {
        pick(&state, caller, DraftRoundId(round_id), OUTSIDER, &mut no_dice).unwrap_err().code()
    };
    assert_eq!(code(user(OUTSIDER.0), 7), "NOT_FOUND", "before who is asking");
    assert_eq!(code(user(OUTSIDER.0), 1001), "FORBIDDEN", "before where the draft stands");
    assert_eq!(code(user(2), 1001), "NOT_YOUR_TURN", "before where the draft stands");
    assert_eq!(code(user(1), 1001), "DRAFT_NOT_RUNNING", "before what the round says");
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    let code =
        |state: &DraftState, round, player| try_pick(state, staff(), round, player).unwrap_err().code();
    assert_eq!(code(&state, 1, 1), "CONFLICT", "before the player");
    assert_eq!(code(&state, 3, 1), "NOT_YOUR_TURN", "before the player");
    (102..=105).for_each(|id| add_by_hand(&mut state, 20, id));
    assert_eq!(code(&state, 2, 1), "ROSTER_FULL", "before the player");
    state.teams[1].captain_id = None;
    assert_eq!(code(&state, 2, 1), "CONFLICT", "before the roster");
}

#[test]
fn a_name_nobody_knows_is_the_key() {
    let mut state = running(DraftStyle::Snake, &ladder(2), &all(3, 500));
    state.players.retain(|it| it.id != UserId(1));
    let DraftEventPayload::PlayerPicked(event) = &staff_pick(&state, 101).events[0] else { panic!() };
    assert_eq!((event.captain_name.as_str(), &event.captain_avatar_url), ("#1", &None));
}
