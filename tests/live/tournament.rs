//! `tournamentFeed`: whatever changes in a tournament, one item for each mutation.

use inhouse::types::{EntityId as _, Viewer};
use serde_json::{Value, json};

use super::watcher::Watcher;
use crate::commands::arena::Arena;
use crate::commands::draft::mmrs;

const TOURNAMENT_FEED: &str =
    "subscription($id: ID!, $after: Int) { tournamentFeed(tournamentId: $id, after: $after) {
    __typename
    ... on TournamentSnapshot { seq resync tournament { name } }
    ... on TournamentChanged { seq parts tournament { name } removedIds draft { version }
        draftEvents { __typename seq } teams { name members { username } } games { status } }
    ... on TournamentHeartbeat { seq } } }";

async fn watch(arena: &Arena, after: Option<i64>) -> Watcher {
    let variables = json!({ "id": arena.tournament_id(), "after": after });
    Watcher::by(&arena.api, &Viewer::anonymous(), ("tournamentFeed", TOURNAMENT_FEED), variables).await
}

#[tokio::test]
async fn every_change_is_told_with_what_may_look_different() {
    let arena = Arena::open(2, &mmrs(6)).await;
    let mut watcher = watch(&arena, None).await;
    let snapshot = watcher.item().await;
    assert_eq!(snapshot["tournament"]["name"], "Winter Cup");
    let mut seq = snapshot["seq"].as_i64().unwrap();
    let mut told = async |changes: &str| {
        seq += 1;
        let item = watcher.item().await;
        assert_eq!(
            (&item["__typename"], &item["seq"]),
            (&json!("TournamentChanged"), &json!(seq)),
            "{changes}"
        );
        item
    };
    let staff = arena.staff();

    let id = json!({ "id": arena.tournament_id(), "name": "Spring Cup" });
    arena.done(&staff, "tournamentUpdate", id, "").await;
    let item = told("details").await;
    assert_eq!((&item["parts"], &item["tournament"]["name"]), (&json!(["DETAILS"]), &json!("Spring Cup")));

    let users =
        json!({ "tournamentId": arena.tournament_id(), "userIds": [arena.it.outsider.id.to_global()] });
    arena.done(&staff, "tournamentPlayersAdd", users, "").await;
    assert_eq!(told("players").await["parts"], json!(["PLAYERS"]));

    let team = json!({ "teamId": arena.it.teams[0].id.to_global(), "name": "Renamed" });
    arena.done(&staff, "teamUpdate", team, "").await;
    let item = told("a team").await;
    assert_eq!((&item["parts"], &item["teams"][0]["name"]), (&json!(["TEAMS"]), &json!("Renamed")));

    arena.start("SNAKE").await;
    let item = told("the start").await;
    assert_eq!(item["draftEvents"][0], json!({ "__typename": "DraftStarted", "seq": 1 }));
    arena.pick_next().await;
    let item = told("a pick").await;
    let events = item["draftEvents"].as_array().unwrap();
    assert_eq!(events.last().unwrap()["seq"], item["draft"]["version"]);
    assert_eq!(item["teams"][0]["members"].as_array().unwrap().len(), 2, "{item:#}");
}

#[tokio::test]
async fn what_was_removed_is_named() {
    let arena = Arena::open(3, &mmrs(6)).await;
    let mut watcher = watch(&arena, None).await;
    watcher.item().await;
    let gone = arena.it.teams[2].id.to_global();
    arena.done(&arena.staff(), "teamDelete", json!({ "teamId": gone }), "").await;
    let item = watcher.item().await;
    assert_eq!(item["removedIds"], json!([gone]));
    assert_eq!(item["parts"], json!(["TEAMS"]));
}

#[tokio::test]
async fn results_are_told_with_their_games() {
    let arena = Arena::open(4, &mmrs(8)).await;
    let input = json!({ "tournamentId": arena.tournament_id() });
    let staff = arena.staff();
    let mut watcher = watch(&arena, None).await;
    watcher.item().await;
    arena.done(&staff, "bracketGenerate", input, "").await;
    let made = watcher.item().await;
    assert!(made["parts"].as_array().unwrap().contains(&json!("GAMES")), "{made:#}");
    let query = "query($id: ID!) { tournament(id: $id) { bracket { games { id version status radiantTeam { id } direTeam { id } } } } }";
    let bracket = arena.read(query, json!({ "id": arena.tournament_id() })).await;
    let games = bracket["tournament"]["bracket"]["games"].as_array().unwrap();
    assert_eq!(made["games"].as_array().unwrap().len(), games.len());
    let game = games.iter().find(|it| !it["radiantTeam"].is_null() && !it["direTeam"].is_null()).unwrap();
    let report = json!({ "gameId": game["id"], "winner": "RADIANT", "expectedVersion": game["version"] });
    arena.done(&staff, "gameReport", report, "").await;
    let item = watcher.item().await;
    assert!(item["games"].as_array().unwrap().iter().any(|it| it["status"] == "COMPLETED"), "{item:#}");
}

#[tokio::test]
async fn a_tournaments_feed_is_resumed_without_a_gap() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("NORMAL").await;
    for _ in 0..3 {
        arena.pick_next().await;
    }
    let newest = watch(&arena, None).await.item().await["seq"].as_i64().unwrap();
    assert!(newest >= 4);
    for after in 0..newest {
        let mut watcher = watch(&arena, Some(after)).await;
        for seq in after + 1..=newest {
            let item = watcher.item().await;
            assert_eq!((&item["__typename"], &item["seq"]), (&json!("TournamentChanged"), &json!(seq)));
        }
    }
    let ahead = watch(&arena, Some(newest + 1)).await.item().await;
    assert_eq!((&ahead["__typename"], &ahead["resync"]), (&json!("TournamentSnapshot"), &Value::Bool(true)));
}
