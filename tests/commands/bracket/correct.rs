//! Results that are reported again, corrected or taken back.

use inhouse::db::DbError;
use inhouse::db::models::{GameChanges, GameRow};
use inhouse::domain::bracket::NodeKey;
use inhouse::types::{EntityId as _, GameStatus, Slot};
use serde_json::json;

use super::{Cup, gf, l, w};

async fn link_match(cup: &Cup, key: NodeKey, id: i64) {
    let row = cup.row(key).await;
    let changes = GameChanges { steam_match_id: Some(Some(id)), ..GameChanges::default() };
    let linked: Result<_, DbError> =
        cup.db().write(async |uow| uow.update::<GameRow>(row.id, changes).await).await;
    linked.unwrap();
}

#[tokio::test]
async fn the_same_winner_again_writes_nothing() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.report(w(1, 0), Slot::Dire).await;
    let before = cup.api.test.dump().await;
    let payload = cup.report(w(1, 0), Slot::Dire).await;
    assert_eq!(
        (&payload["game"]["version"], &payload["affectedGames"]),
        (&json!(cup.row(w(1, 0)).await.version), &json!([]))
    );
    let none = cup.input(w(1, 1), json!({})).await;
    cup.done("gameReportRetract", none).await;
    assert!(before == cup.api.test.dump().await);
}

// DOMAIN §10.3 bug 40
#[tokio::test]
async fn a_correction_takes_back_what_the_old_result_wrote() {
    let cup = Cup::generated(8, "DOUBLE_ELIMINATION", false).await;
    let mirror = Cup::generated(8, "DOUBLE_ELIMINATION", false).await;
    cup.report(w(1, 0), Slot::Radiant).await;
    let version = cup.row(w(1, 0)).await.version;
    let payload = cup.report(w(1, 0), Slot::Dire).await;
    assert_eq!(payload["game"]["version"], version + 1);
    mirror.report(w(1, 0), Slot::Dire).await;
    assert_eq!(cup.bracket().await, mirror.bracket().await);
}

// DOMAIN §10.3 bug 40
#[tokio::test]
async fn a_correction_of_the_final_moves_both_placements_and_the_crown() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.play_out(|_| Slot::Radiant).await;
    let payload = cup.report(gf(1), Slot::Dire).await;
    let places = cup.placements().await;
    assert_eq!(places.iter().filter(|it| **it == Some(1)).count(), 1);
    assert_eq!(places[0], Some(2));
    let champion = cup.row(gf(1)).await.dire_team_id;
    assert_eq!(cup.tournament_row().await.winning_team_id, champion);
    assert_eq!(payload["winningTeam"]["id"], champion.unwrap().to_global());
}

#[tokio::test]
async fn a_correction_names_the_games_in_its_way_and_clears_them_on_demand() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.play_out(|_| Slot::Radiant).await;
    link_match(&cup, w(1, 0), 8_400_000_001).await;
    link_match(&cup, w(2, 0), 8_400_000_002).await;
    let ids = cup.ids().await;
    let error = cup.refused("gameReport", cup.input(w(1, 0), json!({ "winner": "DIRE" })).await).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("CONFLICT"), &json!(["cascade"])));
    let in_the_way = [w(2, 0), l(1, 0), l(2, 0), gf(1)].map(|key| json!({ "id": ids[&key].to_global() }));
    assert_eq!(error["games"], json!(in_the_way));
    let expected = cup.bracket().await.report(w(1, 0), Slot::Dire, true).unwrap();
    let input = cup.input(w(1, 0), json!({ "winner": "DIRE", "cascade": true })).await;
    let payload = cup.done("gameReport", input).await;
    assert_eq!((cup.bracket().await, cup.ids().await), (expected, ids));
    assert_eq!(payload["affectedGames"], json!(in_the_way));
    assert_eq!((&payload["isDecided"], cup.placements().await), (&json!(false), vec![None; 4]));
    // The corrected game was still played by these two; the other is now to be played by somebody else.
    assert_eq!(cup.row(w(1, 0)).await.steam_match_id, Some(8_400_000_001));
    assert_eq!(cup.row(w(2, 0)).await.steam_match_id, None);
}

#[tokio::test]
async fn a_retracted_report_leaves_no_trace() {
    for (format, has_reset) in [("SINGLE_ELIMINATION", false), ("DOUBLE_ELIMINATION", true)] {
        let cup = Cup::generated(6, format, has_reset).await;
        while let Some(key) = super::cup::playable(&cup.bracket().await).first().copied() {
            let before = cup.content().await;
            cup.report(key, Slot::Dire).await;
            cup.done("gameReportRetract", cup.input(key, json!({})).await).await;
            assert_eq!(cup.content().await, before, "{key}");
            cup.report(key, Slot::Dire).await;
        }
        assert!(cup.tournament_row().await.winning_team_id.is_some());
    }
}

