//! Drafts: history is kept, and only a sound draft goes on (DOMAIN §9.3 rule 5, §11.2).

use serde_json::{Value, json};

use crate::types::DraftStatus;

use super::super::{DraftPlan, ImportPlan};
use super::samples::{draft, notes, planned, refusal, resumed, round, tournament, user};

fn with_draft(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = tournament();
    document["draft"] = draft();
    change(&mut document);
    document
}

fn draft_of(plan: &ImportPlan) -> &DraftPlan {
    plan.tournaments[0].draft.as_ref().unwrap()
}

#[test]
fn an_unfinished_draft_is_closed_unless_asked_for() {
    let plan = planned(&[&with_draft(|_| {})]);
    assert_eq!(draft_of(&plan).status, DraftStatus::Completed);
    assert!(draft_of(&plan).is_unfinished);
    assert_eq!(
        notes(&plan),
        ["tournament.json: draft: 2 rounds are open, imported as completed: it goes on here only on request"]
    );
}

#[test]
fn an_unfinished_draft_goes_on_when_asked_for() {
    let plan = resumed(&[&with_draft(|_| {})]);
    assert_eq!(draft_of(&plan).status, DraftStatus::Running);
    assert!(notes(&plan).is_empty());
}

#[test]
fn the_draft_of_a_past_tournament_never_goes_on() {
    let plan = resumed(&[&with_draft(|it| it["state"] = json!("past"))]);
    assert_eq!(draft_of(&plan).status, DraftStatus::Completed);
    assert!(notes(&plan)[0].ends_with("the tournament is past"));
}

#[test]
fn a_draft_is_completed_when_no_round_is_open_or_the_pool_is_empty() {
    let all_picked = with_draft(|it| {
        it["draft"]["draft_rounds"] = json!([round(1, Some(1), Some(2)), round(2, Some(3), Some(4))]);
    });
    let no_pool = with_draft(|it| it["users"] = (1..=4).map(user).collect());
    for document in [all_picked, no_pool] {
        let plan = resumed(&[&document]);
        assert_eq!(draft_of(&plan).status, DraftStatus::Completed);
        assert!(!draft_of(&plan).is_unfinished);
        assert!(notes(&plan).is_empty());
    }
}

#[test]
fn a_draft_without_rounds_is_not_started() {
    let plan = resumed(&[&with_draft(|it| it["draft"]["draft_rounds"] = json!([]))]);
    assert_eq!(draft_of(&plan).status, DraftStatus::NotStarted);
}

#[test]
fn rounds_are_ordered_by_pick_and_belong_to_the_captains_team() {
    let document = with_draft(|it| it["draft"]["draft_rounds"].as_array_mut().unwrap().reverse());
    let plan = planned(&[&document]);
    let rounds: Vec<_> =
        draft_of(&plan).rounds.iter().map(|it| (it.pick_number, it.team.unwrap().0)).collect();
    assert_eq!(rounds, [(1, 1), (2, 2), (3, 2), (4, 1)]);
}

#[test]
fn an_undecided_round_of_a_shuffle_draft_keeps_no_captain() {
    let shuffle = |third: Value| {
        with_draft(|it| {
            it["draft"]["draft_style"] = json!("shuffle");
            it["draft"]["draft_rounds"][2] = third;
            it["draft"]["draft_rounds"][3] = round(4, None, None);
        })
    };
    let plan = resumed(&[&shuffle(round(3, Some(1), None))]);
    assert_eq!(draft_of(&plan).status, DraftStatus::Running);
    assert_eq!((draft_of(&plan).rounds[3].captain, draft_of(&plan).rounds[3].team), (None, None));
    let plan = resumed(&[&shuffle(round(3, None, None))]);
    assert_eq!(draft_of(&plan).status, DraftStatus::Completed);
    assert!(notes(&plan)[0].ends_with("no team is on turn"));
}

