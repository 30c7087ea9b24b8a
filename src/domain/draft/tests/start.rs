//! Starting, starting over and choosing the style.

use rstest::rstest;
use serde_json::json;

use super::*;

#[rstest]
#[case(DraftStyle::Snake, [1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1])]
#[case(DraftStyle::Normal, [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])]
fn the_rounds_of_four_teams_follow_the_table(#[case] style: DraftStyle, #[case] captains: [i64; 16]) {
    let state = running(style, &ladder(4), &all(3, 500));
    assert_eq!(state.rounds.iter().map(|it| it.captain_id.unwrap().0).collect::<Vec<_>>(), captains);
    assert_eq!(state.rounds.iter().map(|it| it.team_id.unwrap().0 / 10).collect::<Vec<_>>(), captains);
    assert_eq!(
        state.rounds.iter().map(|it| it.pick_phase).collect::<Vec<_>>(),
        [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
    );
}

#[test]
fn a_shuffle_start_decides_only_the_first_round_for_the_lowest_captain() {
    let state = running(DraftStyle::Shuffle, &[Some(3000), Some(1000), Some(2000)], &all(9, 500));
    assert_eq!(state.rounds.len(), 12);
    assert_eq!(round(&state, 1).team_id, Some(TeamId(20)));
    assert!(state.rounds[1..].iter().all(|it| it.captain_id.is_none() && it.team_id.is_none()));
}

#[test]
fn a_start_runs_the_draft_in_a_new_epoch_with_a_new_snapshot() {
    let mut state = draft(DraftStyle::Snake, &ladder(2), &[None, Some(7)]);
    state.epoch = 4;
    state.snapshot = BTreeMap::from([(UserId(1), Some(5)), (OUTSIDER, None)]);
    let next = start(&state, None, false, &mut no_dice).unwrap().state;
    assert_eq!((next.status, next.epoch), (DraftStatus::Running, 5));
    let snapshot = [(1, Some(1000)), (2, Some(2000)), (101, None), (102, Some(7))];
    assert_eq!(next.snapshot, snapshot.map(|(id, mmr)| (UserId(id), mmr)).into());
}

#[test]
fn rosters_become_the_captains_before_totals_are_compared() {
    let mut state = draft(DraftStyle::Shuffle, &[Some(1000), Some(2000)], &[Some(9000), Some(10)]);
    add_by_hand(&mut state, 10, 101);
    state.teams[0].deputy_captain_id = Some(UserId(101));
    let next = start(&state, None, false, &mut no_dice).unwrap().state;
    assert_eq!(members(&next), [[1], [2]]);
    assert_eq!(next.teams[0].deputy_captain_id, None);
    assert_eq!(round(&next, 1).team_id, Some(TeamId(10)));
    assert_eq!(next.pool(), [UserId(101), UserId(102)]);
}

// DOMAIN §10.1 bug 10
#[test]
fn a_start_announces_itself_and_the_first_turn_in_every_style() {
    use DraftEventType::{CaptainAssigned, DraftStarted, TieRoll};
    for style in [DraftStyle::Snake, DraftStyle::Normal] {
        let applied = start(&draft(style, &all(2, 1000), &all(1, 500)), None, false, &mut no_dice).unwrap();
        assert_eq!(event_types(&applied), [DraftStarted, CaptainAssigned]);
        assert_eq!(applied.tie, None);
    }
    let state = draft(DraftStyle::Shuffle, &[Some(1000), Some(9000), Some(1000)], &all(1, 500));
    let applied = start(&state, None, false, &mut dice(&[2, 5])).unwrap();
    assert_eq!(event_types(&applied), [DraftStarted, TieRoll, CaptainAssigned]);
    let json: Vec<_> = applied.events.iter().map(|it| it.to_json().unwrap()).collect();
    assert_eq!(json[0], json!({"draft_id": 3, "draft_style": "shuffle", "team_count": 3}));
    assert_eq!(
        json[1],
        json!({
            "pick_number": 1,
            "tied_teams": [{"id": 10, "name": "Team 1", "mmr": 1000}, {"id": 30, "name": "Team 3", "mmr": 1000}],
            "roll_rounds": [[{"team_id": 10, "roll": 2}, {"team_id": 30, "roll": 5}]],
            "winner_id": 30, "winner_name": "Captain 3",
        })
    );
    assert_eq!(
        json[2],
        json!({
            "pick_number": 1, "captain_id": 3, "captain_name": "Captain 3",
            "captain_avatar_url": "https://avatars/3.png", "team_id": 30, "team_name": "Team 3", "team_mmr": 1000,
        })
    );
    let first = round(&applied.state, 1);
    assert_eq!((first.was_tie, &first.tie, first.captain_id), (true, &applied.tie, Some(UserId(3))));
    assert!(applied.tie.unwrap().is_consistent());
}

#[test]
fn starting_over_with_picks_needs_a_confirmation() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(4, 500)), [101, 102]);
    let refusal = start(&state, None, false, &mut no_dice).unwrap_err();
    assert_eq!(refusal, DraftError::NeedsConfirmation { n_picks: 2 });
    let next = start(&state, None, true, &mut no_dice).unwrap().state;
    assert_eq!((next.epoch, members(&next)), (2, vec![vec![1], vec![2]]));
    assert!(next.rounds.iter().all(|it| it.choice_id.is_none() && it.id.is_none()));
    assert_eq!(next.pool().len(), 4);
}

