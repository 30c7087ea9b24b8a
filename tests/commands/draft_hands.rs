//! A draft while staff lend a hand: captains who change, pools that run dry, rosters edited by force.

use inhouse::db::DbError;
use inhouse::db::models::TeamRow;
use inhouse::types::EntityId as _;
use serde_json::{Value, json};

use super::arena::Arena;

fn mmrs(n: usize) -> Vec<Option<i32>> {
    (0..n).map(|at| Some(3_000 + 100 * i32::try_from(at).unwrap())).collect()
}

/// Who the draft says may pick, asked by the player at this place.
async fn can_pick(arena: &Arena, at: usize) -> (Value, Value) {
    let query = "query($id: ID!) { tournament(id: $id) { draft { viewerCanPick } }
        viewer { activeDrafts { ... on ActivePlayerDraft { isMyTurn } } } }";
    let (_, answer) =
        arena.api.run_as(&arena.captain(at), query, json!({ "id": arena.tournament_id() })).await;
    let data = &answer["data"];
    (data["tournament"]["draft"]["viewerCanPick"].clone(), data["viewer"]["activeDrafts"].clone())
}

#[tokio::test]
async fn a_captain_who_takes_over_has_the_turns_and_the_one_before_has_none() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let team = arena.it.teams[0].id.to_global();
    let roster =
        json!({ "teamId": team, "userIds": [arena.player_id(0), arena.player_id(4)], "force": true });
    arena.done(&arena.staff(), "teamMembersSet", roster, "").await;
    let captain = json!({ "teamId": team, "captainId": arena.player_id(4), "force": true });
    arena.done(&arena.staff(), "teamUpdate", captain, "").await;
    let board = arena.board().await;
    assert_eq!(board["draft"]["currentRound"]["captain"]["username"], "p5");
    assert_eq!(can_pick(&arena, 4).await, (json!(true), json!([{ "isMyTurn": true }])));
    assert_eq!(can_pick(&arena, 0).await, (json!(false), json!([])));
    let input = Arena::pick_input(&board, &arena.player_id(5));
    assert_eq!(arena.refused(&arena.captain(0), "draftPick", input.clone()).await.0, "FORBIDDEN");
    arena.done(&arena.captain(4), "draftPick", input, "").await;
}

#[tokio::test]
async fn the_draft_is_over_when_the_last_of_the_pool_is_taken_out() {
    let arena = Arena::open(2, &mmrs(3)).await;
    arena.start("SNAKE").await;
    let input = json!({ "tournamentId": arena.tournament_id(), "userIds": [arena.player_id(2)] });
    arena.done(&arena.staff(), "tournamentPlayersRemove", input, "").await;
    let board = arena.board().await;
    assert_eq!(board["draft"]["status"], "COMPLETED");
    let events = board["draft"]["events"]["nodes"].as_array().unwrap();
    assert_eq!(events.last().unwrap()["__typename"], "DraftCompleted");
    assert_eq!(can_pick(&arena, 0).await, (json!(false), json!([])), "nothing waits for anybody");
}

#[tokio::test]
async fn whoever_edits_a_roster_they_saw_before_a_pick_is_told_so() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let team = arena.it.teams[0].id.to_global();
    let seen =
        json!({ "teamId": team, "userIds": [arena.player_id(0)], "expectedVersion": 1, "force": true });
    arena.pick_next().await;
    let refused = arena.refused(&arena.staff(), "teamMembersSet", seen).await;
    assert_eq!(refused, ("STALE_VERSION".to_owned(), json!(["expectedVersion"])));
}

#[tokio::test]
async fn a_substitute_who_is_picked_is_a_member_and_nothing_else() {
    let arena = Arena::open(2, &mmrs(8)).await;
    let team = arena.it.teams[0].id;
    let dropin = json!({ "teamId": team.to_global(), "userId": arena.player_id(5) });
    arena.done(&arena.staff(), "teamDropinAdd", dropin, "").await;
    arena.start("SNAKE").await;
    let input = Arena::pick_input(&arena.board().await, &arena.player_id(5));
    let before: Result<_, DbError> =
        arena.api.test.db.write(async |uow| uow.get::<TeamRow>(team).await).await;
    arena.done(&arena.captain(0), "draftPick", input, "").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Team { version members { username } dropins { username } } } }";
    let data = arena.read(query, json!({ "id": team.to_global() })).await;
    let version = before.unwrap().0.unwrap().version + 1;
    let expected =
        json!({ "version": version, "members": [{ "username": "p1" }, { "username": "p6" }], "dropins": [] });
    assert_eq!(data["node"], expected);
}

#[tokio::test]
async fn the_log_forgets_the_name_of_whoever_was_deactivated() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let input = Arena::pick_input(&arena.board().await, &arena.player_id(5));
    arena.done(&arena.captain(0), "draftPick", input, "").await;
    for at in [0, 5] {
        arena.done(&arena.staff(), "userDeactivate", json!({ "userId": arena.player_id(at) }), "").await;
    }
    let query = "query($id: ID!) { tournament(id: $id) { teams { name } draft { events(first: 10) { nodes {
        ... on PlayerPicked { captainName captainAvatarUrl pickedName pickedAvatarUrl }
        ... on CaptainAssigned { captainName } } } } } }";
    let data = arena.read(query, json!({ "id": arena.tournament_id() })).await;
    let shown = data.to_string();
    let (captain, picked) = (arena.it.players[0].id, arena.it.players[5].id);
    assert!(
        shown.contains(&format!("deactivated-{captain}")) && shown.contains(&format!("deactivated-{picked}"))
    );
    assert!(!shown.contains("\"p1\"") && !shown.contains("\"p6\""), "{shown}");
}
