//! The one server of a PostgreSQL database without Redis: its change log is its own, so nobody may serve beside it.
//!
//! Commands may run beside it: what they change reaches it through the outbox.

use diesel::sql_types::Bool;
use diesel_async::AsyncPgConnection;

use super::Db;
use super::dsl::*;
use super::error::DbResult;

/// Half of the lock's number; chosen once, unlike those of other programs.
const LOCK: &str = "pg_try_advisory_lock(1768843123, 1)";

/// A lock that lives as long as its connection.
#[must_use = "dropped, it lets another server in"]
pub struct ServerLock {
    _session: Option<AsyncPgConnection>,
}

impl Db {
    /// Takes the lock of the only server; `None` if another process has it. On SQLite there is nothing to lock: all
    /// processes share the file's log.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_server(&self) -> DbResult<Option<ServerLock>> {
        if self.keeps_outbox() {
            return Ok(Some(ServerLock { _session: None }));
        }
        let mut session = self.writer().await?.into_postgres()?;
        let is_ours: bool = diesel::select(diesel::dsl::sql::<Bool>(LOCK)).get_result(&mut session).await?;
        Ok(is_ours.then_some(ServerLock { _session: Some(session) }))
    }
}

impl std::fmt::Debug for ServerLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerLock")
    }
}
