//! Leases and jobs: who may do something that only one may do, and what became of it.
//!
//! Queues nothing: nothing that is cached depends on either.

use serde_json::Value;

use super::UnitOfWork;
use crate::db::error::DbResult;
use crate::db::models::{JobEnd, JobRow, LeaseClaim, Taken, forget_expired_leases};
use crate::types::Instant;

impl UnitOfWork {
    /// Takes a lease, unless somebody has it whose time is not over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_lease(&mut self, claim: &LeaseClaim) -> DbResult<Taken> {
        let now = self.now;
        let taken = claim.take(self.step()?, now).await?;
        Ok(self.done(taken))
    }

    /// Lets a lease live anew, and nobody else take it before this transaction ends; false if somebody has it by now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_lease(&mut self, claim: &LeaseClaim) -> DbResult<bool> {
        let now = self.now;
        let is_ours = claim.renew(self.step()?, now).await?;
        Ok(self.done(is_ours))
    }

    /// Gives a lease back; false if somebody else has it by now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_back_lease(&mut self, claim: &LeaseClaim) -> DbResult<bool> {
        let was_ours = claim.give_back(self.step()?).await?;
        Ok(self.done(was_ours))
    }

    /// Forgets leases whose time is over; returns how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_expired_leases(&mut self) -> DbResult<usize> {
        let now = self.now;
        let n_rows = forget_expired_leases(self.step()?, now).await?;
        Ok(self.done(n_rows))
    }

    /// Makes a job known that is not yet, and when it is due.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plan_job(&mut self, name: &str, next_run_at: Instant) -> DbResult<()> {
        JobRow::plan(self.step()?, name, next_run_at).await?;
        self.done(());
        Ok(())
    }

    /// Notes that a run of a job begins.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_job(&mut self, name: &str) -> DbResult<()> {
        let now = self.now;
        JobRow::begin(self.step()?, name, now).await?;
        self.done(());
        Ok(())
    }

    /// Notes how far a run of a job came, for one that goes on behind it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_job_progress(&mut self, name: &str, progress: Option<Value>) -> DbResult<()> {
        JobRow::note(self.step()?, name, progress).await?;
        self.done(());
        Ok(())
    }

    /// Notes how a run of a job ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_job(&mut self, name: &str, end: &JobEnd) -> DbResult<()> {
        let now = self.now;
        JobRow::end(self.step()?, name, end, now).await?;
        self.done(());
        Ok(())
    }
}
