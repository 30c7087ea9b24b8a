//! `inhouse import`: files of the predecessor into the database, or an error and nothing.
//!
//! All files are read and checked before the database is opened.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::app::{Role, Store};
use crate::config::Settings;
use crate::domain::import::{PlanOptions, Report, plan};
use crate::service::import::{ImportMode, ImportService, Progress, SOURCE};

/// What to import, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// JSON files: tournaments, brackets, the users feed
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Tell what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Let unfinished drafts go on here; otherwise they are imported as completed
    #[arg(long)]
    resume_drafts: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let files = self.files.iter().map(|it| read(it)).collect::<anyhow::Result<Vec<_>>>()?;
        let plan = plan(&files, PlanOptions { resume_drafts: self.resume_drafts })?;
        let db = Store::open_migrated(settings, Role::Command).await?.db;
        let bar = progress_bar()?;
        let advance = |progress: Progress<'_>| {
            bar.set_length(u64::try_from(progress.n_total).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(progress.n_done).unwrap_or(u64::MAX));
        };
        let mode = if self.dry_run { ImportMode::DryRun } else { ImportMode::Apply };
        let outcome = ImportService::new(db, SOURCE).import(&plan, mode, &advance).await;
        bar.finish_and_clear();
        match outcome {
            Ok(report) => output::say(&self.told(&report)?),
            Err(failure) => {
                // What came before the fault stands, so it is told even now.
                output::say(&self.told(&failure.report)?)?;
                Err(failure.into())
            }
        }
    }

    fn told(&self, report: &Report) -> anyhow::Result<String> {
        if self.json {
            let json =
                serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?;
            return Ok(format!("{json}\n"));
        }
        let ending = if self.dry_run { "dry run: nothing was written\n" } else { "" };
        Ok(format!("{report}{ending}"))
    }
}

fn read(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("{name} cannot be read"))?;
    Ok((name, bytes))
}

/// Drawn on standard error, and only where it is a terminal.
fn progress_bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("importing {bar:30} {pos}/{len}")
        .context("the progress bar cannot be drawn")?;
    Ok(ProgressBar::new(0).with_style(style))
}
