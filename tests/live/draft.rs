//! `draftFeed`: snapshot, replay, live, heartbeat, resync.

use inhouse::cache::Cache;
use inhouse::live::LiveSettings;
use inhouse::types::{EntityId as _, Viewer};
use serde_json::{Value, json};
use std::time::Duration;

use super::watcher::{DRAFT_FEED, Watcher, place};
use crate::commands::arena::Arena;
use crate::commands::draft::mmrs;
use crate::support::cache_settings;

async fn running() -> (Arena, Value, i32) {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let (draft, seq) = place(&arena).await;
    (arena, draft, seq)
}

/// Changes who can be picked, of which no event tells.
async fn register_somebody(arena: &Arena) {
    let users = [arena.it.outsider.id.to_global()];
    let input = json!({ "tournamentId": arena.tournament_id(), "userIds": users });
    arena.done(&arena.staff(), "tournamentPlayersAdd", input, "").await;
}

fn quick() -> LiveSettings {
    LiveSettings {
        heartbeat: Duration::from_millis(20),
        poll: Duration::from_millis(10),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_snapshot_comes_first_and_then_what_happens() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, None).await;
    let snapshot = watcher.item().await;
    assert_eq!(snapshot["__typename"], "DraftSnapshot");
    assert_eq!((&snapshot["seq"], &snapshot["resync"]), (&json!(seq), &json!(false)));
    assert_eq!(snapshot["draft"], json!({ "version": seq, "status": "RUNNING" }));
    arena.pick_next().await;
    let picked = &watcher.events(seq, seq + 1).await[0];
    assert_eq!(picked["event"]["__typename"], "PlayerPicked");
    assert_eq!(picked["draft"]["version"], seq + 1);
    assert_eq!(picked["draft"]["currentRound"]["pickNumber"], 2);
    let round = json!([{ "pickNumber": 1, "choice": { "username": picked["event"]["picked"]["username"] } }]);
    assert_eq!(picked["rounds"], round);
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_and_nothing_twice() {
    let (arena, draft, _) = running().await;
    for _ in 0..4 {
        arena.pick_next().await;
    }
    let (_, newest) = place(&arena).await;
    // Before the first event teams were made, which a snapshot tells.
    for after in 1..=newest {
        let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(after)).await;
        watcher.events(after, newest).await;
    }
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(newest)).await;
    arena.pick_next().await;
    watcher.events(newest, newest + 1).await;
}

#[tokio::test]
async fn another_process_tells_the_same() {
    let (arena, draft, seq) = running().await;
    let other = arena.api.elsewhere(arena.api.test.cache(cache_settings()));
    let mut there = Watcher::of_draft(&other, &draft, None).await;
    assert_eq!(there.item().await["seq"], seq);
    for n in 0..3 {
        arena.pick_next().await;
        there.events(seq + n, seq + n + 1).await;
    }
}

#[tokio::test]
async fn a_place_that_is_ahead_is_answered_by_a_snapshot() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(seq + 1)).await;
    let snapshot = watcher.item().await;
    assert_eq!((&snapshot["seq"], &snapshot["resync"]), (&json!(seq), &json!(true)));
    arena.pick_next().await;
    watcher.events(seq, seq + 1).await;
}

#[tokio::test]
async fn a_place_that_is_too_far_behind_is_answered_by_a_snapshot() {
    let (arena, draft, _) = running().await;
    for _ in 0..3 {
        arena.pick_next().await;
    }
    let (_, newest) = place(&arena).await;
    let api = arena.api.with_live(LiveSettings { max_replay: 2, ..LiveSettings::default() });
    Watcher::of_draft(&api, &draft, Some(newest - 2)).await.events(newest - 2, newest).await;
    let snapshot = Watcher::of_draft(&api, &draft, Some(newest - 3)).await.item().await;
    assert_eq!((&snapshot["seq"], &snapshot["resync"]), (&json!(newest), &json!(true)));
}

