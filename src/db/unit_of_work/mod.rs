//! The only way to write: one transaction that queues what each of its writes invalidates.
//!
//! Reads in here see the transaction's own rows and never a cache. There is no write that does not queue its deps, and
//! no way to a connection that would allow one.

mod calls;
mod commit;
mod feed;
mod jobs;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use super::Db;
use super::conn::{DbConn, Lease};
use super::entity::Entity;
use super::error::{DbError, DbResult};
use super::writable::{BulkWrite, Link, Writable, WritableInBulk};
use crate::cache::{Changes, Dep};
use crate::telemetry::spawn;
use crate::types::{EntityId as _, Instant};

/// An open transaction. Dropped before its end (an error, a panic, a caller that went away), it closes its connection,
/// which rolls it back.
///
/// A step that fails or is cut short dooms the transaction, or the savepoint it ran in: whatever its caller makes of
/// the error, nothing is committed. Postgres demands it of failed statements; SQLite would go on, and a row could be
/// written whose deps were never queued.
///
/// Nobody else can write: a reader's connection is no `Lease`, which every write takes.
///
/// ```compile_fail
/// # use inhouse::db::{Db, DbResult, Writable as _, models::UserRow};
/// # use inhouse::types::UserId;
/// async fn delete_past_the_queue(db: &Db) -> DbResult<bool> {
///     db.read(async |conn| UserRow::delete(conn, UserId(1)).await).await
/// }
/// ```
///
/// This is how it is done:
///
/// ```
/// # use inhouse::db::{Db, DbError, models::UserRow};
/// # use inhouse::types::UserId;
/// async fn delete(db: &Db) -> Result<bool, DbError> {
///     Ok(db.write(async |uow| uow.delete::<UserRow>(UserId(1)).await).await?.0)
/// }
/// ```
///
/// And nothing that is read in here can get into the cache: its connection is handed to nobody,
///
/// ```compile_fail
/// # use inhouse::db::{DbConn, UnitOfWork};
/// fn connection(uow: &mut UnitOfWork) -> &mut DbConn {
///     uow.conn.get().unwrap()
/// }
/// ```
///
/// and what the read path runs is a value that outlives every transaction, so it can hold on to none.
///
/// ```compile_fail
/// # use inhouse::cache::Dep;
/// # use inhouse::db::{DbConn, DbResult, Query, UnitOfWork, models::UserRow};
/// # use inhouse::types::UserId;
/// #[derive(Clone, Debug)]
/// struct Uncommitted<'a>(&'a UnitOfWork);
///
/// impl<'a> Query for Uncommitted<'a> {
///     type Value = Option<UserRow>;
///     const NAME: &'static str = "uncommitted";
///     fn deps(&self) -> Vec<Dep> {
///         Vec::new()
///     }
///     async fn run(&self, _: &mut DbConn) -> DbResult<Option<UserRow>> {
///         Ok(None)
///     }
/// }
/// ```
///
/// The same query is fine once it holds no transaction:
///
/// ```
/// # use inhouse::cache::Dep;
/// # use inhouse::db::{DbConn, DbResult, Query, models::UserRow};
/// #[derive(Clone, Debug)]
/// struct Nobody;
///
/// impl Query for Nobody {
///     type Value = Option<UserRow>;
///     const NAME: &'static str = "nobody";
///     fn deps(&self) -> Vec<Dep> {
///         Vec::new()
///     }
///     async fn run(&self, _: &mut DbConn) -> DbResult<Option<UserRow>> {
///         Ok(None)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct UnitOfWork {
    conn: Lease,
    changes: Changes,
    /// What the rows written so far are embedded in, by their objects.
    embedders: BTreeMap<Dep, Vec<Dep>>,
    /// Tournaments that nobody else can change before this ends.
    held: BTreeSet<Dep>,
    now: Instant,
    /// A step was begun and has not succeeded.
    is_broken: bool,
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
    /// What `work` returned, or a failure of the database; either way nothing is written, unless the connection was lost
    /// while COMMIT ran: then nobody can tell.
    pub async fn write<T, E, F>(&self, work: F) -> Result<Committed<T>, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let mut uow = UnitOfWork::begin(self).await?;
        match work(&mut uow).await {
            Ok(value) => {
                let db = self.clone();
                let finish = spawn(async move { uow.commit(db).await });
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

    /// Runs `work` in one transaction and rolls it back, whatever it returns: what a dry run does. Rules that are
    /// checked at the end of a transaction are checked.
    ///
    /// # Errors
    /// What [`Db::write`] would fail with.
    pub async fn rehearse<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let mut uow = UnitOfWork::begin(self).await?;
        let outcome = match work(&mut uow).await {
            Ok(value) => uow.check_deferred().await.map(|()| value).map_err(E::from),
            Err(error) => Err(error),
        };
        uow.rollback().await;
        outcome
    }
}

