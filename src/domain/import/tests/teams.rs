//! Teams: the invariants of DOMAIN §1.6 hold afterwards, each repair is reported (§9.3 rules 3 and 4).

use serde_json::{Value, json};

use super::super::{ImportPlan, TeamPlan};
use super::samples::{notes, planned, refusal, team, tournament, user};

fn planned_after(change: impl FnOnce(&mut Value)) -> ImportPlan {
    let mut document = tournament();
    change(&mut document);
    planned(&[&document])
}

fn first(plan: &ImportPlan) -> &TeamPlan {
    &plan.tournaments[0].teams[0]
}

fn pks(list: &[super::super::SourcePk]) -> Vec<i64> {
    list.iter().map(|it| it.0).collect()
}

#[test]
fn a_sound_tournament_needs_no_note() {
    let plan = planned(&[&tournament()]);
    assert!(notes(&plan).is_empty());
    assert_eq!(pks(&first(&plan).members), [1, 2]);
    assert_eq!(first(&plan).captain.unwrap().0, 1);
}

#[test]
fn a_captain_who_is_no_member_becomes_one() {
    let plan = planned_after(|it| it["teams"][0]["captain"] = user(5));
    assert_eq!(pks(&first(&plan).members), [1, 2, 5]);
    assert_eq!(notes(&plan), ["tournament.json: teams[0].captain: captain 5 is added to the members"]);
}

#[test]
fn a_captain_who_plays_on_another_team_is_an_error() {
    let mut document = tournament();
    document["teams"][1]["captain"] = user(1);
    assert_eq!(refusal(&[&document]), "tournament.json: teams[1].captain: user 1 is already on team 1");
}

#[test]
fn a_member_who_is_no_player_is_registered() {
    let plan = planned_after(|it| it["teams"][0]["members"][1] = user(8));
    assert!(plan.tournaments[0].players.iter().any(|it| it.0 == 8));
    assert_eq!(
        notes(&plan),
        ["tournament.json: teams[0].members: member 8 is not among the players, registered"]
    );
}

#[test]
fn a_member_listed_twice_is_imported_once() {
    let plan = planned_after(|it| it["teams"][0]["members"] = json!([user(1), user(2), user(1)]));
    assert_eq!(pks(&first(&plan).members), [1, 2]);
    assert_eq!(notes(&plan), ["tournament.json: teams[0].members[2]: user 1 is listed twice, imported once"]);
}

#[test]
fn a_deputy_is_a_member_other_than_the_captain() {
    let plan = planned_after(|it| it["teams"][0]["deputy_captain"] = user(2));
    assert_eq!(first(&plan).deputy.unwrap().0, 2);
    for (deputy, reason) in [(1, "is the captain"), (3, "is no member")] {
        let plan = planned_after(|it| it["teams"][0]["deputy_captain"] = user(deputy));
        assert_eq!(first(&plan).deputy, None);
        let note = format!(
            "tournament.json: teams[0].deputy_captain: deputy {deputy} {reason}, imported without deputy"
        );
        assert_eq!(notes(&plan), [note]);
    }
}

#[test]
fn nobody_is_in_two_lists_of_one_team() {
    let plan = planned_after(|it| {
        it["teams"][0]["dropin_members"] = json!([user(2), user(7)]);
        it["teams"][0]["left_members"] = json!([user(7), user(8)]);
    });
    assert_eq!(pks(&first(&plan).dropins), [7]);
    assert_eq!(pks(&first(&plan).left), [8]);
    assert_eq!(
        notes(&plan),
        [
            "tournament.json: teams[0].dropin_members[0]: user 2 is on this team already, left out here",
            "tournament.json: teams[0].left_members[0]: user 7 is on this team already, left out here",
        ]
    );
    let players: Vec<i64> = plan.tournaments[0].players.iter().map(|it| it.0).collect();
    assert_eq!(players, [1, 2, 3, 4, 5, 6], "substitutes need not be registered");
    assert!(plan.tournaments[0].people.iter().any(|it| it.0 == 8));
}

#[test]
fn a_team_of_six_is_kept_and_reported() {
    let plan = planned_after(|it| it["teams"][0] = team(1, &[1, 2, 5, 6, 7, 8]));
    assert_eq!(first(&plan).members.len(), 6);
    assert_eq!(notes(&plan)[0], "tournament.json: teams[0].members: 6 members, more than 5; all are kept");
}

#[test]
fn missing_and_shared_draft_orders_are_counted_anew() {
    let orders = |orders: [i64; 4]| {
        let plan = planned_after(|it| {
            it["teams"] = json!([team(4, &[1]), team(3, &[2]), team(2, &[3]), team(1, &[4])]);
            for (i, order) in orders.into_iter().enumerate() {
                it["teams"][i]["draft_order"] = json!(order);
            }
        });
        let by_pk: Vec<i32> = plan.tournaments[0].teams.iter().map(|it| it.draft_order).collect();
        (by_pk, notes(&plan).len())
    };
    assert_eq!(orders([0, 0, 0, 0]), (vec![1, 2, 3, 4], 4));
    assert_eq!(orders([1, 2, 3, 4]), (vec![4, 3, 2, 1], 0));
    assert_eq!(orders([1, 1, 0, 2]), (vec![3, 4, 1, 2], 3));
}

#[test]
fn a_renumbered_team_is_named_in_the_report() {
    let plan = planned_after(|it| it["teams"][1]["draft_order"] = json!(1));
    assert_eq!(
        notes(&plan),
        ["tournament.json: teams[1].draft_order: draft order 1 is missing or shared, renumbered to 2"]
    );
}

#[test]
fn a_team_listed_twice_is_refused() {
    let mut document = tournament();
    document["teams"][1] = team(1, &[3, 4]);
    assert_eq!(refusal(&[&document]), "tournament.json: teams[1].pk: team 1 is listed twice");
}

#[test]
fn placement_zero_is_none() {
    let plan = planned_after(|it| it["teams"][0]["placement"] = json!(0));
    assert_eq!(first(&plan).placement, None);
    assert_eq!(notes(&plan), ["tournament.json: teams[0].placement: placement 0 is imported as none"]);
}
