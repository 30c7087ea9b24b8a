//! `inhouse doctor`: whether everything a server stands on is there, and where its jobs are; what is not, says what to do.
//!
//! Changes nothing: no database is made and no migration applied.

use anyhow::bail;
use jiff::SignedDuration;

use super::cache::{check, tell};
use super::lines::{Failure, Line, table};
use crate::app::{self, Backend, Store};
use crate::cache::Position;
use crate::config::Settings;
use crate::db::DatabaseUrl;
use crate::db::models::{JobRow, LeaseRow};
use crate::types::Instant;

/// The jobs that a server plans when it starts.
const ALWAYS: [&str; 1] = ["forget"];

/// The jobs that it plans if there is a bot.
const WITH_BOT: [&str; 1] = ["avatars"];

/// A job may be late by as much as processes spread their looks.
const LATE: SignedDuration = SignedDuration::from_mins(15);

const BOT: &str =
    "is the token right (Discord's developer page, Bot, Token), and can this machine reach discord.base_url?";
const LOGIN: &str =
    "set discord.client_id and discord.client_secret, both or neither: see `Log in` in the README";
const REDIS: &str = "is Redis running, and is REDIS_URL right? until it answers, reads go to the database";
const SERVER: &str = "start a server on this database: it makes up for what was missed";
const LOG: &str = "the log of the server that ran it knows more; it is tried again by itself";

/// Look at everything a server stands on; each line that is wrong says what to do
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Print the lines as JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let lines = examine(settings).await;
        tell(&lines, self.json, |lines| table(lines))?;
        match lines.iter().filter(|it| it.is_failure()).count() {
            0 => Ok(()),
            n => bail!("{n} of {} are not well", lines.len()),
        }
    }
}

async fn examine(settings: &Settings) -> Vec<Line> {
    let mut lines = vec![Line::of("settings", async { configuration(settings) }).await];
    let mut opened = None;
    let database = Line::of("database", async {
        let store = check::open(settings).await?;
        opened = Some(store);
        Ok(match &settings.db.url {
            DatabaseUrl::Sqlite(path) => format!("SQLite file {}, schema up to date", path.display()),
            DatabaseUrl::Postgres(_) => "PostgreSQL answers, schema up to date".to_owned(),
        })
    });
    lines.push(database.await);
    lines.push(match &opened {
        Some(store) if store.backend() == Backend::PostgresWithRedis => Line::of("redis", redis(store)).await,
        Some(_) => Line::skipped("redis", "none is set: one process serves"),
        None => Line::skipped("redis", "is looked at with the database"),
    });
    lines.push(discord(settings, opened.as_ref()).await);
    match &opened {
        Some(store) => lines.extend(jobs(settings, store).await),
        None => lines.push(Line::skipped("jobs", "are in the database")),
    }
    lines
}

fn configuration(settings: &Settings) -> Result<String, Failure> {
    let discord = &settings.auth.discord;
    if discord.client_id.is_empty() != discord.client_secret.is_empty() {
        return Err(Failure::new("one half of the login by Discord is set, the other is not", LOGIN));
    }
    let site =
        settings.auth.site(settings.listen).map_or_else(|| "no public_url".to_owned(), |it| it.to_string());
    let login = if discord.is_complete() { "login by Discord" } else { "no login by Discord" };
    Ok(format!("{site}, {login}"))
}

async fn redis(store: &Store) -> Result<String, Failure> {
    let tail = store.log().read(Position::ZERO).await.map_err(|error| Failure::of(error, REDIS))?;
    Ok(format!("answers; the change log has {} records", tail.records.len()))
}

/// Asks Discord who the bot is.
async fn discord(settings: &Settings, store: Option<&Store>) -> Line {
    if settings.auth.discord.bot_token.is_empty() {
        return Line::skipped(
            "discord",
            "no discord.bot_token: members, voice channels and avatars are switched off",
        );
    }
    let Some(store) = store else { return Line::skipped("discord", "is looked at with the database") };
    Line::of("discord", async {
        let bot = app::bot(settings, store).map_err(|error| Failure::of(error, BOT))?;
        let Some(bot) = bot else { return Ok("no bot".to_owned()) };
        let name = bot.client().own_name().await.map_err(|error| Failure::of(error, BOT))?;
        Ok(format!("knows the bot as {name}"))
    })
    .await
}

