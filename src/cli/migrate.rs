//! `inhouse migrate`: the schema of the database, without a server.

use anyhow::bail;

use super::output;
use crate::app::{self, Role, Store};
use crate::config::Settings;
use crate::db::DatabaseUrl;

/// What to do with the schema.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub(super) enum Migrate {
    /// Apply every pending migration (the server does so when it starts)
    Up,
    /// Revert every migration: everything stored is deleted
    Down {
        /// Yes, delete everything stored
        #[arg(long)]
        yes: bool,
    },
    /// Tell how many migrations are pending
    Status,
}

impl Migrate {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let done = match self {
            Self::Up => {
                let store = Store::open(settings, Role::Command)?;
                match store.migrate_up().await.map_err(|error| app::explain(error, &settings.db))? {
                    0 => "the schema was up to date".to_owned(),
                    applied => format!("{} applied", counted(applied)),
                }
            }
            Self::Down { yes: false } => {
                bail!("this deletes everything stored: say so with `migrate down --yes`")
            }
            Self::Down { yes: true } => {
                let db = Store::open(settings, Role::Command)?.db;
                let reverted = db.migrate_down().await.map_err(|error| app::explain(error, &settings.db))?;
                format!("{} reverted", counted(reverted))
            }
            Self::Status => status(settings).await?,
        };
        output::say(&format!("{done}\n"))
    }
}

async fn status(settings: &Settings) -> anyhow::Result<String> {
    // Asking must not make a database.
    if let DatabaseUrl::Sqlite(path) = &settings.db.url
        && !path.exists()
    {
        return Ok(format!("there is no database at {} yet", path.display()));
    }
    let pending = Store::open(settings, Role::Command)?.db.pending_migrations().await;
    Ok(match pending.map_err(|error| app::explain(error, &settings.db))? {
        0 => "the schema is up to date".to_owned(),
        pending => format!("{} pending", counted(pending)),
    })
}

fn counted(n: usize) -> String {
    if n == 1 { "1 migration".to_owned() } else { format!("{n} migrations") }
}
