//! Objects, look-ups and relations of the graph.

use inhouse::types::EntityId as _;
use serde_json::json;

use crate::support::{Community, TestApi};

#[tokio::test]
async fn a_tournament_is_found_by_its_global_id_and_by_its_bare_key() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "query($id: ID!) { tournament(id: $id) { name pk } }";
    for id in [it.tournament.id.to_global(), it.tournament.id.to_string()] {
        let data = api.data_with(query, json!({ "id": id })).await;
        assert_eq!(data["tournament"]["name"], "Winter Cup");
        assert_eq!(data["tournament"]["pk"], it.tournament.id.pk());
    }
}

#[tokio::test]
async fn what_does_not_exist_is_null_and_no_error() {
    let api = TestApi::start().await;
    let data = api
        .data(
            "{ tournament(id: 999) { id } draft(id: 999) { id } game(id: 999) { id } user(id: 999) { id }
               league(id: 999) { id } organization(id: 999) { id } node(id: \"Team:999\") { id }
               nodes(ids: [\"User:1\", \"Team:2\"]) { id } }",
        )
        .await;
    let object = data.as_object().unwrap();
    assert_eq!(object["nodes"], json!([null, null]));
    assert!(object.iter().filter(|(name, _)| *name != "nodes").all(|(_, value)| value.is_null()), "{data:#}");
}

#[tokio::test]
async fn nodes_answer_in_the_order_of_their_ids_whatever_their_types() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let ids = [
        it.game.id.to_global(),
        it.ann.id.to_global(),
        "Team:999".to_owned(),
        it.rounds[0].id.to_global(),
        it.draft.id.to_global(),
        it.league.id.to_global(),
        it.organization.id.to_global(),
        it.team_of_bob.id.to_global(),
        it.tournament.id.to_global(),
        it.game.id.to_global(),
    ];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let data = api.data_with(query, json!({ "ids": ids })).await;
    let answered: Vec<Option<&str>> =
        data["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str()).collect();
    let expected: Vec<Option<&str>> =
        ids.iter().map(|id| Some(id.as_str()).filter(|id| *id != "Team:999")).collect();
    assert_eq!(answered, expected);
    assert_eq!(data["nodes"][3]["__typename"], "DraftRound");
}

#[tokio::test]
async fn a_team_shows_its_roster_and_totals() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api
        .data(
            "{ tournaments { nodes { playerCount teamCount captains { username }
               teams { name size isFull totalMmr averageMmr captain { username } members { username } dropins { id } } } } }",
        )
        .await;
    let tournament = &data["tournaments"]["nodes"][0];
    assert_eq!(tournament["playerCount"], 4);
    assert_eq!(tournament["teamCount"], 2);
    assert_eq!(tournament["captains"], json!([{ "username": "ann" }, { "username": "bob" }]));
    assert_eq!(
        tournament["teams"][0],
        json!({ "name": "Radiance", "size": 2, "isFull": false, "totalMmr": 9_000, "averageMmr": 4_500.0,
                "captain": { "username": "ann" }, "dropins": [],
                "members": [{ "username": "ann" }, { "username": "cid" }] })
    );
}

#[tokio::test]
async fn big_numbers_are_strings_with_every_digit() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let changes = inhouse::db::models::UserChanges {
        steam_id: Some(Some(76_561_198_012_345_679)),
        ..Default::default()
    };
    let written: Result<_, inhouse::db::DbError> = api
        .test
        .db
        .write(async |uow| uow.update::<inhouse::db::models::UserRow>(it.ann.id, changes).await)
        .await;
    written.unwrap();
    let query = "query($id: ID!, $game: ID!) { user(id: $id) { steamId steamAccountId } game(id: $game) { steamMatchId } }";
    let data =
        api.data_with(query, json!({ "id": it.ann.id.to_global(), "game": it.game.id.to_global() })).await;
    assert_eq!(data["user"], json!({ "steamId": "76561198012345679", "steamAccountId": "52079951" }));
    assert_eq!(data["game"]["steamMatchId"], "8400000001");
}

#[tokio::test]
async fn an_instant_is_shown_in_utc_with_microseconds() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api.data("{ tournaments { nodes { startsAt timezone createdAt } } }").await;
    let expected = json!({ "startsAt": "2026-11-22T19:00:00.000000Z", "timezone": "Europe/Berlin",
                           "createdAt": "2026-11-23T12:00:00.000000Z" });
    assert_eq!(data["tournaments"]["nodes"][0], expected);
}

#[tokio::test]
async fn home_counts_what_there_is() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api.data("{ homeStats { tournamentCount gameCount organizationCount leagueCount } }").await;
    let expected = json!({ "tournamentCount": 1, "gameCount": 1, "organizationCount": 1, "leagueCount": 1 });
    assert_eq!(data["homeStats"], expected);
}

#[tokio::test]
async fn an_organization_and_its_league_know_each_other_and_their_people() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api
        .data(
            "{ organizations { nodes { name leagueCount tournamentCount owner { username } admins { id }
                 leagues { name steamLeagueId tournamentCount staff { username } organizations { name }
                   games { nodes { steamMatchId tournament { name } } } tournaments { nodes { name } } } } } }",
        )
        .await;
    let expected = json!({ "name": "DTX", "leagueCount": 1, "tournamentCount": 1, "owner": { "username": "ann" },
        "admins": [], "leagues": [{ "name": "Winter League", "steamLeagueId": 17_929, "tournamentCount": 1,
            "staff": [{ "username": "bob" }], "organizations": [{ "name": "DTX" }],
            "games": { "nodes": [{ "steamMatchId": "8400000001", "tournament": { "name": "Winter Cup" } }] },
            "tournaments": { "nodes": [{ "name": "Winter Cup" }] } }] });
    assert_eq!(data["organizations"]["nodes"][0], expected);
}

#[tokio::test]
async fn a_profile_lists_tournaments_teams_and_games_and_what_it_lacks() {
    let api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "query($id: ID!) { user(id: $id) { displayName profileIssues tournaments { totalCount nodes { name } }
        teams { name placement tournament { name } } recentGames { status radiantTeam { name } } } }";
    let data = api.data_with(query, json!({ "id": it.cid.id.to_global() })).await;
    let expected = json!({ "displayName": "cid", "profileIssues": ["NO_STEAM_ID", "NO_POSITIONS"],
        "tournaments": { "totalCount": 1, "nodes": [{ "name": "Winter Cup" }] },
        "teams": [{ "name": "Radiance", "placement": null, "tournament": { "name": "Winter Cup" } }],
        "recentGames": [{ "status": "PENDING", "radiantTeam": { "name": "Radiance" } }] });
    assert_eq!(data["user"], expected);
}
