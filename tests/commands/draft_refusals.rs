//! What a draft refuses: the code the error table of DOMAIN §2.10 requires, and nothing written.

use inhouse::types::Viewer;
use serde_json::{Value, json};

use super::arena::Arena;

fn mmrs(n: usize) -> Vec<Option<i32>> {
    (0..n).map(|at| Some(3_000 + 100 * i32::try_from(at).unwrap())).collect()
}

/// A running snake draft of two teams, and its board.
async fn running() -> (Arena, Value) {
    let arena = Arena::open(2, &mmrs(10)).await;
    arena.start("SNAKE").await;
    let board = arena.board().await;
    (arena, board)
}

/// The input of a pick with one part changed.
fn changed(board: &Value, player: &str, part: &str, value: impl Into<Value>) -> Value {
    let mut input = Arena::pick_input(board, player);
    input[part] = value.into();
    input
}

/// Global id of the round with this number.
async fn round_id(arena: &Arena, number: usize) -> String {
    let query = "query($id: ID!) { tournament(id: $id) { draft { rounds { id } } } }";
    let data = arena.read(query, json!({ "id": arena.tournament_id() })).await;
    data["tournament"]["draft"]["rounds"][number - 1]["id"].as_str().unwrap().to_owned()
}

async fn code(arena: &Arena, viewer: &Viewer, input: Value) -> String {
    arena.refused(viewer, "draftPick", input).await.0
}

