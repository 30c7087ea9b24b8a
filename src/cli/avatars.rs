//! `inhouse avatars`: the daily refresh of avatars, by hand.
//!
//! Takes the lease of the job, so that it never runs beside it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::app::{self, Role, Store};
use crate::config::Settings;
use crate::discord::AvatarReport;
use crate::jobs::{AvatarJob, Looked, Runner};
use crate::types::Jitter;

/// The bar moves even while Discord takes its time.
const TICK: Duration = Duration::from_millis(100);

/// What to do with avatars.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Avatars {
    /// Take over every avatar that changed at Discord, as a server does once a day
    ///
    /// Asks Discord for the members of each organization's server, unless that was done within the hour, and writes only
    /// what differs. Broken off, it goes on where it was.
    Refresh,
}

impl Avatars {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let Self::Refresh = self;
        let store = Store::open_migrated(settings, Role::Command).await?;
        let Some(bot) = app::bot(settings, &store)? else {
            bail!(
                "there is no bot at Discord: set INHOUSE_DISCORD_BOT_TOKEN, or discord.bot_token in the file"
            );
        };
        let bar = progress_bar()?;
        let shown = bar.clone();
        let tell = move |report: &AvatarReport| {
            shown.set_length(u64::try_from(report.n_guilds).unwrap_or(u64::MAX));
            shown.set_position(u64::try_from(report.done.len()).unwrap_or(u64::MAX));
            shown.set_message(format!("{} users, {} changed", report.n_users, report.n_changed));
        };
        let job = AvatarJob::new(store.db.clone(), bot, Box::new(tell));
        let looked = Runner::new(store.db.clone(), Jitter::fixed(0.0)).run_now(&job).await;
        bar.finish_and_clear();
        match looked.map_err(|error| app::explain(error, &settings.db))? {
            Looked::Done { message } => output::say(&format!("{message}\n")),
            Looked::Failed { message } => {
                bail!("{message}: what was written stays, and the next refresh goes on behind it")
            }
            Looked::Running { until } => bail!(
                "another process refreshes them right now: wait for it (if it died, try again after {until})"
            ),
            Looked::Lost | Looked::NotDue { .. } => bail!("another process took the refresh over"),
        }
    }
}

/// Drawn on standard error, and only where it is a terminal.
fn progress_bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{spinner} Discord servers {bar:30} {pos}/{len}  {msg}")
        .context("the progress bar cannot be drawn")?;
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(TICK);
    Ok(bar)
}
