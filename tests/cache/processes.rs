//! Several processes on one database, the real program among them: none serves what another has changed.
//!
//! Nothing here waits for time to pass, but where the program itself looks for changes time and again.

use inhouse::cache::CacheSettings;
use inhouse::db::models::{OrganizationRow, TournamentChanges, TournamentRow, UserChanges, UserRow};
use inhouse::db::{DatabaseUrl, DbError};
use inhouse::types::UserId;
use serde_json::{Value, json};

use super::stage::new_tournament;
use crate::support::survey::Reader;
use crate::support::{Folder, Server, TestApi, TestDb, organization, user};

const QUERY: &str =
    "{ homeStats { tournamentCount gameCount } tournaments(first: 5, orderBy: { field: NAME, direction: ASC })
    { totalCount nodes { name playerCount teams { name members { username } } } } }";

/// A program of its own on the database of a test.
struct Program<'a> {
    folder: Folder,
    test: &'a TestDb,
}

impl<'a> Program<'a> {
    fn on(test: &'a TestDb) -> Self {
        Self { folder: Folder::new(), test }
    }

    fn with<T>(&self, more: &[(&str, &str)], run: impl FnOnce(&Folder, &[(&str, &str)]) -> T) -> T {
        let variables = self.test.variables();
        let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
        run(&self.folder, &variables.chain(more.iter().copied()).collect::<Vec<_>>())
    }

    fn serve(&self) -> Server {
        self.with(&[], Folder::serve)
    }

    /// Imports a file of the predecessor, to the end.
    fn import(&self, name: &str, more: &[(&str, &str)]) {
        let file = format!("{}/tests/data/predecessor/{name}", env!("CARGO_MANIFEST_DIR"));
        self.with(more, |folder, variables| folder.run(&["import", &file], variables).printed().to_owned());
    }
}

fn count(data: &Value) -> &Value {
    &data["homeStats"]["tournamentCount"]
}

#[tokio::test]
async fn what_a_command_imports_is_in_the_next_answer_of_every_server_and_of_this_process() {
    let test = TestDb::start().await;
    let programs = [Program::on(&test), Program::on(&test), Program::on(&test)];
    let servers = [programs[0].serve(), programs[1].serve()];
    let here = test.read_path_with(CacheSettings::default());
    let here = TestApi::through(TestDb::start().await, here);
    for (n_known, file) in ["tournament-1.json", "tournament-2.json", "tournament-51.json"].iter().enumerate()
    {
        for server in &servers {
            server.ask(QUERY);
            let (data, report) = server.ask(QUERY);
            assert_eq!((count(&data), &report["status"]), (&json!(n_known), &json!("HIT")), "{report:#}");
        }
        assert_eq!(count(&here.data(QUERY).await), n_known);
        programs[2].import(file, &[]);
        let (first, _) = servers[0].ask(QUERY);
        assert_eq!(count(&first), n_known + 1);
        assert_eq!(servers[1].ask(QUERY).0, first);
        assert_eq!(here.data(QUERY).await, first);
    }
}

#[tokio::test]
async fn what_this_process_writes_is_in_the_next_answer_of_every_server() {
    let test = TestDb::start().await;
    let programs = [Program::on(&test), Program::on(&test)];
    let servers = [programs[0].serve(), programs[1].serve()];
    let new: Result<_, DbError> =
        test.db.write(async |uow| uow.insert::<TournamentRow>(new_tournament("Cup 0")).await).await;
    let id = new.unwrap().0.id;
    for n in 0..20 {
        for server in &servers {
            let (data, _) = server.ask(QUERY);
            assert_eq!(data["tournaments"]["nodes"][0]["name"], format!("Cup {n}"));
        }
        let changes = TournamentChanges { name: Some(format!("Cup {}", n + 1)), ..Default::default() };
        let written: Result<_, DbError> =
            test.db.write(async |uow| uow.update::<TournamentRow>(id, changes).await).await;
        written.unwrap();
    }
}