#[tokio::test]
async fn a_client_that_resumes_by_itself_is_believed_before_its_variables() {
    let (arena, draft, seq) = running().await;
    arena.pick_next().await;
    let variables = json!({ "id": draft, "after": 0 });
    let feed = arena.api.watch(&Viewer::anonymous(), DRAFT_FEED, variables, Some(seq)).await;
    let first = futures_util::StreamExt::next(&mut feed.unwrap()).await.unwrap();
    assert_eq!(first.seq, seq + 1);
}

#[tokio::test]
async fn a_start_over_goes_on_counting() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    arena.pick_next().await;
    let input = json!({ "tournamentId": arena.tournament_id(), "confirmDiscardPicks": true });
    arena.done(&arena.staff(), "draftStart", input, "").await;
    let (_, newest) = place(&arena).await;
    let events = watcher.events(seq, newest).await;
    let kinds: Vec<_> = events.iter().map(|it| it["event"]["__typename"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["PlayerPicked", "DraftStarted"]);
    assert_eq!(events[1]["rounds"].as_array().unwrap().len(), 8, "a start tells all rounds");
}

#[tokio::test]
async fn a_change_that_is_no_event_is_told_by_a_snapshot() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    register_somebody(&arena).await;
    let snapshot = watcher.item().await;
    assert_eq!((&snapshot["__typename"], &snapshot["resync"]), (&json!("DraftSnapshot"), &json!(false)));
    assert_eq!(snapshot["seq"], seq);
}

#[tokio::test]
async fn a_snapshot_in_between_shows_what_changed_and_not_the_one_before() {
    let (arena, draft, _) = running().await;
    let document = "subscription($id: ID!) { draftFeed(draftId: $id) { __typename
        ... on DraftSnapshot { seq draft { availableIds } } ... on DraftHeartbeat { seq } } }";
    let variables = json!({ "id": draft });
    let mut watcher = Watcher::by(&arena.api, &Viewer::anonymous(), ("draftFeed", document), variables).await;
    let n_available =
        async |watcher: &mut Watcher| watcher.item().await["draft"]["availableIds"].as_array().unwrap().len();
    let before = n_available(&mut watcher).await;
    register_somebody(&arena).await;
    assert_eq!(n_available(&mut watcher).await, before + 1);
}

#[tokio::test]
async fn a_change_that_is_no_event_is_told_to_those_who_were_away_where_it_happened() {
    let (arena, draft, seq) = running().await;
    arena.pick_next().await;
    register_somebody(&arena).await;
    arena.pick_next().await;
    let (_, newest) = place(&arena).await;
    let mut away = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    away.events(seq, newest - 1).await;
    let snapshot = away.item().await;
    assert_eq!((&snapshot["__typename"], &snapshot["seq"]), (&json!("DraftSnapshot"), &json!(newest - 1)));
    away.events(newest - 1, newest).await;
    // Wherever the connection breaks, who has the pick behind the change has seen the snapshot before it.
    let mut there = Watcher::of_draft(&arena.api, &draft, Some(newest - 1)).await;
    assert_eq!(there.item().await["__typename"], "DraftSnapshot");
    there.events(newest - 1, newest).await;
    let mut there = Watcher::of_draft(&arena.api, &draft, Some(newest)).await;
    arena.pick_next().await;
    there.events(newest, newest + 1).await;
}

#[tokio::test]
async fn an_event_that_is_told_again_shows_names_of_now() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    arena.pick_next().await;
    let picked = watcher.events(seq, seq + 1).await[0]["event"]["picked"]["username"].clone();
    let player = arena.it.players.iter().find(|it| picked == it.username.as_str()).unwrap();
    let input = json!({ "id": arena.player_id(usize::try_from(player.id.0 - arena.it.players[0].id.0).unwrap()),
        "nickname": "Renamed" });
    arena.done(&arena.staff(), "userUpdate", input, "").await;
    let mut late = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    assert_eq!(late.events(seq, seq + 1).await[0]["event"]["picked"]["nickname"], "Renamed");
}