impl UnitOfWork {
    async fn begin(db: &Db) -> DbResult<Self> {
        match Self::try_begin(db).await {
            // Nothing was done yet, so it may be done on another connection.
            Err(error) if error.is_lost() => {
                db.forget_idle();
                Self::try_begin(db).await
            }
            outcome => outcome,
        }
    }

    async fn try_begin(db: &Db) -> DbResult<Self> {
        let mut conn = db.writer().await?;
        let begin = match conn.get()? {
            // Spelled out, for a server may have other defaults.
            DbConn::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            // The write lock is taken at once, so that what is read cannot change before it is written.
            DbConn::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        conn.get()?.batch(begin).await?;
        let now = db.clock().now();
        Ok(Self {
            conn,
            changes: Changes::default(),
            embedders: BTreeMap::new(),
            held: BTreeSet::new(),
            now,
            is_broken: false,
            open_savepoints: 0,
        })
    }

    /// The instant of this transaction: every row it writes carries the same one.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Inserts a row.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn insert<E: Writable>(&mut self, new: E::New) -> DbResult<E> {
        let now = self.now;
        let row = E::insert(self.step()?, new, now).await?;
        self.hold::<E>(row.id());
        self.changes.extend(row.memberships());
        self.queue(&[&row]).await?;
        Ok(self.done(row))
    }

