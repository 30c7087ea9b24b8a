//! Where the database is and how many connections to it this process may hold.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Settings of the database layer.
#[derive(Clone, Debug)]
pub struct DbSettings {
    /// Which database.
    pub url: DatabaseUrl,
    /// Most connections for reading (SQLite) or for everything (Postgres).
    pub pool_size: usize,
}

/// A database: a Postgres server, or a file of the embedded SQLite.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A connection string; holds a password, so it is never shown.
    Postgres(String),
    /// Path of the database file.
    Sqlite(PathBuf),
}

/// The text is no database URL.
#[derive(Debug, thiserror::Error)]
#[error("a database URL starts with `postgres://`, `postgresql://` or `sqlite:`")]
pub struct ParseDatabaseUrlError;

impl FromStr for DatabaseUrl {
    type Err = ParseDatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").ok_or(ParseDatabaseUrlError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() { Err(ParseDatabaseUrlError) } else { Ok(Self::Sqlite(PathBuf::from(path))) }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("Postgres(…)"),
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
        }
    }
}
