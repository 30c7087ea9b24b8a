//! Who may: every mutation is asked for by nobody, by somebody without a role, and by staff and admins of the league.

use inhouse::types::EntityId as _;
use serde_json::{Value, json};

use super::{Cup, w};

/// Every mutation of this area, whether staff of the league may, and an input that makes sense.
async fn calls(cup: &Cup) -> Vec<(&'static str, bool, Value)> {
    let free = cup.done("gameCreate", cup.about(json!({}))).await;
    let (free, game) = (&free["game"]["id"], cup.ids().await[&w(1, 0)].to_global());
    let seat = json!({ "gameId": game, "slot": "DIRE", "teamId": null });
    vec![
        ("bracketGenerate", false, cup.about(json!({}))),
        ("bracketReseed", false, cup.about(json!({}))),
        ("bracketReset", false, cup.about(json!({}))),
        ("bracketAssignTeam", false, seat),
        ("teamPlacementSet", false, json!({ "teamId": cup.teams[0].to_global(), "placement": 1 })),
        ("gameReport", true, cup.input(w(1, 1), json!({ "winner": "RADIANT" })).await),
        ("gameReportRetract", true, cup.input(w(1, 0), json!({})).await),
        ("gameStatusSet", true, json!({ "gameId": game, "status": "PENDING" })),
        ("gameCreate", true, cup.about(json!({}))),
        ("gameCreate", true, json!({ "leagueId": cup.league.to_global() })),
        ("gameUpdate", true, json!({ "gameId": free, "radiantTeamId": null })),
        ("gameDelete", true, json!({ "gameId": free })),
    ]
}

#[tokio::test]
async fn nobody_and_people_without_a_role_may_do_nothing() {
    let mut cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let calls = calls(&cup).await;
    cup.api.log_out();
    for (mutation, _, input) in &calls {
        assert_eq!(cup.failed(mutation, input.clone()).await, "UNAUTHENTICATED", "{mutation}");
    }
    cup.api.log_in(cup.guest, false);
    for (mutation, _, input) in &calls {
        assert_eq!(cup.failed(mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
    }
}

#[tokio::test]
async fn staff_of_the_league_run_games_and_admins_brackets_too() {
    let mut cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let calls = calls(&cup).await;
    cup.api.log_in(cup.staff, false);
    for (mutation, is_for_staff, input) in &calls {
        if *is_for_staff {
            cup.done(mutation, input.clone()).await;
        } else {
            assert_eq!(cup.failed(mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
        }
    }
    let mut cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    for login in ["admin", "site staff"] {
        let calls = self::calls(&cup).await;
        if login == "site staff" {
            cup.api.log_in(cup.guest, true);
        }
        for (mutation, _, input) in calls.iter().filter(|(name, _, _)| !name.starts_with("gameReport")) {
            cup.done(mutation, input.clone()).await;
        }
    }
}

#[tokio::test]
async fn viewers_are_told_what_they_may_do_with_a_game() {
    let mut cup = Cup::generated(2, "DOUBLE_ELIMINATION", false).await;
    let id = cup.ids().await[&w(1, 0)].to_global();
    let query = "query($id: ID!) { game(id: $id) { viewerCanReport isFree winnerSlot } }";
    let mut told = Vec::new();
    for viewer in [None, Some(cup.guest), Some(cup.staff), Some(cup.admin)] {
        match viewer {
            None => cup.api.log_out(),
            Some(id) => cup.api.log_in(id, false),
        }
        let data = cup.api.data_with(query, json!({ "id": id })).await;
        told.push(data["game"]["viewerCanReport"].as_bool().unwrap());
        assert_eq!((&data["game"]["isFree"], &data["game"]["winnerSlot"]), (&json!(false), &json!(null)));
    }
    assert_eq!(told, [false, false, true, true]);
}