    /// Inserts rows by one statement; they come back in the same order.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn insert_all<E: WritableInBulk>(&mut self, new: Vec<E::New>) -> DbResult<Vec<E>> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now;
        let rows = E::insert_all(self.step()?, new, now).await?;
        self.changes.extend(rows.iter().flat_map(Entity::memberships));
        self.queue(&rows.iter().collect::<Vec<_>>()).await?;
        Ok(self.done(rows))
    }

    /// Changes a row; `None` when there is none with that key.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn update<E: Writable>(&mut self, id: E::Id, changes: E::Changes) -> DbResult<Option<E>> {
        let now = self.now;
        let Some(before) = E::lock(self.step()?, id).await? else { return Ok(self.done(None)) };
        self.hold::<E>(id);
        // The row is locked: it is there.
        let after = E::update(&mut self.conn, id, changes, now).await?;
        self.queue_moved(&before, &after);
        self.queue(&[&after]).await?;
        Ok(self.done(Some(after)))
    }

    /// Changes rows that nobody else can change meanwhile, since this transaction holds the lock they are under (their
    /// own, or that of what they are part of): each as it was read under that lock, and its changes. In the same order.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn update_held<E: Writable>(&mut self, rows: Vec<(&E, E::Changes)>) -> DbResult<Vec<E>> {
        let now = self.now;
        let mut changed = Vec::with_capacity(rows.len());
        for (before, changes) in rows {
            let after = E::update(self.step()?, before.id(), changes, now).await?;
            self.queue_moved(before, &after);
            changed.push(self.done(after));
        }
        self.step()?;
        self.queue(&changed.iter().collect::<Vec<_>>()).await?;
        Ok(self.done(changed))
    }

    /// Deletes a row; tells whether it was there.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn delete<E: Writable>(&mut self, id: E::Id) -> DbResult<bool> {
        let Some(row) = E::lock(self.step()?, id).await? else { return Ok(self.done(false)) };
        self.changes.extend(row.memberships());
        self.changes.extend(E::PARENT_OF.iter().map(|relation| Dep::related(relation, id.pk())));
        // Before the row goes: a query finds its embedders by it.
        self.queue(&[&row]).await?;
        // Rows that the database removes or detaches by itself are not known here one by one.
        self.changes.extend(E::CASCADES_TO.iter().map(|model| Dep::model(model)));
        let was_there = E::delete(&mut self.conn, id).await?;
        Ok(self.done(was_there))
    }

    /// Adds a row of a many-to-many table; tells whether it was missing.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn link<L: Link>(&mut self, link: &L) -> DbResult<bool> {
        let is_new = L::insert(self.step()?, link).await?;
        if is_new {
            self.changes.extend(link.ends());
        }
        Ok(self.done(is_new))
    }

    /// Removes a row of a many-to-many table; tells whether it was there.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn unlink<L: Link>(&mut self, link: &L) -> DbResult<bool> {
        Ok(self.take(link).await?.is_some())
    }

    /// Removes a row of such a table and hands out what was stored: of several who try, one gets it.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn take<L: Link>(&mut self, link: &L) -> DbResult<Option<L>> {
        // The ends of the stored row: only its key was asked for.
        let removed = L::delete(self.step()?, link).await?;
        self.changes.extend(removed.iter().flat_map(Link::ends));
        Ok(self.done(removed))
    }

    /// Runs one statement over many rows; returns how many it changed. Whatever the rows, this queues one dep: the model.
    ///
    /// # Errors
    /// The database failed or one of its rules was broken.
    pub async fn bulk<B: BulkWrite>(&mut self, write: B) -> DbResult<usize> {
        let now = self.now;
        let n_rows = write.run(self.step()?, now).await?;
        if n_rows > 0 {
            self.changes.push(Dep::model(B::Row::MODEL));
        }
        Ok(self.done(n_rows))
    }

    /// Queues a dep of which nothing is written here: something outside this program changed it.
    pub fn touch(&mut self, dep: Dep) {
        self.changes.push(dep);
    }

    /// Runs `work` in a savepoint: if it fails, or a step of it did, what it wrote and what it queued is taken back, and
    /// the transaction goes on.
    ///
    /// # Errors
    /// What `work` returned, or a failure of the database.
    pub async fn savepoint<T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<T, E>,
        E: From<DbError>,
    {
        let depth = self.open_savepoints;
        let inside = depth.saturating_add(1);
        let (mark, held) = (self.changes.mark(), self.held.clone());
        self.step()?.get()?.batch(&format!("SAVEPOINT nested_{depth}")).await?;
        self.open_savepoints = inside;
        self.done(());
        let outcome = match work(self).await {
            // `work` let a step fail, or dropped a savepoint of its own half-way.
            Ok(_) if self.is_broken || self.open_savepoints != inside => Err(DbError::Aborted.into()),
            outcome => outcome,
        };
        if outcome.is_err() {
            self.is_broken = true;
            self.conn.get()?.batch(&format!("ROLLBACK TO SAVEPOINT nested_{depth}")).await?;
            self.changes.truncate(mark);
            self.embedders.clear();
            // With what was written go the locks that were taken for it.
            self.held = held;
            self.done(());
        }
        self.step()?.get()?.batch(&format!("RELEASE SAVEPOINT nested_{depth}")).await?;
        self.open_savepoints = depth;
        self.done(());
        outcome
    }

    /// The deps queued so far, in order.
    #[must_use]
    pub fn queued(&self) -> Vec<Dep> {
        self.changes.clone().into_deps()
    }

    /// Begins a step: until [`UnitOfWork::done`], nothing can be committed.
    fn step(&mut self) -> DbResult<&mut Lease> {
        if self.is_broken {
            return Err(DbError::Aborted);
        }
        self.is_broken = true;
        Ok(&mut self.conn)
    }

    /// Ends a step that succeeded.
    fn done<T>(&mut self, value: T) -> T {
        self.is_broken = false;
        value
    }

    /// Queues what a change of a row means to the lists it is in and to what embedded it before.
    fn queue_moved<E: Entity>(&mut self, before: &E, after: &E) {
        let (left, joined) = (before.memberships(), after.memberships());
        // Both lists change only if the row moved from one to the other.
        if left != joined {
            self.changes.extend(left.into_iter().chain(joined));
        }
        self.changes.extend(before.embedded_in());
    }

    async fn queue<E: Entity>(&mut self, rows: &[&E]) -> DbResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            self.changes.push(Dep::object(E::MODEL, row.id().pk()));
            self.changes.extend(row.embedded_in());
        }
        self.changes.push(Dep::rows(E::MODEL));
        let mut ids = Vec::new();
        for row in rows {
            match row.embedded_through().and_then(|it| self.embedders.get(&it)) {
                Some(known) => self.changes.extend(known.iter().cloned()),
                None => ids.push(row.id()),
            }
            self.embedders.insert(Dep::object(E::MODEL, row.id().pk()), row.embedded_in());
        }
        if ids.is_empty() {
            return Ok(());
        }
        let stored = E::embedded_in_stored(self.conn.get()?, &ids).await?;
        self.changes.extend(stored);
        Ok(())
    }

    /// Checks what is otherwise checked by COMMIT.
    ///
    /// # Errors
    /// The database failed or one of its rules is broken.
    pub async fn check_deferred(&mut self) -> DbResult<()> {
        self.step()?.get()?.check_deferred().await?;
        self.done(());
        Ok(())
    }
}
