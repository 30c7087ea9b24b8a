//! What tournaments' feeds tell of a transaction: found out from what it queued, so that no write can forget to tell.
//!
//! Decides nothing about who is told, or how.

use super::UnitOfWork;
use crate::cache::Dep;
use crate::db::conn::DbConn;
use crate::db::dsl::*;
use crate::db::entity::Entity;
use crate::db::error::{DbError, DbResult};
use crate::db::models::{TournamentChange, TournamentRow};
use crate::db::outbox::FeedEntry;
use crate::db::schema::tournaments;
use crate::types::{EntityId as _, TournamentId};

impl UnitOfWork {
    /// Notes that nobody else can change a row before this transaction ends.
    pub(super) fn hold<E: Entity>(&mut self, id: E::Id) {
        if E::MODEL == TournamentRow::MODEL {
            self.held.insert(Dep::object(E::MODEL, id.pk()));
        }
    }

    /// The next entry of the feeds of all tournaments that `queued` is about, which are locked from here on.
    pub(super) async fn feed_entry(&mut self, queued: &[Dep]) -> DbResult<Option<FeedEntry>> {
        let Some((tournaments, change)) = TournamentChange::of(queued) else { return Ok(None) };
        let is_held = |it: &TournamentId| self.held.contains(&Dep::object(TournamentRow::MODEL, it.pk()));
        let free: Vec<TournamentId> = tournaments.iter().copied().filter(|it| !is_held(it)).collect();
        if !free.is_empty() {
            lock(self.conn.get()?, free).await?;
        }
        let change = serde_json::to_value(change).map_err(|error| DbError::Invalid(error.to_string()))?;
        Ok(Some(FeedEntry { tournaments, change }))
    }
}

/// Locks tournaments in order of their keys, so that two who lock several do not wait for each other. A statement of its
/// own: the next one sees what was committed while this waited.
async fn lock(conn: &mut DbConn, ids: Vec<TournamentId>) -> DbResult<()> {
    let query = tournaments::table.filter(tournaments::id.eq_any(ids)).order(tournaments::id);
    match conn {
        DbConn::Postgres(c) => {
            let locked: Vec<TournamentId> = query.for_no_key_update().select(tournaments::id).load(c).await?;
            tracing::trace!(n_locked = locked.len(), "tournaments are locked for their feeds");
        }
        // The only writer holds the lock of the whole file already.
        DbConn::Sqlite(_) => {}
    }
    Ok(())
}
