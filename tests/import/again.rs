//! Tournaments imported again after something changed there: what is imported becomes what the file says.

use inhouse::db::models::{DraftChanges, DraftEventRow, DraftRow, NewDraftEvent, TeamRow};
use inhouse::domain::import::{EntityKind, Report};
use inhouse::service::import::ImportMode;
use inhouse::types::{DraftEventType, DraftStatus, TournamentId};
use serde_json::{Value, json};

use super::samples::*;
use crate::support::TestDb;

/// Imports the sample tournament with its draft.
async fn start(options: inhouse::domain::import::PlanOptions) -> (TestDb, TournamentId) {
    let test = TestDb::start().await;
    run(&test.db, &named(&[&drafted()]), options, ImportMode::Apply).await.unwrap();
    let id = tournament_row(&test, "Cup").await.id;
    (test, id)
}

fn drafted() -> Value {
    let mut document = tournament();
    document["draft"] = draft();
    document
}

/// Imports again, twice: the second time nothing may change.
async fn again(test: &TestDb, document: &Value) -> Report {
    let report = put(test, &[document]).await;
    let before = test.dump().await;
    let second = put(test, &[document]).await;
    assert!(second.changed_nothing(), "{second}");
    assert_eq!(before, test.dump().await);
    report
}

#[tokio::test]
async fn places_in_the_draft_captains_and_members_may_swap() {
    let (test, id) = start(CLOSE).await;
    let before = teams(&test, id).await;
    let mut document = tournament();
    document["teams"] = json!([team(1, &[3, 2]), team(2, &[1, 4])]);
    (document["teams"][0]["draft_order"], document["teams"][1]["draft_order"]) = (json!(2), json!(1));
    document["teams"][0]["deputy_captain"] = user(2);
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::Team).updated, 2);
    let after = teams(&test, id).await;
    assert_eq!(after[0].captain_id, before[1].captain_id);
    assert_eq!(after[1].captain_id, before[0].captain_id);
    assert_eq!((after[0].draft_order, after[1].draft_order), (Some(2), Some(1)));
    assert_eq!(after[0].deputy_captain_id, Some(account(&test, "user_2").await.id));
    assert_eq!(members(&test, after[0].id).await.len(), 2);
}

#[tokio::test]
async fn a_player_who_withdrew_is_taken_out_unless_still_on_a_team() {
    let (test, id) = start(CLOSE).await;
    let mut document = tournament();
    document["users"] = json!([user(1), user(3), user(4), user(5)]);
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::Tournament).updated, 1);
    let players = players(&test, id).await;
    assert_eq!(players.len(), 5, "the member is registered by the planner");
    assert!(!players.contains(&account(&test, "user_6").await.id));
    assert!(players.contains(&account(&test, "user_2").await.id));
}

#[tokio::test]
async fn a_team_that_was_made_anew_replaces_the_old_one() {
    let (test, id) = start(CLOSE).await;
    let mut document = tournament();
    document["teams"][1] = team(7, &[3, 4]);
    document["teams"][1]["draft_order"] = json!(2);
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::Team).created, 1);
    let after = teams(&test, id).await;
    assert_eq!(after.len(), 2);
    assert_eq!(after[1].name, "Team 7");
    assert!(
        notes(&report).iter().any(|it| it.ends_with("team 2 is no longer in the file, removed")),
        "{report}"
    );
}

#[tokio::test]
async fn a_team_that_is_gone_but_has_played_stays_empty() {
    let test = TestDb::start().await;
    put(&test, &[&tournament(), &bracket(&[game(21, 1, 0)])]).await;
    let mut document = tournament();
    document["teams"] = json!([team(1, &[1, 2])]);
    // The tournament document still lists the game, by the teams it knows.
    document["games"] = json!([]);
    let id = tournament_row(&test, "Cup").await.id;
    by_hand(&test, async |uow| {
        // A game made here, which refers to the team.
        let rows = uow.children::<inhouse::db::models::GamesOfTournament>(id).await?;
        let new = inhouse::db::models::NewGame {
            tournament_id: Some(id),
            league_id: None,
            round: 5,
            position: 0,
            bracket_type: inhouse::types::BracketType::Losers,
            elimination_type: inhouse::types::EliminationType::Single,
            swiss_record_wins: 0,
            swiss_record_losses: 0,
            status: inhouse::types::GameStatus::Pending,
            is_bye: false,
            steam_match_id: None,
            radiant_team_id: rows[0].dire_team_id,
            dire_team_id: None,
            winning_team_id: None,
        };
        uow.insert::<inhouse::db::models::GameRow>(new).await
    })
    .await;
    let report = again(&test, &document).await;
    let after = teams(&test, id).await;
    assert_eq!(after.len(), 2, "{report}");
    assert_eq!((after[1].captain_id, after[1].draft_order), (None, None));
    assert_eq!(members(&test, after[1].id).await, []);
    assert_eq!(games(&test, id).await.len(), 1, "the imported game is gone, the one made here is not");
}

#[tokio::test]
async fn a_team_deleted_here_is_made_again() {
    let (test, id) = start(CLOSE).await;
    let gone = teams(&test, id).await[1].id;
    by_hand(&test, async |uow| uow.delete::<TeamRow>(gone).await).await;
    let report = again(&test, &drafted()).await;
    assert_eq!(counts(&report, EntityKind::Team).created, 1);
    assert_eq!(teams(&test, id).await.len(), 2);
    let rounds = rounds(&test, draft_row(&test, id).await.id).await;
    assert!(rounds.iter().all(|it| it.team_id.is_some()));
}

