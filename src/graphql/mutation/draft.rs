//! The player draft: configure, start, pick, undo, rebuild.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::db::models::DraftEventRow;
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::graphql::node::parse_id;
use crate::graphql::types::{Draft, DraftEvent, DraftStyle, TieResolution};
use crate::service::Command;
use crate::service::draft as service;

/// What is done to drafts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DraftMutation;

/// How a tournament is to be drafted.
#[derive(Debug, InputObject)]
pub(crate) struct DraftConfigureInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// Who picks when.
    style: DraftStyle,
}

/// Which draft to start.
#[derive(Debug, InputObject)]
pub(crate) struct DraftStartInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// Who picks when; as it was unless told.
    style: Option<DraftStyle>,
    /// Start over although picks are lost.
    #[graphql(default)]
    confirm_discard_picks: bool,
    /// Refused with `STALE_VERSION` if the draft is at another version by now.
    expected_version: Option<i32>,
}

/// A pick.
#[derive(Debug, InputObject)]
pub(crate) struct DraftPickInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The draft.
    draft_id: ID,
    /// The round to pick in: the current one.
    round_id: ID,
    /// The player.
    user_id: ID,
    /// Refused with `STALE_VERSION` if the draft is at another version by now.
    expected_version: i32,
}

/// Whose last pick to take back.
#[derive(Debug, InputObject)]
pub(crate) struct DraftUndoPickInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The draft.
    draft_id: ID,
    /// Refused with `STALE_VERSION` if the draft is at another version by now.
    expected_version: i32,
}

/// Whose teams to rebuild.
#[derive(Debug, InputObject)]
pub(crate) struct DraftRebuildTeamsInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The draft.
    draft_id: ID,
    /// Refused with `STALE_VERSION` if the draft is at another version by now.
    expected_version: Option<i32>,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct DraftPayload {
    /// The draft as it is now; null if nothing was done.
    draft: Option<Draft>,
    /// What the call added to the log, in order.
    events: Vec<DraftEvent>,
    /// The dice that decided who picks next; null if none were rolled.
    tie_resolution: Option<TieResolution>,
    #[graphql(flatten)]
    report: CallReport,
}

impl DraftPayload {
    async fn of<C>(ctx: &Context<'_>, call: CallInput, command: C) -> ApiResult<Self>
    where
        C: Command<Outcome = service::DraftOutcome>,
    {
        let answered = run(ctx, call, command).await?;
        let Some(outcome) = answered.outcome else {
            return Ok(Self {
                draft: None,
                events: Vec::new(),
                tie_resolution: None,
                report: answered.report,
            });
        };
        // Neither is read if nobody looks.
        let shows = |field| ctx.look_ahead().field(field).exists();
        let events = if shows("events") || shows("tieResolution") { outcome.events } else { Vec::new() };
        let rows = ctx.loaders().many::<DraftEventRow>(events).await?;
        let events = rows.into_iter().map(DraftEvent::new).collect::<ApiResult<Vec<_>>>()?;
        let tie_resolution = events.iter().find_map(DraftEvent::tie_resolution);
        let draft = if shows("draft") { Draft::load(ctx, outcome.draft_id).await? } else { None };
        Ok(Self { draft, events, tie_resolution, report: answered.report })
    }
}

/// What is done to drafts.
#[Object]
impl DraftMutation {
    /// Chooses who picks when, before the draft starts; makes the draft if there is none. For who may edit the tournament.
    async fn draft_configure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: DraftConfigureInput,
    ) -> ApiResult<DraftPayload> {
        let command = service::DraftConfigure {
            tournament_id: parse_id(&input.tournament_id)?,
            style: input.style.into(),
        };
        DraftPayload::of(ctx, input.call, command).await
    }

    /// Starts the draft of a tournament, or starts it over: rosters become their captains, and the first captain is on
    /// turn. For who may edit the tournament.
    async fn draft_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DraftStartInput,
    ) -> ApiResult<DraftPayload> {
        let command = service::DraftStart {
            tournament_id: parse_id(&input.tournament_id)?,
            style: input.style.map(Into::into),
            confirm_discard_picks: input.confirm_discard_picks,
            expected_version: input.expected_version,
        };
        DraftPayload::of(ctx, input.call, command).await
    }

    /// Picks a player. For the captain on turn, and who may edit the tournament.
    async fn draft_pick(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and in which round.")] input: DraftPickInput,
    ) -> ApiResult<DraftPayload> {
        let command = service::DraftPick {
            draft_id: parse_id(&input.draft_id)?,
            round_id: parse_id(&input.round_id)?,
            user_id: parse_id(&input.user_id)?,
            expected_version: input.expected_version,
        };
        DraftPayload::of(ctx, input.call, command).await
    }

    /// Takes the last pick back; a completed draft is running again. For who may edit the tournament.
    async fn draft_undo_pick(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: DraftUndoPickInput,
    ) -> ApiResult<DraftPayload> {
        let command = service::DraftUndoPick {
            draft_id: parse_id(&input.draft_id)?,
            expected_version: input.expected_version,
        };
        DraftPayload::of(ctx, input.call, command).await
    }

    /// Makes each roster its captain and the team's picks again; whoever was added by hand is off. For who may edit the
    /// tournament.
    async fn draft_rebuild_teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: DraftRebuildTeamsInput,
    ) -> ApiResult<DraftPayload> {
        let command = service::DraftRebuildTeams {
            draft_id: parse_id(&input.draft_id)?,
            expected_version: input.expected_version,
        };
        DraftPayload::of(ctx, input.call, command).await
    }
}