#[tokio::test]
async fn nobody_picks_without_logging_in() {
    let (arena, board) = running().await;
    let input = Arena::pick_input(&board, &arena.player_id(2));
    assert_eq!(code(&arena, &Viewer::anonymous(), input).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let (arena, board) = running().await;
    let player = arena.player_id(2);
    for (part, id) in [("draftId", "Draft:999"), ("roundId", "DraftRound:999"), ("userId", "User:999")] {
        let input = changed(&board, &player, part, id);
        let refused = arena.refused(&arena.captain(0), "draftPick", input).await;
        assert_eq!(refused, ("NOT_FOUND".to_owned(), json!([part])));
    }
    let input = json!({ "tournamentId": "Tournament:999" });
    assert_eq!(arena.refused(&arena.staff(), "draftStart", input).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn a_round_of_another_draft_is_not_found() {
    let (arena, board) = running().await;
    let input = changed(&board, &arena.player_id(2), "roundId", "DraftRound:1000");
    assert_eq!(code(&arena, &arena.captain(0), input).await, "NOT_FOUND");
}

// DOMAIN §10.1 bug 2
#[tokio::test]
async fn a_captain_picks_in_the_current_round_only() {
    let (arena, board) = running().await;
    for number in [4, 5, 8] {
        let input = changed(&board, &arena.player_id(2), "roundId", round_id(&arena, number).await);
        assert_eq!(code(&arena, &arena.captain(0), input).await, "NOT_YOUR_TURN", "round {number}");
    }
}

#[tokio::test]
async fn another_captain_is_told_whose_turn_it_is_and_a_stranger_that_it_is_none_of_theirs() {
    let (arena, board) = running().await;
    let input = Arena::pick_input(&board, &arena.player_id(2));
    let select = "userErrors { ... on NotYourTurnError { currentRound { id } } }";
    let answer = arena.call(&arena.captain(1), "draftPick", input.clone(), select).await;
    assert_eq!(answer.code(), "NOT_YOUR_TURN");
    assert_eq!(answer.0["userErrors"][0]["currentRound"]["id"], board["draft"]["currentRound"]["id"]);
    assert_eq!(code(&arena, &arena.captain(1), input.clone()).await, "NOT_YOUR_TURN");
    for stranger in [arena.outsider(), arena.captain(5)] {
        assert_eq!(code(&arena, &stranger, input.clone()).await, "FORBIDDEN");
    }
}

// DOMAIN §10.1 bugs 4 and 6
#[tokio::test]
async fn a_round_without_a_captain_is_no_round_to_pick_in() {
    let arena = Arena::open(2, &mmrs(10)).await;
    arena.start("SHUFFLE").await;
    let board = arena.board().await;
    let input = changed(&board, &arena.player_id(4), "roundId", round_id(&arena, 3).await);
    assert_eq!(code(&arena, &arena.staff(), input.clone()).await, "NOT_YOUR_TURN");
    assert_eq!(code(&arena, &arena.captain(0), input.clone()).await, "NOT_YOUR_TURN");
    assert_eq!(code(&arena, &arena.outsider(), input).await, "FORBIDDEN");
}

// DOMAIN §10.1 bugs 3 and 5
#[tokio::test]
async fn a_round_is_picked_once() {
    let (arena, board) = running().await;
    let first = Arena::pick_input(&board, &arena.player_id(2));
    arena.done(&arena.captain(0), "draftPick", first, "").await;
    let second = Arena::pick_input(&board, &arena.player_id(3));
    for who in [arena.captain(0), arena.staff()] {
        let refused = arena.refused(&who, "draftPick", second.clone()).await;
        assert_eq!(refused, ("CONFLICT".to_owned(), json!(["roundId"])));
    }
}

// DOMAIN §10.1 bugs 5 and 7
#[tokio::test]
async fn who_is_not_in_the_pool_cannot_be_picked_and_the_answer_says_who_has_them() {
    let (arena, board) = running().await;
    let team = board["teams"][1]["id"].as_str().unwrap();
    let by_hand =
        json!({ "teamId": team, "userIds": [arena.player_id(1), arena.player_id(9)], "force": true });
    arena.done(&arena.staff(), "teamMembersSet", by_hand, "").await;
    let board = arena.board().await;
    let select = "userErrors { ... on PlayerUnavailableError { player { id } takenBy { id } } }";
    let outsider = format!("User:{}", arena.it.outsider.id);
    let cases = [(arena.player_id(1), Some(team)), (arena.player_id(9), Some(team)), (outsider, None)];
    for (player, taken_by) in cases {
        let input = Arena::pick_input(&board, &player);
        assert_eq!(code(&arena, &arena.captain(0), input.clone()).await, "PLAYER_UNAVAILABLE");
        let answer = arena.call(&arena.captain(0), "draftPick", input, select).await;
        let error = &answer.0["userErrors"][0];
        assert_eq!(error["player"]["id"], player.as_str());
        assert_eq!(error["takenBy"]["id"].as_str(), taken_by);
    }
}

// DOMAIN §10.1 bug 8
#[tokio::test]
async fn a_full_team_picks_nobody() {
    let (arena, board) = running().await;
    let members: Vec<_> = [0, 6, 7, 8, 9].map(|at| arena.player_id(at)).into();
    let by_hand = json!({ "teamId": board["teams"][0]["id"], "userIds": members, "force": true });
    arena.done(&arena.staff(), "teamMembersSet", by_hand, "").await;
    let input = Arena::pick_input(&arena.board().await, &arena.player_id(2));
    assert_eq!(code(&arena, &arena.captain(0), input.clone()).await, "ROSTER_FULL");
    assert_eq!(code(&arena, &arena.staff(), input).await, "ROSTER_FULL");
}

#[tokio::test]
async fn a_draft_that_does_not_run_takes_no_pick() {
    let arena = Arena::open(2, &mmrs(3)).await;
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let board = arena.board().await;
    let input = json!({ "draftId": board["draft"]["id"], "roundId": round_id(&arena, 2).await,
        "userId": arena.player_id(2), "expectedVersion": board["draft"]["version"] });
    assert_eq!(code(&arena, &arena.captain(1), input.clone()).await, "DRAFT_NOT_RUNNING");
    assert_eq!(code(&arena, &arena.staff(), input).await, "DRAFT_NOT_RUNNING");
}

#[tokio::test]
async fn who_looked_at_an_older_draft_is_told_so() {
    let (arena, board) = running().await;
    let version = board["draft"]["version"].as_i64().unwrap();
    let input = changed(&board, &arena.player_id(2), "expectedVersion", version - 1);
    let select = "userErrors { ... on StaleVersionError { expectedVersion currentVersion } }";
    let answer = arena.call(&arena.captain(0), "draftPick", input.clone(), select).await;
    assert_eq!(answer.code(), "STALE_VERSION");
    let error = &answer.0["userErrors"][0];
    assert_eq!((&error["expectedVersion"], &error["currentVersion"]), (&json!(version - 1), &json!(version)));
    assert_eq!(code(&arena, &arena.captain(0), input).await, "STALE_VERSION");
    let undo = json!({ "draftId": board["draft"]["id"], "expectedVersion": version + 1 });
    assert_eq!(arena.refused(&arena.staff(), "draftUndoPick", undo).await.0, "STALE_VERSION");
}

#[tokio::test]
async fn there_is_nothing_to_undo_before_the_first_pick() {
    let (arena, board) = running().await;
    let undo = json!({ "draftId": board["draft"]["id"], "expectedVersion": board["draft"]["version"] });
    assert_eq!(arena.refused(&arena.staff(), "draftUndoPick", undo).await.0, "CONFLICT");
}

#[tokio::test]
async fn captains_do_not_moderate() {
    let (arena, board) = running().await;
    let draft = &board["draft"];
    let calls = [
        ("draftUndoPick", json!({ "draftId": draft["id"], "expectedVersion": draft["version"] })),
        ("draftRebuildTeams", json!({ "draftId": draft["id"] })),
        ("draftStart", json!({ "tournamentId": arena.tournament_id() })),
        ("draftConfigure", json!({ "tournamentId": arena.tournament_id(), "style": "NORMAL" })),
    ];
    for (mutation, input) in calls {
        for viewer in [arena.captain(0), arena.outsider()] {
            assert_eq!(arena.refused(&viewer, mutation, input.clone()).await.0, "FORBIDDEN", "{mutation}");
        }
    }
}

// DOMAIN §10.1 bug 9
#[tokio::test]
async fn a_draft_that_cannot_start_leaves_rosters_and_rounds_as_they_are() {
    let start = async |arena: &Arena| {
        let input = json!({ "tournamentId": arena.tournament_id() });
        arena.refused(&arena.staff(), "draftStart", input).await.0
    };
    assert_eq!(start(&Arena::open(0, &mmrs(4)).await).await, "INVALID_INPUT", "no teams");
    assert_eq!(start(&Arena::open(1, &mmrs(4)).await).await, "INVALID_INPUT", "one team");
    assert_eq!(start(&Arena::open(2, &mmrs(2)).await).await, "INVALID_INPUT", "nobody to pick");
}

#[tokio::test]
async fn starting_over_must_be_confirmed_once_there_are_picks() {
    let (arena, _) = running().await;
    arena.pick_next().await;
    let input = json!({ "tournamentId": arena.tournament_id(), "style": "SHUFFLE" });
    let refused = arena.refused(&arena.staff(), "draftStart", input).await;
    assert_eq!(refused, ("CONFLICT".to_owned(), json!(["confirmDiscardPicks"])));
}

// DOMAIN §10.1 bug 13
#[tokio::test]
async fn the_style_of_a_started_draft_stays() {
    let (arena, _) = running().await;
    let input = json!({ "tournamentId": arena.tournament_id(), "style": "SHUFFLE" });
    assert_eq!(arena.refused(&arena.staff(), "draftConfigure", input).await.0, "CONFLICT");
}

#[tokio::test]
async fn input_of_the_wrong_form_is_bad_input() {
    let (arena, board) = running().await;
    let player = arena.player_id(2);
    for (part, value) in [
        ("draftId", json!("Team:1")),
        ("roundId", json!("x")),
        ("userId", json!(null)),
        ("expectedVersion", json!("1")),
        ("idempotencyKey", json!(7)),
    ] {
        let input = changed(&board, &player, part, value.clone());
        assert_eq!(code(&arena, &arena.captain(0), input).await, "BAD_USER_INPUT", "{part}: {value}");
    }
}
