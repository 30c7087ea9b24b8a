//! Tournaments and who is registered for them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::node::parse_id;
use crate::graphql::scalars::DateTime;
use crate::graphql::types::{Tournament, TournamentState, TournamentType};
use crate::service::tournament as service;
use crate::types::EntityId as _;

/// What is done to tournaments.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TournamentMutation;

/// A tournament to make.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentCreateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// Name.
    name: String,
    /// When it begins. Either this or `startsAtLocal`.
    starts_at: Option<DateTime>,
    /// When it begins, as a clock in `timezone` shows it, for example `2026-11-22T19:00`.
    starts_at_local: Option<String>,
    /// IANA time zone it is shown in.
    #[graphql(default = "UTC")]
    timezone: String,
    /// How games lead to a winner.
    #[graphql(default_with = "TournamentType::DoubleElimination")]
    tournament_type: TournamentType,
    /// League it counts for.
    league_id: Option<ID>,
}

/// What to change of a tournament; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    id: ID,
    /// Refused with `STALE_VERSION` if the tournament is at another version by now.
    expected_version: Option<i32>,
    /// Name.
    name: Option<String>,
    /// When it begins. Either this or `startsAtLocal`.
    starts_at: Option<DateTime>,
    /// When it begins, as a clock in its time zone shows it, for example `2026-11-22T19:00`.
    starts_at_local: Option<String>,
    /// IANA time zone it is shown in. The instant it begins at stays.
    timezone: Option<String>,
    /// Where it stands.
    state: Option<TournamentState>,
    /// How games lead to a winner.
    tournament_type: Option<TournamentType>,
    /// League it counts for; null for none. Needs rights in both leagues.
    league_id: MaybeUndefined<ID>,
    /// Steam league its matches are looked for in; null for that of its league.
    steam_league_id: MaybeUndefined<i32>,
}

/// Which tournament to delete.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentDeleteInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    id: ID,
    /// Refused with `STALE_VERSION` if the tournament is at another version by now.
    expected_version: Option<i32>,
    /// Delete it although results are lost.
    #[graphql(default)]
    confirm_discard_results: bool,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TournamentPayload {
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TournamentDeletePayload {
    /// Global id of the tournament that is no more; null if nothing was done.
    deleted_id: Option<ID>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to tournaments.
#[Object]
impl TournamentMutation {
    /// Makes a tournament. For admins of its league; without a league for site staff.
    async fn tournament_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tournament.")] input: TournamentCreateInput,
    ) -> ApiResult<TournamentPayload> {
        let starts_at = starts_at(input.starts_at, input.starts_at_local)?;
        let command = service::TournamentCreate {
            name: input.name,
            starts_at: starts_at.ok_or_else(|| {
                ApiError::bad_input("say when the tournament begins: `startsAt` or `startsAtLocal`")
            })?,
            timezone: input.timezone,
            tournament_type: input.tournament_type.into(),
            league_id: input.league_id.as_ref().map(parse_id).transpose()?,
        };
        let answered = run(ctx, input.call, command).await?;
        let tournament = Tournament::load_some(ctx, answered.outcome).await?;
        Ok(TournamentPayload { tournament, report: answered.report })
    }

    /// Changes the settings of a tournament. For admins of its league and site staff.
    async fn tournament_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TournamentUpdateInput,
    ) -> ApiResult<TournamentPayload> {
        let command = service::TournamentUpdate {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            name: input.name,
            starts_at: starts_at(input.starts_at, input.starts_at_local)?,
            timezone: input.timezone,
            state: input.state.map(Into::into),
            tournament_type: input.tournament_type.map(Into::into),
            league_id: input.league_id.as_opt_ref().map(|id| id.map(parse_id).transpose()).transpose()?,
            steam_league_id: input.steam_league_id.as_opt_ref().map(|id| id.copied()),
        };
        let answered = run(ctx, input.call, command).await?;
        let tournament = Tournament::load_some(ctx, answered.outcome).await?;
        Ok(TournamentPayload { tournament, report: answered.report })
    }

    /// Deletes a tournament with its teams, draft and games. For admins of its league and site staff.
    async fn tournament_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TournamentDeleteInput,
    ) -> ApiResult<TournamentDeletePayload> {
        let command = service::TournamentDelete {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            confirm_discard_results: input.confirm_discard_results,
        };
        let answered = run(ctx, input.call, command).await?;
        let deleted_id = answered.outcome.map(|id| id.to_global().into());
        Ok(TournamentDeletePayload { deleted_id, report: answered.report })
    }
}

/// When a tournament begins, said one way or the other.
fn starts_at(instant: Option<DateTime>, local: Option<String>) -> ApiResult<Option<service::StartsAt>> {
    match (instant, local) {
        (None, None) => Ok(None),
        (Some(instant), None) => Ok(Some(service::StartsAt::Instant(instant.into()))),
        (None, Some(local)) => Ok(Some(service::StartsAt::Local(local))),
        (Some(_), Some(_)) => Err(ApiError::bad_input("give `startsAt` or `startsAtLocal`, not both")),
    }
}
