//! Tournaments: made, changed, moved between leagues, deleted.

use inhouse::db::models::NewLeague;
use inhouse::types::EntityId as _;
use serde_json::{Value, json};

use super::arena::{Arena, viewer};

const ALL: &str = "tournament { id name startsAt timezone state tournamentType league { id } version }";

fn cup() -> Value {
    json!({ "name": " Spring Cup ", "startsAtLocal": "2026-11-22T19:00", "timezone": "America/New_York",
        "tournamentType": "SINGLE_ELIMINATION" })
}

fn with(mut input: Value, key: &str, value: impl Into<Value>) -> Value {
    input[key] = value.into();
    input
}

// DOMAIN §10.2 bugs 29 and 30, §10.5 bug 58
#[tokio::test]
async fn a_tournament_is_made_in_its_league_at_the_local_time_it_says() {
    let arena = Arena::open(0, &[]).await;
    let league = arena.it.league.id.to_global();
    let made =
        arena.done(&arena.admin(), "tournamentCreate", with(cup(), "leagueId", league.clone()), ALL).await;
    let tournament = &made["tournament"];
    assert_eq!(tournament["name"], "Spring Cup");
    assert_eq!(tournament["startsAt"], "2026-11-23T00:00:00.000000Z");
    assert_eq!(tournament["timezone"], "America/New_York");
    assert_eq!(
        (&tournament["state"], &tournament["tournamentType"]),
        (&json!("FUTURE"), &json!("SINGLE_ELIMINATION"))
    );
    assert_eq!(tournament["league"]["id"], league.as_str());
    let listed = arena
        .read(
            "query($id: ID!) { tournaments(filter: { leagueId: $id }) { nodes { name } } }",
            json!({ "id": league }),
        )
        .await;
    assert_eq!(listed["tournaments"]["nodes"].as_array().unwrap().len(), 2);
}

