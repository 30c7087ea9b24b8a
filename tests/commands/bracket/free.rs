//! Games outside every bracket.

use inhouse::db::DbError;
use inhouse::db::models::{GameChanges, GameRow, NewTournament, TournamentRow};
use inhouse::types::{BracketType, EntityId as _, GameId, Slot, TeamId, TournamentState, TournamentType};
use serde_json::{Value, json};

use super::cup::enter;
use super::{Cup, gf, id_of, l, w};

/// Makes a game; its id.
async fn create(cup: &Cup, input: Value) -> GameId {
    id_of(&cup.done("gameCreate", input).await["game"]["id"])
}

fn pair(radiant: TeamId, dire: TeamId) -> Value {
    json!({ "radiantTeamId": radiant.to_global(), "direTeamId": dire.to_global() })
}

// DOMAIN §10.3 bug 36
#[tokio::test]
async fn a_game_made_by_hand_seats_each_team_where_it_was_named() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let bracket = cup.bracket().await;
    let payload = cup.done("gameCreate", cup.about(pair(cup.teams[0], cup.teams[2]))).await;
    let game = &payload["game"];
    assert_eq!(game["radiantTeam"]["id"], cup.teams[0].to_global());
    assert_eq!(game["direTeam"]["id"], cup.teams[2].to_global());
    assert_eq!((&game["isFree"], &game["bracketType"]), (&json!(true), &json!("SWISS")));
    // A second one in the same round finds a place of its own, and neither stands in the bracket's way.
    let payload = cup.done("gameCreate", cup.about(json!({}))).await;
    assert_eq!((&payload["game"]["round"], &payload["game"]["position"]), (&json!(1), &json!(1)));
    assert_eq!(cup.bracket().await, bracket);
}

#[tokio::test]
async fn a_free_game_is_reported_and_places_nobody() {
    let cup = Cup::generated(2, "SINGLE_ELIMINATION", false).await;
    let game = create(&cup, cup.about(pair(cup.teams[1], cup.teams[0]))).await;
    let report = |winner: &str, version: i64| json!({ "gameId": game.to_global(), "winner": winner, "expectedVersion": version });
    let payload = cup.done("gameReport", report("RADIANT", 1)).await;
    assert_eq!((&payload["game"]["winnerSlot"], &payload["isDecided"]), (&json!("RADIANT"), &json!(false)));
    assert_eq!((&payload["affectedGames"], cup.placements().await), (&json!([]), vec![None; 2]));
    let payload = cup.done("gameReport", report("DIRE", 2)).await;
    assert_eq!(payload["game"]["winningTeam"]["id"], cup.teams[0].to_global());
    cup.done("gameReportRetract", json!({ "gameId": game.to_global(), "expectedVersion": 3 })).await;
    // The bracket is decided as if the free game were not there.
    let last = cup.report(w(1, 0), Slot::Radiant).await;
    assert_eq!((&last["isDecided"], cup.placements().await), (&json!(true), vec![Some(1), Some(2)]));
}

