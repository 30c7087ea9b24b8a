//! What follows from a pick or an edit by hand: the next turn of a shuffle draft, or the end of the draft.

use serde_json::json;

use super::*;

#[test]
fn a_shuffle_pick_decides_the_next_turn_by_the_lowest_total() {
    let state = running(DraftStyle::Shuffle, &[Some(1000), Some(2000), Some(3000)], &ladder(8));
    let applied = try_pick(&state, user(1), 1, 105).unwrap();
    assert_eq!(event_types(&applied), [DraftEventType::PlayerPicked, DraftEventType::CaptainAssigned]);
    let second = round(&applied.state, 2);
    assert_eq!((second.captain_id, second.team_id), (Some(UserId(2)), Some(TeamId(20))));
    assert_eq!((second.was_tie, &second.tie), (false, &None));
    let DraftEventPayload::CaptainAssigned(event) = &applied.events[1] else { panic!() };
    assert_eq!((event.pick_number, event.team_mmr), (2, 2000));
}

#[test]
fn the_same_captain_may_pick_twice_in_a_row() {
    let state = running(DraftStyle::Shuffle, &[Some(1000), Some(5000)], &ladder(8));
    let state = after_picks(state, [101]);
    assert_eq!(round(&state, 2).captain_id, Some(UserId(1)));
}

// DOMAIN §10.1 bug 10
#[test]
fn a_tie_is_told_after_the_pick_and_before_the_turn() {
    let state = running(DraftStyle::Shuffle, &[Some(1000), Some(2000)], &all(8, 1000));
    let id = round(&state, 1).id.unwrap();
    let applied = pick(&state, user(1), id, UserId(101), &mut dice(&[3, 3, 1, 6])).unwrap();
    assert_eq!(
        event_types(&applied),
        [DraftEventType::PlayerPicked, DraftEventType::TieRoll, DraftEventType::CaptainAssigned]
    );
    let second = round(&applied.state, 2);
    assert_eq!((second.was_tie, second.captain_id), (true, Some(UserId(2))));
    assert_eq!(second.tie, applied.tie);
    assert_eq!(applied.tie.unwrap().roll_rounds.len(), 2);
}

#[test]
fn a_full_team_is_passed_over_in_a_shuffle_draft() {
    let state = running(DraftStyle::Shuffle, &[Some(0), Some(9000)], &all(8, 1));
    let state = after_picks(state, 101..=104);
    assert_eq!((team(&state, 10).members.len(), round(&state, 5).team_id), (5, Some(TeamId(20))));
}

// DOMAIN §10.1 bug 12
#[test]
fn turns_are_decided_by_the_mmr_at_the_start() {
    let mut state = running(DraftStyle::Shuffle, &[Some(1000), Some(2000)], &all(8, 1500));
    set_mmr(&mut state, 1, Some(0));
    set_mmr(&mut state, 2, Some(90));
    set_mmr(&mut state, 101, None);
    let applied = staff_pick(&state, 101);
    assert_eq!(round(&applied.state, 2).captain_id, Some(UserId(2)));
    assert_eq!(applied.state.total_mmr(team(&applied.state, 10)), 2500);
}

// DOMAIN §10.1 bug 12
#[test]
fn a_team_without_captain_is_never_on_turn() {
    let mut state = running(DraftStyle::Shuffle, &ladder(3), &all(8, 5000));
    state.teams[1].captain_id = None;
    let applied = staff_pick(&state, 101);
    assert_eq!(round(&applied.state, 2).captain_id, Some(UserId(3)));
}

#[test]
fn whoever_registers_after_the_start_joins_the_snapshot_at_the_next_pick() {
    let mut state = running(DraftStyle::Shuffle, &[Some(1000), Some(2000)], &all(8, 100));
    register(&mut state, 201, Some(1500));
    let mut state = after_picks(state, [201]);
    assert_eq!(state.snapshot[&UserId(201)], Some(1500));
    assert_eq!(round(&state, 2).captain_id, Some(UserId(2)));
    set_mmr(&mut state, 201, Some(0));
    assert_eq!(state.total_mmr(team(&state, 10)), 2500);
}