#[tokio::test]
async fn a_heartbeat_tells_the_newest_event() {
    let (arena, draft, seq) = running().await;
    let api = arena.api.with_live(quick());
    let mut watcher = Watcher::of_draft(&api, &draft, Some(seq)).await;
    for _ in 0..3 {
        let (_, beat) = watcher.next().await.unwrap();
        assert_eq!(beat, json!({ "__typename": "DraftHeartbeat", "seq": seq }));
    }
}

#[tokio::test]
async fn without_a_change_log_the_database_is_looked_at() {
    let (arena, draft, seq) = running().await;
    let blind = arena.api.elsewhere(Cache::disabled());
    let mut watcher = Watcher::of_draft(&blind, &draft, Some(seq)).await;
    for n in 0..3 {
        arena.pick_next().await;
        watcher.events(seq + n, seq + n + 1).await;
    }
}

#[tokio::test]
async fn a_feed_ends_with_what_it_is_about() {
    let (arena, draft, seq) = running().await;
    let mut watcher = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    let input = json!({ "id": arena.tournament_id() });
    arena.done(&arena.superuser(), "tournamentDelete", input, "").await;
    assert_eq!(watcher.next().await, None);
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_with_a_code() {
    let (arena, draft, _) = running().await;
    let refused = async |document: &str, variables: Value| {
        let refused = arena.api.watch(&Viewer::anonymous(), document, variables, None).await;
        let answer = refused.err().unwrap_or_else(|| panic!("{document} is watched"));
        assert!(answer.get("data").is_none(), "{answer:#}");
        answer["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(DRAFT_FEED, json!({ "id": "Draft:4711" })).await, "NOT_FOUND");
    assert_eq!(refused(DRAFT_FEED, json!({ "id": "User:1" })).await, "BAD_USER_INPUT");
    assert_eq!(refused(DRAFT_FEED, json!({ "id": "what" })).await, "BAD_USER_INPUT");
    assert_eq!(refused(DRAFT_FEED, json!({ "id": null })).await, "BAD_USER_INPUT");
    assert_eq!(refused(DRAFT_FEED, json!({ "id": draft, "after": -1 })).await, "BAD_USER_INPUT");
    assert_eq!(refused(DRAFT_FEED, json!({ "id": draft, "after": "1" })).await, "BAD_USER_INPUT");
    let nothing = "subscription { nothing }";
    assert_eq!(refused(nothing, json!({})).await, "GRAPHQL_VALIDATION_FAILED");
    let two = "subscription($id: ID!) { a: draftFeed(draftId: $id) { __typename } b: draftFeed(draftId: $id) { __typename } }";
    assert_eq!(refused(two, json!({ "id": draft })).await, "GRAPHQL_VALIDATION_FAILED");
    let skipped = "subscription($id: ID!) { draftFeed(draftId: $id) @skip(if: true) { __typename } }";
    assert_eq!(refused(skipped, json!({ "id": draft })).await, "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(refused("subscription {", json!({})).await, "GRAPHQL_PARSE_FAILED");
}

#[tokio::test]
async fn what_is_one_callers_is_told_to_that_caller() {
    let (arena, draft, seq) = running().await;
    let document = "subscription($id: ID!, $after: Int) { draftFeed(draftId: $id, after: $after) { __typename
        ... on DraftEventItem { seq draft { viewerCanPick } } ... on DraftHeartbeat { seq } } }";
    let variables = json!({ "id": draft, "after": seq });
    let mut watchers = Vec::new();
    for viewer in [arena.captain(0), Viewer::anonymous(), arena.captain(1), arena.staff()] {
        watchers.push(Watcher::by(&arena.api, &viewer, ("draftFeed", document), variables.clone()).await);
    }
    arena.pick_next().await;
    let mut can = Vec::new();
    for watcher in &mut watchers {
        can.push(watcher.item().await["draft"]["viewerCanPick"].as_bool().unwrap());
    }
    // Snake: the second captain is on turn.
    assert_eq!(can, [false, false, true, true]);
}
