//! Forgets what nobody needs any more: idempotency keys and sessions that have expired.
//!
//! Every serving process does it; a second one finds nothing left.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::db::models::ExpiredSessions;
use crate::db::{Db, DbError};
use crate::telemetry::chain;

/// Expired rows do no harm but take room.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Forgets until `stop`.
pub async fn forget_expired(db: Db, stop: CancellationToken) {
    loop {
        if let Err(error) = forget(&db).await {
            tracing::warn!(error = %chain(&error), "what has expired cannot be removed yet");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Forgets what has expired by now; returns how many keys and sessions that were.
///
/// # Errors
/// The database failed.
pub async fn forget(db: &Db) -> Result<usize, DbError> {
    let forgotten = db.write(async |uow| {
        let n_calls = uow.forget_expired_calls().await?;
        Ok::<_, DbError>(n_calls.saturating_add(uow.bulk(ExpiredSessions).await?))
    });
    Ok(forgotten.await?.0)
}
