//! What cannot be imported: nothing of it is written, and the message says where it is.

use inhouse::db::models::{
    ImportMappingRow, NewTeam, NewUser, TeamMemberRow, TeamRow, TournamentPlayerRow, UserRow,
};
use inhouse::domain::import::{EntityKind, PlanOptions, plan};
use inhouse::service::import::ImportMode;
use inhouse::types::{EntityId as _, TeamMembershipKind};
use serde_json::{Value, json};

use super::samples::*;
use crate::support::TestDb;

#[test]
fn a_malformed_file_among_good_ones_leaves_nothing_to_write() {
    let cut = serde_json::to_vec(&tournament()).unwrap();
    let changed = |change: fn(&mut Value)| {
        let mut it = tournament();
        change(&mut it);
        serde_json::to_vec(&it).unwrap()
    };
    let cases = [
        ("is cut off", "bad.json: ", cut[..cut.len() / 2].to_vec()),
        ("invalid type", "bad.json: teams[1].name", changed(|it| it["teams"][1]["name"] = json!(7))),
        (
            "written as a whole number",
            "bad.json: users[2].steamid",
            changed(|it| it["users"][2]["steamid"] = json!(7.5e16)),
        ),
        ("unknown tournament state", "bad.json: state", changed(|it| it["state"] = json!("paused"))),
        (
            "already on team 1",
            "bad.json: teams[1].members[0]",
            changed(|it| it["teams"][1]["members"][0] = user(2)),
        ),
    ];
    for (what, place, bytes) in cases {
        let [people] = predecessor!["users.json"];
        let files = [people, ("bad.json".to_owned(), bytes)];
        let message = plan(&files, PlanOptions::default()).unwrap_err().to_string();
        assert!(message.starts_with(place) && message.contains(what), "{message}");
    }
}

#[tokio::test]
async fn a_tournament_that_fails_leaves_those_before_it_and_nothing_of_itself() {
    let test = TestDb::start().await;
    import(&test.db, &predecessor!["users.json", "tournament-51.json"]).await;
    // A team of tournament 2 seems to be one of tournament 51: refused after others of its teams are written.
    let other = teams(&test, tournament_row(&test, "DTX Tournament #51").await.id).await[0].id;
    let wrong = ImportMappingRow {
        source: "predecessor".to_owned(),
        entity: "team".to_owned(),
        source_pk: 16,
        entity_id: other.pk(),
    };
    by_hand(&test, async |uow| uow.link(&wrong).await).await;
    let before = test.dump().await;
    let failure = run(&test.db, &everything(), CLOSE, ImportMode::Apply).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        format!("tournament-2.json: teams[7].pk: team {other} was imported as a team of another tournament")
    );
    assert_eq!(failure.report.counts[&EntityKind::Tournament].created, 1, "the report has what stands");
    let after = test.dump().await;
    let grown = |table: &str| after[table].len() - before[table].len();
    assert_eq!([grown("tournaments"), grown("teams"), grown("drafts"), grown("games")], [1, 8, 1, 14]);
    assert!(tournament_row(&test, "DTX Tournament #1").await.winning_team_id.is_some());
}

#[tokio::test]
async fn two_imports_at_the_same_time_leave_everything_once() {
    let test = TestDb::start().await;
    let (files, other) = (named(&[&tournament()]), test.reopen());
    let (a, b) = tokio::join!(
        run(&test.db, &files, CLOSE, ImportMode::Apply),
        run(&other, &files, CLOSE, ImportMode::Apply)
    );
    assert!(a.is_ok() || b.is_ok(), "{a:?} {b:?}");
    let dump = test.dump().await;
    assert_eq!([dump["tournaments"].len(), dump["users"].len(), dump["teams"].len()], [1, 6, 2]);
    assert!(put(&test, &[&tournament()]).await.changed_nothing());
}

