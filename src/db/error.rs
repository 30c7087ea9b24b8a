//! What can go wrong between this program and its database, sorted by what a caller can do about it.
//!
//! The text of these errors is for the log: nothing in here may be shown to a client.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the database layer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had.
    #[error("no database connection")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement failed.
    #[error("database statement failed")]
    Query(#[source] DieselError),
    /// The stored data or the request cannot be expressed.
    #[error("{0}")]
    Invalid(String),
    /// The schema could not be brought up to date.
    #[error("migration failed")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The transaction's last step was lost with its task.
    #[error("the transaction was aborted")]
    Aborted,
}

/// Result of the database layer.
pub type DbResult<T> = Result<T, DbError>;

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        Self::Query(error)
    }
}

impl DbError {
    /// The name of the violated unique constraint (Postgres) or its columns (SQLite), if that is what failed.
    #[must_use]
    pub fn violated_unique(&self) -> Option<&str> {
        match self {
            Self::Query(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
                Some(info.constraint_name().unwrap_or_else(|| info.message()))
            }
            _ => None,
        }
    }

    /// A rule that the database keeps was broken: a check, a foreign key or a not-null column.
    #[must_use]
    pub fn is_rule_violation(&self) -> bool {
        matches!(
            self,
            Self::Query(DieselError::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::CheckViolation
                    | DatabaseErrorKind::NotNullViolation
                    | DatabaseErrorKind::RestrictViolation,
                _
            ))
        )
    }

    /// The database cannot be reached now; trying later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Connect(_)
                | Self::Query(DieselError::DatabaseError(
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                    _
                ))
        )
    }
}
