//! The detail page of a real tournament: what it costs and what it shows.
//!
//! The query is the one the benchmarks use; the data is the predecessor's own.

use inhouse::types::UserId;
use serde_json::{Value, json};

use crate::support::{TestApi, imported};

const PAGE: &str = include_str!("../../benches/queries/tournament_page.graphql");

/// Most statements the page may take.
const MAX_STATEMENTS: u64 = 12;

/// More for a caller with an identity, whose roles in the league and its organizations must be known.
const ROLE_STATEMENTS: u64 = 2;

async fn imported_api(names: &[&str]) -> (TestApi, String) {
    let (test, id) = imported(names).await;
    (TestApi::over(test), id)
}

#[tokio::test]
async fn the_tournament_page_takes_few_statements() {
    let (mut api, id) = imported_api(&["tournament-1.json", "bracket-1.json", "users.json"]).await;
    for (viewer, at_most) in [("anonymous", MAX_STATEMENTS), ("logged in", MAX_STATEMENTS + ROLE_STATEMENTS)]
    {
        let before = api.test.db.n_statements();
        let data = api.data_with(PAGE, json!({ "id": id })).await;
        let n_statements = api.test.db.n_statements() - before;
        assert!(n_statements <= at_most, "{viewer}: {n_statements} statements");
        assert_eq!(data["tournament"]["playerCount"], 40);
        api.log_in(UserId(1), false);
    }
}

#[tokio::test]
async fn the_imported_tournament_shows_its_teams_picks_games_and_champion() {
    let (api, id) = imported_api(&["bracket-1.json", "tournament-1.json"]).await;
    let data = api.data_with(PAGE, json!({ "id": id })).await;
    let it = &data["tournament"];
    assert_eq!(it["state"], "PAST");
    assert_eq!(it["players"]["totalCount"], 40);
    assert_eq!(it["captains"].as_array().unwrap().len(), 8);
    let teams = it["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 8);
    assert!(teams.iter().all(|team| team["members"].as_array().unwrap().len() == 5));
    let rounds = it["draft"]["rounds"].as_array().unwrap();
    assert_eq!(rounds.iter().filter(|round| round["choice"].is_object()).count(), 32);
    assert_eq!(it["draft"]["status"], "COMPLETED");
    let games = it["bracket"]["games"].as_array().unwrap();
    assert_eq!(games.len(), 14);
    assert_eq!(
        games.iter().filter(|game| game["nextGame"].is_object()).count(),
        13,
        "all but the final lead on"
    );
    assert_eq!(
        games.iter().filter(|game| game["badge"].is_string()).count(),
        7,
        "losers of the winners bracket drop"
    );
    let last = games.iter().find(|game| game["bracketType"] == "GRAND_FINALS").unwrap();
    assert_eq!(it["winningTeam"]["id"], last["winningTeam"]["id"], "the champion won the final");
    let champion = teams.iter().find(|team| team["placement"] == 1).unwrap();
    assert_eq!(champion["id"], it["winningTeam"]["id"]);
    assert!(
        steam_ids(it).all(|id| id.len() == 17 && id.starts_with("7656119")),
        "every digit of the Steam ids"
    );
}

#[tokio::test]
async fn a_running_draft_is_resumed_where_it_was() {
    let (api, id) = imported_api(&["tournament-51.json", "bracket-51.json"]).await;
    let data = api.data_with(PAGE, json!({ "id": id })).await;
    let draft = &data["tournament"]["draft"];
    assert_eq!(draft["status"], "RUNNING");
    assert_eq!(draft["rounds"].as_array().unwrap().iter().filter(|it| it["choice"].is_object()).count(), 1);
    assert_eq!(draft["available"]["totalCount"], 31, "40 players, 8 captains, 1 picked");
    assert_eq!(draft["currentRound"]["id"], draft["rounds"][1]["id"]);
}

fn steam_ids(tournament: &Value) -> impl Iterator<Item = &str> {
    let edges = tournament["players"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["steamId"].as_str().unwrap())
}
