//! What becomes of changes whose writer could not tell the change log: found in the outbox and told.
//!
//! Postgres only: on SQLite the outbox is the log. A record told twice does no harm, so nothing is locked.

use std::collections::BTreeSet;

use diesel::sql_types::{Nullable, Text};
use futures_util::future::BoxFuture;

use super::conn::DbConn;
use super::dsl::*;
use super::error::{DbError, DbResult};
use super::outbox::OutboxState;
use super::{Db, outbox};
use crate::cache::{Backlog, ChangeLogError, OpenTransaction, Record};

/// Looks at the outbox time and again.
#[derive(Debug)]
pub struct Sweeper {
    db: Db,
    /// What the last look saw. A healthy writer's row is gone by the next one.
    seen: BTreeSet<i64>,
    /// Rows that were left behind and could not be told yet.
    n_left_behind: usize,
}

/// A change could not be told.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The change log did not take it.
    #[error(transparent)]
    Log(#[from] ChangeLogError),
}

impl Sweeper {
    /// A sweeper that has seen nothing yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, seen: BTreeSet::new(), n_left_behind: 0 }
    }

    /// Tells the log of every change that waited since the last look; returns how many.
    ///
    /// # Errors
    /// The database or the log cannot be reached; what was not told waits on.
    pub async fn sweep(&mut self) -> Result<usize, SweepError> {
        let rows = self.db.outbox_rows().await?;
        let (left_behind, new): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(id, _)| self.seen.contains(id));
        self.seen = new.into_iter().map(|(id, _)| id).collect();
        let n_told = left_behind.len();
        self.n_left_behind = n_told;
        // What fails is looked at again next time.
        self.seen.extend(left_behind.iter().map(|(id, _)| *id));
        self.db.tell(left_behind).await?;
        self.n_left_behind = 0;
        Ok(n_told)
    }

    /// Changes that wait because the log did not take them at the last look.
    #[must_use]
    pub fn n_left_behind(&self) -> usize {
        self.n_left_behind
    }

    /// Tells the log of the end of transactions whose writers are gone, once the database knows that they ended;
    /// returns how many.
    ///
    /// # Errors
    /// The database or the log cannot be reached.
    pub async fn end_orphans(&self, open: Vec<OpenTransaction>) -> Result<usize, SweepError> {
        let mut n_ended = 0_usize;
        for OpenTransaction { tx, xid, deps, .. } in open {
            // Never guessed by time: a transaction may stay open as long as it likes.
            if self.db.has_ended(xid).await? {
                self.db.log().append(&Record::End { tx, deps }).await?;
                n_ended = n_ended.saturating_add(1);
            }
        }
        Ok(n_ended)
    }
}

impl Db {
    /// What waits to be told to the change log: hardly ever anything, unless the log is away. On SQLite nothing ever
    /// does, for the outbox is the log.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn outbox_state(&self) -> DbResult<OutboxState> {
        if self.keeps_outbox() {
            return Ok(OutboxState::default());
        }
        self.read(async |conn| outbox::state(conn).await).await
    }

    async fn outbox_rows(&self) -> DbResult<Vec<(i64, Vec<crate::cache::Dep>)>> {
        if self.keeps_outbox() {
            return Ok(Vec::new());
        }
        self.read(async |conn| outbox::all(conn).await).await
    }

    /// Tells the log of changes and removes them from the outbox.
    async fn tell(&self, rows: Vec<(i64, Vec<crate::cache::Dep>)>) -> Result<(), SweepError> {
        let mut told = Vec::with_capacity(rows.len());
        for (tx, deps) in rows {
            self.log().append(&Record::End { tx, deps }).await?;
            told.push(tx);
        }
        if !told.is_empty() {
            self.forget_records(&told).await?;
        }
        Ok(())
    }

    /// Whether a transaction of Postgres is over, one way or the other.
    async fn has_ended(&self, xid: u64) -> DbResult<bool> {
        let query = diesel::select(
            diesel::dsl::sql::<Nullable<Text>>("pg_xact_status(")
                .bind::<Text, _>(xid.to_string())
                .sql("::xid8)"),
        );
        let status = self.read(async |conn| match conn {
            DbConn::Postgres(c) => Ok(query.clone().get_result::<Option<String>>(c).await?),
            DbConn::Sqlite(_) => Ok(None),
        });
        // Unknown means so long ago that it must be over.
        Ok(status.await?.as_deref() != Some("in progress"))
    }
}

impl Backlog for Db {
    fn drain(&self) -> BoxFuture<'_, Result<(), ChangeLogError>> {
        Box::pin(async {
            let rows = self.outbox_rows().await.map_err(ChangeLogError::unreachable)?;
            match self.tell(rows).await {
                Ok(()) => Ok(()),
                Err(SweepError::Log(error)) => Err(error),
                Err(SweepError::Db(error)) => Err(ChangeLogError::unreachable(error)),
            }
        })
    }
}
