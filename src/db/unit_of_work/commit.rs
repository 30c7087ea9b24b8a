//! How a transaction ends: what it queued is stored with it, and the change log told.
//!
//! Consumes the unit of work: there is no way on from here.

use super::UnitOfWork;
use crate::cache::{Dep, Record};
use crate::db::Db;
use crate::db::conn::DbConn;
use crate::db::error::{DbError, DbResult};
use crate::db::outbox::{self, Stored};
use crate::db::pause::{self, Step};
use crate::telemetry::{chain, spawn};

impl UnitOfWork {
    pub(super) async fn commit(mut self, db: Db) -> DbResult<()> {
        if self.is_broken || self.open_savepoints > 0 {
            tracing::warn!("a step of a transaction failed or was cut short; nothing is committed");
            return Err(DbError::Aborted);
        }
        let changes = std::mem::take(&mut self.changes);
        let feed = self.feed_entry(changes.queued()).await?;
        let deps = changes.into_deps();
        let now = self.now;
        let conn = self.conn.get()?;
        if deps.is_empty() {
            // A COMMIT that fails leaves the connection in `self`, whose drop closes it.
            conn.batch("COMMIT").await?;
            self.conn.give_back();
            return Ok(());
        }
        pause::at(Step::Written).await;
        let stored = outbox::insert(conn, (&deps, feed), now).await?;
        pause::at(Step::Stored).await;
        match conn {
            // The row is the change log's record: it is there for everybody as soon as the change is.
            DbConn::Sqlite(_) => {
                conn.batch("COMMIT").await?;
                self.conn.give_back();
                db.log().committed();
            }
            DbConn::Postgres(_) => self.commit_told(db, stored, deps).await?,
        }
        Ok(())
    }

    /// Tells the change log before and after COMMIT.
    async fn commit_told(&mut self, db: Db, stored: Stored, deps: Vec<Dep>) -> DbResult<()> {
        let tx = stored.id;
        let begin = Record::Begin { tx, xid: stored.xid, deps: deps.clone() };
        let has_begun = db.announce(&begin).await;
        pause::at(Step::Begun).await;
        let committed = self.conn.get()?.batch("COMMIT").await;
        pause::at(Step::Committed).await;
        let end = Record::End { tx, deps };
        match committed {
            Ok(()) => {
                self.conn.give_back();
                // In a task of its own: the rows are stored, so not even a panic of the log may make this a failure.
                let published = spawn(async move { db.publish(tx, &end).await });
                if let Err(error) = published.await {
                    tracing::error!(%error, "the task that publishes a change died; it stays in the outbox");
                }
                Ok(())
            }
            // With the connection went the answer: whoever sweeps asks the database what became of it.
            Err(error) if error.is_lost() => Err(error),
            Err(error) => {
                if has_begun {
                    db.announce(&end).await;
                }
                Err(error)
            }
        }
    }

    pub(super) async fn rollback(mut self) {
        let Ok(conn) = self.conn.get() else { return };
        match conn.batch("ROLLBACK").await {
            Ok(()) => self.conn.give_back(),
            Err(error) => tracing::warn!(error = %chain(&error), "rollback failed; the connection is closed"),
        }
    }
}
