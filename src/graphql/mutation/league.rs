//! Leagues, the roles in them, their organizations and how they rate.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::node::{parse_id, parse_ids};
use crate::graphql::types::{League, RatingSystem};
use crate::service::{Command, league as service};
use crate::types::{EntityId as _, LeagueId};

/// What is done to leagues.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeagueMutation;

/// A league to make.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueCreateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// Name, at most 255 characters.
    name: String,
    /// Id of the league at Valve, above 0; unique.
    steam_league_id: i32,
    /// Organizations it belongs to, at least one; the caller is an admin of each.
    organization_ids: Vec<ID>,
    /// About it, in Markdown; what could run in a reader's browser is taken out.
    #[graphql(default)]
    description: String,
    /// Rules, in Markdown, likewise; the template of the first organization unless told.
    rules: Option<String>,
    /// What can be won, at most 100 characters.
    #[graphql(default)]
    prize_pool: String,
    /// IANA time zone; that of the first organization unless told.
    timezone: Option<String>,
}

/// What to change of a league; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The league.
    id: ID,
    /// Refused with `STALE_VERSION` if the league is at another version by now.
    expected_version: Option<i32>,
    /// Name, at most 255 characters.
    name: Option<String>,
    /// Id of the league at Valve, above 0; unique.
    steam_league_id: Option<i32>,
    /// About it, in Markdown; what could run in a reader's browser is taken out.
    description: Option<String>,
    /// Rules, in Markdown; likewise.
    rules: Option<String>,
    /// What can be won, at most 100 characters.
    prize_pool: Option<String>,
    /// IANA time zone.
    timezone: Option<String>,
}

/// How results of a league are to change ratings; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueRatingSettingsUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The league.
    league_id: ID,
    /// Refused with `STALE_VERSION` if the league is at another version by now.
    expected_version: Option<i32>,
    /// Which rule.
    rating_system: Option<RatingSystem>,
    /// K factor of players past placement, 0 or more.
    k_factor_default: Option<f64>,
    /// K factor during placement, 0 or more.
    k_factor_placement: Option<f64>,
    /// Games a player's placement lasts, 0 or more.
    placement_games: Option<i32>,
    /// Points won or lost per game under `FIXED_DELTA`, 0 or more.
    fixed_delta: Option<f64>,
    /// Old results count less.
    age_decay_enabled: Option<bool>,
    /// Days after which a result counts half, 1 or more.
    age_decay_half_life_days: Option<i32>,
    /// Least weight of an old result, 0 to 1.
    age_decay_minimum: Option<f64>,
    /// Days after which a result cannot be recalculated, 0 or more.
    recalc_max_age_days: Option<i32>,
    /// Change of MMR that forbids a recalculation, 0 or more.
    recalc_mmr_threshold: Option<i32>,
}

/// Which league to delete.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueDeleteInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The league.
    id: ID,
    /// Refused with `STALE_VERSION` if the league is at another version by now.
    expected_version: Option<i32>,
    /// Delete it although results are lost: those of games that belong to no tournament.
    #[graphql(default)]
    confirm_discard_results: bool,
}

/// Who gets or loses a role in a league.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueRoleInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The league.
    league_id: ID,
    /// The user.
    user_id: ID,
}

