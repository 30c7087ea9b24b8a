//! Tournaments and who is registered for them.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::node::{parse_id, parse_ids};
use crate::graphql::scalars::DateTime;
use crate::graphql::types::{Tournament, TournamentState, TournamentType, User};
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

    /// Registers players. Those who are registered already stay. For admins of the tournament's league and site staff.
    async fn tournament_players_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TournamentPlayersAddInput,
    ) -> ApiResult<TournamentPlayersAddPayload> {
        let command = service::TournamentPlayersAdd {
            tournament_id: parse_id(&input.tournament_id)?,
            user_ids: parse_ids(&input.user_ids)?,
        };
        let answered = run(ctx, input.call, command).await?;
        let (id, added) =
            answered.outcome.map_or((None, Vec::new()), |it| (Some(it.tournament_id), it.added));
        Ok(TournamentPlayersAddPayload {
            tournament: Tournament::load_some(ctx, id).await?,
            added: User::load_many(ctx, added).await?,
            report: answered.report,
        })
    }

    /// Takes players out of a tournament and out of its teams; who leads a team whose captain goes is settled by the line
    /// of succession. For admins of the tournament's league and site staff.
    async fn tournament_players_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TournamentPlayersRemoveInput,
    ) -> ApiResult<TournamentPlayersRemovePayload> {
        let command = service::TournamentPlayersRemove {
            tournament_id: parse_id(&input.tournament_id)?,
            user_ids: parse_ids(&input.user_ids)?,
            on_captain: input.on_captain.into(),
            force: input.force,
        };
        let answered = run(ctx, input.call, command).await?;
        let (id, removed) =
            answered.outcome.map_or((None, Vec::new()), |it| (Some(it.tournament_id), it.removed));
        Ok(TournamentPlayersRemovePayload {
            tournament: Tournament::load_some(ctx, id).await?,
            removed: User::load_many(ctx, removed).await?,
            report: answered.report,
        })
    }
}

/// Whom to register.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentPlayersAddInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// At most 100 people.
    user_ids: Vec<ID>,
}

/// Who is registered now.
#[derive(Debug, SimpleObject)]
pub(crate) struct TournamentPlayersAddPayload {
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    /// Those who were not registered before.
    added: Vec<User>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What becomes of the team of a captain who is taken out of the tournament.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service::OnCaptain")]
pub(crate) enum OnCaptain {
    /// The deputy follows, else the member with the highest MMR.
    Promote,
    /// The team is deleted, unless games refer to it.
    DeleteTeam,
    /// Nobody is taken out.
    Reject,
}

/// Whom to take out.
#[derive(Debug, InputObject)]
pub(crate) struct TournamentPlayersRemoveInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// At most 100 people.
    user_ids: Vec<ID>,
    /// What becomes of a captain's team.
    #[graphql(default_with = "OnCaptain::Promote")]
    on_captain: OnCaptain,
    /// Do it although the draft runs and somebody on a team is affected.
    #[graphql(default)]
    force: bool,
}

/// Who is registered no more.
#[derive(Debug, SimpleObject)]
pub(crate) struct TournamentPlayersRemovePayload {
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    /// Those who were registered before.
    removed: Vec<User>,
    #[graphql(flatten)]
    report: CallReport,
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
