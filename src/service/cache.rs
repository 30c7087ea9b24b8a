//! Invalidation by hand, after something wrote to the database past this program.
//!
//! Goes through a transaction like any change: a log that is away is told later, and no reader misses it.

use serde::Serialize;

use super::command::{Command, Tx};
use super::rejection::{CommandResult, Rejection};
use crate::cache::Dep;
use crate::db::models::{UnknownName, check_names};
use crate::db::{Db, DbError};
use crate::domain::policy::{Action, Scope};

/// Says what was changed behind the program's back. For superusers.
#[derive(Clone, Debug, Serialize)]
pub struct CacheInvalidate {
    /// What was changed.
    pub dep: Dep,
    /// Where in the caller's input its name is.
    #[serde(skip)]
    pub field: &'static [&'static str],
}

impl Command for CacheInvalidate {
    const NAME: &'static str = "cacheInvalidate";
    /// What is invalid now.
    type Outcome = Dep;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<Dep> {
        tx.authorize(Action::CacheInvalidate, &Scope::site())?;
        if let Err(unknown) = check_names(&self.dep) {
            return Err(Rejection::invalid(unknown.to_string(), self.field).into());
        }
        tx.uow.touch(self.dep.clone());
        Ok(self.dep)
    }
}

/// Nothing was invalidated.
#[derive(Debug, thiserror::Error)]
pub enum InvalidateError {
    /// It names nothing.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The database failed.
    #[error("the invalidation could not be stored")]
    Db(#[from] DbError),
}

/// Invalidates on behalf of whoever runs a command: they could write to the database itself.
///
/// # Errors
/// A dep names nothing, or the database failed.
pub async fn invalidate(db: &Db, deps: Vec<Dep>) -> Result<(), InvalidateError> {
    for dep in &deps {
        check_names(dep)?;
    }
    db.write(async |uow| {
        for dep in deps {
            uow.touch(dep);
        }
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(())
}
