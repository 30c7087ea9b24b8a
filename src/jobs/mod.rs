//! Work that goes on beside requests: by the clock, each job by one process at a time; and the sweeper, which every
//! serving process needs for itself, twice a second.
//!
//! Starts work that lives elsewhere, and decides when.

mod avatars;
mod forget;
mod runner;
mod schedule;
mod sweep;

use crate::db::models::JobRow;
use crate::db::{Db, DbResult};

pub use avatars::{AvatarJob, TellAvatars};
pub use forget::{ForgetJob, forget};
pub use runner::{Job, JobError, Looked, Run, Runner};
pub use schedule::Schedule;
pub use sweep::sweep_outbox;

/// Tells the metrics where every job stands, whichever process ran it.
///
/// # Errors
/// The database failed.
pub async fn observe(db: &Db) -> DbResult<()> {
    db.read(async |conn| JobRow::all(conn).await).await?.iter().for_each(runner::stands);
    Ok(())
}
