//! Calls that are to have one effect however often they are sent: their keys, claimed and settled by the transaction that
//! has the effect.

use super::UnitOfWork;
use crate::db::error::DbResult;
use crate::db::models::{self, IdempotencyClaim, SettledCall};

impl UnitOfWork {
    /// Claims the key of a call before the call does anything: nothing if it is the first with this key, else what came
    /// of the first. Whoever claims a key that is held waits until its holder's transaction ends.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim(&mut self, claim: &IdempotencyClaim) -> DbResult<Option<SettledCall>> {
        let now = self.now;
        let settled = claim.claim(self.step()?, now).await?;
        Ok(self.done(settled))
    }

    /// Remembers what came of the call that holds the key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle(&mut self, claim: &IdempotencyClaim, outcome: serde_json::Value) -> DbResult<()> {
        claim.settle(self.step()?, outcome).await?;
        self.done(());
        Ok(())
    }

    /// Forgets the keys of calls that have expired; returns how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_expired_calls(&mut self) -> DbResult<usize> {
        let now = self.now;
        let n_rows = models::forget_expired(self.step()?, now).await?;
        Ok(self.done(n_rows))
    }
}
