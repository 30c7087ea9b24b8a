//! Teams: captains, deputies, rosters, balanced teams: DOMAIN §1.6, §2.1, §2.12.

use inhouse::types::EntityId as _;
use serde_json::{Value, json};

use super::arena::Arena;

const TEAM: &str = "team { id name captain { username } deputyCaptain { username } draftOrder
    members { username } dropins { username } left { username } version }";

async fn arena() -> Arena {
    Arena::open(2, &[Some(5_000), Some(4_000), Some(3_000), None, Some(1_000), Some(900), Some(800)]).await
}

fn team_id(arena: &Arena, at: usize) -> String {
    arena.it.teams[at].id.to_global()
}

fn set(arena: &Arena, at: usize, players: &[usize]) -> Value {
    let users: Vec<_> = players.iter().map(|it| arena.player_id(*it)).collect();
    json!({ "teamId": team_id(arena, at), "userIds": users })
}

fn names(people: &Value) -> Vec<&str> {
    people.as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect()
}

// DOMAIN §10.1 bug 16
#[tokio::test]
async fn naming_a_captain_twice_makes_one_team_and_moves_it_in_the_order() {
    let arena = arena().await;
    let mut input =
        json!({ "tournamentId": arena.tournament_id(), "userId": arena.player_id(2), "draftOrder": 3 });
    let made = arena.done(&arena.staff(), "teamCreateFromCaptain", input.clone(), TEAM).await;
    let team = &made["team"];
    assert_eq!((&team["name"], names(&team["members"])), (&json!("p3's Team"), vec!["p3"]));
    let again = arena.done(&arena.staff(), "teamCreateFromCaptain", input.clone(), TEAM).await;
    assert_eq!(again["team"], *team);
    input["draftOrder"] = json!(7);
    let moved = arena.done(&arena.staff(), "teamCreateFromCaptain", input, TEAM).await;
    assert_eq!((&moved["team"]["id"], &moved["team"]["draftOrder"]), (&team["id"], &json!(7)));
}

// DOMAIN §10.1 bugs 16 and 17
#[tokio::test]
async fn a_captain_is_a_registered_player_of_no_other_team_and_has_a_place_of_their_own() {
    let arena = arena().await;
    arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[0, 3]), "").await;
    let cases = [
        (format!("User:{}", arena.it.outsider.id), json!(null), "CONFLICT", "userId"),
        (arena.player_id(3), json!(null), "CONFLICT", "userId"),
        ("User:999".to_owned(), json!(null), "NOT_FOUND", "userId"),
        (arena.player_id(4), json!(2), "CONFLICT", "draftOrder"),
        (arena.player_id(4), json!(0), "INVALID_INPUT", "draftOrder"),
        (arena.player_id(0), json!(2), "CONFLICT", "draftOrder"),
    ];
    for (user, order, code, field) in cases {
        let input = json!({ "tournamentId": arena.tournament_id(), "userId": user, "draftOrder": order });
        let refused = arena.refused(&arena.staff(), "teamCreateFromCaptain", input).await;
        assert_eq!(refused, (code.to_owned(), json!([field])), "{user} {order}");
    }
}

// DOMAIN §10.2 bug 25
#[tokio::test]
async fn captain_and_deputy_are_two_members() {
    let arena = arena().await;
    arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[0, 2, 3]), "").await;
    let id = team_id(&arena, 0);
    let cases = [
        (json!({ "captainId": arena.player_id(4) }), "CONFLICT", "captainId"),
        (json!({ "captainId": arena.player_id(1) }), "CONFLICT", "captainId"),
        (json!({ "deputyCaptainId": arena.player_id(4) }), "CONFLICT", "deputyCaptainId"),
        (json!({ "deputyCaptainId": arena.player_id(0) }), "INVALID_INPUT", "deputyCaptainId"),
        (json!({ "draftOrder": 2 }), "CONFLICT", "draftOrder"),
        (json!({ "name": "" }), "INVALID_INPUT", "name"),
        (json!({ "expectedVersion": 9, "name": "x" }), "STALE_VERSION", "expectedVersion"),
    ];
    for (mut input, code, field) in cases {
        input["teamId"] = json!(id);
        let refused = arena.refused(&arena.staff(), "teamUpdate", input.clone()).await;
        assert_eq!(refused, (code.to_owned(), json!([field])), "{input}");
    }
    let deputy = json!({ "teamId": id, "deputyCaptainId": arena.player_id(2) });
    arena.done(&arena.staff(), "teamUpdate", deputy, "").await;
    let promoted = arena
        .done(&arena.staff(), "teamUpdate", json!({ "teamId": id, "captainId": arena.player_id(2) }), TEAM)
        .await;
    assert_eq!(promoted["team"]["captain"]["username"], "p3");
    assert_eq!(promoted["team"]["deputyCaptain"], Value::Null, "nobody is both");
}

