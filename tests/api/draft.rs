//! A running draft as everybody, and as its captains, see it.

use inhouse::db::DbError;
use inhouse::db::models::{DraftEventRow, NewDraftEvent};
use inhouse::types::{DraftEventType, EntityId as _};
use serde_json::json;

use crate::support::{Community, TestApi};

#[tokio::test]
async fn a_running_draft_shows_whose_turn_it_is_and_who_is_left() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "query($id: ID!) { draft(id: $id) { style status epoch version
        currentRound { pickNumber captain { username } team { name } choice { id } }
        rounds { pickNumber pickPhase choice { username } wasTie tieResolution { winner { id } } }
        available { totalCount nodes { user { username } projection { teamTotalMmr } } }
        teams { team { name } totalMmr size isFull pickPosition }
        predictions { style firstPickMmr lastPickMmr } } }";
    let data = api.data_with(query, json!({ "id": it.draft.id.to_global() })).await;
    let expected = json!({ "style": "SNAKE", "status": "RUNNING", "epoch": 1, "version": 0,
        "currentRound": { "pickNumber": 2, "captain": { "username": "bob" }, "team": { "name": "Dagon" }, "choice": null },
        "rounds": [
            { "pickNumber": 1, "pickPhase": 1, "choice": { "username": "cid" }, "wasTie": false, "tieResolution": null },
            { "pickNumber": 2, "pickPhase": 1, "choice": null, "wasTie": false, "tieResolution": null }],
        "available": { "totalCount": 1, "nodes": [{ "user": { "username": "dan" }, "projection": null }] },
        "teams": [
            { "team": { "name": "Radiance" }, "totalMmr": 9_000, "size": 2, "isFull": false, "pickPosition": null },
            { "team": { "name": "Dagon" }, "totalMmr": 3_000, "size": 1, "isFull": false, "pickPosition": 1 }],
        "predictions": [
            { "style": "SNAKE", "firstPickMmr": 9_000, "lastPickMmr": 3_000 },
            { "style": "NORMAL", "firstPickMmr": 9_000, "lastPickMmr": 3_000 }] });
    assert_eq!(data["draft"], expected);
}

#[tokio::test]
async fn only_the_captain_on_turn_and_staff_can_pick() {
    let mut api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "query($id: ID!) { draft(id: $id) { viewerCanPick viewerCanModerate } }";
    let id = json!({ "id": it.draft.id.to_global() });
    let can = async |api: &TestApi| {
        let data = api.data_with(query, id.clone()).await;
        (
            data["draft"]["viewerCanPick"].as_bool().unwrap(),
            data["draft"]["viewerCanModerate"].as_bool().unwrap(),
        )
    };
    assert_eq!(can(&api).await, (false, false), "anonymous");
    api.log_in(it.bob.id, false);
    assert_eq!(can(&api).await, (true, false), "the captain on turn");
    api.log_in(it.dan.id, false);
    assert_eq!(can(&api).await, (false, false), "a player");
    api.log_in(it.dan.id, true);
    assert_eq!(can(&api).await, (true, true), "site staff");
    api.log_in(it.ann.id, false);
    assert_eq!(can(&api).await, (true, true), "the owner of the league's organization");
}

#[tokio::test]
async fn the_viewer_sees_the_draft_that_waits_for_them() {
    let mut api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "{ viewer { user { username } email isStaff needsMmrVerification
        activeDrafts { __typename ... on ActivePlayerDraft { isMyTurn round { pickNumber } tournament { name } } } } }";
    assert!(api.data(query).await["viewer"].is_null(), "anonymous");
    api.log_in(it.bob.id, false);
    let expected = json!({ "user": { "username": "bob" }, "email": "bob@example.com", "isStaff": false,
        "needsMmrVerification": false,
        "activeDrafts": [{ "__typename": "ActivePlayerDraft", "isMyTurn": true, "round": { "pickNumber": 2 },
                           "tournament": { "name": "Winter Cup" } }] });
    assert_eq!(api.data(query).await["viewer"], expected);
    api.log_in(it.ann.id, false);
    assert_eq!(api.data(query).await["viewer"]["activeDrafts"], json!([]), "no open round");
}

