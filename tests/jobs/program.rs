//! `inhouse avatars refresh`, `inhouse doctor` and `/metrics`, as an operator meets them.

use inhouse::db::DbError;
use inhouse::db::models::{NewUser, OrganizationRow, UserRow};
use serde_json::{Value, json};

use crate::discord::{FakeDiscord, TOKEN, Trouble, member};
use crate::support::{Ended, Folder, TestDb, organization, user};

/// A database with one user in a guild, and a Discord.
struct Stage {
    test: TestDb,
    fake: FakeDiscord,
}

impl Stage {
    async fn open() -> Self {
        let (test, fake) = (TestDb::start().await, FakeDiscord::start().await);
        let written = test.db.write(async |uow| {
            let new = NewUser { discord_id: Some("1001".to_owned()), ..user("ann", None) };
            let ann = uow.insert::<UserRow>(new).await?;
            let mut new = organization("DTX", ann.id);
            new.discord_server_id = Some("7".to_owned());
            uow.insert::<OrganizationRow>(new).await.map(drop)
        });
        written.await.map_err(|error: DbError| error).unwrap();
        let mut ann = member(1_001, "ann");
        ann["user"]["avatar"] = json!("new");
        fake.set_members("7", vec![ann]);
        Self { test, fake }
    }

    /// The settings of a program on this database, with the bot.
    fn variables(&self, token: &str) -> Vec<(&'static str, String)> {
        let mut variables = self.test.variables();
        variables.push(("INHOUSE_DISCORD_BASE_URL", self.fake.url.clone()));
        variables.push(("INHOUSE_DISCORD_BOT_TOKEN", token.to_owned()));
        variables.push(("INHOUSE_LOG", "trace".to_owned()));
        variables
    }

    /// Runs the program to its end, while Discord goes on answering.
    async fn run(&self, arguments: &'static [&'static str], token: &str) -> Ended {
        let variables = self.variables(token);
        let running = tokio::task::spawn_blocking(move || {
            let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Folder::new().run(arguments, &variables)
        });
        let ended = running.await.unwrap();
        for text in [&ended.stdout, &ended.stderr] {
            assert!(token.is_empty() || !text.contains(token), "{text}");
        }
        ended
    }
}

/// The line of this name.
fn line<'a>(lines: &'a Value, name: &str) -> &'a Value {
    let found = lines.as_array().unwrap().iter().find(|it| it["name"] == json!(name));
    found.unwrap_or_else(|| panic!("no line {name}: {lines:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn avatars_are_refreshed_by_hand_and_the_doctor_tells_of_it() {
    let stage = Stage::open().await;
    let ended = stage.run(&["avatars", "refresh"], TOKEN).await;
    assert_eq!(ended.printed(), "1 of 1 avatars changed; 1 members of 1 guilds\n");
    let ended = stage.run(&["doctor", "--json"], TOKEN).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line(&lines, "discord")["says"], "knows the bot as inhouse-bot");
    assert_eq!(line(&lines, "database")["status"], "ok");
    let told = line(&lines, "job avatars")["says"].as_str().unwrap();
    assert!(
        told.starts_with("next ") && told.ends_with(": 1 of 1 avatars changed; 1 members of 1 guilds"),
        "{told}"
    );
    assert_eq!(line(&lines, "job forget")["says"], "was never planned: the next server that starts does");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_fails_says_so_and_the_doctor_says_what_to_do() {
    let stage = Stage::open().await;
    stage.fake.lasting(Some(Trouble::Throttled(3_600.0, false)));
    let ended = stage.run(&["avatars", "refresh"], TOKEN).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let expected =
        "the members of 1 of 1 guilds could not be had: Discord is asked too often: what was written stays";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    stage.fake.lasting(None);
    let ended = stage.run(&["doctor"], "another-token").await;
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(ended.stdout.contains("FAILED  discord"), "{}", ended.stdout);
    assert!(ended.stdout.contains("Discord refused: status 401"), "{}", ended.stdout);
    assert!(ended.stdout.contains("is the token right"), "{}", ended.stdout);
    assert!(ended.stdout.contains("failed 1 times"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bot_the_refresh_names_the_setting_and_nothing_is_unwell() {
    let stage = Stage::open().await;
    let ended = stage.run(&["avatars", "refresh"], "").await;
    assert!(
        ended.stderr.contains("there is no bot at Discord: set INHOUSE_DISCORD_BOT_TOKEN"),
        "{}",
        ended.stderr
    );
    let ended = stage.run(&["doctor", "--json"], "").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line(&lines, "discord")["status"], "skipped");
    assert!(!lines.to_string().contains("job avatars"));
    assert_eq!(stage.fake.n_asked(), 0);
}

#[test]
fn the_doctor_makes_no_database_and_says_how_to() {
    let folder = Folder::new();
    let ended = folder.run(&["doctor"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("there is no database at data/inhouse.db yet"), "{}", ended.stdout);
    assert!(ended.stdout.contains("run `inhouse migrate up`"), "{}", ended.stdout);
    assert_eq!(folder.names(), Vec::<String>::new());
    let half = folder.run(&["doctor"], &[("INHOUSE_DISCORD_CLIENT_ID", "1234")]);
    assert!(half.stdout.contains("one half of the login by Discord is set"), "{}", half.stdout);
}

#[test]
fn the_metrics_page_tells_of_cache_and_jobs() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    server.ask("{ organizations { nodes { name } } }");
    let page = server.get("/metrics").unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("text/plain; version=0.0.4"), "{page}");
    for line in
        ["inhouse_cache_checks_total ", "inhouse_cache_lookups_total{kind=", "inhouse_cache_log_lost 0"]
    {
        assert!(page.contains(line), "{line}\n{page}");
    }
    let begin = std::time::Instant::now();
    while !server.get("/metrics").unwrap().contains("inhouse_job_last_run_timestamp_seconds{job=\"forget\"}")
    {
        assert!(
            begin.elapsed() < std::time::Duration::from_secs(60),
            "the job of a fresh server runs at once"
        );
        std::thread::yield_now();
    }
}