#[test]
fn a_completed_draft_can_be_started_over() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(1, 500)), [101]);
    assert_eq!(state.status, DraftStatus::Completed);
    assert!(start(&state, None, false, &mut no_dice).is_err());
    assert_eq!(start(&state, None, true, &mut no_dice).unwrap().state.status, DraftStatus::Running);
}

#[test]
fn starting_over_without_picks_needs_no_confirmation() {
    let state = running(DraftStyle::Snake, &ladder(2), &all(4, 500));
    assert_eq!(start(&state, None, false, &mut no_dice).unwrap().state.epoch, 2);
}

#[test]
fn a_start_may_change_the_style() {
    let state = running(DraftStyle::Snake, &ladder(2), &all(4, 500));
    let next = start(&state, Some(DraftStyle::Shuffle), false, &mut no_dice).unwrap().state;
    assert_eq!((next.style, round(&next, 2).captain_id), (DraftStyle::Shuffle, None));
    assert_eq!(start(&state, None, false, &mut no_dice).unwrap().state.style, DraftStyle::Snake);
}

// DOMAIN §10.1 bug 13
#[test]
fn the_style_can_be_changed_only_before_the_start() {
    let state = draft(DraftStyle::Snake, &ladder(2), &all(1, 500));
    let configured = configure(&state, DraftStyle::Normal).unwrap();
    assert_eq!(configured.events, []);
    assert_eq!(configured.state, DraftState { style: DraftStyle::Normal, ..state });
    let running = running(DraftStyle::Snake, &ladder(2), &all(1, 500));
    assert_eq!(configure(&running, DraftStyle::Normal), Err(DraftError::StyleLocked));
    let completed = after_picks(running, [101]);
    assert_eq!(configure(&completed, DraftStyle::Normal), Err(DraftError::StyleLocked));
}

fn refusal(state: &DraftState) -> DraftError {
    start(state, None, false, &mut no_dice).unwrap_err()
}

// DOMAIN §10.1 bug 9
#[test]
fn a_start_needs_two_teams() {
    for n in [0, 1] {
        assert_eq!(refusal(&draft(DraftStyle::Snake, &ladder(n), &all(5, 500))), DraftError::TooFewTeams);
    }
}

// DOMAIN §10.1 bug 9
#[test]
fn a_team_without_captain_stops_the_start_before_any_roster_is_wiped() {
    for style in STYLES {
        let mut state = draft(style, &ladder(3), &all(5, 500));
        state.teams[1].captain_id = None;
        let teams = vec![(TeamId(20), "Team 2".to_owned())];
        assert_eq!(refusal(&state), DraftError::TeamsWithoutCaptain { teams });
    }
}

// DOMAIN §10.2 bug 25
#[test]
fn a_captain_of_two_teams_stops_the_start() {
    let mut state = draft(DraftStyle::Snake, &ladder(3), &all(5, 500));
    state.teams[2].captain_id = Some(UserId(1));
    let error = refusal(&state);
    assert!(matches!(error, DraftError::SharedCaptain { captain_id: UserId(1), .. }), "{error}");
}

// DOMAIN §10.1 bug 17
#[test]
fn two_teams_with_one_draft_order_are_refused_where_it_matters() {
    let mut state = draft(DraftStyle::Snake, &ladder(3), &all(5, 500));
    state.teams[2].draft_order = Some(1);
    let teams = vec![(TeamId(10), "Team 1".to_owned()), (TeamId(30), "Team 3".to_owned())];
    assert_eq!(refusal(&state), DraftError::SharedDraftOrder { draft_order: 1, teams });
    assert!(start(&state, Some(DraftStyle::Shuffle), false, &mut no_dice).is_ok());
    for unset in [None, Some(0)] {
        state.teams.iter_mut().for_each(|it| it.draft_order = unset);
        let next = start(&state, None, false, &mut no_dice).unwrap().state;
        assert_eq!(next.rounds[..3].iter().map(|it| it.captain_id.unwrap().0).collect::<Vec<_>>(), [1, 2, 3]);
    }
}

#[test]
fn a_start_needs_somebody_to_pick() {
    assert_eq!(refusal(&draft(DraftStyle::Snake, &ladder(2), &[])), DraftError::EmptyPool);
}

#[test]
fn what_is_wrong_with_the_teams_is_said_before_a_confirmation_is_asked_for() {
    let mut state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(4, 500)), [101]);
    state.teams[0].captain_id = None;
    assert!(matches!(refusal(&state), DraftError::TeamsWithoutCaptain { .. }));
}