#[test]
fn a_choice_who_is_not_on_the_team_is_kept_as_history_and_reported() {
    let document = with_draft(|it| it["draft"]["draft_rounds"][0]["choice"] = user(5));
    let plan = resumed(&[&document]);
    assert_eq!(draft_of(&plan).rounds[0].choice.unwrap().0, 5);
    assert_eq!(
        draft_of(&plan).status,
        DraftStatus::Completed,
        "the next pick would build on a contradiction"
    );
    assert_eq!(
        notes(&plan),
        [
            "tournament.json: draft.draft_rounds[0].choice: choice 5 is no member of team 1, kept as history",
            "tournament.json: draft: 2 rounds are open, imported as completed: \
             a picked player is not on the team that picked",
        ]
    );
}

#[test]
fn a_choice_who_left_the_team_is_said_to_have_left() {
    let document = with_draft(|it| {
        it["draft"]["draft_rounds"][0]["choice"] = user(5);
        it["teams"][0]["left_members"] = json!([user(5)]);
    });
    assert!(notes(&planned(&[&document]))[0].ends_with("choice 5 has left team 1, kept as history"));
}

#[test]
fn a_choice_without_captain_goes_to_the_captain_of_the_players_team() {
    let document = with_draft(|it| it["draft"]["draft_rounds"][0]["captain"] = json!(null));
    let plan = planned(&[&document]);
    assert_eq!(draft_of(&plan).rounds[0].captain.unwrap().0, 1);
    let nobodys = with_draft(|it| it["draft"]["draft_rounds"][0] = round(1, None, Some(5)));
    let plan = planned(&[&nobodys]);
    assert_eq!((draft_of(&plan).rounds[0].captain, draft_of(&plan).rounds[0].choice), (None, None));
}

#[test]
fn a_round_of_a_former_captain_stays_with_the_team() {
    let document = with_draft(|it| it["teams"][0]["captain"] = user(2));
    let plan = planned(&[&document]);
    assert_eq!(draft_of(&plan).rounds[0].team.unwrap().0, 1);
    assert_eq!(
        notes(&plan)[0],
        "tournament.json: draft.draft_rounds[0].captain: user 1 captains no team, the round goes to team 1"
    );
}

#[test]
fn a_pick_number_or_choice_that_comes_twice_is_an_error() {
    let document = with_draft(|it| it["draft"]["draft_rounds"][3]["pick_number"] = json!(2));
    assert_eq!(
        refusal(&[&document]),
        "tournament.json: draft.draft_rounds[3].pick_number: pick 2 is listed twice"
    );
    let document = with_draft(|it| it["draft"]["draft_rounds"][2]["choice"] = user(2));
    assert_eq!(
        refusal(&[&document]),
        "tournament.json: draft.draft_rounds[2].choice: user 2 was already picked in pick 1"
    );
}

#[test]
fn a_wrong_phase_is_recomputed() {
    let document = with_draft(|it| it["draft"]["draft_rounds"][2]["pick_phase"] = json!(7));
    let plan = planned(&[&document]);
    assert_eq!(draft_of(&plan).rounds[2].pick_phase, 2);
    assert_eq!(notes(&plan)[0], "tournament.json: draft.draft_rounds[2].pick_phase: pick 3 is in phase 2");
}

#[test]
fn a_draft_with_a_gap_or_a_pick_ahead_does_not_go_on() {
    let gap = with_draft(|it| drop(it["draft"]["draft_rounds"].as_array_mut().unwrap().remove(1)));
    assert!(notes(&resumed(&[&gap]))[0].ends_with("pick numbers have gaps"));
    let ahead = with_draft(|it| {
        it["draft"]["draft_rounds"][1]["choice"] = json!(null);
        it["draft"]["draft_rounds"][2]["choice"] = user(4);
    });
    assert!(notes(&resumed(&[&ahead]))[0].ends_with("a later round was picked before an earlier one"));
}