#[tokio::test]
async fn a_command_that_uses_no_cache_tells_the_others_all_the_same() {
    let test = TestDb::start().await;
    let (serving, importing) = (Program::on(&test), Program::on(&test));
    let server = serving.serve();
    server.ask(QUERY);
    assert_eq!(server.ask(QUERY).1["status"], "HIT");
    importing.import("tournament-2.json", &[("DISABLE_CACHE", "true")]);
    assert_eq!(count(&server.ask(QUERY).0), 1);
}

#[tokio::test]
async fn a_server_that_uses_no_cache_answers_from_the_database_and_its_neighbours_are_right() {
    let test = TestDb::start().await;
    let programs = [Program::on(&test), Program::on(&test), Program::on(&test)];
    let server = programs[0].with(&[("DISABLE_CACHE", "true")], Folder::serve);
    let other = programs[1].serve();
    for (n_known, file) in ["tournament-2.json", "tournament-51.json"].iter().enumerate() {
        for _ in 0..2 {
            let (data, report) = server.ask(QUERY);
            assert_eq!((count(&data), &report["status"]), (&json!(n_known), &json!("BYPASS")));
        }
        other.ask(QUERY);
        assert_eq!(other.ask(QUERY).1["status"], "HIT");
        programs[2].import(file, &[]);
        assert_eq!(
            (count(&server.ask(QUERY).0), count(&other.ask(QUERY).0)),
            (&json!(n_known + 1), &json!(n_known + 1))
        );
    }
}

#[tokio::test]
async fn two_handles_of_this_process_hear_of_each_others_changes() {
    let test = TestDb::start().await;
    let (one, other) = (Reader::start(&test), Reader::start(&test));
    let new = async |uow: &mut inhouse::db::UnitOfWork| -> Result<_, DbError> {
        let ann = uow.insert::<UserRow>(user("ann", Some(0))).await?.id;
        uow.insert::<OrganizationRow>(organization("DTX", ann)).await
    };
    test.db.write(new).await.unwrap();
    for n in 0..50 {
        let writer = if n % 2 == 0 { &one } else { &other };
        let changes = UserChanges { mmr: Some(Some(n)), ..Default::default() };
        let written: Result<_, DbError> =
            writer.db.write(async |uow| uow.update::<UserRow>(UserId(1), changes).await).await;
        written.unwrap();
        for reader in [&one, &other] {
            let seen = reader.loaders().await.one::<UserRow>(UserId(1)).await.unwrap();
            assert_eq!(seen.unwrap().mmr, Some(n));
        }
    }
}

/// A program on the database of a Postgres test, without Redis; none where there is no Postgres.
fn without_redis(test: &TestDb) -> Option<[(&'static str, String); 1]> {
    match &test.url {
        DatabaseUrl::Sqlite(_) => None,
        DatabaseUrl::Postgres(url) => Some([("DATABASE_URL", url.clone())]),
    }
}

#[tokio::test]
async fn without_redis_a_second_server_does_not_start_and_says_what_to_do() {
    let test = TestDb::start().await;
    let Some(variables) = without_redis(&test) else { return };
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (first, second) = (Folder::new(), Folder::new());
    let server = first.serve(&variables);
    let ended = second.run(&["serve", "--listen", "127.0.0.1:0", "--no-demo"], &variables);
    assert!(ended.stderr.contains("REDIS_URL") && ended.stderr.contains("another server"), "{ended:?}");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(server.get("/readyz").unwrap().starts_with("HTTP/1.1 200"), "the first one is not disturbed");
    server.signal("TERM");
    assert_eq!(server.code(), Some(0));
    drop(second.serve(&variables));
}

#[tokio::test]
async fn without_redis_the_server_finds_what_a_command_imported() {
    let test = TestDb::start().await;
    let Some(variables) = without_redis(&test) else { return };
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (serving, importing) = (Folder::new(), Folder::new());
    let server = serving.serve(&variables);
    server.ask(QUERY);
    assert_eq!(server.ask(QUERY).1["status"], "HIT");
    let file = format!("{}/tests/data/predecessor/tournament-2.json", env!("CARGO_MANIFEST_DIR"));
    importing.run(&["import", &file], &variables).printed();
    // It looks for changes twice a second.
    server.until_answers(QUERY, |data| count(data) == 1);
}
