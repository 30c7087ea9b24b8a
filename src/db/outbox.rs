//! The outbox: what a transaction changed, stored by that transaction, so that no crash can lose it.
//!
//! On SQLite the row is the change log's record and is trimmed by age; on Postgres it is removed once the change log
//! has it.

use diesel::sql_types::Text;
use jiff::SignedDuration;

use super::conn::{DbConn, on_conn};
use super::dsl::*;
use super::error::{DbError, DbResult};
use super::schema::change_outbox;
use crate::cache::Dep;
use crate::types::Instant;

/// How long the embedded change log keeps its records: no cached entry lives as long.
const KEEP: SignedDuration = SignedDuration::from_hours(24);

/// Every so many records the old ones are trimmed.
const TRIM_EVERY: i64 = 256;

/// A stored change and the transaction it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Key of the row.
    pub(super) id: i64,
    /// What Postgres calls the transaction; 0 on SQLite.
    pub(super) xid: u64,
}

/// What waits in the outbox to be told to the change log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxState {
    /// How many changes.
    pub n_waiting: i64,
    /// When the oldest of them was made.
    pub oldest_at: Option<Instant>,
}

/// What waits.
pub(super) async fn state(conn: &mut DbConn) -> DbResult<OutboxState> {
    let n_waiting = on_conn!(conn, c => change_outbox::table.count().get_result(c).await)?;
    let oldest_at = on_conn!(conn, c => {
        change_outbox::table
            .select(change_outbox::created_at)
            .order(change_outbox::id)
            .first(c)
            .await
            .optional()
    })?;
    Ok(OutboxState { n_waiting, oldest_at })
}

/// Stores the deps of the open transaction.
pub(super) async fn insert(conn: &mut DbConn, deps: &[Dep], now: Instant) -> DbResult<Stored> {
    let row = (
        change_outbox::deps.eq(to_json(deps)?),
        change_outbox::events.eq(serde_json::Value::Array(Vec::new())),
        change_outbox::created_at.eq(now),
    );
    let insert = diesel::insert_into(change_outbox::table).values(row);
    let stored = match conn {
        DbConn::Postgres(c) => {
            let xid = diesel::dsl::sql::<Text>("pg_current_xact_id()::text");
            let (id, xid): (i64, String) = insert.returning((change_outbox::id, xid)).get_result(c).await?;
            let xid = xid.parse().map_err(|_not_a_number| {
                DbError::Invalid("the database names its transactions otherwise".to_owned())
            })?;
            Stored { id, xid }
        }
        DbConn::Sqlite(c) => {
            let id = insert.returning(change_outbox::id).get_result(c).await?;
            Stored { id, xid: 0 }
        }
    };
    if stored.id % TRIM_EVERY == 0 && matches!(conn, DbConn::Sqlite(_)) {
        trim(conn, now).await?;
    }
    Ok(stored)
}

/// Every change that waits, oldest first.
pub(super) async fn all(conn: &mut DbConn) -> DbResult<Vec<(i64, Vec<Dep>)>> {
    let rows: Vec<(i64, serde_json::Value)> = on_conn!(conn, c => {
        change_outbox::table
            .select((change_outbox::id, change_outbox::deps))
            .order(change_outbox::id)
            .load(c)
            .await
    })?;
    rows.into_iter().map(|(id, deps)| Ok((id, from_json(deps)?))).collect()
}

/// Removes records the change log has taken.
pub(super) async fn delete(conn: &mut DbConn, ids: &[i64]) -> DbResult<()> {
    on_conn!(conn, c => {
        diesel::delete(change_outbox::table.filter(change_outbox::id.eq_any(ids.to_vec()))).execute(c).await
    })?;
    Ok(())
}

pub(super) fn to_json(deps: &[Dep]) -> DbResult<serde_json::Value> {
    serde_json::to_value(deps).map_err(|error| DbError::Invalid(error.to_string()))
}

pub(super) fn from_json(deps: serde_json::Value) -> DbResult<Vec<Dep>> {
    serde_json::from_value(deps).map_err(|error| DbError::Invalid(error.to_string()))
}

async fn trim(conn: &mut DbConn, now: Instant) -> DbResult<()> {
    let before = now.saturating_add(-KEEP);
    on_conn!(conn, c => {
        diesel::delete(change_outbox::table.filter(change_outbox::created_at.lt(before))).execute(c).await
    })?;
    Ok(())
}
