//! Putting rosters back to the picks.

use super::*;

#[test]
fn rosters_are_refilled_from_the_picks_and_hand_added_members_disappear() {
    for style in STYLES {
        let picked = after_picks(running(style, &ladder(2), &all(8, 500)), 101..=104);
        let mut state = picked.clone();
        add_by_hand(&mut state, 20, 108);
        state.teams[1].deputy_captain_id = Some(UserId(108));
        take_off_by_hand(&mut state, 102);
        let applied = rebuild(&state, &mut no_dice).unwrap();
        assert_eq!(applied.state, picked);
        assert_eq!(applied.events, []);
    }
}

#[test]
fn a_deputy_who_was_picked_keeps_the_office() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    state.teams[0].deputy_captain_id = Some(UserId(101));
    assert_eq!(rebuild(&state, &mut no_dice).unwrap().state, state);
}

#[test]
fn a_draft_without_rounds_gets_them_by_a_start() {
    let mut state = draft(DraftStyle::Normal, &ladder(2), &all(8, 500));
    add_by_hand(&mut state, 10, 101);
    assert_eq!(rebuild(&state, &mut no_dice), start(&state, None, false, &mut no_dice));
    let empty = draft(DraftStyle::Normal, &[], &all(8, 500));
    assert_eq!(rebuild(&empty, &mut no_dice), Err(DraftError::TooFewTeams));
}

// DOMAIN §10.2 bug 25
#[test]
fn a_captain_of_two_teams_stops_a_rebuild() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    state.teams[1].captain_id = Some(UserId(1));
    assert!(matches!(rebuild(&state, &mut no_dice), Err(DraftError::SharedCaptain { .. })));
}

#[test]
fn a_pick_who_is_no_player_any_more_or_leads_another_team_stays_out() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), 101..=104);
    take_off_by_hand(&mut state, 101);
    state.players.retain(|it| it.id != UserId(101));
    take_off_by_hand(&mut state, 102);
    take_off_by_hand(&mut state, 104);
    state.change_team(TeamId(20), |it| (it.captain_id, it.members) = (Some(UserId(104)), vec![UserId(104)]));
    let state = rebuild(&state, &mut no_dice).unwrap().state;
    assert_eq!(members(&state), [vec![1], vec![104, 102, 103]]);
    assert_eq!(round(&state, 1).choice_id, Some(UserId(101)));
}

#[test]
fn more_picks_than_a_team_has_seats_stop_a_rebuild() {
    let mut state = running(DraftStyle::Shuffle, &[Some(0), Some(9000)], &all(8, 1));
    for player in 101..=104 {
        state = after_picks(state, [player]);
        take_off_by_hand(&mut state, player);
    }
    state = after_picks(state, [105]);
    let team_name = "Team 1".to_owned();
    assert_eq!(rebuild(&state, &mut no_dice), Err(DraftError::RosterFull { team_id: TeamId(10), team_name }));
}

#[test]
fn a_turn_that_nobody_can_take_after_a_rebuild_is_decided_anew() {
    let mut state = running(DraftStyle::Shuffle, &[Some(0), Some(9000)], &all(8, 1));
    for player in 101..=104 {
        state = after_picks(state, [player]);
        take_off_by_hand(&mut state, player);
    }
    assert_eq!(round(&state, 5).team_id, Some(TeamId(10)));
    let applied = rebuild(&state, &mut no_dice).unwrap();
    assert_eq!(event_types(&applied), [DraftEventType::CaptainAssigned]);
    assert_eq!(round(&applied.state, 5).team_id, Some(TeamId(20)));
}

#[test]
fn a_completed_draft_stays_completed() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(2, 500)), [101, 102]);
    register(&mut state, 201, None);
    add_by_hand(&mut state, 10, 201);
    let applied = rebuild(&state, &mut no_dice).unwrap();
    assert_eq!((applied.state.status, applied.events.len()), (DraftStatus::Completed, 0));
    assert_eq!(applied.state.pool(), [UserId(201)]);
}
