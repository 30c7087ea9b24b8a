//! Leases: what one holder at a time may do, until it gives it back or its time is over.
//!
//! Taken by one statement, so that of several who try one gets it, whatever process they are in. A holder that dies
//! holds nobody up for longer than its lease lives. Nothing that is cached depends on a lease.

use diesel::upsert::excluded;
use jiff::SignedDuration;

use super::super::conn::{DbConn, Lease, on_conn};
use super::super::dsl::*;
use super::super::error::DbResult;
use super::super::schema::leases;
use crate::cache::random_token;
use crate::types::Instant;

/// A row of `leases`.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = leases)]
pub struct LeaseRow {
    /// What may be done.
    pub name: String,
    /// Who may.
    pub holder: String,
    /// Until when, unless it is renewed.
    pub expires_at: Instant,
}

/// A lease somebody wants, or has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseClaim {
    /// What is to be done.
    pub name: String,
    /// By whom: no two of them alike.
    pub holder: String,
    /// How long it lives, from when it is taken or renewed.
    pub lives: SignedDuration,
}

/// What came of trying to take a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is ours.
    Ours,
    /// Somebody else has it.
    Theirs {
        /// Until when, unless they renew it or give it back.
        expires_at: Instant,
    },
}

impl LeaseClaim {
    /// A claim that nobody else makes; of its holder, people who look are told the process.
    #[must_use]
    pub fn new(name: impl Into<String>, lives: SignedDuration) -> Self {
        let holder = format!("process {} ({})", std::process::id(), random_token());
        Self { name: name.into(), holder, lives }
    }

    /// Takes the lease, unless somebody has it whose time is not over.
    pub(in crate::db) async fn take(&self, conn: &mut Lease, now: Instant) -> DbResult<Taken> {
        let row = (
            leases::name.eq(&self.name),
            leases::holder.eq(&self.holder),
            leases::expires_at.eq(now.saturating_add(self.lives)),
        );
        let is_ours = on_conn!(conn.get()?, c => {
            let upsert = diesel::insert_into(leases::table).values(row).on_conflict(leases::name).do_update().set((
                leases::holder.eq(excluded(leases::holder)),
                leases::expires_at.eq(excluded(leases::expires_at)),
            ));
            diesel::query_dsl::methods::FilterDsl::filter(upsert, leases::expires_at.le(now)).execute(c).await
        })? > 0;
        if is_ours {
            return Ok(Taken::Ours);
        }
        let expires_at: Option<Instant> = on_conn!(conn.get()?, c => {
            let row = leases::table.filter(leases::name.eq(&self.name));
            row.select(leases::expires_at).get_result(c).await.optional()
        })?;
        // Given back since: whoever tries again may get it at once.
        Ok(Taken::Theirs { expires_at: expires_at.unwrap_or(now) })
    }

    /// Lets the lease live anew; false if somebody else has it by now.
    pub(in crate::db) async fn renew(&self, conn: &mut Lease, now: Instant) -> DbResult<bool> {
        let n_rows = on_conn!(conn.get()?, c => {
            diesel::update(leases::table)
                .filter(leases::name.eq(&self.name))
                .filter(leases::holder.eq(&self.holder))
                .set(leases::expires_at.eq(now.saturating_add(self.lives)))
                .execute(c)
                .await
        })?;
        Ok(n_rows > 0)
    }

    /// Gives the lease back; false if somebody else has it by now.
    pub(in crate::db) async fn give_back(&self, conn: &mut Lease) -> DbResult<bool> {
        let n_rows = on_conn!(conn.get()?, c => {
            diesel::delete(leases::table)
                .filter(leases::name.eq(&self.name))
                .filter(leases::holder.eq(&self.holder))
                .execute(c)
                .await
        })?;
        Ok(n_rows > 0)
    }
}

/// Forgets every lease whose time is over.
pub(in crate::db) async fn forget_expired(conn: &mut Lease, now: Instant) -> DbResult<usize> {
    Ok(on_conn!(conn.get()?, c => {
        diesel::delete(leases::table.filter(leases::expires_at.le(now))).execute(c).await
    })?)
}

impl LeaseRow {
    /// The lease of this name, whether its time is over or not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(conn: &mut DbConn, name: &str) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            leases::table.filter(leases::name.eq(name)).select(Self::as_select()).get_result(c).await.optional()
        })?)
    }
}
