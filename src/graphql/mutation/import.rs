//! The predecessor's tournaments, brought along.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::types::Tournament;
use crate::service::import as service;

/// Most documents of one call.
const MAX_DOCUMENTS: usize = 20;

/// What is imported.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImportMutation;

/// Documents to import.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentImportInput {
    #[graphql(flatten)]
    call: CallInput,
    /// At most 20, in any order: tournaments, their brackets, users feeds. A request may hold 100 kB unless the server
    /// is set up otherwise; `inhouse import` reads files of any size.
    documents: Vec<ImportedDocumentInput>,
    /// Let unfinished drafts go on here; otherwise they are imported as completed.
    #[graphql(default)]
    resume_drafts: bool,
    /// Tell what would happen; nothing is written unless this is false.
    #[graphql(default = true)]
    dry_run: bool,
}

/// A document of the predecessor.
#[derive(Debug, InputObject)]
pub(crate) struct ImportedDocumentInput {
    /// What notes and errors call it.
    name: String,
    /// What the predecessor's API answered, as text: a tournament, a bracket or the users.
    json: String,
}

/// How many objects of a kind met which fate.
#[derive(Debug, SimpleObject)]
pub(crate) struct ImportCount {
    /// What was counted, for example `draft rounds`.
    kind: String,
    /// New.
    created: usize,
    /// Tied to what was here before.
    matched: usize,
    /// Brought up to date.
    updated: usize,
    /// The same as before.
    unchanged: usize,
    /// Left out; a note says why.
    skipped: usize,
}

/// Something that was not taken as it stood.
#[derive(Debug, SimpleObject)]
pub(crate) struct ImportNote {
    /// Name of the document.
    document: String,
    /// Path inside it, for example `teams[3].members[0]`.
    path: String,
    /// What, in one sentence.
    message: String,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TournamentImportPayload {
    /// The imported tournaments; empty after a dry run, or if nothing was done.
    tournaments: Vec<Tournament>,
    /// What happened, or would happen, to how many of each kind.
    counts: Vec<ImportCount>,
    /// Everything that was not taken as it stood.
    notes: Vec<ImportNote>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is imported.
#[Object]
impl ImportMutation {
    /// Imports tournaments, brackets and people that the predecessor's API told, all or none. Importing again brings up to
    /// date what came before and changes nothing else; roles are never imported. For superusers, since documents say whose
    /// Discord and Steam accounts people are.
    async fn tournament_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: TournamentImportInput,
    ) -> ApiResult<TournamentImportPayload> {
        if input.documents.is_empty() || input.documents.len() > MAX_DOCUMENTS {
            return Err(ApiError::bad_input(format!("`documents` may hold 1 to {MAX_DOCUMENTS} documents")));
        }
        let document = |it: ImportedDocumentInput| service::ImportedDocument { name: it.name, json: it.json };
        let command = service::TournamentImport {
            documents: input.documents.into_iter().map(document).collect(),
            resume_drafts: input.resume_drafts,
            dry_run: input.dry_run,
        };
        let answered = run(ctx, input.call, command).await?;
        let (ids, counts, notes) =
            answered.outcome.map(|it| (it.tournaments, it.counts, it.notes)).unwrap_or_default();
        let loads = ids.into_iter().map(|id| Tournament::load(ctx, id));
        let tournaments = futures_util::future::try_join_all(loads).await?;
        Ok(TournamentImportPayload {
            tournaments: tournaments.into_iter().flatten().collect(),
            counts: counts.into_iter().map(Into::into).collect(),
            notes: notes.into_iter().map(Into::into).collect(),
            report: answered.report,
        })
    }
}

impl From<service::ImportCount> for ImportCount {
    fn from(it: service::ImportCount) -> Self {
        let service::ImportCount { kind, created, matched, updated, unchanged, skipped } = it;
        Self { kind, created, matched, updated, unchanged, skipped }
    }
}

impl From<service::ImportNote> for ImportNote {
    fn from(it: service::ImportNote) -> Self {
        Self { document: it.document, path: it.path, message: it.message }
    }
}
