//! Whether this process can serve: the database answers, its schema is current, nobody asked it to stop.
//!
//! The cause of a failure goes to the log; a probe is told names only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::db::Db;
use crate::graphql::error::chain;
use crate::http::{Check, Readiness};

/// A database that takes longer counts as away: probes have short limits of their own.
const PATIENCE: Duration = Duration::from_secs(1);

/// The readiness of a server on a database.
#[derive(Debug)]
pub(super) struct ServerReadiness {
    db: Db,
    /// Looked at once: the schema of a running server changes by its successor only, which must fit both.
    is_schema_current: bool,
    is_draining: AtomicBool,
}

impl ServerReadiness {
    pub(super) fn new(db: Db, is_schema_current: bool) -> Self {
        Self { db, is_schema_current, is_draining: AtomicBool::new(false) }
    }

    /// From now on the process is about to stop.
    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    async fn database_answers(&self) -> bool {
        match tokio::time::timeout(PATIENCE, self.db.ping()).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "the database does not answer"),
            Err(_elapsed) => tracing::warn!("the database does not answer in time"),
        }
        false
    }
}

impl Readiness for ServerReadiness {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        Box::pin(async {
            vec![
                Check { name: "database", ok: self.database_answers().await },
                Check { name: "migrations", ok: self.is_schema_current },
            ]
        })
    }

    fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
