//! Brackets that came from the predecessor, reported further here.

use inhouse::db::DbError;
use inhouse::db::models::{TournamentRow, UserRow};
use inhouse::types::{EntityId as _, GameStatus, LeagueId, Slot, TeamId, TournamentId, UserId};
use serde_json::json;

use super::{Cup, gf, l, w};
use crate::support::{TestApi, imported, user};

/// A tournament of the predecessor, run by site staff.
async fn cup(names: &[&str]) -> Cup {
    let (test, id) = imported(names).await;
    let added: Result<_, DbError> =
        test.db.write(async |uow| uow.insert::<UserRow>(user("olga", None)).await).await;
    let admin: UserId = added.unwrap().0.id;
    let mut api = TestApi::over(test);
    api.log_in(admin, true);
    let tournament: TournamentId = super::id_of(&json!(id));
    let mut cup =
        Cup { api, tournament, league: LeagueId(0), teams: Vec::new(), admin, staff: admin, guest: admin };
    let teams: Vec<TeamId> = cup.bracket().await.placements.keys().copied().collect();
    cup.teams = teams;
    cup
}

#[tokio::test]
async fn a_finished_bracket_of_the_predecessor_is_corrected_and_played_to_another_end() {
    let cup = cup(&["users.json", "tournament-1.json", "bracket-1.json"]).await;
    let ids = cup.ids().await;
    let before: TournamentRow = cup.tournament_row().await;
    let final_game = cup.row(gf(1)).await;
    assert_eq!(before.winning_team_id, final_game.radiant_team_id);
    // The other team won the final.
    let payload = cup.report(gf(1), Slot::Dire).await;
    assert_eq!(payload["winningTeam"]["id"], final_game.dire_team_id.unwrap().to_global());
    assert_eq!(cup.row(gf(1)).await.steam_match_id, final_game.steam_match_id);
    // And so it went in the winners final: what rests on it is in the way.
    let error = cup.refused("gameReport", cup.input(w(3, 0), json!({ "winner": "RADIANT" })).await).await;
    let in_the_way = [l(4, 0), gf(1)].map(|key| json!({ "id": ids[&key].to_global() }));
    assert_eq!(error["games"], json!(in_the_way));
    let expected = cup.bracket().await.report(w(3, 0), Slot::Radiant, true).unwrap();
    let input = cup.input(w(3, 0), json!({ "winner": "RADIANT", "cascade": true })).await;
    cup.done("gameReport", input).await;
    assert_eq!((cup.bracket().await, cup.ids().await), (expected, ids));
    assert_eq!(cup.row(l(4, 0)).await.steam_match_id, None, "another pair plays it");
    let last = cup.play_out(|_| Slot::Dire).await;
    assert_eq!(last["isDecided"], true);
    assert!(cup.rows().await.iter().all(|it| it.status == GameStatus::Completed));
    assert!(cup.placements().await.iter().all(Option::is_some));
}

#[tokio::test]
async fn an_imported_bracket_is_started_over_and_generated_anew_on_the_same_rows() {
    let cup = cup(&["users.json", "tournament-2.json", "bracket-2.json"]).await;
    let ids = cup.ids().await;
    let confirmed = cup.about(json!({ "confirmDiscardResults": true }));
    cup.done("bracketReset", confirmed.clone()).await;
    assert!(cup.rows().await.iter().all(|it| it.steam_match_id.is_none() && it.winning_team_id.is_none()));
    cup.done("bracketGenerate", confirmed).await;
    // Its wiring differs from ours; its places do not.
    assert_eq!(cup.ids().await, ids);
    let last = cup.play_out(|_| Slot::Radiant).await;
    assert_eq!(
        (&last["isDecided"], &last["tournament"]["id"]),
        (&json!(true), &json!(cup.tournament.to_global()))
    );
}

#[tokio::test]
async fn a_tournament_that_was_drafted_at_the_predecessor_gets_its_bracket_here() {
    let cup = cup(&["users.json", "tournament-51.json"]).await;
    cup.done("bracketGenerate", cup.about(json!({}))).await;
    assert_eq!((cup.rows().await.len(), cup.teams.len()), (14, 8));
    assert_eq!(cup.play_out(|_| Slot::Dire).await["isDecided"], true);
}
