//! People: one per primary key, feed first, nobody merged by name (DOMAIN §9.3 rule 2).

use serde_json::json;

use super::super::PositionRanks;
use super::samples::{notes, planned, refusal, tournament, user};

#[test]
fn a_person_of_many_documents_is_planned_once() {
    let plan = planned(&[&json!([user(1), user(7)]), &tournament()]);
    let pks: Vec<i64> = plan.users.iter().map(|it| it.source_pk.0).collect();
    assert_eq!(pks, [1, 2, 3, 4, 5, 6, 7]);
    assert!(notes(&plan).is_empty());
    let in_feed: Vec<bool> = plan.users.iter().map(|it| it.is_in_feed).collect();
    assert_eq!(in_feed, [true, false, false, false, false, false, true]);
}

#[test]
fn the_feed_counts_where_a_tournament_says_otherwise() {
    let mut known = user(1);
    known["mmr"] = json!(4200);
    let plan = planned(&[&tournament(), &json!([known])]);
    assert_eq!(plan.users[0].mmr, Some(4200));
    assert_eq!(
        notes(&plan),
        ["tournament.json: users[0]: user 1: mmr differ from users.json: [0], which counts"]
    );
}

#[test]
fn what_only_the_feed_knows_is_kept_and_role_flags_are_not() {
    let mut known = user(1);
    known["email"] = json!("ann@example.org");
    known["date_joined"] = json!("2026-11-23T00:50:40.389500123Z");
    known["is_active"] = json!(false);
    known["is_staff"] = json!(true);
    known["default_organization"] = json!(3);
    let plan = planned(&[&json!([known])]);
    let ann = &plan.users[0];
    assert_eq!(ann.email.as_deref(), Some("ann@example.org"));
    assert_eq!(ann.date_joined.unwrap().to_string(), "2026-11-23T00:50:40.3895Z");
    assert_eq!(ann.is_active, Some(false));
    assert_eq!(ann.default_organization.unwrap().0, 3);
}

#[test]
fn empty_texts_say_nothing() {
    let mut known = user(1);
    for field in ["nickname", "avatar", "discordId", "email"] {
        known[field] = json!("");
    }
    let plan = planned(&[&json!([known])]);
    let ann = &plan.users[0];
    assert_eq!((&ann.nickname, &ann.avatar, &ann.discord_id, &ann.email), (&None, &None, &None, &None));
}

#[test]
fn two_people_of_one_name_stay_two() {
    let mut other = user(2);
    other["username"] = json!("user_1");
    assert_eq!(planned(&[&json!([user(1), other])]).users.len(), 2);
}

#[test]
fn two_people_of_one_discord_or_steam_account_are_refused() {
    let mut other = user(2);
    other["discordId"] = json!("90001");
    assert_eq!(
        refusal(&[&json!([user(1), other])]),
        "users.json: [1].discordId: users 1 and 2 have the same Discord id 90001"
    );
    let mut other = user(2);
    other["steamid"] = json!(1);
    assert_eq!(
        refusal(&[&json!([user(1), other])]),
        "users.json: [1].steamid: users 1 and 2 have the same Steam id 76561197960265729"
    );
}

#[test]
fn ranks_are_copied_as_they_are_and_pulled_into_range() {
    let mut known = user(1);
    known["positions"]["carry"] = json!(999);
    known["positions"]["mid"] = json!(-4);
    let plan = planned(&[&json!([known])]);
    let ranks = PositionRanks { carry: 5, mid: 0, offlane: 3, soft_support: 0, hard_support: 0 };
    assert_eq!(plan.users[0].positions, Some(ranks));
    assert_eq!(
        notes(&plan),
        [
            "users.json: [0].positions.carry: rank 999 is imported as 5",
            "users.json: [0].positions.mid: rank -4 is imported as 0",
        ]
    );
}

#[test]
fn a_negative_mmr_is_imported_as_none() {
    let mut known = user(1);
    known["mmr"] = json!(-1);
    let plan = planned(&[&json!([known])]);
    assert_eq!(plan.users[0].mmr, None);
    assert_eq!(notes(&plan), ["users.json: [0].mmr: a negative MMR is imported as none"]);
}
