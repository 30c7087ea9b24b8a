//! Stand-ins for the schema, the import and the demo data, all in this file, each to be replaced by one call.
//!
//! Nothing else in `app` and `cli` changes when the real parts take their places.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

use crate::db::Db;
use crate::domain::import::{ImportPlan, Report};
use crate::graphql::{DocumentLimits, Executor, GraphqlService};

/// Told as an import goes on: how many of its transactions are done, and how many there are.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

struct Placeholder;

#[Object]
impl Placeholder {
    /// Which build this is.
    async fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}

fn schema() -> Schema<Placeholder, EmptyMutation, EmptySubscription> {
    Schema::new(Placeholder, EmptyMutation, EmptySubscription)
}

/// PLACEHOLDER for `graphql::schema::build`, with `RequestContext::new(viewer, Loaders::new(db), now)` injected.
pub fn graphql_service(_db: &Db, limits: DocumentLimits) -> Arc<dyn GraphqlService> {
    Arc::new(Executor::new(schema(), limits, Box::new(|_info, _data| {})))
}

/// PLACEHOLDER for `graphql::schema::sdl`.
#[must_use]
pub fn sdl() -> String {
    schema().sdl()
}

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
