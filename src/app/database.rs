//! Opens the database that the settings name, and says in the words of the settings why it cannot.
//!
//! Shared by the server and the commands. Knows no table.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::cache::Discard;
use crate::db::{DatabaseUrl, Db, DbError, DbSettings};
use crate::types::SystemClock;

/// The database, as it is; a missing SQLite file is made when it is first used.
///
/// # Errors
/// The folder of the file cannot be made.
pub fn open(settings: &DbSettings) -> anyhow::Result<Db> {
    if let DatabaseUrl::Sqlite(path) = &settings.url {
        let folder = path.parent().unwrap_or(Path::new(""));
        make_private(folder).with_context(|| {
            format!(
                "cannot make the folder {}: choose another by --data-dir or DATABASE_URL",
                folder.display()
            )
        })?;
    }
    Db::open(settings, SystemClock.into(), Arc::new(Discard)).context("the database cannot be opened")
}

/// The database with its schema up to date.
///
/// # Errors
/// It cannot be opened, reached or migrated.
pub async fn open_migrated(settings: &DbSettings) -> anyhow::Result<Db> {
    let db = open(settings)?;
    let applied = db.migrate_up().await.map_err(|error| explain(error, settings))?;
    if applied > 0 {
        tracing::info!(applied, "the schema was brought up to date");
    }
    Ok(db)
}

/// What an error of the database means to whoever chose the settings.
pub(crate) fn explain(error: DbError, settings: &DbSettings) -> anyhow::Error {
    let context = match &settings.url {
        DatabaseUrl::Postgres(_) if error.is_unavailable() => {
            // The URL itself stays untold: it may hold a password.
            "cannot reach the PostgreSQL server: is it running, and is DATABASE_URL right?".to_owned()
        }
        DatabaseUrl::Sqlite(path) if error.is_unavailable() => {
            format!(
                "cannot open the database file {}: is it one, and may this user write it?",
                path.display()
            )
        }
        DatabaseUrl::Postgres(_) | DatabaseUrl::Sqlite(_) => "the schema cannot be changed".to_owned(),
    };
    anyhow!(error).context(context)
}

/// Makes a folder that only this user can look into: it will hold e-mail addresses and hashes of tokens.
fn make_private(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
