//! Finds the changes whose writers could not tell the change log, and tells it.
//!
//! Two looks make a second: what a process cannot tell, the others know by then.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cache::Cache;
use crate::db::{Db, Sweeper};
use crate::telemetry::chain;

/// A row that two looks saw is left behind.
const EVERY: Duration = Duration::from_millis(500);

/// So long a writer may take between telling that it is about to commit and telling that it has.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sweeps until `stop`.
pub async fn sweep_outbox(db: Db, cache: Cache, stop: CancellationToken) {
    let mut sweeper = Sweeper::new(db);
    let mut is_failing = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let swept = match sweeper.sweep().await {
            Ok(n_told) => {
                sweeper.end_orphans(cache.open_for(PATIENCE)).await.map(|n_ended| (n_told, n_ended))
            }
            Err(error) => Err(error),
        };
        cache.note_backlog(sweeper.n_left_behind());
        match swept {
            Ok((0, 0)) => is_failing = false,
            Ok((n_told, n_ended)) => {
                is_failing = false;
                tracing::info!(n_told, n_ended, "changes that were left behind are told");
            }
            Err(error) => {
                // A log that does not take what was committed cannot be believed when it says that nothing changed.
                cache.distrust();
                if !is_failing {
                    tracing::warn!(error = %chain(&error), "changes that were left behind cannot be told yet");
                }
                is_failing = true;
            }
        }
    }
}
