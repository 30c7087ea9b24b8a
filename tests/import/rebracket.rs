//! Games imported again after the bracket changed there or here.

use inhouse::db::models::{GameChanges, GameRow};
use inhouse::domain::import::EntityKind;
use inhouse::service::import::ImportMode;
use inhouse::types::{EntityId as _, GameStatus, Slot};
use serde_json::{Value, json};

use super::samples::*;
use crate::support::TestDb;

/// Two games of round 1 that lead to the seats of game 23; keys start at `first`.
fn ladder(first: i64) -> Vec<Value> {
    let mut games = vec![game(first, 1, 0), game(first + 1, 1, 1), game(first + 2, 2, 0)];
    for (i, slot) in ["radiant", "dire"].into_iter().enumerate() {
        (games[i]["next_game"], games[i]["next_game_slot"]) = (json!(first + 2), json!(slot));
    }
    games[1]["radiant_team"] = Value::Null;
    games[1]["dire_team"] = Value::Null;
    games
}

async fn start() -> (TestDb, Vec<GameRow>) {
    let test = TestDb::start().await;
    put(&test, &[&tournament(), &bracket(&ladder(21))]).await;
    let rows = rows(&test).await;
    (test, rows)
}

async fn rows(test: &TestDb) -> Vec<GameRow> {
    let id = tournament_row(test, "Cup").await.id;
    games(test, id).await
}

/// Imports the bracket, twice: the second time nothing may change.
async fn again(test: &TestDb, matches: &[Value]) -> inhouse::domain::import::Report {
    let report = put(test, &[&bracket(matches)]).await;
    let before = test.dump().await;
    let second = put(test, &[&bracket(matches)]).await;
    assert!(second.changed_nothing(), "{second}");
    assert_eq!(before, test.dump().await);
    report
}

#[tokio::test]
async fn a_bracket_saved_anew_there_keeps_its_games_here() {
    let (test, before) = start().await;
    assert_eq!(before[0].next_game_id.zip(before[0].next_game_slot), Some((before[2].id, Slot::Radiant)));
    let report = again(&test, &ladder(31)).await;
    assert_eq!(counts(&report, EntityKind::Game).matched, 3);
    assert_eq!(rows(&test).await, before);
}

#[tokio::test]
async fn links_and_nodes_may_swap() {
    let (test, before) = start().await;
    let mut matches = ladder(21);
    (matches[0]["next_game_slot"], matches[1]["next_game_slot"]) = (json!("dire"), json!("radiant"));
    (matches[0]["position"], matches[1]["position"]) = (json!(1), json!(0));
    let report = again(&test, &matches).await;
    assert_eq!(counts(&report, EntityKind::Game).updated, 2);
    let after = rows(&test).await;
    assert_eq!((after[0].position, after[1].position), (1, 0));
    assert_eq!((after[0].next_game_slot, after[1].next_game_slot), (Some(Slot::Dire), Some(Slot::Radiant)));
    assert_eq!(after[2], before[2]);
}

#[tokio::test]
async fn a_game_that_is_gone_there_is_removed() {
    let (test, before) = start().await;
    let report = again(&test, &ladder(21)[..1].iter().cloned().map(unlinked).collect::<Vec<_>>()).await;
    assert_eq!(rows(&test).await.len(), 1, "{report}");
    assert_eq!(rows(&test).await[0].id, before[0].id);
    assert_eq!(report.notes.len(), 2);
}

fn unlinked(mut game: Value) -> Value {
    (game["next_game"], game["next_game_slot"]) = (Value::Null, Value::Null);
    game
}

#[tokio::test]
async fn an_empty_bracket_file_says_nothing() {
    let (test, before) = start().await;
    assert!(again(&test, &[]).await.changed_nothing());
    assert_eq!(rows(&test).await, before);
}

#[tokio::test]
async fn a_result_comes_in_and_is_not_taken_back_by_an_older_file() {
    let (test, before) = start().await;
    let mut matches = ladder(21);
    (matches[0]["winning_team"], matches[0]["status"]) = (bare_team(2), json!("completed"));
    matches[2]["dire_team"] = bare_team(2);
    again(&test, &matches).await;
    let after = rows(&test).await;
    assert_eq!(after[0].winning_team_id, before[0].dire_team_id);
    let report = again(&test, &ladder(21)).await;
    assert_eq!(
        notes(&report),
        ["bracket.json: matches[0].status: skipped: the game is decided here, its result stays"]
    );
    assert_eq!(rows(&test).await, after);
}

#[tokio::test]
async fn other_teams_in_a_game_do_take_a_result_back() {
    let (test, _) = start().await;
    let mut matches = ladder(21);
    (matches[0]["winning_team"], matches[0]["status"]) = (bare_team(2), json!("completed"));
    again(&test, &matches).await;
    let mut matches = ladder(21);
    (matches[0]["radiant_team"], matches[0]["dire_team"]) = (bare_team(2), bare_team(1));
    again(&test, &matches).await;
    let row = &rows(&test).await[0];
    assert_eq!((row.status, row.winning_team_id), (GameStatus::Pending, None));
}

#[tokio::test]
async fn a_match_that_is_another_games_is_left_out() {
    let (test, before) = start().await;
    let taken = GameChanges { steam_match_id: Some(Some(555)), ..GameChanges::default() };
    by_hand(&test, async |uow| uow.update::<GameRow>(before[2].id, taken).await).await;
    let mut matches = ladder(21);
    matches[0]["gameid"] = json!(555);
    matches[1]["gameid"] = json!(556);
    let report = again(&test, &matches).await;
    assert_eq!(
        notes(&report),
        [format!("bracket.json: matches[0].gameid: skipped: match 555 is game {}'s here", before[2].id.pk())]
    );
    let after = rows(&test).await;
    assert_eq!((after[0].steam_match_id, after[1].steam_match_id), (None, Some(556)));
}

#[tokio::test]
async fn matches_may_swap_between_games() {
    let (test, _) = start().await;
    let with_matches = |a: i64, b: i64| {
        let mut matches = ladder(21);
        (matches[0]["gameid"], matches[1]["gameid"]) = (json!(a), json!(b));
        matches
    };
    again(&test, &with_matches(1, 2)).await;
    again(&test, &with_matches(2, 1)).await;
    let after = rows(&test).await;
    assert_eq!((after[0].steam_match_id, after[1].steam_match_id), (Some(2), Some(1)));
}

#[tokio::test]
async fn a_guessed_bracket_gives_new_games_a_free_place() {
    let (test, before) = start().await;
    let mut document = tournament();
    let listed = |pk: i64, round: i64| {
        json!({ "pk": pk, "radiant_team": null, "dire_team": null, "winning_team": null,
                "gameid": null, "round": round, "herodraft_id": null })
    };
    document["games"] = json!([listed(21, 1), listed(22, 1), listed(23, 2), listed(40, 1)]);
    let report = put(&test, &[&document]).await;
    let games = counts(&report, EntityKind::Game);
    assert_eq!((games.created, games.unchanged), (1, 3));
    let after = rows(&test).await;
    assert_eq!(after[..3], before[..]);
    assert!(put(&test, &[&document]).await.changed_nothing());
}

#[tokio::test]
async fn a_game_of_a_team_that_never_came_is_refused() {
    let (test, before) = start().await;
    let mut matches = ladder(21);
    matches[0]["dire_team"] = bare_team(8);
    let failure = run(&test.db, &named(&[&bracket(&matches)]), CLOSE, ImportMode::Apply).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "bracket.json: matches[0].dire_team: team 8 is no team of this tournament here"
    );
    assert_eq!(rows(&test).await, before);
}