#[tokio::test]
async fn a_captain_may_rename_the_team_and_nothing_else() {
    let arena = arena().await;
    let id = team_id(&arena, 0);
    let rename = json!({ "teamId": id, "name": " Radiance " });
    let renamed = arena.done(&arena.captain(0), "teamUpdate", rename.clone(), TEAM).await;
    assert_eq!(renamed["team"]["name"], "Radiance");
    assert_eq!(arena.refused(&arena.captain(1), "teamUpdate", rename).await.0, "FORBIDDEN");
    let more = json!({ "teamId": id, "name": "x", "draftOrder": 5 });
    assert_eq!(arena.refused(&arena.captain(0), "teamUpdate", more).await.0, "FORBIDDEN");
}

// DOMAIN §10.2 bug 25
#[tokio::test]
async fn a_roster_holds_five_registered_players_of_no_other_team() {
    let arena = arena().await;
    let outsider = arena.it.outsider.id.to_global();
    let with_outsider = json!({ "teamId": team_id(&arena, 0), "userIds": [arena.player_id(0), outsider] });
    let cases = [
        (set(&arena, 0, &[0, 2, 3, 4, 5, 6]), "ROSTER_FULL", json!(["userIds"])),
        (set(&arena, 0, &[0, 1]), "CONFLICT", json!(["userIds", "1"])),
        (with_outsider, "CONFLICT", json!(["userIds", "1"])),
    ];
    for (input, code, field) in cases {
        let refused = arena.refused(&arena.staff(), "teamMembersSet", input.clone()).await;
        assert_eq!(refused, (code.to_owned(), field), "{input}");
    }
    let full = arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[0, 2, 3, 4, 5]), TEAM).await;
    assert_eq!(names(&full["team"]["members"]).len(), 5);
}

#[tokio::test]
async fn a_roster_without_its_captain_is_led_by_the_line_of_succession() {
    let arena = arena().await;
    arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[0, 2]), "").await;
    let changed = arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[3, 4]), TEAM).await;
    assert_eq!(changed["team"]["captain"]["username"], "p5", "p4 has no MMR");
    let emptied = arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[]), TEAM).await;
    assert_eq!(emptied["team"], Value::Null, "nobody was left");
}

#[tokio::test]
async fn a_member_who_leaves_stays_on_record_and_a_substitute_counts_for_nothing() {
    let arena = arena().await;
    arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[0, 2, 4]), "").await;
    let input = json!({ "teamId": team_id(&arena, 0), "userId": arena.player_id(0) });
    let left = arena.done(&arena.staff(), "teamMemberLeave", input.clone(), TEAM).await;
    assert_eq!(names(&left["team"]["left"]), ["p1"]);
    assert_eq!(left["team"]["captain"]["username"], "p3");
    assert_eq!(arena.refused(&arena.staff(), "teamMemberLeave", input.clone()).await.0, "CONFLICT");
    let added = arena
        .done(&arena.staff(), "teamDropinAdd", input.clone(), "team { size totalMmr dropins { username } }")
        .await;
    assert_eq!(added["team"], json!({ "size": 2, "totalMmr": 4_000, "dropins": [{ "username": "p1" }] }));
    arena.done(&arena.staff(), "teamDropinAdd", input.clone(), "").await;
    let removed = arena.done(&arena.staff(), "teamDropinRemove", input, TEAM).await;
    assert_eq!(names(&removed["team"]["dropins"]), Vec::<&str>::new());
}

#[tokio::test]
async fn a_deleted_team_leaves_its_players_registered() {
    let arena = arena().await;
    let input = json!({ "teamId": team_id(&arena, 0) });
    let deleted = arena
        .done(&arena.admin(), "teamDelete", input.clone(), "deletedId tournament { teamCount playerCount }")
        .await;
    assert_eq!(deleted["deletedId"], team_id(&arena, 0));
    assert_eq!(deleted["tournament"], json!({ "teamCount": 1, "playerCount": 7 }));
    assert_eq!(arena.refused(&arena.admin(), "teamDelete", input).await.0, "NOT_FOUND");
}