// DOMAIN §10.3 bug 36
#[tokio::test]
async fn the_teams_of_a_free_game_exist_and_play_in_its_tournament() {
    let cup = Cup::of(2).await;
    let foreign = other_teams(&cup).await;
    for (radiant, dire, field) in [
        (TeamId(999), cup.teams[0], "radiantTeamId"),
        (cup.teams[0], TeamId(999), "direTeamId"),
        (foreign[0], cup.teams[0], "radiantTeamId"),
        (cup.teams[1], foreign[0], "direTeamId"),
    ] {
        let error = cup.refused("gameCreate", cup.about(pair(radiant, dire))).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("NOT_FOUND"), &json!([field])));
        let mut input = pair(radiant, dire);
        input["leagueId"] = json!(cup.league.to_global());
        assert_eq!(cup.refused("gameCreate", input).await["code"], "NOT_FOUND", "nor in its league");
    }
    let itself = cup.refused("gameCreate", cup.about(pair(cup.teams[0], cup.teams[0]))).await;
    assert_eq!((&itself["code"], &itself["field"]), (&json!("INVALID_INPUT"), &json!(["direTeamId"])));
    let round = cup.refused("gameCreate", cup.about(json!({ "round": 0 }))).await;
    assert_eq!((&round["code"], &round["field"]), (&json!("INVALID_INPUT"), &json!(["round"])));
    assert_eq!(cup.refused("gameCreate", json!({ "tournamentId": "999" })).await["code"], "NOT_FOUND");
    assert_eq!(cup.refused("gameCreate", json!({ "leagueId": "999" })).await["code"], "NOT_FOUND");
    let both = cup.about(json!({ "leagueId": cup.league.to_global() }));
    assert_eq!(cup.failed("gameCreate", both).await, "BAD_USER_INPUT");
    assert_eq!(cup.failed("gameCreate", json!({})).await, "BAD_USER_INPUT");
}

async fn other_teams(cup: &Cup) -> Vec<TeamId> {
    let new = NewTournament {
        name: "Summer Cup".to_owned(),
        starts_at: "2026-06-22T19:00:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        timezone: "UTC".to_owned(),
        state: TournamentState::Future,
        tournament_type: TournamentType::DoubleElimination,
        league_id: None,
    };
    let entered: Result<_, DbError> = cup
        .db()
        .write(async |uow| {
            let row = uow.insert::<TournamentRow>(new).await?;
            enter(uow, &row, "other", 1..=2).await
        })
        .await;
    entered.unwrap().0
}

#[tokio::test]
async fn a_game_of_a_league_alone_is_made_played_and_deleted() {
    let cup = Cup::of(2).await;
    let mut input = pair(cup.teams[0], cup.teams[1]);
    input["leagueId"] = json!(cup.league.to_global());
    for _ in 0..2 {
        cup.done("gameCreate", input.clone()).await;
    }
    let game = create(&cup, input).await;
    let id = game.to_global();
    let live =
        cup.done("gameStatusSet", json!({ "gameId": id, "status": "LIVE", "expectedVersion": 1 })).await;
    assert_eq!(live["game"]["status"], "LIVE");
    let report = json!({ "gameId": id, "winner": "DIRE", "expectedVersion": 2 });
    let payload = cup.done("gameReport", report).await;
    assert_eq!((&payload["tournament"], &payload["isDecided"]), (&json!(null), &json!(false)));
    let error = cup.refused("gameDelete", json!({ "gameId": id })).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("CONFLICT"), &json!(["confirmDiscardResults"])));
    let payload = cup.done("gameDelete", json!({ "gameId": id, "confirmDiscardResults": true })).await;
    assert_eq!((&payload["deletedId"], &payload["tournament"]), (&json!(id), &json!(null)));
    assert_eq!(cup.refused("gameDelete", json!({ "gameId": id })).await["code"], "NOT_FOUND");
}

