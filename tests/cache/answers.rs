//! Answers from the cache: always those of the database, and never somebody else's.
//!
//! Whole answers, fields and rows; through the service that the HTTP layer calls.

use std::sync::Arc;

use inhouse::cache::{CacheSettings, Kind, MemoryLog};
use inhouse::db::models::{
    DraftChanges, DraftEventRow, DraftRoundChanges, DraftRoundRow, DraftRow, GameChanges, GameRow,
    LeagueChanges, LeagueOrganizationRow, LeagueRoleRow, LeagueRow, OrganizationChanges, OrganizationRow,
    TeamChanges, TeamMemberRow, TeamRow, TournamentChanges, TournamentPlayerRow, TournamentRow, UserChanges,
    UserRow,
};
use inhouse::db::{DbError, DbResult, UnitOfWork};
use inhouse::loader::ReadPath;
use inhouse::types::{
    DraftId, DraftRoundId, EntityId as _, GameId, GameStatus, LeagueId, OrganizationId, RoleKind, TeamId,
    TeamMembershipKind, TournamentId, UserId,
};
use rstest::rstest;
use serde_json::{Value, json};

use super::script::ScriptedLog;
use super::stage::{new_event, new_team, new_tournament};
use crate::support::sql::Sql;
use crate::support::{Community, TestApi, TestDb, user};

const PAGE: &str = include_str!("../../benches/queries/tournament_page.graphql");

/// What is asked, again and again.
const QUERIES: &[&str] = &[
    PAGE,
    "{ homeStats { tournamentCount gameCount organizationCount leagueCount } }",
    "{ viewer { email isStaff user { username email } activeDrafts { ... on ActivePlayerDraft
        { isMyTurn round { pickNumber } draft { version } } } } }",
    "{ users(first: 10) { totalCount nodes { username email mmr teams { name } } } }",
    "{ tournaments(first: 10) { totalCount nodes { name viewerCanEdit league { name } } } }",
    "{ leagues(first: 10) { totalCount nodes { name tournamentCount viewerRole viewerCanEdit
        admins { username } staff { username } organizations { name }
        games(first: 10) { totalCount nodes { status } } } } }",
    "{ organizations(first: 10) { totalCount nodes { name leagues { name } } } }",
    r#"{ tournaments(filter: { organizationId: "Organization:1" }) { totalCount nodes { name } } }"#,
    r#"{ user(id: "4") { username email tournaments { totalCount nodes { name } } recentGames { status } } }"#,
    r#"{ draft(id: "1") { version viewerCanPick viewerCanModerate predictions { style firstPickMmr imbalance }
        teams { totalMmr size } events { totalCount nodes { seq } } } }"#,
    r#"{ nodes(ids: ["Team:1", "Team:4", "Game:1", "User:5", "League:1"]) { id ... on Team { name size }
        ... on Game { status } ... on User { username email } ... on League { name } } }"#,
];

/// A service of a small community, with answers that tell what the cache did.
async fn serve(settings: CacheSettings) -> (TestApi, Community) {
    let test = TestDb::start().await;
    let it = Community::found(&test.db).await;
    let read_path = ReadPath::new(test.reopen(), test.cache(settings));
    let mut api = TestApi::through(test, read_path);
    api.wants_report = true;
    (api, it)
}

async fn write(api: &TestApi, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<()>) {
    let written: Result<_, DbError> = api.test.db.write(work).await;
    written.unwrap();
}

