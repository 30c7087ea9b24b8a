//! Connections: sizes, cursors, filters and orders.

use serde_json::{Value, json};

use crate::support::{Community, TestApi};

fn names(connection: &Value) -> Vec<&str> {
    let nodes = connection["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn users_are_walked_forward_and_backward_without_gap_or_repeat() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let query = "query($first: Int, $after: String, $last: Int, $before: String) {
        users(first: $first, after: $after, last: $last, before: $before, orderBy: { field: MMR, direction: DESC }) {
            totalCount nodes { username } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    let first = api.data_with(query, json!({ "first": 3 })).await;
    assert_eq!(names(&first["users"]), ["cid", "ann", "bob"]);
    assert_eq!(first["users"]["totalCount"], 4);
    let page = &first["users"]["pageInfo"];
    assert_eq!((&page["hasNextPage"], &page["hasPreviousPage"]), (&json!(true), &json!(false)));
    let second = api.data_with(query, json!({ "first": 3, "after": page["endCursor"] })).await;
    assert_eq!(names(&second["users"]), ["dan"], "unknown MMR comes last");
    assert_eq!(second["users"]["pageInfo"]["hasNextPage"], false);
    let back = api
        .data_with(query, json!({ "last": 2, "before": second["users"]["pageInfo"]["startCursor"] }))
        .await;
    assert_eq!(names(&back["users"]), ["ann", "bob"]);
    assert_eq!(back["users"]["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn a_cursor_of_another_order_filter_or_list_is_refused() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api.data("{ users(first: 1) { pageInfo { endCursor } } }").await;
    let cursor = data["users"]["pageInfo"]["endCursor"].as_str().unwrap();
    for query in [
        format!(
            "{{ users(after: \"{cursor}\", orderBy: {{ field: MMR, direction: ASC }}) {{ totalCount }} }}"
        ),
        format!("{{ users(after: \"{cursor}\", filter: {{ search: \"a\" }}) {{ totalCount }} }}"),
        format!("{{ tournaments(after: \"{cursor}\") {{ totalCount }} }}"),
        "{ users(after: \"nonsense\") { totalCount } }".to_owned(),
        "{ users(after: \"\") { totalCount } }".to_owned(),
    ] {
        assert_eq!(api.code(&query).await, "INVALID_CURSOR", "{query}");
    }
}

#[tokio::test]
async fn tournaments_are_filtered_by_all_conditions_at_once() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let count = async |filter: Value| {
        let query = "query($filter: TournamentFilterInput) { tournaments(filter: $filter) { totalCount } }";
        api.data_with(query, json!({ "filter": filter })).await["tournaments"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(count(json!(null)).await, 1);
    assert_eq!(count(json!({ "search": "wINTER", "state": "IN_PROGRESS" })).await, 1);
    assert_eq!(count(json!({ "search": "winter", "state": "PAST" })).await, 0);
    assert_eq!(count(json!({ "states": ["PAST", "IN_PROGRESS"] })).await, 1);
    assert_eq!(
        count(
            json!({ "organizationId": it.organization.id.to_string(), "leagueId": it.league.id.to_string() })
        )
        .await,
        1
    );
    assert_eq!(count(json!({ "organizationId": "999" })).await, 0);
    assert_eq!(count(json!({ "playerId": it.dan.id.to_string() })).await, 1);
    assert_eq!(count(json!({ "startsFrom": "2026-11-22T20:00:00+01:00" })).await, 1);
    assert_eq!(count(json!({ "startsBefore": "2026-11-22T19:00:00Z" })).await, 0);
}

#[tokio::test]
async fn players_carry_their_captaincy_and_are_searched_by_name() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let query = "query($search: String) { tournaments { nodes { players(search: $search) { totalCount
        edges { node { username } captaincy { name draftOrder } team { name } } } } } }";
    let data = api.data_with(query, json!({ "search": null })).await;
    let edges = data["tournaments"]["nodes"][0]["players"]["edges"].as_array().unwrap();
    assert_eq!(edges[0]["captaincy"], json!({ "name": "Radiance", "draftOrder": 1 }));
    assert_eq!(edges[2]["captaincy"], json!(null));
    assert_eq!(edges[2]["team"]["name"], "Radiance", "cid plays for ann");
    assert_eq!(edges[3]["team"], json!(null));
    let data = api.data_with(query, json!({ "search": "AN" })).await;
    assert_eq!(data["tournaments"]["nodes"][0]["players"]["totalCount"], 2, "ann and dan");
}
