//! Which calls had an effect, under the key their caller gave them, so that a call sent twice has one.
//!
//! A key is claimed before its call does anything and settled with what came of it, by one transaction: another call with
//! the same key waits for the first to end.

use serde_json::Value;

use super::super::conn::on_conn;
use super::super::dsl::*;
use super::super::error::DbResult;
use super::super::schema::idempotency_keys;
use crate::db::conn::Lease;
use crate::types::Instant;
use diesel::upsert::excluded;

/// A call with the key its caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyClaim {
    /// Who calls.
    pub caller: String,
    /// The key, unique to the caller.
    pub key: String,
    /// What is called.
    pub operation: String,
    /// Fingerprint of what it is called with.
    pub input_hash: String,
    /// Until when the key is remembered.
    pub expires_at: Instant,
}

/// A call that had its effect.
#[derive(Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = idempotency_keys)]
pub struct SettledCall {
    /// What was called.
    pub operation: String,
    /// Fingerprint of what it was called with.
    pub input_hash: String,
    /// What came of it.
    pub payload: Value,
}

impl IdempotencyClaim {
    /// Claims the key, or finds what came of the call that had it. A key that has expired is forgotten.
    pub(in crate::db) async fn claim(&self, conn: &mut Lease, now: Instant) -> DbResult<Option<SettledCall>> {
        let row = (
            idempotency_keys::caller.eq(&self.caller),
            idempotency_keys::key.eq(&self.key),
            idempotency_keys::operation.eq(&self.operation),
            idempotency_keys::input_hash.eq(&self.input_hash),
            idempotency_keys::payload.eq(Value::Null),
            idempotency_keys::created_at.eq(now),
            idempotency_keys::expires_at.eq(self.expires_at),
        );
        let is_claimed = on_conn!(conn.get()?, c => {
            let upsert = diesel::insert_into(idempotency_keys::table)
                .values(row)
                .on_conflict((idempotency_keys::caller, idempotency_keys::key))
                .do_update()
                .set((
                    idempotency_keys::operation.eq(excluded(idempotency_keys::operation)),
                    idempotency_keys::input_hash.eq(excluded(idempotency_keys::input_hash)),
                    idempotency_keys::payload.eq(excluded(idempotency_keys::payload)),
                    idempotency_keys::created_at.eq(excluded(idempotency_keys::created_at)),
                    idempotency_keys::expires_at.eq(excluded(idempotency_keys::expires_at)),
                ));
            diesel::query_dsl::methods::FilterDsl::filter(upsert, idempotency_keys::expires_at.le(now)).execute(c).await
        })? > 0;
        if is_claimed {
            return Ok(None);
        }
        let settled = on_conn!(conn.get()?, c => {
            idempotency_keys::table
                .filter(idempotency_keys::caller.eq(&self.caller))
                .filter(idempotency_keys::key.eq(&self.key))
                .select(SettledCall::as_select())
                .get_result(c)
                .await
        })?;
        Ok(Some(settled))
    }

    /// Remembers what came of the call that holds the key.
    pub(in crate::db) async fn settle(&self, conn: &mut Lease, payload: Value) -> DbResult<()> {
        on_conn!(conn.get()?, c => {
            diesel::update(idempotency_keys::table)
                .filter(idempotency_keys::caller.eq(&self.caller))
                .filter(idempotency_keys::key.eq(&self.key))
                .set(idempotency_keys::payload.eq(payload))
                .execute(c)
                .await
        })?;
        Ok(())
    }
}

/// Forgets every key that has expired.
pub(in crate::db) async fn forget_expired(conn: &mut Lease, now: Instant) -> DbResult<usize> {
    Ok(on_conn!(conn.get()?, c => {
        diesel::delete(idempotency_keys::table.filter(idempotency_keys::expires_at.le(now))).execute(c).await
    })?)
}
