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
    /// The transaction was not committed: a step of it failed or was cut short, or the task of its commit died.
    #[error("the transaction was aborted")]
    Aborted,
}

/// Result of the database layer.
pub type DbResult<T> = Result<T, DbError>;

/// What SQLite says where a foreign key restricts a deletion; diesel has no kind for its code.
const RESTRICTED: &str = "FOREIGN KEY constraint failed";

/// What Postgres says as it closes a connection; diesel has no kind for it and hides the code.
const CLOSING: [&str; 3] =
    ["terminating connection", "the database system is shutting down", "the database system is starting up"];

/// What a statement is told that lost against others: a lock of SQLite not had in time, a deadlock of Postgres.
const TRANSIENT: [&str; 3] =
    ["database is locked", "deadlock detected", "canceling statement due to lock timeout"];

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
        let Self::Query(DieselError::DatabaseError(kind, info)) = self else { return false };
        matches!(
            kind,
            DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::RestrictViolation
        ) || info.message() == RESTRICTED
    }

    /// A row refers to one that is not there, or that another refers to is gone.
    #[must_use]
    pub fn is_dangling(&self) -> bool {
        let Self::Query(DieselError::DatabaseError(kind, info)) = self else { return false };
        matches!(kind, DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation)
            || info.message() == RESTRICTED
    }

    /// The database cannot be reached now, or others were in the way; trying later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Connect(_) => true,
            Self::Query(DieselError::DatabaseError(kind, info)) => {
                matches!(kind, DatabaseErrorKind::SerializationFailure)
                    || TRANSIENT.iter().any(|it| info.message().starts_with(it))
                    || self.is_lost()
            }
            _ => false,
        }
    }

    /// The connection broke, and nothing is known of the statement but that it was not answered.
    pub(super) fn is_lost(&self) -> bool {
        let Self::Query(DieselError::DatabaseError(kind, info)) = self else { return false };
        matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
            || CLOSING.iter().any(|it| info.message().starts_with(it))
    }
}
