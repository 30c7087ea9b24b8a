//! What stops an import while it is written, with the place in the file that was being worked on.
//!
//! The text is for the person who runs the import; what the database said stays in the source of the error.

use crate::db::DbError;
use crate::domain::import::{At, Report};

/// Why an import ended early (DOMAIN §9.3 rule 1).
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", place(at))]
pub struct ImportFailure {
    /// The object that could not be imported.
    pub at: At,
    /// Why, in one sentence.
    pub message: String,
    /// The planner's notes, and what the transactions before the failed one did; they stand unless this was a dry run.
    pub report: Box<Report>,
    /// What the database said, if it was the database.
    #[source]
    pub cause: Option<DbError>,
}

/// The place in front of the message; a run that fails before its first object has none.
fn place(at: &At) -> String {
    if at.file.is_empty() { String::new() } else { format!("{at}: ") }
}

/// A fault before it is known where it happened.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database failed or refused.
    Db(DbError),
    /// A rule of this module refuses.
    Refused(String),
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// A fault with its place; without one when the transaction itself failed.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) at: Option<At>,
    pub(crate) fault: Fault,
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self { at: None, fault: Fault::Db(error) }
    }
}

impl Stop {
    /// The failure to hand out; `unit` is what the transaction was about.
    pub(crate) fn into_failure(self, unit: &At, report: Report) -> ImportFailure {
        let at = self.at.unwrap_or_else(|| unit.clone());
        let (message, cause) = match self.fault {
            Fault::Refused(message) => (message, None),
            Fault::Db(error) => (describe(&error), Some(error)),
        };
        ImportFailure { at, message, report: Box::new(report), cause }
    }
}

fn describe(error: &DbError) -> String {
    if let Some(rule) = error.violated_unique() {
        return format!("something here is in its way ({rule})");
    }
    if error.is_rule_violation() {
        return "it breaks a rule of the database".to_owned();
    }
    error.to_string()
}
