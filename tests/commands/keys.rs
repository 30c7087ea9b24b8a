//! Idempotency keys: a call that is sent again has no second effect and is answered as the first was.

use std::sync::Arc;

use inhouse::types::Viewer;
use serde_json::{Value, json};

use super::arena::Arena;

const EVENTS: &str = "draft { id version } events { seq __typename }";

fn create(name: &str, key: &str) -> Value {
    json!({ "name": name, "startsAt": "2026-12-01T19:00:00Z", "idempotencyKey": key, "clientMutationId": "c1" })
}

async fn n_tournaments(arena: &Arena) -> u64 {
    let data = arena.read("{ homeStats { tournamentCount } }", json!({})).await;
    data["homeStats"]["tournamentCount"].as_u64().unwrap()
}

#[tokio::test]
async fn a_call_sent_again_answers_the_first_payload_and_does_nothing() {
    let arena = Arena::open(0, &[]).await;
    let select = "tournament { id name version }";
    let first = arena.done(&arena.staff(), "tournamentCreate", create("Cup", "k1"), select).await;
    assert_eq!(first["replayed"], false);
    let before = arena.api.test.dump().await;
    let again = arena.done(&arena.staff(), "tournamentCreate", create("Cup", "k1"), select).await;
    assert_eq!((&again["replayed"], &again["clientMutationId"]), (&json!(true), &json!("c1")));
    assert_eq!(again["tournament"], first["tournament"]);
    assert_eq!(before, arena.api.test.dump().await);
}

#[tokio::test]
async fn a_key_belongs_to_one_input_and_one_mutation() {
    let arena = Arena::open(0, &[]).await;
    arena.done(&arena.staff(), "tournamentCreate", create("Cup", "k1"), "").await;
    let other = arena.refused(&arena.staff(), "tournamentCreate", create("Another", "k1")).await;
    assert_eq!(other, ("IDEMPOTENCY_MISMATCH".to_owned(), json!(["idempotencyKey"])));
    let input = json!({ "id": arena.tournament_id(), "idempotencyKey": "k1" });
    assert_eq!(arena.refused(&arena.staff(), "tournamentDelete", input).await.0, "IDEMPOTENCY_MISMATCH");
}

#[tokio::test]
async fn keys_of_two_callers_are_two_keys() {
    let arena = Arena::open(0, &[]).await;
    let mut input = create("Cup", "k1");
    input["leagueId"] = json!(format!("League:{}", arena.it.league.id));
    arena.done(&arena.admin(), "tournamentCreate", input.clone(), "").await;
    let owner = super::arena::viewer(arena.it.owner.id);
    let other = arena.done(&owner, "tournamentCreate", input, "").await;
    assert_eq!(other["replayed"], false);
    assert_eq!(n_tournaments(&arena).await, 3);
}

#[tokio::test]
async fn a_refused_call_leaves_its_key_free() {
    let arena = Arena::open(0, &[]).await;
    let refused = arena.refused(&arena.staff(), "tournamentCreate", create("  ", "k1")).await;
    assert_eq!(refused, ("INVALID_INPUT".to_owned(), json!(["name"])));
    let done = arena.done(&arena.staff(), "tournamentCreate", create("Cup", "k1"), "").await;
    assert_eq!(done["replayed"], false);
}

#[tokio::test]
async fn a_key_is_short_and_not_empty() {
    let arena = Arena::open(0, &[]).await;
    for key in [String::new(), "x".repeat(201), "a\0b".to_owned()] {
        let refused = arena.refused(&arena.staff(), "tournamentCreate", create("Cup", &key)).await;
        assert_eq!(refused, ("INVALID_INPUT".to_owned(), json!(["idempotencyKey"])), "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_sent_sixteen_times_at_once_has_one_effect() {
    let mmrs: Vec<_> = (0..10).map(|at| Some(3_000 + at)).collect();
    let arena = Arc::new(Arena::open(2, &mmrs).await);
    arena.start("SNAKE").await;
    let mut input = Arena::pick_input(&arena.board().await, &arena.player_id(4));
    input["idempotencyKey"] = json!("pick-1");
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let (arena, input, viewer): (_, _, Viewer) = (Arc::clone(&arena), input.clone(), arena.captain(0));
        tasks.push(inhouse::telemetry::spawn(async move {
            arena.done(&viewer, "draftPick", input, EVENTS).await
        }));
    }
    let mut payloads = Vec::new();
    for task in tasks {
        payloads.push(task.await.unwrap());
    }
    assert_eq!(payloads.iter().filter(|it| it["replayed"] == false).count(), 1);
    assert!(payloads.iter().all(|it| it["events"] == payloads[0]["events"]), "{payloads:#?}");
    let board = arena.board().await;
    assert_eq!(board["draft"]["version"], 3);
    assert_eq!(board["teams"][0]["members"].as_array().unwrap().len(), 2);
}
