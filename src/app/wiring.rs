//! Stand-ins for the import and the demo data, both in this file, each to be replaced by one call.
//!
//! Nothing else in `app` and `cli` changes when the real parts take their places.

use crate::db::Db;
use crate::domain::import::{ImportPlan, Report};

/// Told as an import goes on: how many of its transactions are done, and how many there are.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// PLACEHOLDER for `service::demo::load_demo_if_empty`: the report, or `None` if the database is not empty.
///
/// # Errors
/// The database failed.
pub async fn load_demo_if_empty(_db: &Db) -> anyhow::Result<Option<Report>> {
    Ok(None)
}

/// PLACEHOLDER for `service::import`: applies the plan; with `dry_run`, rolls back and only tells.
///
/// # Errors
/// The plan contradicts what is stored, or the database failed; nothing of the transaction is written.
pub async fn service_import(
    _db: &Db,
    plan: ImportPlan,
    _dry_run: bool,
    progress: Progress<'_>,
) -> anyhow::Result<Report> {
    progress(0, plan.tournaments.len());
    Ok(plan.report)
}