#[tokio::test]
async fn the_log_is_typed_and_paged_by_seq() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let written: Result<_, DbError> = api
        .test
        .db
        .write(async |uow| {
            for seq in 1..=3 {
                let event = match seq {
                    1 => (DraftEventType::DraftStarted, json!({ "draft_id": 1, "draft_style": "snake", "team_count": 2 })),
                    2 => (DraftEventType::PlayerPicked, json!({ "pick_number": 1, "captain_id": it.ann.id, "captain_name": "ann",
                        "captain_avatar_url": null, "picked_id": it.cid.id, "picked_name": "cid", "picked_avatar_url": null,
                        "team_id": it.team_of_ann.id, "team_name": "Radiance" })),
                    _ => (DraftEventType::PickUndone, json!({ "pick_number": 1, "undone_player_id": it.cid.id,
                        "undone_player_name": "cid", "team_id": it.team_of_ann.id, "team_name": "Radiance" })),
                };
                let (event_type, payload) = event;
                let created_at = uow.now();
                let actor_id = Some(it.ann.id);
                let new = NewDraftEvent { draft_id: it.draft.id, seq, epoch: 1, event_type, payload, actor_id, created_at };
                uow.insert::<DraftEventRow>(new).await?;
            }
            Ok(())
        })
        .await;
    written.unwrap();
    let query = "query($id: ID!, $after: String) { draft(id: $id) { events(first: 2, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { __typename seq type actor { username }
            ... on DraftStarted { style teamCount }
            ... on PlayerPicked { pickNumber pickedName picked { username } team { name } }
            ... on PickUndone { undonePlayer { username } } } } } }";
    let first = api.data_with(query, json!({ "id": it.draft.id.to_global() })).await;
    let events = &first["draft"]["events"];
    assert_eq!(events["nodes"][0]["__typename"], "DraftStarted");
    assert_eq!(events["nodes"][0]["style"], "SNAKE");
    assert_eq!(events["nodes"][1]["picked"]["username"], "cid");
    assert_eq!(events["nodes"][1]["actor"]["username"], "ann");
    assert_eq!(events["pageInfo"]["hasNextPage"], true);
    let after = &events["pageInfo"]["endCursor"];
    let second = api.data_with(query, json!({ "id": it.draft.id.to_global(), "after": after })).await;
    assert_eq!(second["draft"]["events"]["nodes"][0]["seq"], 3);
    assert_eq!(second["draft"]["events"]["nodes"][0]["undonePlayer"]["username"], "cid");
    assert_eq!(second["draft"]["events"]["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn available_players_are_filtered_sorted_and_paged() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let added: Result<_, DbError> = api
        .test
        .db
        .write(async |uow| {
            for (name, mmr) in [("eve", Some(6_000)), ("fay", None), ("gil", Some(6_000)), ("hal", Some(10))]
            {
                let user =
                    uow.insert::<inhouse::db::models::UserRow>(crate::support::user(name, mmr)).await?;
                let link = inhouse::db::models::TournamentPlayerRow {
                    tournament_id: it.tournament.id,
                    user_id: user.id,
                };
                uow.link(&link).await?;
            }
            Ok(())
        })
        .await;
    added.unwrap();
    let query = "query($id: ID!, $after: String, $filter: PoolFilter) { draft(id: $id) {
        available(first: 2, after: $after, filter: $filter) {
            totalCount pageInfo { hasNextPage endCursor } nodes { user { username } } } } }";
    let mut seen = Vec::new();
    let mut after = serde_json::Value::Null;
    loop {
        let data = api.data_with(query, json!({ "id": it.draft.id.to_global(), "after": after })).await;
        let page = &data["draft"]["available"];
        assert_eq!(page["totalCount"], 5);
        let nodes = page["nodes"].as_array().unwrap();
        seen.extend(nodes.iter().map(|node| node["user"]["username"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, ["eve", "gil", "hal", "dan", "fay"], "MMR descending, unknown last, then by name");
    let filter = json!({ "search": "A" });
    let data = api.data_with(query, json!({ "id": it.draft.id.to_global(), "filter": filter })).await;
    assert_eq!(data["draft"]["available"]["totalCount"], 3, "hal, dan, fay");
}
