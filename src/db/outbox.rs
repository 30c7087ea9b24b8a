//! The outbox: what a transaction changed, stored by that transaction, so that no crash can lose it.
//!
//! On SQLite the row is the change log's record and is trimmed by age; on Postgres it is removed once the change log
//! has it.

use jiff::SignedDuration;

use super::conn::{DbConn, on_conn};
use super::dsl::*;
use super::error::{DbError, DbResult};
use super::schema::change_outbox;
use crate::cache::Dep;
use crate::types::Instant;

/// How long the embedded change log keeps its records.
const KEEP: SignedDuration = SignedDuration::from_hours(1);

/// Every so many records the old ones are trimmed.
const TRIM_EVERY: i64 = 256;

/// Stores the deps of the open transaction; returns the record's id.
pub(super) async fn insert(conn: &mut DbConn, deps: &[Dep], now: Instant) -> DbResult<i64> {
    let deps = serde_json::to_value(deps).map_err(|error| DbError::Invalid(error.to_string()))?;
    let row = (
        change_outbox::deps.eq(deps),
        change_outbox::events.eq(serde_json::Value::Array(Vec::new())),
        change_outbox::created_at.eq(now),
    );
    let id: i64 = on_conn!(conn, c => {
        diesel::insert_into(change_outbox::table)
            .values(row)
            .returning(change_outbox::id)
            .get_result(c)
            .await
    })?;
    if id % TRIM_EVERY == 0 && matches!(conn, DbConn::Sqlite(_)) {
        trim(conn, now).await?;
    }
    Ok(id)
}

/// Removes a record the change log has taken.
pub(super) async fn delete(conn: &mut DbConn, id: i64) -> DbResult<()> {
    on_conn!(conn, c => {
        diesel::delete(change_outbox::table.filter(change_outbox::id.eq(id))).execute(c).await
    })?;
    Ok(())
}

async fn trim(conn: &mut DbConn, now: Instant) -> DbResult<()> {
    let before = now.saturating_add(-KEEP);
    on_conn!(conn, c => {
        diesel::delete(change_outbox::table.filter(change_outbox::created_at.lt(before))).execute(c).await
    })?;
    Ok(())
}
