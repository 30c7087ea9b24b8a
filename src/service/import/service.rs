//! The entry: cuts a plan into transactions, runs them for real or in rehearsal, and adds up their reports.

use super::failure::{ImportFailure, Stop};
use super::mapping::Mappings;
use super::run::{Progress, Run, Unit, units};
use super::work::Work;
use super::{bracket, tournament, user};
use crate::db::models::MappingsOf;
use crate::db::{Db, UnitOfWork};
use crate::domain::import::{At, ImportPlan, Report};

/// Whether an import is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// Write it.
    Apply,
    /// Do the same work and take it back: the report says what `Apply` would do.
    DryRun,
}

/// Imports plans of one source.
#[derive(Clone, Debug)]
pub struct ImportService {
    db: Db,
    source: String,
}

impl ImportService {
    /// Imports into `db`. `source` tells apart predecessors whose keys overlap: keys are only unique within one.
    #[must_use]
    pub fn new(db: Db, source: impl Into<String>) -> Self {
        Self { db, source: source.into() }
    }

    /// Writes what differs between the plan and the database (DOMAIN §9.3).
    ///
    /// # Errors
    /// The first tournament that cannot be imported, with its place in the file. What came before it is written, and
    /// in the report of the failure.
    pub async fn import(
        &self,
        plan: &ImportPlan,
        mode: ImportMode,
        progress: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) -> Result<Report, ImportFailure> {
        let mut report = plan.report.clone();
        let mut current = At::default();
        let outcome = match Mappings::load(&self.db, &self.source).await {
            Ok(mappings) => {
                let mut run = Run::new(plan, mappings, progress);
                self.run(&mut run, mode, plan, (&mut report, &mut current)).await
            }
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) => Ok(report),
            Err(stop) => Err(stop.into_failure(&current, report)),
        }
    }

    async fn run(
        &self,
        run: &mut Run<'_>,
        mode: ImportMode,
        plan: &ImportPlan,
        (report, current): (&mut Report, &mut At),
    ) -> Result<(), Stop> {
        match mode {
            ImportMode::Apply => {
                for unit in units(plan) {
                    *current = unit.at().clone();
                    let part = self.db.write(async |uow| apply(uow, run, unit).await).await?;
                    report.merge(part.0);
                }
                Ok(())
            }
            // In one transaction, so that a tournament sees the people of those before it.
            ImportMode::DryRun => {
                let all = async |uow: &mut UnitOfWork| {
                    for unit in units(plan) {
                        *current = unit.at().clone();
                        report.merge(apply(uow, run, unit).await?);
                    }
                    Ok(())
                };
                self.db.rehearse(all).await
            }
        }
    }
}

/// Imports a whole plan inside a transaction of the caller; gives back what everything became.
pub(in crate::service) async fn import_within(
    uow: &mut UnitOfWork,
    source: &str,
    plan: &ImportPlan,
) -> Result<(Report, Mappings), Stop> {
    let rows = uow.find(MappingsOf(source)).await?.unwrap_or_default();
    let mut run = Run::new(plan, Mappings::of(source, rows), &|_| {});
    let mut report = plan.report.clone();
    for unit in units(plan) {
        report.merge(apply(uow, &mut run, unit).await?);
    }
    Ok((report, run.mappings))
}

/// The work of one unit; its fault names the object that was being worked on.
async fn apply(uow: &mut UnitOfWork, run: &mut Run<'_>, unit: Unit<'_>) -> Result<Report, Stop> {
    let mut work = Work::new(uow, run, unit.at());
    let outcome = match unit {
        Unit::Feed(_) => Box::pin(user::feed(&mut work)).await,
        Unit::Tournament(plan) => Box::pin(tournament::tournament(&mut work, plan)).await,
        Unit::Bracket(plan) => Box::pin(bracket::alone(&mut work, plan)).await,
    };
    match outcome {
        Ok(()) => Ok(work.report),
        Err(fault) => Err(Stop { at: Some(work.at), fault }),
    }
}