async fn jobs(settings: &Settings, store: &Store) -> Vec<Line> {
    let has_bot = !settings.auth.discord.bot_token.is_empty();
    let planned = ALWAYS.into_iter().chain(WITH_BOT.into_iter().filter(|_| has_bot));
    let mut lines = Vec::new();
    for name in planned {
        lines.push(Line::of(label(name), job(store, name)).await);
    }
    lines
}

fn label(job: &str) -> &'static str {
    if job == "avatars" { "job avatars" } else { "job forget" }
}

async fn job(store: &Store, name: &str) -> Result<String, Failure> {
    let lease = format!("job:{name}");
    let known = store
        .db
        .read(async |conn| Ok((JobRow::find(conn, name).await?, LeaseRow::find(conn, &lease).await?)));
    let (row, lease) = known.await.map_err(|error| Failure::of(error, SERVER))?;
    let Some(row) = row else { return Ok("was never planned: the next server that starts does".to_owned()) };
    standing(&row, lease.as_ref(), store.db.clock().now())
}

/// Where a job stands, in words.
fn standing(row: &JobRow, lease: Option<&LeaseRow>, now: Instant) -> Result<String, Failure> {
    let last = match (&row.message, row.finished_at) {
        (Some(message), Some(at)) => format!("last {}: {message}", short(at)),
        _ => "has not run yet".to_owned(),
    };
    if let Some(lease) = lease.filter(|it| it.expires_at > now) {
        let since = row.started_at.map(short).unwrap_or_default();
        return Ok(format!("runs since {since} in {}; {last}", lease.holder));
    }
    if row.n_failures > 0 {
        let says = format!("failed {} times, {last}; again {}", row.n_failures, short(row.next_run_at));
        return Err(Failure::new(says, LOG));
    }
    if row.next_run_at.saturating_add(LATE) < now {
        return Err(Failure::new(
            format!("was due {} and nobody ran it; {last}", short(row.next_run_at)),
            SERVER,
        ));
    }
    Ok(format!("next {}; {last}", short(row.next_run_at)))
}

fn short(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn row() -> JobRow {
        JobRow {
            name: "avatars".to_owned(),
            next_run_at: at("2026-11-24T04:00:00Z"),
            started_at: Some(at("2026-11-23T04:01:00Z")),
            finished_at: Some(at("2026-11-23T04:02:00Z")),
            n_failures: 0,
            message: Some("3 of 9 avatars changed".to_owned()),
            progress: None,
        }
    }

    #[test]
    fn a_job_that_is_late_or_failed_says_what_to_do() {
        let noon = at("2026-11-23T12:00:00Z");
        let last = "last 2026-11-23 04:02 UTC: 3 of 9 avatars changed";
        assert_eq!(standing(&row(), None, noon).unwrap(), format!("next 2026-11-24 04:00 UTC; {last}"));
        let late = standing(&row(), None, at("2026-11-24T04:15:01Z")).unwrap_err();
        assert_eq!(
            (late.says, late.advice),
            (format!("was due 2026-11-24 04:00 UTC and nobody ran it; {last}"), SERVER)
        );
        let failing = JobRow { n_failures: 2, ..row() };
        assert!(standing(&failing, None, noon).unwrap_err().says.starts_with("failed 2 times, last "));
    }

    #[test]
    fn a_job_that_runs_names_its_process_until_its_lease_is_over() {
        let lease = LeaseRow {
            name: "job:avatars".to_owned(),
            holder: "process 7 (x)".to_owned(),
            expires_at: at("2026-11-24T04:03:00Z"),
        };
        let told = standing(&row(), Some(&lease), at("2026-11-24T04:02:00Z")).unwrap();
        assert!(told.starts_with("runs since 2026-11-23 04:01 UTC in process 7 (x); last "), "{told}");
        assert!(standing(&row(), Some(&lease), at("2026-11-24T04:20:00Z")).is_err());
    }
}