// DOMAIN §10.1 bug 10
#[test]
fn the_draft_completes_when_the_pool_is_empty() {
    for style in STYLES {
        let state = after_picks(running(style, &ladder(2), &all(3, 500)), [101, 102]);
        assert_eq!(state.status, DraftStatus::Running);
        let applied = staff_pick(&state, 103);
        assert_eq!(event_types(&applied), [DraftEventType::PlayerPicked, DraftEventType::DraftCompleted]);
        let expected = json!({"draft_id": 3, "draft_style": style, "team_count": 2});
        assert_eq!(applied.events[1].to_json().unwrap(), expected);
        assert_eq!(applied.state.status, DraftStatus::Completed);
        assert!(
            applied.state.current_round().is_some_and(|it| style != DraftStyle::Shuffle || it.tie.is_none())
        );
    }
}

#[test]
fn the_draft_completes_with_the_last_round_and_leaves_spare_players_in_the_pool() {
    for style in STYLES {
        let state = after_picks(running(style, &ladder(2), &all(12, 500)), 101..=108);
        assert_eq!((state.status, state.pool().len()), (DraftStatus::Completed, 4));
    }
}

#[test]
fn a_shuffle_draft_completes_when_every_team_is_full() {
    let mut state = running(DraftStyle::Shuffle, &ladder(2), &all(12, 1));
    (101..=104).for_each(|id| add_by_hand(&mut state, 20, id));
    let state = after_picks(state, 105..=107);
    assert_eq!(state.status, DraftStatus::Running);
    let state = after_picks(state, [108]);
    assert_eq!((state.status, state.current_round().unwrap().pick_number), (DraftStatus::Completed, 5));
}

#[test]
fn a_team_without_captain_keeps_no_shuffle_draft_open() {
    let mut state = running(DraftStyle::Shuffle, &ladder(3), &all(12, 1));
    (101..=104).for_each(|id| add_by_hand(&mut state, 20, id));
    state.teams[2].captain_id = None;
    let state = after_picks(state, 105..=108);
    assert_eq!((state.status, state.pool().len()), (DraftStatus::Completed, 4));
}

#[test]
fn a_completed_draft_takes_no_pick_even_if_players_register_later() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(1, 500)), [101]);
    register(&mut state, 201, Some(1));
    assert_eq!(try_pick(&state, user(2), 2, 201), Err(DraftError::NotRunning));
    assert_eq!(settle(&state, &mut no_dice).unwrap().state, state);
}

#[test]
fn an_edit_by_hand_that_takes_the_last_player_completes_the_draft_once_settled() {
    let mut state = running(DraftStyle::Normal, &ladder(2), &all(1, 500));
    assert_eq!(settle(&state, &mut no_dice).unwrap(), Applied::new(state.clone()));
    add_by_hand(&mut state, 20, 101);
    let applied = settle(&state, &mut no_dice).unwrap();
    assert_eq!(event_types(&applied), [DraftEventType::DraftCompleted]);
    assert_eq!(applied.state.status, DraftStatus::Completed);
}

// DOMAIN §10.1 bug 11
#[test]
fn a_shuffle_draft_is_never_left_without_a_turn() {
    let applied = settle(&undecided(), &mut no_dice).unwrap();
    assert_eq!(event_types(&applied), [DraftEventType::CaptainAssigned]);
    assert_eq!(round(&applied.state, 1).team_id, Some(TeamId(10)));
    let mut state = applied.state;
    (101..=104).for_each(|id| add_by_hand(&mut state, 10, id));
    let applied = settle(&state, &mut no_dice).unwrap();
    assert_eq!(round(&applied.state, 1).team_id, Some(TeamId(20)));
}