#[tokio::test]
async fn the_teams_of_a_free_game_change_until_it_begins() {
    let cup = Cup::of(3).await;
    let game = create(&cup, cup.about(pair(cup.teams[0], cup.teams[1]))).await;
    let id = game.to_global();
    let about = |mut input: Value| {
        input["gameId"] = json!(id);
        input
    };
    let swapped = cup.done("gameUpdate", about(pair(cup.teams[1], cup.teams[0]))).await;
    assert_eq!(swapped["game"]["radiantTeam"]["id"], cup.teams[1].to_global());
    assert_eq!(
        (&swapped["game"]["direTeam"]["id"], &swapped["game"]["version"]),
        (&json!(cup.teams[0].to_global()), &json!(2))
    );
    let one = cup.done("gameUpdate", about(json!({ "direTeamId": null }))).await;
    assert_eq!(
        (&one["game"]["direTeam"], &one["game"]["radiantTeam"]["id"]),
        (&json!(null), &json!(cup.teams[1].to_global()))
    );
    let itself = about(json!({ "direTeamId": cup.teams[1].to_global() }));
    assert_eq!(cup.refused("gameUpdate", itself).await["code"], "INVALID_INPUT");
    let stale = about(json!({ "direTeamId": cup.teams[2].to_global(), "expectedVersion": 1 }));
    assert_eq!(cup.refused("gameUpdate", stale).await["code"], "STALE_VERSION");
    cup.done("gameUpdate", about(json!({ "direTeamId": cup.teams[2].to_global() }))).await;
    cup.done("gameUpdate", about(json!({}))).await;
    cup.done("gameReport", about(json!({ "winner": "DIRE", "expectedVersion": 4 }))).await;
    let played = cup.refused("gameUpdate", about(json!({ "radiantTeamId": null }))).await;
    assert_eq!(played["code"], "CONFLICT");
}

#[tokio::test]
async fn a_game_of_a_bracket_is_neither_changed_nor_deleted_as_a_free_one() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let id = cup.ids().await[&w(1, 0)].to_global();
    for (mutation, input) in [
        ("gameDelete", json!({ "gameId": id, "confirmDiscardResults": true })),
        ("gameUpdate", json!({ "gameId": id, "radiantTeamId": null })),
    ] {
        let error = cup.refused(mutation, input).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("CONFLICT"), &json!(["gameId"])));
    }
    let free = create(&cup, cup.about(json!({}))).await;
    let seat = json!({ "gameId": free.to_global(), "slot": "DIRE", "teamId": cup.teams[0].to_global() });
    assert_eq!(cup.refused("bracketAssignTeam", seat).await["code"], "CONFLICT");
}

#[tokio::test]
async fn free_games_stay_when_the_bracket_is_made_anew_or_started_over() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let game = create(&cup, cup.about(pair(cup.teams[0], cup.teams[1]))).await;
    let report = json!({ "gameId": game.to_global(), "winner": "DIRE", "expectedVersion": 1 });
    cup.done("gameReport", report).await;
    let free = async || {
        let rows = cup.rows().await;
        rows.into_iter().find(|it| it.bracket_type == BracketType::Swiss).unwrap()
    };
    let before = free().await;
    cup.done("bracketReset", cup.about(json!({}))).await;
    cup.done("bracketGenerate", cup.about(json!({ "format": "SINGLE_ELIMINATION" }))).await;
    cup.done("bracketReseed", cup.about(json!({ "seeding": "RANDOM" }))).await;
    assert_eq!(free().await, before, "a free result is not in the bracket's way");
    assert_eq!(cup.bracket().await.nodes.len(), 3);
}

#[tokio::test]
async fn a_link_from_outside_the_bracket_gives_way_to_one_inside() {
    let cup = Cup::generated(2, "DOUBLE_ELIMINATION", false).await;
    let free = create(&cup, cup.about(json!({}))).await;
    let (target, slot) = (cup.ids().await[&gf(1)], Slot::Dire);
    // Only an import makes such a link.
    let link = GameChanges {
        next_game_id: Some(Some(target)),
        next_game_slot: Some(Some(slot)),
        ..GameChanges::default()
    };
    let row = cup.tournament_row().await;
    let late: Result<_, DbError> = cup
        .db()
        .write(async |uow| {
            uow.update::<GameRow>(free, link).await?;
            enter(uow, &row, "late", 3..=4).await
        })
        .await;
    late.unwrap();
    // With four teams the winner of the losers bracket comes to that seat.
    cup.done("bracketGenerate", cup.about(json!({}))).await;
    assert_eq!(cup.row(l(2, 0)).await.next_game_id, Some(target));
    let rows = cup.rows().await;
    let free = rows.iter().find(|it| it.id == free).unwrap();
    assert_eq!((free.next_game_id, free.next_game_slot), (None, None));
}
