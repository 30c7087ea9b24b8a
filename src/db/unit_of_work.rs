//! The only way to write: one transaction that queues what each of its writes invalidates.
//!
//! Reads in here see the transaction's own rows and never a cache. There is no write that does not queue its deps, and
//! no way to a connection that would allow one.

use super::Db;
use super::conn::DbConn;
use super::entity::{Entity, Relation, UniqueKey};
use super::error::{DbError, DbResult};
use super::outbox;
use super::writable::{Link, Writable};
use crate::cache::{Changes, Dep, Record};
use crate::types::EntityId as _;
use crate::types::Instant;

/// Keys in one statement: SQLite takes 32 766 values.
const MAX_IDS: usize = 10_000;

/// An open transaction. Dropped before its end (an error, a panic, a caller that went away), it closes its connection,
/// which rolls it back.
#[derive(Debug)]
pub struct UnitOfWork {
    /// `None` only once the transaction has ended.
    conn: Option<DbConn>,
    changes: Changes,
    now: Instant,
    /// Savepoints entered and not left. More than none at the end means that a nested future was dropped half-way.
    open_savepoints: usize,
}

/// The value of a transaction that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed<T>(pub T);

impl Db {
    /// Runs `work` in one transaction and commits it if it succeeds.
    ///
    /// The commit runs in a task of its own: a caller that goes away while it runs cannot cut it short.
    ///
    /// # Errors
    /// What `work` returned, or a failure of the database; either way nothing is written.
    pub async fn write<T, E, F>(&self, work: F) -> Result<Committed<T>, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let mut uow = UnitOfWork::begin(self).await?;
        match work(&mut uow).await {
            Ok(value) => {
                let db = self.clone();
                let finish = crate::telemetry::spawn(async move { uow.commit(&db).await });
                finish.await.map_err(|error| {
                    tracing::error!(%error, "the task of a commit died");
                    DbError::Aborted
                })??;
                Ok(Committed(value))
            }
            Err(error) => {
                uow.rollback().await;
                Err(error)
            }
        }
    }

    /// Runs `work` in one transaction and rolls it back, whatever it returns: what a dry run does.
    ///
    /// # Errors
    /// What `work` returned, or a failure of the database.
    pub async fn rehearse<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let mut uow = UnitOfWork::begin(self).await?;
        let outcome = work(&mut uow).await;
        uow.rollback().await;
        outcome
    }
}

impl UnitOfWork {
    async fn begin(db: &Db) -> DbResult<Self> {
        let mut conn = db.writer().await?;
        // SQLite: the write lock is taken at once, so that what is read cannot change before it is written.
        let begin = match conn {
            DbConn::Postgres(_) => "BEGIN",
            DbConn::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        conn.batch(begin).await?;
        Ok(Self { conn: Some(conn), changes: Changes::default(), now: db.clock().now(), open_savepoints: 0 })
    }

    /// The instant of this transaction: every row it writes carries the same one.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The row with this key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get<E: Entity>(&mut self, id: E::Id) -> DbResult<Option<E>> {
        Ok(E::select(self.conn()?, &[id]).await?.into_iter().next())
    }