/// A league and one of its organizations.
#[derive(Debug, InputObject)]
pub(crate) struct LeagueOrganizationInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The league.
    league_id: ID,
    /// The organization.
    organization_id: ID,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct LeaguePayload {
    /// The league as it is now; null if nothing was done.
    league: Option<League>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct LeagueDeletePayload {
    /// Global id of the league that is no more; null if nothing was done.
    deleted_id: Option<ID>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to leagues.
#[Object]
impl LeagueMutation {
    /// Makes a league. For admins of every organization it belongs to.
    async fn league_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The league.")] input: LeagueCreateInput,
    ) -> ApiResult<LeaguePayload> {
        let command = service::LeagueCreate {
            name: input.name,
            steam_league_id: input.steam_league_id,
            organization_ids: parse_ids(&input.organization_ids)?,
            description: input.description,
            rules: input.rules,
            prize_pool: input.prize_pool,
            timezone: input.timezone,
        };
        done(ctx, input.call, command).await
    }

    /// Changes the settings of a league. For its admins.
    async fn league_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: LeagueUpdateInput,
    ) -> ApiResult<LeaguePayload> {
        let command = service::LeagueUpdate {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            name: input.name,
            steam_league_id: input.steam_league_id,
            description: input.description,
            rules: input.rules,
            prize_pool: input.prize_pool,
            timezone: input.timezone,
        };
        done(ctx, input.call, command).await
    }

    /// Changes how results of a league change ratings. For its admins.
    async fn league_rating_settings_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: LeagueRatingSettingsUpdateInput,
    ) -> ApiResult<LeaguePayload> {
        let command = service::LeagueRatingSettingsUpdate {
            league_id: parse_id(&input.league_id)?,
            expected_version: input.expected_version,
            rating_system: input.rating_system.map(Into::into),
            k_factor_default: input.k_factor_default,
            k_factor_placement: input.k_factor_placement,
            placement_games: input.placement_games,
            fixed_delta: input.fixed_delta,
            age_decay_enabled: input.age_decay_enabled,
            age_decay_half_life_days: input.age_decay_half_life_days,
            age_decay_minimum: input.age_decay_minimum,
            recalc_max_age_days: input.recalc_max_age_days,
            recalc_mmr_threshold: input.recalc_mmr_threshold,
        };
        done(ctx, input.call, command).await
    }

    /// Deletes a league and its games that belong to no tournament. Its tournaments stay, of no league. For its admins.
    async fn league_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: LeagueDeleteInput,
    ) -> ApiResult<LeagueDeletePayload> {
        let command = service::LeagueDelete {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            confirm_discard_results: input.confirm_discard_results,
        };
        let answered = run(ctx, input.call, command).await?;
        let deleted_id = answered.outcome.map(|id| id.to_global().into());
        Ok(LeagueDeletePayload { deleted_id, report: answered.report })
    }

    /// Makes somebody an admin of a league; who was staff of it is not any more. For admins of its organizations.
    async fn league_admin_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: LeagueRoleInput,
    ) -> ApiResult<LeaguePayload> {
        let (league_id, user_id) = (parse_id(&input.league_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::LeagueAdminAdd { league_id, user_id }).await
    }

    /// Takes the admin role of a league from somebody. For admins of its organizations.
    async fn league_admin_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: LeagueRoleInput,
    ) -> ApiResult<LeaguePayload> {
        let (league_id, user_id) = (parse_id(&input.league_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::LeagueAdminRemove { league_id, user_id }).await
    }

    /// Makes somebody staff of a league. For its admins.
    async fn league_staff_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: LeagueRoleInput,
    ) -> ApiResult<LeaguePayload> {
        let (league_id, user_id) = (parse_id(&input.league_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::LeagueStaffAdd { league_id, user_id }).await
    }

    /// Takes the staff role of a league from somebody. For its admins.
    async fn league_staff_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: LeagueRoleInput,
    ) -> ApiResult<LeaguePayload> {
        let (league_id, user_id) = (parse_id(&input.league_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::LeagueStaffRemove { league_id, user_id }).await
    }

    /// Links an organization to a league. For admins of the league who are admins of the organization.
    async fn league_organization_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: LeagueOrganizationInput,
    ) -> ApiResult<LeaguePayload> {
        let league_id = parse_id(&input.league_id)?;
        let organization_id = parse_id(&input.organization_id)?;
        done(ctx, input.call, service::LeagueOrganizationLink { league_id, organization_id }).await
    }

    /// Unlinks an organization from a league; refused for the last one. For admins of the league.
    async fn league_organization_unlink(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: LeagueOrganizationInput,
    ) -> ApiResult<LeaguePayload> {
        let league_id = parse_id(&input.league_id)?;
        let organization_id = parse_id(&input.organization_id)?;
        done(ctx, input.call, service::LeagueOrganizationUnlink { league_id, organization_id }).await
    }
}

async fn done(
    ctx: &Context<'_>,
    call: CallInput,
    command: impl Command<Outcome = LeagueId>,
) -> ApiResult<LeaguePayload> {
    let answered = run(ctx, call, command).await?;
    let league = League::load_some(ctx, answered.outcome).await?;
    Ok(LeaguePayload { league, report: answered.report })
}
