//! Forgets what nobody needs any more: idempotency keys, sessions and leases that have expired.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Job, JobError, Run, Schedule};
use crate::db::models::ExpiredSessions;
use crate::db::{Db, DbError};

/// Expired rows do no harm but take room.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Forgets what has expired.
#[derive(Debug)]
pub struct ForgetJob(pub Db);

impl Job for ForgetJob {
    fn name(&self) -> &'static str {
        "forget"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(EVERY)
    }

    fn run<'a>(&'a self, _run: &'a Run) -> BoxFuture<'a, Result<String, JobError>> {
        Box::pin(async {
            let n_forgotten = forget(&self.0).await?;
            Ok(format!("{n_forgotten} keys, sessions and leases had expired"))
        })
    }
}

/// Forgets what has expired by now; returns how many keys, sessions and leases that were.
///
/// # Errors
/// The database failed.
pub async fn forget(db: &Db) -> Result<usize, DbError> {
    let forgotten = db.write(async |uow| {
        let n_calls = uow.forget_expired_calls().await?;
        let n_sessions = uow.bulk(ExpiredSessions).await?;
        let n_leases = uow.forget_expired_leases().await?;
        Ok::<_, DbError>(n_calls.saturating_add(n_sessions).saturating_add(n_leases))
    });
    Ok(forgotten.await?.0)
}