#[tokio::test]
async fn picks_are_brought_up_to_date_and_may_swap() {
    let (test, id) = start(CLOSE).await;
    let mut document = drafted();
    let rounds_of = &mut document["draft"]["draft_rounds"];
    (rounds_of[0]["choice"], rounds_of[1]["choice"]) = (user(4), user(2));
    rounds_of[2]["choice"] = user(5);
    document["teams"] = json!([team(1, &[1, 4]), team(2, &[3, 2, 5])]);
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::DraftRound).updated, 3);
    let rows = rounds(&test, draft_row(&test, id).await.id).await;
    assert_eq!(rows[0].choice_id, Some(account(&test, "user_4").await.id));
    assert_eq!(rows[2].choice_id, Some(account(&test, "user_5").await.id));
}

#[tokio::test]
async fn a_draft_started_over_there_keeps_its_rounds_here() {
    let (test, id) = start(CLOSE).await;
    let before = rounds(&test, draft_row(&test, id).await.id).await;
    let mut document = drafted();
    for it in document["draft"]["draft_rounds"].as_array_mut().unwrap() {
        it["pk"] = json!(it["pk"].as_i64().unwrap() + 1000);
    }
    document["draft"]["draft_rounds"].as_array_mut().unwrap().pop();
    again(&test, &document).await;
    let after = rounds(&test, draft_row(&test, id).await.id).await;
    assert_eq!(after, before[..3]);
}

#[tokio::test]
async fn a_draft_that_runs_here_is_not_closed() {
    let (test, id) = start(RESUME).await;
    let draft = draft_row(&test, id).await;
    assert_eq!(draft.status, DraftStatus::Running);
    let snapshot = draft.mmr_snapshot.unwrap();
    let key = account(&test, "user_6").await.id.to_string();
    assert_eq!((snapshot.as_object().unwrap().len(), &snapshot[&key]), (6, &json!(3000)));
    let report = again(&test, &drafted()).await;
    assert!(report.changed_nothing(), "{report}");
    assert_eq!(draft_row(&test, id).await.status, DraftStatus::Running);

    // MMR of the day the draft was resumed counts; who comes later is added.
    let mut document = drafted();
    document["users"][5]["mmr"] = json!(4000);
    document["users"].as_array_mut().unwrap().push(user(7));
    again(&test, &document).await;
    let snapshot = draft_row(&test, id).await.mmr_snapshot.unwrap();
    assert_eq!((snapshot.as_object().unwrap().len(), &snapshot[&key]), (7, &json!(3000)));
}

#[tokio::test]
async fn a_closed_draft_is_resumed_on_request() {
    let (test, id) = start(CLOSE).await;
    assert_eq!(draft_row(&test, id).await.status, DraftStatus::Completed);
    run(&test.db, &named(&[&drafted()]), RESUME, ImportMode::Apply).await.unwrap();
    let draft = draft_row(&test, id).await;
    assert_eq!(draft.status, DraftStatus::Running);
    assert!(draft.mmr_snapshot.is_some());
}

#[tokio::test]
async fn a_draft_that_went_on_here_keeps_its_picks_and_rosters() {
    let (test, id) = start(RESUME).await;
    let draft = draft_row(&test, id).await;
    let (round, team) = (rounds(&test, draft.id).await[2].clone(), teams(&test, id).await[1].id);
    let picked = account(&test, "user_5").await.id;
    by_hand(&test, async |uow| {
        let changes =
            inhouse::db::models::DraftRoundChanges { choice_id: Some(Some(picked)), ..Default::default() };
        uow.update::<inhouse::db::models::DraftRoundRow>(round.id, changes).await?;
        let kind = inhouse::types::TeamMembershipKind::Member;
        let seat =
            inhouse::db::models::TeamMemberRow { team_id: team, tournament_id: id, user_id: picked, kind };
        uow.link(&seat).await?;
        let event = NewDraftEvent {
            draft_id: draft.id,
            seq: 1,
            epoch: 1,
            event_type: DraftEventType::PlayerPicked,
            payload: json!({}),
            actor_id: None,
            created_at: uow.now(),
        };
        uow.insert::<DraftEventRow>(event).await?;
        let changes = DraftChanges { version: Some(1), ..DraftChanges::default() };
        uow.update::<DraftRow>(draft.id, changes).await
    })
    .await;
    let before = test.dump().await;
    let mut document = drafted();
    document["users"] = json!([user(1), user(2), user(3), user(4)]);
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::DraftRound).skipped, 4);
    assert_eq!(before, test.dump().await);

    document["teams"][1]["name"] = json!("Renamed");
    again(&test, &document).await;
    assert_eq!(teams(&test, id).await[1].name, "Renamed", "what a draft does not touch follows the file");
}

#[tokio::test]
async fn a_field_of_the_tournament_follows_the_file_and_silence_erases_nothing() {
    let test = TestDb::start().await;
    let mut document = tournament();
    (document["league"], document["winning_team"]) = (league(), json!(1));
    put(&test, &[&document]).await;
    let before = tournament_row(&test, "Cup").await;
    let mut document = tournament();
    document["name"] = json!("Winter Cup");
    document["state"] = json!("past");
    let report = again(&test, &document).await;
    assert_eq!(counts(&report, EntityKind::Tournament).updated, 1);
    let after = tournament_row(&test, "Winter Cup").await;
    assert_eq!((after.id, after.version), (before.id, before.version + 1));
    assert_eq!((after.league_id, after.winning_team_id), (before.league_id, before.winning_team_id));
    assert!(after.winning_team_id.is_some() && after.league_id.is_some());
    assert_eq!(account(&test, "user_1").await.version, 1, "nobody else was written");
}
