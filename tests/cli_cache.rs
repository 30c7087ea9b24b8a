//! `inhouse cache` as its user meets it, beside other processes on the same database.
//!
//! Runs the real binary; what the mutation of the same name does is tested with the API.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use inhouse::cache::Cache;
use inhouse::db::models::{UserChanges, UserRow};
use inhouse::db::{Db, DbError};
use inhouse::jobs::sweep_outbox;
use inhouse::loader::ReadPath;
use inhouse::types::UserId;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::sql::Sql;
use crate::support::{Backend, Ended, Folder, TestDb, keeps_entries, user};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `inhouse cache` on a database, with some variables as in `other`.
fn cache(test: &TestDb, arguments: &[&str], other: &[(&'static str, &str)]) -> Ended {
    let own = test.variables();
    let mut variables: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.retain(|(name, _)| !other.iter().any(|(it, _)| it == name));
    variables.extend(other);
    variables.retain(|(_, value)| !value.is_empty());
    Folder::new().run(&[&["cache"], arguments].concat(), &variables)
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// Name and status of each line of a check.
fn statuses(ended: &Ended) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    json(ended).as_array().unwrap().iter().map(|it| (text(&it["name"]), text(&it["status"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
}

async fn insert_user(db: &Db) -> UserId {
    let written: Result<_, DbError> =
        db.write(async |uow| uow.insert::<UserRow>(user("ann", None)).await).await;
    written.unwrap().0.id
}

async fn rename(db: &Db, id: UserId) {
    let changes = UserChanges { nickname: Some(Some("Ann".to_owned())), ..UserChanges::default() };
    let written: Result<_, DbError> = db.write(async |uow| uow.update::<UserRow>(id, changes).await).await;
    written.unwrap();
}

/// The statements that reading a user takes.
async fn read(test: &TestDb, read_path: &ReadPath, id: UserId) -> u64 {
    // A check after a long silence looks into the outbox.
    let as_of = read_path.cache().check().await;
    let before = test.db.n_statements();
    read_path.loaders(as_of).one::<UserRow>(id).await.unwrap().unwrap();
    test.db.n_statements() - before
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_check_says_line_by_line_that_everything_works() {
    let test = TestDb::start().await;
    let shared = if Backend::current() == Backend::Sqlite { "skipped" } else { "ok" };
    let expected = |invalidation| {
        pairs(&[
            ("database", "ok"),
            ("change log", "ok"),
            ("commit", "ok"),
            ("shared cache", shared),
            ("invalidation", invalidation),
        ])
    };
    let ended = cache(&test, &["check", "--json"], &[]);
    assert_eq!((ended.code, statuses(&ended)), (Some(0), expected("ok")), "{ended:?}");
    let ended = cache(&test, &["check", "--json", "--no-cache"], &[]);
    assert_eq!((ended.code, statuses(&ended)), (Some(0), expected("skipped")), "{ended:?}");
    let text = cache(&test, &["check"], &[("DISABLE_CACHE", "true")]);
    assert!(text.printed().contains("DISABLE_CACHE is set"), "{}", text.stdout);
    assert_eq!(text.printed().lines().count(), 5);
}

#[test]
fn a_check_of_no_database_fails_says_what_to_do_and_makes_none() {
    let folder = Folder::new();
    let ended = folder.run(&["cache", "check"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.starts_with("FAILED  database"), "{}", ended.stdout);
    assert!(ended.stdout.contains("there is no database at data/inhouse.db yet"), "{}", ended.stdout);
    assert!(ended.stdout.contains("run `inhouse migrate up`"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "error: 1 of 1 do not work\n");
    for command in [vec!["stats"], vec!["inspect", "user", "1"], vec!["invalidate", "everything"]] {
        let ended = folder.run(&[vec!["cache"], command].concat(), &[]);
        assert!(ended.complaint().starts_with("there is no database at data/inhouse.db yet"), "{ended:?}");
    }
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_check_without_redis_fails_and_an_invalidation_waits_for_it() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let test = TestDb::start().await;
    let away = format!("redis://:hunter2@127.0.0.1:{}", free_port());
    let ended = cache(&test, &["check"], &[("REDIS_URL", &away)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAILED  change log") && ended.stdout.contains("is REDIS_URL right?"));
    assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
    let ended = cache(&test, &["invalidate", "model", "user"], &[("REDIS_URL", &away)]);
    assert!(ended.printed().contains("they wait in the database"), "{ended:?}");
    assert_eq!(Sql::connect(&test.url).await.count("change_outbox").await, 1);
    let ended = cache(&test, &["stats", "--json"], &[("REDIS_URL", &away)]);
    let stats = json(&ended);
    assert_eq!(stats["outbox"]["n_waiting"], 1, "{stats}");
    assert!(stats["outbox"]["oldest_age_ms"].is_i64(), "{stats}");
    assert!(stats["log"]["unknown"].is_string(), "{stats}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_redis_a_check_asks_whether_a_server_takes_what_waits() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let test = TestDb::start().await;
    // Left out.
    let alone = [("REDIS_URL", "")];
    let ended = cache(&test, &["check", "--json"], &alone);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = |outbox| pairs(&[("database", "ok"), ("change log", "skipped"), ("outbox", outbox)]);
    assert_eq!(statuses(&ended), expected("failed"));
    let stop = CancellationToken::new();
    let sweeping = sweep_outbox(test.db.clone(), Cache::disabled(), stop.clone());
    let running = async {
        let ended = tokio::task::block_in_place(|| cache(&test, &["check", "--json"], &alone));
        stop.cancel();
        ended
    };
    let ((), ended) = tokio::join!(async { inhouse::telemetry::spawn(sweeping).await.unwrap() }, running);
    assert_eq!((ended.code, statuses(&ended)), (Some(0), expected("ok")), "{ended:?}");
    let ended = cache(&test, &["inspect", "user", "1"], &alone);
    assert!(ended.complaint().contains("x-cache-report"), "{ended:?}");
    let ended = cache(&test, &["invalidate", "everything"], &alone);
    assert!(ended.printed().ends_with("the server hears of it within a second\n"), "{ended:?}");
}

#[tokio::test]
async fn on_a_file_an_object_is_inspected_by_the_log_alone() {
    if Backend::current() == Backend::Postgres {
        return;
    }
    let test = TestDb::start().await;
    let id = insert_user(&test.db).await.to_string();
    let told = json(&cache(&test, &["inspect", "user", &id, "--json"], &[]));
    assert_eq!((&told["last_change"], &told["entry"]), (&"0-1".into(), &Value::Null), "{told}");
    assert!(told["note"].as_str().unwrap().contains("no shared cache"), "{told}");
    let told = json(&cache(&test, &["inspect", "user", "77", "--json"], &[]));
    assert_eq!((&told["last_change"], &told["position"]), (&Value::Null, &"0-1".into()), "{told}");
    let stats = json(&cache(&test, &["stats", "--json"], &[]));
    assert_eq!((&stats["log"]["n_records"], &stats["outbox"]), (&1.into(), &Value::Null), "{stats}");
    let ended = cache(&test, &["stats"], &[]);
    assert!(ended.printed().contains("change log    1 records\n"), "{}", ended.stdout);
}

#[tokio::test]
async fn with_redis_the_shared_entry_is_shown_and_why_it_is_not_served() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let test = TestDb::start().await;
    let id = insert_user(&test.db).await;
    let inspect = |id: &str| json(&cache(&test, &["inspect", "user", id, "--json"], &[]));
    let (pk, nobody) = (id.to_string(), "77".to_owned());
    assert_eq!(inspect(&pk)["entry"], Value::Null);
    let own = test.variables();
    let variables: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let folder = Folder::new();
    let server = folder.serve(&variables);
    for pk in [&pk, &nobody] {
        let path = format!("/graphql?query=%7Buser(id:%22{pk}%22)%7Busername%7D%7D");
        assert!(server.get(&path).unwrap().contains("200 OK"));
    }
    // Written behind the answer's back.
    let begin = Instant::now();
    while inspect(&nobody)["entry"].is_null() {
        assert!(begin.elapsed() < PATIENCE, "the entry is not written");
    }
    let told = inspect(&pk);
    let entry = &told["entry"];
    assert_eq!((&entry["is_valid"], &entry["row"]["username"]), (&true.into(), &"ann".into()), "{told}");
    assert_eq!((&entry["n_deps"], &entry["is_absent"]), (&3.into(), &false.into()), "{told}");
    assert!(entry["left_ms"].as_u64().unwrap() > 3_000_000 && told["last_change"].is_string(), "{told}");
    let absent = inspect(&nobody);
    assert_eq!((&absent["entry"]["is_absent"], &absent["entry"]["row"]), (&true.into(), &Value::Null));
    let stats = json(&cache(&test, &["stats", "--json"], &[]));
    assert_eq!(stats["shared_cache"]["entries"]["row user"], 2, "{stats}");
    assert!(stats["shared_cache"]["used_bytes"].is_u64() && stats["log"]["epoch"].is_string(), "{stats}");
    rename(&test.db, id).await;
    let told = inspect(&pk);
    assert_eq!(told["entry"]["is_valid"], false, "{told}");
    assert_eq!(told["entry"]["why_not"], format!("`object user {pk}` changed after it was computed"));
    assert_eq!(inspect(&nobody)["entry"]["is_valid"], true);
    let ended = cache(&test, &["inspect", "user", &pk], &[]);
    assert!(ended.printed().contains("valid         no: `object user"), "{}", ended.stdout);
}

#[tokio::test]
async fn what_is_invalidated_is_read_anew_by_other_processes() {
    if !keeps_entries() {
        return;
    }
    let test = TestDb::start().await;
    let id = insert_user(&test.db).await;
    let read_path = test.read_path();
    read(&test, &read_path, id).await;
    let pk = id.to_string();
    let cases: [(&[&str], u64); 6] = [
        (&["object", "user", "77"], 0),
        (&["object", "user", &pk], 1),
        (&["rows", "user"], 0),
        (&["model", "user"], 1),
        (&["related", "team.members", "5"], 0),
        (&["rows", "user", "everything"], 1),
    ];
    for (words, n_statements) in cases {
        assert_eq!(read(&test, &read_path, id).await, 0, "before {words:?}");
        let ended = cache(&test, &[&["invalidate"], words].concat(), &[]);
        assert!(ended.printed().starts_with(&format!("invalidated: {}", words[0])), "{ended:?}");
        assert_eq!(read(&test, &read_path, id).await, n_statements, "after {words:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_with_those_there_are() {
    let test = TestDb::start().await;
    let ended = cache(&test, &["invalidate", "model", "users"], &[]);
    let known = "there is no model `users`; there are api_token, draft, draft_event, ";
    assert!(ended.complaint().starts_with(known), "{ended:?}");
    let ended = cache(&test, &["inspect", "users", "5"], &[]);
    assert!(ended.complaint().starts_with(known), "{ended:?}");
    let ended = cache(&test, &["invalidate", "tournament", "5"], &[]);
    assert!(ended.complaint().starts_with("`tournament` begins nothing that can be invalidated: write "));
}
