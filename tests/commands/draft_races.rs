//! Many callers at once, each in a task of its own: one wins, the others are told why not, and nothing is half-written.

use std::collections::BTreeMap;
use std::sync::Arc;

use inhouse::types::Viewer;
use serde_json::{Value, json};

use super::arena::{Answer, Arena};

const RACERS: usize = 32;

fn mmrs(n: usize) -> Vec<Option<i32>> {
    (0..n).map(|at| Some(3_000 + 100 * i32::try_from(at).unwrap())).collect()
}

/// All calls at once; their answers, in the same order.
async fn race(arena: &Arc<Arena>, calls: Vec<(Viewer, &'static str, Value)>) -> Vec<Answer> {
    let start = Arc::new(tokio::sync::Barrier::new(calls.len()));
    let mut tasks = Vec::new();
    for (viewer, mutation, input) in calls {
        let (arena, start) = (Arc::clone(arena), Arc::clone(&start));
        tasks.push(inhouse::telemetry::spawn(async move {
            start.wait().await;
            arena.call(&viewer, mutation, input, "").await
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn codes(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for answer in answers {
        let code = if answer.is_done() { "done".to_owned() } else { answer.code() };
        *codes.entry(code).or_default() += 1;
    }
    codes
}

/// Every picked player is on the team that picked them and nobody else is, and the log has no gap.
async fn expect_whole(arena: &Arena) {
    let board = arena.board().await;
    let query = "query($id: ID!) { tournament(id: $id) { draft {
        rounds { pickNumber team { id } captain { username } choice { username } } } } }";
    let data = arena.read(query, json!({ "id": arena.tournament_id() })).await;
    let rounds = data["tournament"]["draft"]["rounds"].as_array().unwrap();
    for team in board["teams"].as_array().unwrap() {
        let mut members: Vec<_> =
            team["members"].as_array().unwrap().iter().map(|it| &it["username"]).collect();
        let picked = rounds.iter().filter(|it| it["team"]["id"] == team["id"] && !it["choice"].is_null());
        let mut expected: Vec<_> = picked.map(|it| &it["choice"]["username"]).collect();
        expected.push(&team["captain"]["username"]);
        members.sort_by_key(|it: &&Value| (*it).to_string());
        expected.sort_by_key(|it: &&Value| (*it).to_string());
        assert_eq!(members, expected, "{team}");
    }
    let n_picked = rounds.iter().take_while(|it| !it["choice"].is_null()).count();
    assert!(rounds.iter().skip(n_picked).all(|it| it["choice"].is_null()), "no hole between picks");
    let mut seqs: Vec<_> = board["draft"]["events"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["seq"].as_i64().unwrap())
        .collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(board["draft"]["version"], seqs.len());
}

// DOMAIN §10.1 bug 3
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_pick_different_players_in_one_round_one_wins() {
    let arena = Arc::new(Arena::open(2, &mmrs(40)).await);
    arena.start("SNAKE").await;
    let board = arena.board().await;
    let calls = (0..RACERS).map(|at| {
        let viewer = if at % 2 == 0 { arena.captain(0) } else { arena.staff() };
        (viewer, "draftPick", Arena::pick_input(&board, &arena.player_id(2 + at)))
    });
    let answers = race(&arena, calls.collect()).await;
    let expected = [("CONFLICT".to_owned(), RACERS - 1), ("done".to_owned(), 1)];
    assert_eq!(codes(&answers), BTreeMap::from(expected));
    expect_whole(&arena).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_pick_one_player_one_wins() {
    let arena = Arc::new(Arena::open(2, &mmrs(10)).await);
    arena.start("SHUFFLE").await;
    let board = arena.board().await;
    // The captain on turn, the other captain, staff and somebody who has no say.
    let viewers = [arena.captain(0), arena.captain(1), arena.staff(), arena.outsider()];
    let calls = (0..RACERS)
        .map(|at| (viewers[at % 4].clone(), "draftPick", Arena::pick_input(&board, &arena.player_id(5))));
    let answers = race(&arena, calls.collect()).await;
    let codes = codes(&answers);
    assert_eq!(codes["done"], 1, "{codes:?}");
    assert_eq!(codes["FORBIDDEN"], 8, "{codes:?}");
    let others = codes.get("CONFLICT").unwrap_or(&0) + codes.get("NOT_YOUR_TURN").unwrap_or(&0);
    assert_eq!(others, RACERS - 9, "{codes:?}");
    expect_whole(&arena).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pick_and_an_undo_at_once_come_one_after_the_other() {
    let arena = Arc::new(Arena::open(2, &mmrs(20)).await);
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let board = arena.board().await;
    let undo = json!({ "draftId": board["draft"]["id"], "expectedVersion": board["draft"]["version"] });
    let calls = (0..16).map(|at| match at % 2 {
        0 => (arena.staff(), "draftUndoPick", undo.clone()),
        _ => (arena.captain(1), "draftPick", Arena::pick_input(&board, &arena.player_id(4 + at))),
    });
    let answers = race(&arena, calls.collect()).await;
    let codes = codes(&answers);
    // Whoever comes second looked at a draft that is no more.
    assert_eq!(codes["done"], 1, "{codes:?}");
    expect_whole(&arena).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_start_over_and_pick_at_once_nobody_leaves_half_a_draft() {
    let arena = Arc::new(Arena::open(2, &mmrs(20)).await);
    arena.start("SNAKE").await;
    let board = arena.board().await;
    let start = json!({ "tournamentId": arena.tournament_id(), "confirmDiscardPicks": true });
    let calls = (0..12).map(|at| match at % 3 {
        0 => (arena.staff(), "draftStart", start.clone()),
        _ => (arena.captain(0), "draftPick", Arena::pick_input(&board, &arena.player_id(4 + at))),
    });
    let answers = race(&arena, calls.collect()).await;
    // None of them stood in another's way.
    assert!(!codes(&answers).contains_key("UNAVAILABLE"), "{:?}", codes(&answers));
    expect_whole(&arena).await;
    let board = arena.board().await;
    assert_eq!(board["draft"]["epoch"], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_player_added_by_hand_and_picked_at_once_is_on_one_team() {
    let arena = Arc::new(Arena::open(2, &mmrs(10)).await);
    arena.start("SNAKE").await;
    let board = arena.board().await;
    let by_hand = json!({ "teamId": board["teams"][1]["id"],
        "userIds": [arena.player_id(1), arena.player_id(5)], "force": true });
    let calls = vec![
        (arena.staff(), "teamMembersSet", by_hand),
        (arena.captain(0), "draftPick", Arena::pick_input(&board, &arena.player_id(5))),
    ];
    let answers = race(&arena, calls).await;
    assert_eq!(answers.iter().filter(|it| it.is_done()).count(), 1, "{answers:?}");
    let board = arena.board().await;
    let teams = board["teams"].as_array().unwrap().iter();
    let has = |team: &Value| team["members"].as_array().unwrap().iter().any(|it| it["username"] == "p6");
    assert_eq!(teams.filter(|it| has(it)).count(), 1);
}
