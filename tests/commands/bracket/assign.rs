//! `bracketAssignTeam` and `gameStatusSet`.

use inhouse::domain::bracket::NodeKey;
use inhouse::types::{EntityId as _, GameStatus, Slot, TeamId};
use serde_json::{Value, json};

use super::{Cup, l, w};

async fn seat(cup: &Cup, key: NodeKey, slot: &str, team: Option<TeamId>) -> Value {
    cup.input(key, json!({ "slot": slot, "teamId": team.map(TeamId::to_global) })).await
}

#[tokio::test]
async fn two_teams_swap_their_first_games_by_way_of_an_empty_seat() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let [one, two, three, four] = [0, 1, 2, 3].map(|i| cup.teams[i]);
    let busy = cup.refused("bracketAssignTeam", seat(&cup, w(1, 0), "DIRE", Some(three)).await).await;
    assert_eq!((&busy["code"], &busy["field"]), (&json!("CONFLICT"), &json!(["teamId"])));
    cup.done("bracketAssignTeam", seat(&cup, w(1, 1), "DIRE", None).await).await;
    let payload = cup.done("bracketAssignTeam", seat(&cup, w(1, 0), "DIRE", Some(three)).await).await;
    assert_eq!(payload["games"], json!([{ "id": cup.ids().await[&w(1, 0)].to_global() }]));
    cup.done("bracketAssignTeam", seat(&cup, w(1, 1), "DIRE", Some(four)).await).await;
    let teams = |row: inhouse::db::models::GameRow| (row.radiant_team_id.unwrap(), row.dire_team_id.unwrap());
    assert_eq!(teams(cup.row(w(1, 0)).await), (one, three));
    assert_eq!(teams(cup.row(w(1, 1)).await), (two, four));
}

// DOMAIN §10.3 bug 43
#[tokio::test]
async fn a_seat_is_filled_by_hand_only_where_nothing_else_fills_it() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let fed = cup.refused("bracketAssignTeam", seat(&cup, l(1, 0), "DIRE", Some(cup.teams[0])).await).await;
    assert_eq!((&fed["code"], &fed["field"]), (&json!("CONFLICT"), &json!(["slot"])));
    cup.done("bracketAssignTeam", seat(&cup, w(1, 0), "DIRE", None).await).await;
    let nobody = cup.refused("bracketAssignTeam", seat(&cup, w(1, 0), "DIRE", Some(TeamId(999))).await).await;
    assert_eq!((&nobody["code"], &nobody["field"]), (&json!("NOT_FOUND"), &json!(["teamId"])));
    cup.report(w(1, 1), Slot::Dire).await;
    let played = cup.refused("bracketAssignTeam", seat(&cup, w(1, 1), "DIRE", None).await).await;
    assert_eq!(played["code"], "CONFLICT");
    let mut silent = seat(&cup, w(1, 0), "DIRE", None).await;
    silent.as_object_mut().unwrap().remove("teamId");
    assert_eq!(cup.failed("bracketAssignTeam", silent).await, "BAD_USER_INPUT", "nobody must be said");
    let mut stale = seat(&cup, w(1, 0), "RADIANT", None).await;
    stale["expectedVersion"] = json!(99);
    assert_eq!(cup.refused("bracketAssignTeam", stale).await["code"], "STALE_VERSION");
}

#[tokio::test]
async fn a_game_goes_live_and_back_and_is_completed_by_its_report_alone() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let status = async |key, status: &str| cup.input(key, json!({ "status": status })).await;
    let payload = cup.done("gameStatusSet", status(w(1, 0), "LIVE").await).await;
    assert_eq!(payload["game"]["status"], "LIVE");
    let version = cup.row(w(1, 0)).await.version;
    cup.done("gameStatusSet", status(w(1, 0), "LIVE").await).await;
    assert_eq!(cup.row(w(1, 0)).await.version, version, "it was live already");
    let error = cup.refused("gameStatusSet", status(w(1, 0), "COMPLETED").await).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("INVALID_INPUT"), &json!(["status"])));
    cup.done("gameStatusSet", status(w(1, 0), "PENDING").await).await;
    assert_eq!(cup.row(w(1, 0)).await.status, GameStatus::Pending);
    let lonely = cup.refused("gameStatusSet", status(w(2, 0), "LIVE").await).await;
    assert_eq!(lonely["code"], "CONFLICT", "nobody is there to play");
    cup.report(w(1, 0), Slot::Radiant).await;
    let decided = cup.refused("gameStatusSet", status(w(1, 0), "LIVE").await).await;
    assert_eq!(decided["code"], "CONFLICT");
}
