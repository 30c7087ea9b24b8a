//! The outbox: what a transaction changed, stored by that transaction, so that no crash can lose it.
//!
//! On SQLite the row is the change log's record and is trimmed by age; on Postgres it is removed once the change log
//! has it.

use diesel::sql_types::{Array, BigInt, Json, Text};
use jiff::SignedDuration;

use super::conn::{DbConn, on_conn};
use super::dsl::*;
use super::error::{DbError, DbResult};
use super::schema::change_outbox;
use super::sql::UtcMicros;
use crate::cache::Dep;
use crate::types::{Instant, TournamentId};

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

/// What tournaments' feeds tell of a transaction.
#[derive(Clone, Debug)]
pub(super) struct FeedEntry {
    /// The tournaments; each is locked, so that nobody else takes the next number of its feed.
    pub(super) tournaments: Vec<TournamentId>,
    /// What changed in them.
    pub(super) change: serde_json::Value,
}

/// Tells feeds and outbox by one statement: a pick has none to spare.
const TELL_BOTH: &str = "
    WITH told AS (
        INSERT INTO tournament_events (tournament_id, seq, changes, created_at, draft_seq)
        SELECT t.id, 1 + coalesce((SELECT max(e.seq) FROM tournament_events e WHERE e.tournament_id = t.id), 0), $2, $4,
            (SELECT d.version FROM drafts d WHERE d.tournament_id = t.id)
        FROM tournaments t WHERE t.id = ANY($1)
    )
    INSERT INTO change_outbox (deps, events, created_at) VALUES ($3, '[]', $4)
    RETURNING id, pg_current_xact_id()::text AS xid";

/// The same for SQLite, where one statement writes one table.
const TELL_FEEDS: &str = "
    INSERT INTO tournament_events (tournament_id, seq, changes, created_at, draft_seq)
    SELECT t.id, 1 + coalesce((SELECT max(e.seq) FROM tournament_events e WHERE e.tournament_id = t.id), 0), ?, ?,
        (SELECT d.version FROM drafts d WHERE d.tournament_id = t.id)
    FROM tournaments t WHERE t.id IN (SELECT value FROM json_each(?))";

#[derive(diesel::QueryableByName)]
struct StoredByName {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    xid: String,
}

/// Stores the deps of the open transaction, and what feeds tell of it. A tournament that the transaction removed has no
/// feed any more.
pub(super) async fn insert(
    conn: &mut DbConn,
    (deps, feed): (&[Dep], Option<FeedEntry>),
    now: Instant,
) -> DbResult<Stored> {
    let deps = to_json(deps)?;
    let feed = feed.unwrap_or(FeedEntry { tournaments: Vec::new(), change: serde_json::Value::Null });
    let stored = match conn {
        DbConn::Postgres(c) => {
            let tell = diesel::sql_query(TELL_BOTH)
                .bind::<Array<BigInt>, _>(feed.tournaments)
                .bind::<Json, _>(feed.change)
                .bind::<Json, _>(deps)
                .bind::<UtcMicros, _>(now);
            let StoredByName { id, xid } = tell.get_result(c).await?;
            let xid = xid.parse().map_err(|_not_a_number| {
                DbError::Invalid("the database names its transactions otherwise".to_owned())
            })?;
            Stored { id, xid }
        }
        DbConn::Sqlite(c) => {
            if !feed.tournaments.is_empty() {
                let tournaments = serde_json::to_string(&feed.tournaments);
                let tournaments = tournaments.map_err(|error| DbError::Invalid(error.to_string()))?;
                let tell = diesel::sql_query(TELL_FEEDS)
                    .bind::<Json, _>(feed.change)
                    .bind::<UtcMicros, _>(now)
                    .bind::<Text, _>(tournaments);
                tell.execute(c).await?;
            }
            let row = (
                change_outbox::deps.eq(deps),
                change_outbox::events.eq(serde_json::Value::Array(Vec::new())),
                change_outbox::created_at.eq(now),
            );
            let insert = diesel::insert_into(change_outbox::table).values(row);
            Stored { id: insert.returning(change_outbox::id).get_result(c).await?, xid: 0 }
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