/// Data and status of an answer that comes from the cache or not: HIT or MISS.
async fn ask(api: &TestApi, query: &str) -> (Value, String) {
    let (answer, report) = api.reported(query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    (answer["data"].clone(), report["status"].as_str().unwrap().to_owned())
}

/// Makes the pick that is to be made: bob takes dan.
async fn pick(uow: &mut UnitOfWork, it: &Community) -> DbResult<()> {
    let (team_id, tournament_id, user_id) = (it.team_of_bob.id, it.tournament.id, it.dan.id);
    let picked = DraftRoundChanges { choice_id: Some(Some(user_id)), ..Default::default() };
    uow.update::<DraftRoundRow>(DraftRoundId(2), picked).await?;
    let kind = TeamMembershipKind::Member;
    uow.link(&TeamMemberRow { team_id, tournament_id, user_id, kind }).await?;
    let event = new_event(uow, it, 1);
    uow.insert::<DraftEventRow>(event).await?;
    uow.update::<DraftRow>(it.draft.id, DraftChanges { version: Some(1), ..Default::default() }).await?;
    Ok(())
}

/// One of the changes that tests make in turn.
async fn change(uow: &mut UnitOfWork, it: &Community, number: usize) -> DbResult<()> {
    let (team_id, tournament_id, user_id) = (TeamId(2), TournamentId(1), UserId(4));
    let named = |name: &str| Some(name.to_owned());
    match number {
        0 => pick(uow, it).await?,
        1 => {
            let changes = UserChanges {
                username: named("renamed"),
                mmr: Some(Some(7_000)),
                email: named("new@example.com"),
                ..Default::default()
            };
            uow.update::<UserRow>(user_id, changes).await?;
        }
        2 => {
            let renamed = TeamChanges { name: named("Renamed"), ..Default::default() };
            uow.update::<TeamRow>(TeamId(1), renamed).await?;
        }
        3 => drop(uow.insert::<TeamRow>(new_team("Fourth", it)).await?),
        4 => {
            let won = GameChanges {
                status: Some(GameStatus::Completed),
                winning_team_id: Some(Some(TeamId(1))),
                ..Default::default()
            };
            uow.update::<GameRow>(GameId(1), won).await?;
        }
        5 => {
            let role = LeagueRoleRow { league_id: LeagueId(1), user_id: UserId(4), role: RoleKind::Admin };
            uow.link(&role).await?;
        }
        6 => {
            let owner = OrganizationChanges { owner_id: Some(Some(UserId(2))), ..Default::default() };
            uow.update::<OrganizationRow>(OrganizationId(1), owner).await?;
        }
        7 => {
            let renamed = LeagueChanges { name: named("Renamed"), ..Default::default() };
            uow.update::<LeagueRow>(LeagueId(1), renamed).await?;
        }
        8 => {
            let tournament = uow.insert::<TournamentRow>(new_tournament("Summer Cup")).await?.id;
            uow.link(&TournamentPlayerRow { tournament_id: tournament, user_id }).await?;
        }
        9 => drop(uow.insert::<UserRow>(user("eve", None)).await?),
        10 => {
            let moved = TournamentChanges { league_id: Some(None), ..Default::default() };
            uow.update::<TournamentRow>(TournamentId(1), moved).await?;
        }
        11 => {
            let moved = TournamentChanges { league_id: Some(Some(LeagueId(1))), ..Default::default() };
            uow.update::<TournamentRow>(TournamentId(1), moved).await?;
        }
        12 => {
            let (league_id, organization_id) = (LeagueId(1), OrganizationId(1));
            uow.unlink(&LeagueOrganizationRow { league_id, organization_id }).await?;
        }
        13 => {
            let kind = TeamMembershipKind::Member;
            uow.unlink(&TeamMemberRow { team_id, tournament_id, user_id, kind }).await?;
        }
        14 => drop(uow.delete::<OrganizationRow>(OrganizationId(1)).await?),
        15 => drop(uow.delete::<UserRow>(UserId(5)).await?),
        16 => drop(uow.delete::<DraftRow>(DraftId(1)).await?),
        17 => drop(uow.delete::<TournamentRow>(TournamentId(1)).await?),
        18 => drop(uow.delete::<LeagueRow>(LeagueId(1)).await?),
        _ => panic!("there is no change {number}"),
    }
    Ok(())
}

#[rstest]
#[case::whole_answers(CacheSettings::default())]
#[case::rows_and_fields(CacheSettings { responses: false, ..CacheSettings::default() })]
#[case::hardly_any_room(CacheSettings { near_bytes: 1_000, ..CacheSettings::default() })]
#[tokio::test]
async fn after_every_kind_of_change_everybody_is_answered_as_without_a_cache(
    #[case] settings: CacheSettings,
) {
    let (mut api, it) = serve(settings).await;
    let disabled = CacheSettings { is_disabled: true, ..CacheSettings::default() };
    let mut uncached =
        TestApi::through(TestDb::start().await, ReadPath::new(api.test.reopen(), api.test.cache(disabled)));
    uncached.wants_report = true;
    let id = json!({ "id": it.tournament.id.to_global() });
    for number in 0..=18 {
        for (viewer, is_staff) in [(None, false), (Some(it.ann.id), false), (Some(it.bob.id), true)] {
            for api in [&mut api, &mut uncached] {
                match viewer {
                    Some(id) => api.log_in(id, is_staff),
                    None => api.log_out(),
                }
            }
            for query in QUERIES {
                let variables = if *query == PAGE { id.clone() } else { json!({}) };
                let (expected, _) = uncached.reported(query, variables.clone()).await;
                for _ in 0..2 {
                    let (answer, report) = api.reported(query, variables.clone()).await;
                    assert_eq!(answer, expected, "before change {number}, {viewer:?}: {report:#}");
                }
            }
        }
        write(&api, async |uow| change(uow, &it, number).await).await;
    }
}

#[tokio::test]
async fn a_private_field_answers_its_owner_and_staff_whoever_asked_before() {
    let query = r#"{ user(id: "1") { username email } }"#;
    let (ann, bob) = (UserId(1), UserId(2));
    let viewers = [(None, false), (Some(ann), false), (Some(bob), false), (Some(bob), true)];
    for rotation in 0..viewers.len() {
        let (mut api, _) = serve(CacheSettings::default()).await;
        let mut viewers = viewers;
        viewers.rotate_left(rotation);
        for expected_status in ["MISS", "HIT"] {
            for (viewer, is_staff) in viewers {
                match viewer {
                    Some(id) => api.log_in(id, is_staff),
                    None => api.log_out(),
                }
                let may_read = is_staff || viewer == Some(ann);
                let (data, status) = ask(&api, query).await;
                let email = if may_read { json!("ann@example.com") } else { Value::Null };
                assert_eq!(data["user"]["email"], email, "{viewer:?}");
                assert_eq!(status, expected_status, "{viewer:?}");
            }
        }
    }
}

#[tokio::test]
async fn rights_and_the_viewer_are_each_callers_own() {
    let (mut api, it) = serve(CacheSettings::default()).await;
    let query = r#"{ viewer { email } draft(id: "1") { viewerCanPick viewerCanModerate } }"#;
    let expected = [
        (None, json!({ "viewer": null, "draft": { "viewerCanPick": false, "viewerCanModerate": false } })),
        (
            Some(it.ann.id),
            json!({ "viewer": { "email": "ann@example.com" },
                "draft": { "viewerCanPick": true, "viewerCanModerate": true } }),
        ),
        (
            Some(it.dan.id),
            json!({ "viewer": { "email": "dan@example.com" },
                "draft": { "viewerCanPick": false, "viewerCanModerate": false } }),
        ),
    ];
    for expected_status in ["MISS", "HIT"] {
        for (viewer, answer) in &expected {
            match viewer {
                Some(id) => api.log_in(*id, false),
                None => api.log_out(),
            }
            assert_eq!(ask(&api, query).await, (answer.clone(), expected_status.to_owned()));
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_the_same_for_all_is_shared_by_all() {
    let (mut api, it) = serve(CacheSettings::default()).await;
    let query = r#"{ tournament(id: "1") { name } }"#;
    let (data, status) = ask(&api, query).await;
    assert_eq!(status, "MISS");
    api.log_in(it.ann.id, false);
    assert_eq!(ask(&api, query).await, (data, "HIT".to_owned()));
}

#[tokio::test]
async fn another_operation_or_other_variables_are_another_answer() {
    let (api, _) = serve(CacheSettings::default()).await;
    let query = "query($id: ID!) { user(id: $id) { username } }";
    for expected in ["MISS", "HIT"] {
        for (id, name) in [("1", "ann"), ("2", "bob")] {
            let (answer, report) = api.reported(query, json!({ "id": id })).await;
            assert_eq!(
                (&answer["data"]["user"]["username"], &report["status"]),
                (&json!(name), &json!(expected))
            );
        }
    }
}

#[tokio::test]
async fn what_is_true_at_one_instant_only_is_not_stored() {
    let (mut api, it) = serve(CacheSettings::default()).await;
    api.log_in(it.ann.id, false);
    for _ in 0..3 {
        let (data, status) = ask(&api, "{ viewer { needsMmrVerification } }").await;
        assert_eq!((data["viewer"]["needsMmrVerification"].is_boolean(), &*status), (true, "MISS"));
    }
}

#[tokio::test]
async fn an_answer_with_errors_is_not_stored() {
    let (api, _) = serve(CacheSettings::default()).await;
    for _ in 0..3 {
        let (answer, report) = api.reported(r#"{ user(id: "Team:1") { username } }"#, json!({})).await;
        assert_eq!((answer["errors"].is_array(), &report["status"]), (true, &json!("MISS")));
    }
    let mut sql = Sql::connect(&api.test.url).await;
    sql.execute("ALTER TABLE users RENAME TO people").await.unwrap();
    let query = r#"{ user(id: "1") { username } }"#;
    let (answer, _) = api.reported(query, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    sql.execute("ALTER TABLE people RENAME TO users").await.unwrap();
    let (data, _) = ask(&api, query).await;
    assert_eq!(data["user"]["username"], "ann");
}

#[tokio::test]
async fn a_report_tells_what_was_looked_up_and_what_changed() {
    let (api, _) = serve(CacheSettings::default()).await;
    let query = r#"{ user(id: "1") { username } }"#;
    ask(&api, query).await;
    let (_, report) = api.reported(query, json!({})).await;
    assert_eq!(report["byName"], json!({ "response graphql": { "near": 1, "far": 0, "miss": 0 } }));
    let changes = UserChanges { mmr: Some(Some(1)), ..Default::default() };
    write(&api, async |uow| uow.update::<UserRow>(UserId(1), changes).await.map(drop)).await;
    let (_, report) = api.reported(query, json!({})).await;
    let stale = report["stale"].as_array().unwrap();
    for expected in ["response graphql: object user 1 changed", "row user: object user 1 changed"] {
        assert!(stale.contains(&json!(expected)), "{report:#}");
    }
    assert_eq!((&report["queries"], &report["lookups"]["miss"]), (&json!(1), &json!(2)), "{report:#}");
    let counts = api.read_path.cache().counts().lookups[&(Kind::Response, "graphql")];
    assert_eq!((counts.n_near, counts.n_miss), (1, 2), "{counts:?}");
}

#[tokio::test]
async fn what_a_memo_was_made_from_is_what_every_field_that_takes_it_depends_on() {
    for settings in [CacheSettings::default(), CacheSettings { responses: false, ..Default::default() }] {
        let (api, it) = serve(settings).await;
        // The first field computes the facts, the last is cached by itself.
        let together = r#"{ draft(id: "1") { teams { totalMmr } available { totalCount }
            predictions { style firstPickMmr lastPickMmr } } }"#;
        let alone = r#"{ draft(id: "1") { predictions { style firstPickMmr lastPickMmr } } }"#;
        let (first, _) = ask(&api, together).await;
        assert_eq!(ask(&api, alone).await.0["draft"]["predictions"], first["draft"]["predictions"]);
        // dan is in the pool and on no team: the predictions know him by the facts alone.
        let changes = UserChanges { mmr: Some(Some(9_000)), ..Default::default() };
        write(&api, async |uow| uow.update::<UserRow>(it.dan.id, changes).await.map(drop)).await;
        let (second, _) = ask(&api, alone).await;
        assert_ne!(second["draft"]["predictions"], first["draft"]["predictions"]);
        assert_eq!(ask(&api, together).await.0["draft"]["predictions"], second["draft"]["predictions"]);
        write(&api, async |uow| pick(uow, &it).await).await;
        let (_, report) = api.reported(alone, json!({})).await;
        assert_eq!(report["byName"]["field draft.predictions"]["miss"], 1, "a pick: {report:#}");
    }
}

/// A service whose log is in the test's hands.
async fn scripted(settings: CacheSettings) -> (TestApi, Arc<ScriptedLog>) {
    let test = TestDb::start().await;
    Community::found(&test.db).await;
    let log = ScriptedLog::new();
    let read_path =
        ReadPath::new(test.reopen_with(MemoryLog::new()), test.cache_of(log.clone(), None, settings));
    let mut api = TestApi::through(test, read_path);
    api.wants_report = true;
    (api, log)
}

#[tokio::test]
async fn a_relaxed_field_is_not_checked_while_what_was_heard_is_young_and_a_fresh_one_always_is() {
    let relaxed_fields = vec!["homeStats".to_owned(), "tournaments".to_owned()];
    let (api, log) = scripted(CacheSettings { relaxed_fields, ..CacheSettings::default() }).await;
    let relaxed = ["{ homeStats { gameCount } }", "{ tournaments { totalCount } homeStats { gameCount } }"];
    let fresh = [r#"{ homeStats { gameCount } user(id: "1") { username } }"#, "{ users { totalCount } }"];
    for query in [relaxed, fresh].concat() {
        ask(&api, query).await;
    }
    // Everything is near: from here on nothing waits, and time stands unless it is moved.
    tokio::time::pause();
    api.read_path.cache().check().await.unwrap();
    let n_reads = async |query: &str| {
        log.take_journal();
        assert_eq!(ask(&api, query).await.1, "HIT");
        log.n_reads()
    };
    for (query, expected) in [(relaxed[0], 0), (relaxed[1], 0), (fresh[0], 1), (fresh[1], 1)] {
        assert_eq!(n_reads(query).await, expected, "{query}");
    }
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(n_reads(relaxed[0]).await, 1, "what was heard is a second old");
    assert_eq!(n_reads(relaxed[1]).await, 0);
}

#[tokio::test]
async fn while_the_log_is_away_answers_come_from_the_database_and_nothing_is_stored() {
    let (api, log) = scripted(CacheSettings::default()).await;
    let query = r#"{ user(id: "1") { mmr } draft(id: "1") { predictions { style } } }"#;
    ask(&api, query).await;
    log.set_away(true);
    let entries = api.read_path.cache().state().n_near_entries;
    for mmr in [1, 2] {
        // The log is not told: it could not be.
        let changes = UserChanges { mmr: Some(Some(mmr)), ..Default::default() };
        write(&api, async |uow| uow.update::<UserRow>(UserId(1), changes).await.map(drop)).await;
        let (data, status) = ask(&api, query).await;
        assert_eq!((&data["user"]["mmr"], &*status), (&json!(mmr), "BYPASS"));
    }
    assert_eq!(api.read_path.cache().state().n_near_entries, entries);
}