    /// The rows with these keys that exist, in any order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get_many<E: Entity>(&mut self, ids: &[E::Id]) -> DbResult<Vec<E>> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(MAX_IDS) {
            rows.extend(E::select(self.conn()?, chunk).await?);
        }
        Ok(rows)
    }

    /// The row with a unique key other than the primary one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find<K: UniqueKey>(&mut self, key: K) -> DbResult<Option<K::Row>> {
        key.find(self.conn()?).await
    }

    /// The children of a parent.
    ///
    /// # Errors
    /// The database failed.
    pub async fn children<R: Relation>(&mut self, parent: R::Parent) -> DbResult<Vec<R::Item>> {
        let rows = R::select(self.conn()?, &[parent]).await?;
        Ok(rows.into_iter().map(|(_, item)| item).collect())
    }

    /// Inserts a row.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn insert<E: Writable>(&mut self, new: E::New) -> DbResult<E> {
        let now = self.now;
        let row = E::insert(self.conn()?, new, now).await?;
        self.changes.extend(row.memberships());
        self.queue(&row).await?;
        Ok(row)
    }

    /// Changes a row; `None` when there is none with that key.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn update<E: Writable>(&mut self, id: E::Id, changes: E::Changes) -> DbResult<Option<E>> {
        let now = self.now;
        let Some(before) = E::lock(self.conn()?, id).await? else { return Ok(None) };
        let Some(after) = E::update(self.conn()?, id, changes, now).await? else { return Ok(None) };
        let (left, joined) = (before.memberships(), after.memberships());
        // Both lists change only if the row moved from one to the other.
        if left != joined {
            self.changes.extend(left.into_iter().chain(joined));
        }
        self.changes.extend(before.embedded_in());
        self.queue(&after).await?;
        Ok(Some(after))
    }

    /// Deletes a row; tells whether it was there.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn delete<E: Writable>(&mut self, id: E::Id) -> DbResult<bool> {
        let Some(row) = E::lock(self.conn()?, id).await? else { return Ok(false) };
        self.changes.extend(row.memberships());
        self.queue(&row).await?;
        // Rows that the database removes or detaches by itself are not known here one by one.
        self.changes.extend(E::CASCADES_TO.iter().map(|model| Dep::model(model)));
        E::delete(self.conn()?, id).await
    }

    /// Adds a row of a many-to-many table; tells whether it was missing.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn link<L: Link>(&mut self, link: &L) -> DbResult<bool> {
        let is_new = L::insert(self.conn()?, link).await?;
        if is_new {
            self.changes.extend(link.ends());
        }
        Ok(is_new)
    }

    /// Removes a row of a many-to-many table; tells whether it was there.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn unlink<L: Link>(&mut self, link: &L) -> DbResult<bool> {
        let was_there = L::delete(self.conn()?, link).await?;
        if was_there {
            self.changes.extend(link.ends());
        }
        Ok(was_there)
    }

    /// Runs `work` in a savepoint: if it fails, what it wrote and what it queued is taken back, and the transaction
    /// goes on.
    ///
    /// # Errors
    /// What `work` returned, or a failure of the database.
    pub async fn savepoint<T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let depth = self.open_savepoints;
        let mark = self.changes.mark();
        self.conn()?.batch(&format!("SAVEPOINT nested_{depth}")).await?;
        self.open_savepoints = depth.saturating_add(1);
        let outcome = work(self).await;
        if outcome.is_err() {
            self.conn()?.batch(&format!("ROLLBACK TO SAVEPOINT nested_{depth}")).await?;
            self.changes.truncate(mark);
        }
        self.conn()?.batch(&format!("RELEASE SAVEPOINT nested_{depth}")).await?;
        self.open_savepoints = depth;
        outcome
    }

    /// The deps queued so far, in order.
    #[must_use]
    pub fn queued(&self) -> Vec<Dep> {
        self.changes.clone().into_deps()
    }

    /// The connection, for the query functions of `db::models`.
    pub(super) fn conn(&mut self) -> DbResult<&mut DbConn> {
        self.conn.as_mut().ok_or(DbError::Aborted)
    }

    async fn queue<E: Entity>(&mut self, row: &E) -> DbResult<()> {
        self.changes.push(Dep::object(E::MODEL, row.id().pk()));
        self.changes.push(Dep::rows(E::MODEL));
        self.changes.extend(row.embedded_in());
        let stored = E::embedded_in_stored(self.conn()?, row.id()).await?;
        self.changes.extend(stored);
        Ok(())
    }

    async fn commit(mut self, db: &Db) -> DbResult<()> {
        if self.open_savepoints > 0 {
            tracing::warn!("a nested unit of work was dropped half-way; nothing is committed");
            return Err(DbError::Aborted);
        }
        let deps = std::mem::take(&mut self.changes).into_deps();
        let now = self.now;
        let conn = self.conn()?;
        let record = match deps.is_empty() {
            true => None,
            false => Some(Record { id: outbox::insert(conn, &deps, now).await?, deps }),
        };
        // A COMMIT that fails leaves the connection in `self`, whose drop closes it.
        conn.batch("COMMIT").await?;
        self.conn = None;
        match record {
            Some(record) => db.publish(&record).await,
            None => Ok(()),
        }
    }

    async fn rollback(mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        if let Err(error) = conn.batch("ROLLBACK").await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "rollback failed; the connection is closed"
            );
            conn.discard();
        }
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            conn.discard();
        }
    }
}
