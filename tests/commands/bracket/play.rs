//! Tournaments played from the first report to the winner.

use inhouse::service::game::GameReport;
use inhouse::service::{Commands, Dice};
use inhouse::types::{EntityId as _, GameStatus, Slot, Viewer};
use serde_json::{Value, json};

use super::{Cup, gf, l, w};

// DOMAIN §10.3 bug 39
// DOMAIN §10.2 bug 32
#[tokio::test]
async fn eight_teams_play_a_double_elimination_to_the_end() {
    let cup = Cup::generated(8, "DOUBLE_ELIMINATION", false).await;
    let last = cup.play_out(|_| Slot::Radiant).await;
    let places = cup.placements().await;
    let mut sorted: Vec<i32> = places.iter().map(|it| it.unwrap()).collect();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3, 4, 5, 5, 7, 7]);
    assert_eq!(places[0], Some(1), "the first seed always sat on Radiant");
    assert!(cup.rows().await.iter().all(|it| it.status == GameStatus::Completed));
    // DOMAIN §10.3 bug 40: the winner of a bracket is crowned, and whether the event is over is left to staff.
    let champion = json!({ "id": cup.teams[0].to_global() });
    assert_eq!((&last["isDecided"], &last["winningTeam"]), (&json!(true), &champion));
    assert_eq!(last["tournament"]["winningTeam"], champion);
    assert_eq!(last["teams"].as_array().unwrap().len(), 2, "the final places two");
    assert_eq!(cup.tournament_row().await.state, inhouse::types::TournamentState::InProgress);
}

#[tokio::test]
async fn every_size_and_format_ends_with_everybody_placed() {
    for n in [2, 3, 5, 6, 16] {
        for (format, has_reset) in
            [("SINGLE_ELIMINATION", false), ("DOUBLE_ELIMINATION", false), ("DOUBLE_ELIMINATION", true)]
        {
            let cup = Cup::generated(n, format, has_reset).await;
            // The losers bracket's team wins the first final, so that a reset is played.
            let last = cup.play_out(|key| if key == gf(1) { Slot::Dire } else { Slot::Radiant }).await;
            assert_eq!(last["isDecided"], true, "{n} teams, {format}");
            let places = cup.placements().await;
            for place in places.iter().map(|it| it.unwrap()) {
                let n_better = places.iter().filter(|it| it.unwrap() < place).count();
                assert_eq!(i32::try_from(n_better).unwrap() + 1, place, "{n} teams, {format}: {places:?}");
            }
            let n_firsts = places.iter().filter(|it| **it == Some(1)).count();
            assert_eq!(n_firsts, 1);
        }
    }
}

#[tokio::test]
async fn a_second_final_is_played_only_when_the_losers_brackets_team_wins_the_first() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", true).await;
    cup.play_out(|key| if key == gf(1) { Slot::Dire } else { Slot::Radiant }).await;
    let second = cup.row(gf(2)).await;
    assert_eq!(second.winning_team_id, second.radiant_team_id);
    assert_eq!(cup.tournament_row().await.winning_team_id, second.winning_team_id);
    // The first final went the other way after all: there is no second.
    let input = cup.input(gf(1), json!({ "winner": "RADIANT", "cascade": true })).await;
    let payload = cup.done("gameReport", input).await;
    assert_eq!(payload["deletedGameIds"], json!([second.id.to_global()]));
    assert_eq!((&payload["isDecided"], cup.ids().await.contains_key(&gf(2))), (&json!(true), false));
}

#[tokio::test]
async fn a_report_tells_what_it_changed() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let ids = cup.ids().await;
    let payload = cup.report(w(1, 0), Slot::Dire).await;
    let game = &payload["game"];
    assert_eq!((&game["status"], &game["winnerSlot"]), (&json!("COMPLETED"), &json!("DIRE")));
    assert_eq!(game["winningTeam"]["id"], cup.teams[3].to_global());
    let affected = [w(2, 0), l(1, 0)].map(|key| json!({ "id": ids[&key].to_global() }));
    assert_eq!(payload["affectedGames"], json!(affected));
    assert_eq!((&payload["isDecided"], &payload["winningTeam"]), (&json!(false), &Value::Null));
    assert_eq!(payload["tournament"]["id"], cup.tournament.to_global());
    assert_eq!((&payload["teams"], &payload["deletedGameIds"]), (&json!([]), &json!([])));
}

// DOMAIN §10.3 bug 40
#[tokio::test]
async fn a_game_that_lacks_an_opponent_is_not_reported() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.report(w(1, 0), Slot::Radiant).await;
    for key in [w(2, 0), l(1, 0), gf(1)] {
        let input = cup.input(key, json!({ "winner": "RADIANT" })).await;
        assert_eq!(cup.refused("gameReport", input).await["code"], "CONFLICT", "{key}");
    }
}

#[tokio::test]
async fn a_bye_is_decided_by_itself_and_by_nobody_else() {
    let cup = Cup::generated(3, "DOUBLE_ELIMINATION", false).await;
    let bye = cup.row(w(1, 0)).await;
    assert_eq!((bye.is_bye, bye.winning_team_id), (true, Some(cup.teams[0])));
    let result = cup.input(w(1, 0), json!({ "winner": "RADIANT" })).await;
    assert_eq!(cup.refused("gameReport", result).await["code"], "CONFLICT");
    let none = cup.input(w(1, 0), json!({})).await;
    assert_eq!(cup.refused("gameReportRetract", none).await["code"], "CONFLICT");
}

#[tokio::test]
async fn a_report_costs_a_bounded_number_of_statements() {
    let cup = Cup::generated(16, "DOUBLE_ELIMINATION", false).await;
    let commands = Commands::new(cup.db().clone(), Dice::fair());
    let viewer = Viewer { user_id: Some(cup.admin), ..Viewer::default() };
    let mut most = 0;
    while let Some(key) = super::cup::playable(&cup.bracket().await).first().copied() {
        let row = cup.row(key).await;
        let report = GameReport {
            game_id: row.id,
            winner: Slot::Radiant,
            cascade: false,
            expected_version: row.version,
        };
        let before = cup.db().n_statements();
        commands.run(&viewer, None, report).await.unwrap();
        most = most.max(cup.db().n_statements() - before);
    }
    // Begin, game, lock, rights, games, teams; the game and two others, or two teams and the tournament; outbox, commit.
    assert!(most <= 14, "{most}");
}