// DOMAIN §10.3 bug 41
#[tokio::test]
async fn a_retracted_game_is_pending_and_the_games_behind_it_are_emptied() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.play_out(|_| Slot::Radiant).await;
    link_match(&cup, w(1, 0), 8_400_000_001).await;
    let input = cup.input(w(1, 0), json!({})).await;
    assert_eq!(cup.refused("gameReportRetract", input.clone()).await["code"], "CONFLICT");
    let mut input = input;
    input["cascade"] = json!(true);
    let payload = cup.done("gameReportRetract", input).await;
    assert_eq!(
        (&payload["game"]["status"], &payload["game"]["winningTeam"]),
        (&json!("PENDING"), &json!(null))
    );
    let next = cup.row(w(2, 0)).await;
    assert_eq!((next.status, next.radiant_team_id, next.winning_team_id), (GameStatus::Pending, None, None));
    assert_eq!(cup.tournament_row().await.winning_team_id, None);
    // Match and result are told apart.
    assert_eq!(cup.row(w(1, 0)).await.steam_match_id, Some(8_400_000_001));
}

// DOMAIN §10.3 bug 35
#[tokio::test]
async fn results_and_matches_survive_whatever_is_done_to_other_games() {
    let cup = Cup::generated(8, "DOUBLE_ELIMINATION", false).await;
    cup.report(w(1, 0), Slot::Dire).await;
    link_match(&cup, w(1, 0), 8_400_000_001).await;
    let before = cup.row(w(1, 0)).await;
    cup.report(w(1, 1), Slot::Radiant).await;
    cup.done("gameReportRetract", cup.input(w(1, 1), json!({})).await).await;
    cup.done("gameStatusSet", cup.input(w(1, 2), json!({ "status": "LIVE" })).await).await;
    let mut empty = cup.input(w(1, 3), json!({ "slot": "DIRE" })).await;
    empty["teamId"] = json!(null);
    cup.done("bracketAssignTeam", empty).await;
    assert_eq!(cup.row(w(1, 0)).await, before);
    // Starting over gives results up, and their matches with them.
    cup.done("bracketReset", cup.about(json!({ "confirmDiscardResults": true }))).await;
    let after = cup.row(w(1, 0)).await;
    assert_eq!((after.id, after.winning_team_id, after.steam_match_id), (before.id, None, None));
}

// DOMAIN §10.3 bug 40
#[tokio::test]
async fn a_report_on_what_somebody_else_changed_is_stale() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let input = cup.input(w(1, 0), json!({ "winner": "RADIANT" })).await;
    let seen = input["expectedVersion"].as_i64().unwrap();
    cup.done("gameReport", input.clone()).await;
    for mutation in ["gameReport", "gameReportRetract"] {
        let mut input = input.clone();
        match mutation {
            "gameReportRetract" => drop(input.as_object_mut().unwrap().remove("winner")),
            _ => input["winner"] = json!("DIRE"),
        }
        let error = cup.refused(mutation, input).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("STALE_VERSION"), &json!(["expectedVersion"])));
        assert_eq!((&error["expectedVersion"], &error["currentVersion"]), (&json!(seen), &json!(seen + 1)));
    }
    // Who says what is known already is right, whatever they had seen.
    let content = cup.content().await;
    cup.done("gameReport", input.clone()).await;
    assert_eq!(cup.content().await, content);
    let mut blind = input;
    blind.as_object_mut().unwrap().remove("expectedVersion");
    assert_eq!(cup.failed("gameReport", blind).await, "BAD_USER_INPUT", "a version must be said");
}

#[tokio::test]
async fn a_report_sent_twice_with_one_key_is_answered_twice_and_done_once() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let input =
        cup.input(w(1, 0), json!({ "winner": "DIRE", "idempotencyKey": "k", "clientMutationId": "c" })).await;
    let first = cup.done("gameReport", input.clone()).await;
    let content = cup.content().await;
    let mut again = cup.done("gameReport", input.clone()).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    again["replayed"] = json!(false);
    assert_eq!((again, cup.content().await), (first, content));
    let mut other = input;
    other["winner"] = json!("RADIANT");
    assert_eq!(cup.refused("gameReport", other).await["code"], "IDEMPOTENCY_MISMATCH");
}