#[tokio::test]
async fn a_bracket_whose_tournament_never_came_is_refused_until_it_does() {
    let test = TestDb::start().await;
    let before = test.dump().await;
    let bracket = predecessor!["bracket-1.json"];
    let failure = run(&test.db, &bracket, CLOSE, ImportMode::Apply).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "bracket-1.json: tournamentId: tournament 1 was never imported: give its own file as well"
    );
    assert_eq!(before, test.dump().await);
    import(&test.db, &predecessor!["tournament-1.json"]).await;
    import(&test.db, &bracket).await;
    let row = tournament_row(&test, "DTX Tournament #1").await;
    let n_linked = games(&test, row.id).await.iter().filter(|it| it.next_game_id.is_some()).count();
    assert_eq!(n_linked, 13);
    assert!(import(&test.db, &bracket).await.changed_nothing());
}

#[tokio::test]
async fn a_player_of_a_team_made_here_stays_there() {
    let test = TestDb::start().await;
    put(&test, &[&tournament()]).await;
    let id = tournament_row(&test, "Cup").await.id;
    let own = by_hand(&test, async |uow| {
        let new = NewTeam {
            name: "Ours".to_owned(),
            tournament_id: id,
            captain_id: None,
            deputy_captain_id: None,
            draft_order: Some(3),
            placement: None,
        };
        uow.insert::<TeamRow>(new).await
    })
    .await;
    let user_id = account(&test, "user_5").await.id;
    let seat =
        TeamMemberRow { team_id: own.id, tournament_id: id, user_id, kind: TeamMembershipKind::Member };
    by_hand(&test, async |uow| uow.link(&seat).await).await;

    // Beside it the import goes on as before, and yields the place in the draft.
    let mut document = tournament();
    document["teams"][1]["draft_order"] = json!(3);
    let report = put(&test, &[&document]).await;
    assert!(
        notes(&report).iter().any(|it| it
            .starts_with("tournament.json: teams[1].draft_order: skipped: team 3, which was made here")),
        "{report}"
    );
    assert_eq!(teams(&test, id).await[2].draft_order, Some(3));
    let before = test.dump().await;
    assert!(put(&test, &[&document]).await.changed_nothing());
    assert_eq!(before, test.dump().await);

    document["teams"][1]["members"] = json!([user(3), user(4), user(5)]);
    let failure = run(&test.db, &named(&[&document]), CLOSE, ImportMode::Apply).await.unwrap_err();
    assert!(failure.to_string().starts_with("tournament.json: teams[1].members: user"), "{failure}");
    assert_eq!(before, test.dump().await);
}

#[tokio::test]
async fn a_failure_of_the_database_names_the_object_and_keeps_its_text_for_the_log() {
    let test = TestDb::start().await;
    let mut document = tournament();
    document["league"] = league();
    // A value that the planner lets pass and the database does not.
    let mut plan = plan(&named(&[&document]), CLOSE).unwrap();
    plan.tournaments[0].teams[1].name = String::new();
    let service = inhouse::service::import::ImportService::new(test.db.clone(), "predecessor");
    let before = test.dump().await;
    let failure = service.import(&plan, ImportMode::Apply, &|_| {}).await.unwrap_err();
    assert_eq!(failure.to_string(), "tournament.json: teams[1]: it breaks a rule of the database");
    assert!(failure.cause.is_some());
    assert_eq!(before, test.dump().await);
    let rehearsed = service.import(&plan, ImportMode::DryRun, &|_| {}).await.unwrap_err();
    assert_eq!(rehearsed.to_string(), failure.to_string());
}

#[tokio::test]
async fn people_who_registered_here_stay_registered() {
    let test = TestDb::start().await;
    put(&test, &[&tournament()]).await;
    let id = tournament_row(&test, "Cup").await.id;
    let guest = by_hand(&test, async |uow| {
        let new = NewUser { username: "guest".to_owned(), ..NewUser::default() };
        let user_id = uow.insert::<UserRow>(new).await?.id;
        uow.link(&TournamentPlayerRow { tournament_id: id, user_id }).await?;
        Ok(user_id)
    })
    .await;
    assert!(put(&test, &[&tournament()]).await.changed_nothing());
    assert!(players(&test, id).await.contains(&guest));
}