// DOMAIN §10.2 bug 23
#[tokio::test]
async fn a_team_in_a_game_is_not_deleted_and_neither_is_the_game() {
    let arena = arena().await;
    let (radiant, dire) = (arena.it.teams[0].clone(), arena.it.teams[1].clone());
    let new = inhouse::db::models::NewGame {
        tournament_id: Some(radiant.tournament_id),
        league_id: None,
        round: 1,
        position: 0,
        bracket_type: inhouse::types::BracketType::Winners,
        elimination_type: inhouse::types::EliminationType::Single,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: inhouse::types::GameStatus::Pending,
        is_bye: false,
        steam_match_id: None,
        radiant_team_id: Some(radiant.id),
        dire_team_id: Some(dire.id),
        winning_team_id: None,
    };
    let played: Result<_, inhouse::db::DbError> =
        arena.api.test.db.write(async |uow| uow.insert::<inhouse::db::models::GameRow>(new).await).await;
    assert!(played.is_ok());
    let input = json!({ "teamId": team_id(&arena, 0) });
    assert_eq!(arena.refused(&arena.staff(), "teamDelete", input).await.0, "CONFLICT");
    let balance = json!({ "tournamentId": arena.tournament_id(), "teamSize": 2, "dryRun": false });
    assert_eq!(arena.refused(&arena.staff(), "teamsAutoBalance", balance).await.0, "CONFLICT");
    let emptied = arena.done(&arena.staff(), "teamMembersSet", set(&arena, 0, &[]), TEAM).await;
    assert_eq!(
        (&emptied["team"]["captain"], names(&emptied["team"]["members"])),
        (&Value::Null, vec![]),
        "kept, empty"
    );
}

#[tokio::test]
async fn while_the_draft_runs_teams_stay_as_they_are_unless_somebody_insists() {
    let arena = arena().await;
    arena.start("SNAKE").await;
    let id = team_id(&arena, 0);
    let calls = [
        ("teamMembersSet", set(&arena, 0, &[0, 4])),
        ("teamDelete", json!({ "teamId": id })),
        ("teamUpdate", json!({ "teamId": id, "draftOrder": 9 })),
        ("teamMemberLeave", json!({ "teamId": id, "userId": arena.player_id(0) })),
        (
            "teamCreateFromCaptain",
            json!({ "tournamentId": arena.tournament_id(), "userId": arena.player_id(4) }),
        ),
    ];
    for (mutation, mut input) in calls {
        let refused = arena.refused(&arena.staff(), mutation, input.clone()).await;
        assert_eq!(refused, ("CONFLICT".to_owned(), json!(["force"])), "{mutation}");
        if mutation == "teamUpdate" {
            input["force"] = json!(true);
            arena.done(&arena.staff(), mutation, input, "").await;
        }
    }
    arena.done(&arena.captain(0), "teamUpdate", json!({ "teamId": id, "name": "Renamed" }), "").await;
}

#[tokio::test]
async fn balanced_teams_are_proposed_first_and_made_as_proposed() {
    let mmrs: Vec<_> = (0..23).map(|at| Some(1_000 + at * 137 % 4_000)).collect();
    let arena = Arena::open(2, &mmrs).await;
    let select = "seed leftOver { username } tournament { teamCount }
        teams { name totalMmr captain { username mmr } members { username } team { id } }";
    let before = arena.api.test.dump().await;
    let input = json!({ "tournamentId": arena.tournament_id() });
    let proposed = arena.done(&arena.admin(), "teamsAutoBalance", input, select).await;
    assert_eq!(before, arena.api.test.dump().await, "a proposal changes nothing");
    let teams = proposed["teams"].as_array().unwrap();
    assert_eq!((teams.len(), proposed["leftOver"].as_array().unwrap().len()), (4, 3));
    let totals: Vec<_> = teams.iter().map(|it| it["totalMmr"].as_i64().unwrap()).collect();
    assert!(totals[0] - totals[3] < 800, "{totals:?}");
    let input = json!({ "tournamentId": arena.tournament_id(), "dryRun": false, "seed": proposed["seed"] });
    let made = arena.done(&arena.admin(), "teamsAutoBalance", input, select).await;
    assert_eq!(made["tournament"]["teamCount"], 4);
    for (made, proposed) in made["teams"].as_array().unwrap().iter().zip(teams) {
        assert!(made["team"]["id"].is_string());
        assert_eq!((&made["members"], &made["captain"]), (&proposed["members"], &proposed["captain"]));
    }
    let few = json!({ "tournamentId": arena.tournament_id(), "teamSize": 6 });
    assert_eq!(arena.refused(&arena.admin(), "teamsAutoBalance", few).await.0, "INVALID_INPUT");
}
