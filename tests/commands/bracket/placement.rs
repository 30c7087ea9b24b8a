//! `teamPlacementSet`.

use inhouse::types::{EntityId as _, Slot};
use serde_json::json;

use super::{Cup, gf};

#[tokio::test]
async fn a_placement_is_set_and_taken_back_by_hand() {
    let cup = Cup::of(2).await;
    let team = cup.teams[1].to_global();
    let payload = cup.done("teamPlacementSet", json!({ "teamId": team, "placement": 7 })).await;
    assert_eq!((&payload["team"]["placement"], &payload["team"]["version"]), (&json!(7), &json!(2)));
    let again = cup.done("teamPlacementSet", json!({ "teamId": team, "placement": 7 })).await;
    assert_eq!(again["team"]["version"], 2, "nothing to write");
    let payload = cup.done("teamPlacementSet", json!({ "teamId": team, "placement": null })).await;
    assert_eq!(payload["team"]["placement"], json!(null));
}

// DOMAIN §10.3 bug 44
#[tokio::test]
async fn a_placement_is_a_whole_number_from_one_or_nothing() {
    let cup = Cup::of(2).await;
    let team = cup.teams[0].to_global();
    for placement in [0, -1, i32::MIN] {
        let error = cup.refused("teamPlacementSet", json!({ "teamId": team, "placement": placement })).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("INVALID_INPUT"), &json!(["placement"])));
    }
    for placement in [json!(true), json!("1"), json!(1.5), json!([1, 2]), json!(4_294_967_296_i64)] {
        let input = json!({ "teamId": team, "placement": placement });
        assert_eq!(cup.failed("teamPlacementSet", input).await, "BAD_USER_INPUT", "{placement}");
    }
    assert_eq!(cup.failed("teamPlacementSet", json!({ "teamId": team })).await, "BAD_USER_INPUT");
    let missing = cup.refused("teamPlacementSet", json!({ "teamId": "999", "placement": 1 })).await;
    assert_eq!((&missing["code"], &missing["field"]), (&json!("NOT_FOUND"), &json!(["teamId"])));
    let stale = json!({ "teamId": team, "placement": 1, "expectedVersion": 9 });
    assert_eq!(cup.refused("teamPlacementSet", stale).await["code"], "STALE_VERSION");
}

#[tokio::test]
async fn a_placement_by_hand_stays_until_a_result_moves_the_team() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.play_out(|_| Slot::Radiant).await;
    let before = cup.placements().await;
    let third = before.iter().position(|it| *it == Some(3)).unwrap();
    let input = json!({ "teamId": cup.teams[third].to_global(), "placement": 9 });
    cup.done("teamPlacementSet", input).await;
    cup.report(gf(1), Slot::Dire).await;
    assert_eq!(cup.placements().await[third], Some(9), "the final is no matter of theirs");
}
