//! Bad input gets a coded error, changes nothing, and leaves the server well.

use inhouse::graphql::AnswerKind;
use serde_json::json;

use crate::support::{Community, TestApi};

#[tokio::test]
async fn malformed_ids_are_bad_input() {
    let api = TestApi::start().await;
    for id in [
        "",
        "x",
        "Tournament:",
        "Tournament:x",
        "Tournament:-1",
        "User:1",
        "1.5",
        "-1",
        "0",
        "99999999999999999999",
    ] {
        let query = format!("{{ tournament(id: \"{id}\") {{ id }} }}");
        assert_eq!(api.code(&query).await, "BAD_USER_INPUT", "{id}");
    }
    for id in ["", "1", "Nothing:1", "tournament:1", "Session:1", "Tournament:1:2"] {
        assert_eq!(api.code(&format!("{{ node(id: \"{id}\") {{ id }} }}")).await, "BAD_USER_INPUT", "{id}");
    }
}

#[tokio::test]
async fn pages_of_impossible_size_are_bad_input() {
    let api = TestApi::start().await;
    for arguments in [
        "first: 100000",
        "first: -1",
        "first: 0",
        "last: -5",
        "first: 1, last: 1",
        "first: 101",
        "before: \"x\", first: 1",
    ] {
        for list in ["users", "tournaments", "leagues", "organizations"] {
            let query = format!("{{ {list}({arguments}) {{ totalCount }} }}");
            assert_eq!(api.code(&query).await, "BAD_USER_INPUT", "{query}");
        }
    }
}

#[tokio::test]
async fn contradicting_or_overlong_filters_are_bad_input() {
    let api = TestApi::start().await;
    for filter in [
        "{ states: [] }",
        "{ state: PAST, states: [FUTURE] }",
        "{ leagueId: \"Organization:1\" }",
        "{ startsFrom: \"yesterday\" }",
        "{ startsFrom: \"-000001-01-01T00:00:00Z\" }",
        &format!("{{ search: \"{}\" }}", "x".repeat(101)),
    ] {
        let query = format!("{{ tournaments(filter: {filter}) {{ totalCount }} }}");
        assert_eq!(api.code(&query).await, "BAD_USER_INPUT", "{query}");
    }
}

#[tokio::test]
async fn null_in_place_of_every_optional_argument_means_it_was_left_out() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api
        .data(
            "{ users(filter: null, orderBy: null, first: null, after: null, last: null, before: null) { totalCount }
               tournaments(filter: { search: null, state: null, states: null, leagueId: null, organizationId: null,
                 playerId: null, startsFrom: null, startsBefore: null }) { totalCount nodes {
                   players(search: null) { totalCount }
                   draft { available(filter: null, sort: null, first: null, after: null) { totalCount } events(last: null) { totalCount } } } } }",
        )
        .await;
    assert_eq!(data["users"]["totalCount"], 4);
    assert_eq!(data["tournaments"]["nodes"][0]["draft"]["available"]["totalCount"], 1);
}

#[tokio::test]
async fn an_error_in_a_nullable_field_makes_only_that_field_null() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let (kind, answer) = api.run("{ homeStats { gameCount } tournament(id: \"x\") { id } }", json!({})).await;
    assert_eq!(kind, AnswerKind::Executed);
    assert_eq!(answer["data"], json!({ "homeStats": { "gameCount": 1 }, "tournament": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["tournament"]));
    assert!(answer["errors"][0]["extensions"]["requestId"].is_string());
}

#[tokio::test]
async fn an_error_below_non_null_fields_travels_up_to_the_nearest_nullable_one() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let (_, answer) = api.run("{ homeStats { gameCount } users(first: -1) { totalCount } }", json!({})).await;
    assert_eq!(answer["data"], json!(null), "`users` is not nullable, so neither is anything above it");
}

/// The library overwrites an error's path at each list it passes through (8.0.0-rc.5), so of the path only the part up
/// to the outermost item is left; the location still points at the field.
#[tokio::test]
async fn an_error_below_non_null_lists_tells_the_item_and_the_place_in_the_document() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let query = "{ organizations { nodes { leagues { games(first: -1) { totalCount } } } } }";
    let (_, answer) = api.run(query, json!({})).await;
    assert_eq!(answer["data"], json!(null), "no list on the way may hold a null");
    let error = &answer["errors"][0];
    assert_eq!(error["path"].as_array().unwrap()[..3], [json!("organizations"), json!("nodes"), json!(0)]);
    let column = query.find("games").unwrap() + 1;
    assert_eq!(error["locations"], json!([{ "line": 1, "column": column }]));
}

#[tokio::test]
async fn twenty_levels_five_thousand_aliases_and_a_fragment_bomb_are_refused() {
    let api = TestApi::start().await;
    let (open, close) = ("{ winningTeam { tournament ".repeat(10), "} }".repeat(10));
    let deep = format!("{{ tournament(id: 1) {open} {{ id }} {close} }}");
    assert_eq!(api.code(&deep).await, "QUERY_TOO_DEEP");
    let aliases: String = (0..5_000).map(|n| format!("a{n}: homeStats {{ gameCount }} ")).collect();
    assert_eq!(api.code(&format!("{{ {aliases} }}")).await, "QUERY_TOO_COMPLEX");
    let mut bomb = "{ homeStats { ...F0 } } ".to_owned();
    for n in 0..25 {
        bomb.push_str(&format!("fragment F{n} on HomeStats {{ ...F{} ...F{} }} ", n + 1, n + 1));
    }
    bomb.push_str("fragment F25 on HomeStats { gameCount }");
    assert_eq!(api.code(&bomb).await, "QUERY_TOO_COMPLEX");
    assert_eq!(api.data("{ homeStats { gameCount } }").await["homeStats"]["gameCount"], 0, "and is well");
}

#[tokio::test]
async fn a_broken_database_is_told_by_a_code_and_nothing_else() {
    let api = TestApi::over(crate::support::TestDb::unmigrated().await);
    let (_, answer) = api.run("{ homeStats { gameCount } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    let text = answer.to_string().to_lowercase();
    for word in ["table", "relation", "sql", "select", "diesel", "games"] {
        assert!(!text.contains(word), "`{word}` in {text}");
    }
}
