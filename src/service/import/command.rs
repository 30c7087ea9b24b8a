//! `tournamentImport`: what `inhouse import` does, for superusers.

use serde::{Deserialize, Serialize};

use super::failure::Stop;
use super::mapping::Mappings;
use super::service::import_within;
use crate::db::DbError;
use crate::db::models::TournamentRow;
use crate::domain::import::{At, EntityKind, ImportError, ImportPlan, PlanOptions, Report, plan};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandError, CommandResult, Rejection};
use crate::types::TournamentId;

/// The name under which the keys of imported objects are remembered.
pub const SOURCE: &str = "predecessor";

/// A document of the predecessor.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedDocument {
    /// What it is called in notes and errors.
    pub name: String,
    /// JSON.
    pub json: String,
}

/// Imports documents of the predecessor, all or none (DOMAIN §9.3).
#[derive(Clone, Debug, Serialize)]
pub struct TournamentImport {
    /// Tournaments, brackets and users feeds, in any order.
    pub documents: Vec<ImportedDocument>,
    /// Let unfinished drafts go on here.
    pub resume_drafts: bool,
    /// Tell what would happen and write nothing.
    pub dry_run: bool,
}

/// How many objects of a kind met which fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCount {
    /// What was counted, in the plural.
    pub kind: String,
    /// New.
    pub created: usize,
    /// Tied to what was here before.
    pub matched: usize,
    /// Brought up to date.
    pub updated: usize,
    /// The same as before.
    pub unchanged: usize,
    /// Left out; a note says why.
    pub skipped: usize,
}

/// Something that was not taken as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportNote {
    /// The document.
    pub document: String,
    /// Path inside it.
    pub path: String,
    /// What, in one sentence.
    pub message: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutcome {
    /// The tournaments of the documents; empty after a dry run.
    pub tournaments: Vec<TournamentId>,
    /// Fates by kind.
    pub counts: Vec<ImportCount>,
    /// Everything that was not taken as it stood.
    pub notes: Vec<ImportNote>,
}

/// How the savepoint of a dry run ends: with what it found out, and nothing written.
enum Rehearsed {
    Done(Report),
    Stopped(Stop),
}

impl From<DbError> for Rehearsed {
    fn from(error: DbError) -> Self {
        Self::Stopped(error.into())
    }
}

impl Command for TournamentImport {
    const NAME: &'static str = "tournamentImport";
    type Outcome = ImportOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<ImportOutcome> {
        tx.authorize(Action::TournamentImport, &Scope::site())?;
        let files: Vec<_> = self.documents.into_iter().map(|it| (it.name, it.json.into_bytes())).collect();
        let options = PlanOptions { resume_drafts: self.resume_drafts };
        let plan = plan(&files, options).map_err(|error| malformed(&error))?;
        if self.dry_run {
            return rehearse(tx, &plan).await;
        }
        match import_within(tx.uow, SOURCE, &plan).await {
            Ok((report, mappings)) => Ok(outcome(&report, tournaments(&plan, &mappings))),
            Err(stop) => Err(stopped(stop)),
        }
    }
}

/// Does it all, checks what the end of a transaction checks, and takes it back.
async fn rehearse(tx: &mut Tx<'_>, plan: &ImportPlan) -> CommandResult<ImportOutcome> {
    let rehearsed = tx.uow.savepoint(async |uow| {
        let (report, _) = import_within(uow, SOURCE, plan).await.map_err(Rehearsed::Stopped)?;
        uow.check_deferred().await?;
        Err::<(), _>(Rehearsed::Done(report))
    });
    match rehearsed.await {
        Err(Rehearsed::Done(report)) => Ok(outcome(&report, Vec::new())),
        Err(Rehearsed::Stopped(stop)) => Err(stopped(stop)),
        // The savepoint above has no other end.
        Ok(()) => Err(CommandError::Db(DbError::Aborted)),
    }
}

fn tournaments(plan: &ImportPlan, mappings: &Mappings) -> Vec<TournamentId> {
    plan.tournaments.iter().filter_map(|it| mappings.id::<TournamentRow>(it.source_pk)).collect()
}

fn outcome(report: &Report, tournaments: Vec<TournamentId>) -> ImportOutcome {
    let count = |(kind, it): (&EntityKind, &crate::domain::import::Counts)| ImportCount {
        kind: kind.label().to_owned(),
        created: it.created,
        matched: it.matched,
        updated: it.updated,
        unchanged: it.unchanged,
        skipped: it.skipped,
    };
    let note = |it: &crate::domain::import::Note| ImportNote {
        document: it.at.file.clone(),
        path: it.at.path.clone(),
        message: it.message.clone(),
    };
    ImportOutcome {
        tournaments,
        counts: report.counts.iter().map(count).collect(),
        notes: report.notes.iter().map(note).collect(),
    }
}

fn malformed(error: &ImportError) -> Rejection {
    Rejection::invalid(error.to_string(), &["documents", &error.at().file])
}

/// A fault of the import is told with its place; what the database said is not.
fn stopped(stop: Stop) -> CommandError {
    let failure = stop.into_failure(&At::default(), Report::default());
    match failure.cause {
        Some(cause) if cause.violated_unique().is_none() && !cause.is_rule_violation() => {
            CommandError::Db(cause)
        }
        Some(_) => {
            let place = [failure.at.file.as_str(), failure.at.path.as_str()].join(": ");
            let message = format!("{place}: it contradicts what is here already");
            Rejection::conflict(message).at(&["documents", &failure.at.file]).into()
        }
        None => Rejection::conflict(failure.to_string()).at(&["documents", &failure.at.file]).into(),
    }
}
