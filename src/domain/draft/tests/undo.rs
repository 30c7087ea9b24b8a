//! Taking picks back.

use serde_json::json;

use super::*;

#[test]
fn an_undone_player_is_back_in_the_pool() {
    let before = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    let applied = undo(&stored(staff_pick(&before, 101))).unwrap();
    assert_eq!(applied.state, before);
    assert_eq!(applied.events.len(), 1);
    assert_eq!(applied.events[0].event_type(), DraftEventType::PickUndone);
    assert_eq!(
        applied.events[0].to_json().unwrap(),
        json!({
            "pick_number": 1, "undone_player_id": 101, "undone_player_name": "Player 101",
            "team_id": 10, "team_name": "Team 1",
        })
    );
}

// DOMAIN §10.1 bug 1
#[test]
fn in_snake_and_normal_the_following_round_keeps_its_captain() {
    for style in [DraftStyle::Snake, DraftStyle::Normal] {
        let before = running(style, &ladder(2), &all(8, 500));
        let after = undo(&after_picks(before.clone(), [101])).unwrap().state;
        assert_eq!(after.rounds, before.rounds);
        assert!(try_pick(&stored(staff_pick(&after, 101)), user(2), 2, 102).is_ok());
    }
}

#[test]
fn in_shuffle_the_following_turn_is_decided_anew_and_the_undone_round_keeps_its_own() {
    let mut die = dice(&[1, 2, 5, 4]);
    let state = draft(DraftStyle::Shuffle, &[Some(1000), Some(1000)], &[Some(0), Some(7), Some(0)]);
    let first = stored(start(&state, None, false, &mut die).unwrap());
    let id = round(&first, 1).id.unwrap();
    let picked = stored(pick(&first, staff(), id, UserId(101), &mut die).unwrap());
    assert!(round(&picked, 2).was_tie);
    let undone = undo(&picked).unwrap().state;
    assert_eq!(undone, first);
    assert!(undone.rounds[0].was_tie && undone.rounds[0].tie.is_some());
    let again = stored(pick(&undone, staff(), id, UserId(102), &mut no_dice).unwrap());
    assert_eq!((round(&again, 2).captain_id, round(&again, 2).was_tie), (Some(UserId(1)), false));
}

#[test]
fn repeated_undo_walks_back_to_the_start() {
    for style in STYLES {
        let start = running(style, &ladder(3), &ladder(12));
        let mut state = after_picks(start.clone(), 101..=112);
        assert_eq!(state.status, DraftStatus::Completed);
        for _ in 0..12 {
            state = undo(&state).unwrap().state;
            assert_eq!(state.status, DraftStatus::Running);
        }
        assert_eq!(state, start);
        assert_eq!(undo(&state), Err(DraftError::NothingToUndo));
    }
}

#[test]
fn an_undo_opens_a_completed_draft_for_players_who_registered_later() {
    let mut state = after_picks(running(DraftStyle::Shuffle, &ladder(2), &all(1, 5000)), [101]);
    register(&mut state, 201, Some(10));
    let state = stored(undo(&state).unwrap());
    let state = after_picks(state, [101]);
    assert_eq!((state.status, round(&state, 2).captain_id), (DraftStatus::Running, Some(UserId(2))));
}

#[test]
fn an_undo_appoints_nobody_and_ends_the_office_of_a_deputy_who_leaves() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101, 102]);
    state.teams[1].deputy_captain_id = Some(UserId(102));
    state.teams[0].deputy_captain_id = Some(UserId(101));
    let state = undo(&state).unwrap().state;
    let offices: Vec<_> = state.teams.iter().map(|it| (it.captain_id, it.deputy_captain_id)).collect();
    assert_eq!(offices, [(Some(UserId(1)), Some(UserId(101))), (Some(UserId(2)), None)]);
}

#[test]
fn a_pick_who_became_captain_cannot_be_undone_before_another_captain_is_named() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    state.teams[0].captain_id = Some(UserId(101));
    let team_name = "Team 1".to_owned();
    assert_eq!(undo(&state), Err(DraftError::PickLeads { team_id: TeamId(10), team_name }));
    state.teams[0].captain_id = Some(UserId(1));
    assert!(undo(&state).is_ok());
}

#[test]
fn a_player_moved_to_another_team_by_hand_stays_there() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    take_off_by_hand(&mut state, 101);
    add_by_hand(&mut state, 20, 101);
    let state = undo(&state).unwrap().state;
    assert_eq!((members(&state), round(&state, 1).choice_id), (vec![vec![1], vec![2, 101]], None));
}

#[test]
fn a_pick_of_a_team_that_is_gone_is_undone_without_it() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(3), &all(8, 500)), [101]);
    let player = state.players.iter().position(|it| it.id == UserId(101)).unwrap();
    let player = state.players.remove(player);
    state.former_players.push(player);
    state.teams.remove(0);
    let applied = undo(&state).unwrap();
    let expected = json!({"pick_number": 1, "undone_player_id": 101, "undone_player_name": "Player 101"});
    assert_eq!(applied.events[0].to_json().unwrap(), expected);
}

#[test]
fn before_the_first_pick_there_is_nothing_to_undo() {
    assert_eq!(undo(&draft(DraftStyle::Snake, &ladder(2), &all(8, 500))), Err(DraftError::NothingToUndo));
    assert_eq!(undo(&running(DraftStyle::Snake, &ladder(2), &all(8, 500))), Err(DraftError::NothingToUndo));
}
