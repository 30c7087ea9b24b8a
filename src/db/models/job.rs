//! Jobs that run by the clock, as all processes know them: when next, what came of the last run, how far one came.
//!
//! Who runs one right now is a lease. Nothing that is cached depends on a job.

use serde_json::Value;

use super::super::conn::{DbConn, Lease, on_conn};
use super::super::dsl::*;
use super::super::error::DbResult;
use super::super::schema::jobs;
use crate::types::Instant;

/// A row of `jobs`.
#[derive(Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    /// Name.
    pub name: String,
    /// When it is due; in the past if nobody was there to run it.
    pub next_run_at: Instant,
    /// When a run last began.
    pub started_at: Option<Instant>,
    /// When a run last ended.
    pub finished_at: Option<Instant>,
    /// How often it failed since it last succeeded.
    pub n_failures: i32,
    /// What came of the run that last ended, in words.
    pub message: Option<String>,
    /// How far a run came that has not ended.
    pub progress: Option<Value>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEnd {
    /// When it is due again.
    pub next_run_at: Instant,
    /// How often it failed since it last succeeded, this run included.
    pub n_failures: i32,
    /// What came of it, in words.
    pub message: String,
    /// What it did need not be done again: how far it came is forgotten.
    pub is_done: bool,
}

impl JobRow {
    /// Every job, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn all(conn: &mut DbConn) -> DbResult<Vec<Self>> {
        let mut rows: Vec<Self> = on_conn!(conn, c => jobs::table.select(Self::as_select()).load(c).await)?;
        // Databases sort texts differently.
        rows.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }

    /// The job of this name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(conn: &mut DbConn, name: &str) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            jobs::table.filter(jobs::name.eq(name)).select(Self::as_select()).get_result(c).await.optional()
        })?)
    }

    /// Makes a job known that is not yet; one that is stays as it is.
    pub(in crate::db) async fn plan(conn: &mut Lease, name: &str, next_run_at: Instant) -> DbResult<()> {
        on_conn!(conn.get()?, c => {
            diesel::insert_into(jobs::table)
                .values((jobs::name.eq(name), jobs::next_run_at.eq(next_run_at)))
                .on_conflict(jobs::name)
                .do_nothing()
                .execute(c)
                .await
        })?;
        Ok(())
    }

    pub(in crate::db) async fn begin(conn: &mut Lease, name: &str, now: Instant) -> DbResult<()> {
        on_conn!(conn.get()?, c => {
            let row = jobs::table.filter(jobs::name.eq(name));
            diesel::update(row).set(jobs::started_at.eq(now)).execute(c).await
        })?;
        Ok(())
    }

    pub(in crate::db) async fn note(conn: &mut Lease, name: &str, progress: Option<Value>) -> DbResult<()> {
        on_conn!(conn.get()?, c => {
            let row = jobs::table.filter(jobs::name.eq(name));
            diesel::update(row).set(jobs::progress.eq(progress)).execute(c).await
        })?;
        Ok(())
    }

    pub(in crate::db) async fn end(conn: &mut Lease, name: &str, end: &JobEnd, now: Instant) -> DbResult<()> {
        on_conn!(conn.get()?, c => {
            diesel::update(jobs::table.filter(jobs::name.eq(name)))
                .set((
                    jobs::next_run_at.eq(end.next_run_at),
                    jobs::finished_at.eq(now),
                    jobs::n_failures.eq(end.n_failures),
                    jobs::message.eq(&end.message),
                ))
                .execute(c)
                .await
        })?;
        if end.is_done { Self::note(conn, name, None).await } else { Ok(()) }
    }
}
