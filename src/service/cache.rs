//! Invalidation by hand, after something wrote to the database past this program.
//!
//! Goes through a transaction like any change: a log that is away is told later, and no reader misses it.

use crate::cache::Dep;
use crate::db::models::{UnknownName, check_names};
use crate::db::{Db, DbError};
use crate::domain::policy::{Action, Refusal, Scope, authorize};
use crate::types::Viewer;

/// Says what was changed behind the program's back.
#[derive(Clone, Debug)]
pub struct CacheService {
    db: Db,
}

/// Nothing was invalidated.
#[derive(Debug, thiserror::Error)]
pub enum InvalidateError {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It names nothing.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The database failed.
    #[error("the invalidation could not be stored")]
    Db(#[from] DbError),
}

impl CacheService {
    /// Invalidations in the outbox of `db`.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Invalidates on behalf of a caller.
    ///
    /// # Errors
    /// The caller is no superuser, the dep names nothing, or the database failed.
    pub async fn invalidate(&self, viewer: &Viewer, dep: Dep) -> Result<(), InvalidateError> {
        authorize(viewer, Action::CacheInvalidate, &Scope::site())?;
        invalidate(&self.db, vec![dep]).await
    }
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