// DOMAIN §10.2 bug 29, §10.5 bug 58
#[tokio::test]
async fn only_who_administers_the_league_makes_tournaments_in_it_and_only_staff_elsewhere() {
    let arena = Arena::open(0, &[]).await;
    let in_league = with(cup(), "leagueId", arena.it.league.id.to_global());
    for stranger in [arena.outsider(), arena.staff()] {
        assert_eq!(arena.refused(&stranger, "tournamentCreate", in_league.clone()).await.0, "FORBIDDEN");
    }
    for other in [arena.outsider(), arena.admin(), viewer(arena.it.owner.id)] {
        assert_eq!(arena.refused(&other, "tournamentCreate", cup()).await.0, "FORBIDDEN");
    }
    arena.done(&viewer(arena.it.owner.id), "tournamentCreate", in_league, "").await;
    arena.done(&arena.staff(), "tournamentCreate", cup(), "").await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_at_its_field() {
    let arena = Arena::open(0, &[]).await;
    let cases = [
        (with(cup(), "name", "  "), "INVALID_INPUT", json!(["name"])),
        (with(cup(), "name", "x".repeat(256)), "INVALID_INPUT", json!(["name"])),
        (with(cup(), "timezone", "Mars/Olympus"), "INVALID_INPUT", json!(["timezone"])),
        (with(cup(), "startsAtLocal", "soon"), "INVALID_INPUT", json!(["startsAtLocal"])),
        (with(cup(), "leagueId", "League:999"), "NOT_FOUND", json!(["leagueId"])),
        (with(cup(), "startsAt", "2026-12-01T00:00:00Z"), "BAD_USER_INPUT", Value::Null),
        (with(cup(), "startsAtLocal", Value::Null), "BAD_USER_INPUT", Value::Null),
        (with(cup(), "tournamentType", "ROUND_ROBIN"), "BAD_USER_INPUT", Value::Null),
    ];
    for (input, code, field) in cases {
        let refused = arena.refused(&arena.staff(), "tournamentCreate", input.clone()).await;
        assert_eq!(refused, (code.to_owned(), field), "{input}");
    }
}

#[tokio::test]
async fn what_is_left_out_of_an_update_stays_and_a_null_league_is_none() {
    let arena = Arena::open(0, &[]).await;
    let id = arena.tournament_id();
    let before = arena.read("query($id: ID!) { tournament(id: $id) { id name startsAt timezone state tournamentType league { id } version } }", json!({ "id": id })).await;
    let input = json!({ "id": id, "expectedVersion": 1, "state": "PAST" });
    let updated = arena.done(&arena.admin(), "tournamentUpdate", input, ALL).await;
    let mut expected = before["tournament"].clone();
    expected["state"] = json!("PAST");
    expected["version"] = json!(2);
    assert_eq!(updated["tournament"], expected);
    let after = arena.read("query($id: ID!) { tournament(id: $id) { state } }", json!({ "id": id })).await;
    assert_eq!(after["tournament"]["state"], "PAST", "nobody reads what was before");
    let input = json!({ "id": id, "leagueId": null });
    let moved = arena.done(&arena.staff(), "tournamentUpdate", input, ALL).await;
    assert_eq!(moved["tournament"]["league"], Value::Null);
}

// DOMAIN §10.5 bug 58
#[tokio::test]
async fn moving_a_tournament_needs_rights_in_both_leagues() {
    let arena = Arena::open(0, &[]).await;
    let new = NewLeague { name: "Foreign".to_owned(), steam_league_id: 7, ..NewLeague::default() };
    let foreign: Result<_, inhouse::db::DbError> =
        arena.api.test.db.write(async |uow| uow.insert::<inhouse::db::models::LeagueRow>(new).await).await;
    let foreign = foreign.unwrap().0.id.to_global();
    let input = json!({ "id": arena.tournament_id(), "leagueId": foreign });
    assert_eq!(arena.refused(&arena.admin(), "tournamentUpdate", input.clone()).await.0, "FORBIDDEN");
    let input_none = json!({ "id": arena.tournament_id(), "leagueId": null });
    assert_eq!(arena.refused(&arena.admin(), "tournamentUpdate", input_none).await.0, "FORBIDDEN");
    let moved = arena.done(&arena.staff(), "tournamentUpdate", input, ALL).await;
    assert_eq!(moved["tournament"]["league"]["id"], foreign.as_str());
}

#[tokio::test]
async fn a_stale_update_is_refused() {
    let arena = Arena::open(0, &[]).await;
    let input = json!({ "id": arena.tournament_id(), "expectedVersion": 7, "name": "x" });
    let refused = arena.refused(&arena.admin(), "tournamentUpdate", input).await;
    assert_eq!(refused, ("STALE_VERSION".to_owned(), json!(["expectedVersion"])));
}

#[tokio::test]
async fn a_deleted_tournament_takes_teams_and_draft_along() {
    let arena = Arena::open(2, &[Some(1), Some(2), Some(3)]).await;
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let input = json!({ "id": arena.tournament_id() });
    assert_eq!(arena.refused(&arena.outsider(), "tournamentDelete", input.clone()).await.0, "FORBIDDEN");
    let deleted = arena.done(&arena.admin(), "tournamentDelete", input.clone(), "deletedId").await;
    assert_eq!(deleted["deletedId"], arena.tournament_id());
    let gone = arena
        .read("query($id: ID!) { tournament(id: $id) { id } }", json!({ "id": arena.tournament_id() }))
        .await;
    assert_eq!(gone["tournament"], Value::Null);
    assert_eq!(arena.refused(&arena.admin(), "tournamentDelete", input).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn several_mutations_of_one_document_each_see_what_those_before_did() {
    let arena = Arena::open(0, &[]).await;
    let document = "mutation($id: ID!) {
        a: tournamentUpdate(input: { id: $id, name: \"one\" }) { tournament { name version } }
        b: tournamentUpdate(input: { id: $id, name: \"two\" }) { tournament { name version } } }";
    let (_, answer) =
        arena.api.run_as(&arena.admin(), document, json!({ "id": arena.tournament_id() })).await;
    assert_eq!(answer["data"]["a"]["tournament"], json!({ "name": "one", "version": 2 }));
    assert_eq!(answer["data"]["b"]["tournament"], json!({ "name": "two", "version": 3 }));
}

#[tokio::test]
async fn a_tournament_whose_team_is_in_a_game_of_the_league_alone_is_kept() {
    let arena = Arena::open(2, &[Some(1), Some(2)]).await;
    let league = arena.it.league.id.to_global();
    let game = json!({ "leagueId": league, "radiantTeamId": arena.it.teams[0].id.to_global() });
    arena.done(&arena.admin(), "gameCreate", game, "").await;
    let input = json!({ "id": arena.tournament_id(), "confirmDiscardResults": true });
    let refused = arena.refused(&arena.admin(), "tournamentDelete", input).await;
    assert_eq!(refused, ("CONFLICT".to_owned(), json!(["id"])));
}

#[tokio::test]
async fn a_year_that_no_database_holds_is_no_time() {
    let arena = Arena::open(0, &[]).await;
    for local in ["-000001-06-01T00:00", "0000-01-01T00:00"] {
        let input = with(with(cup(), "startsAtLocal", local), "timezone", "Europe/Berlin");
        let refused = arena.refused(&arena.staff(), "tournamentCreate", input).await;
        assert_eq!(refused, ("INVALID_INPUT".to_owned(), json!(["startsAtLocal"])), "{local}");
    }
}
