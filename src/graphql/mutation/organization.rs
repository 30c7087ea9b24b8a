//! Organizations and the roles in them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run, run_with_guild};
use crate::graphql::context::ApiResult;
use crate::graphql::node::parse_id;
use crate::graphql::types::Organization;
use crate::service::{Command, organization as service};
use crate::types::{EntityId as _, OrganizationId};

/// What is done to organizations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OrganizationMutation;

/// An organization to make.
#[derive(Debug, InputObject)]
pub(crate) struct OrganizationCreateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// Name, at most 255 characters.
    name: String,
    /// About it, in Markdown; what could run in a reader's browser is taken out.
    #[graphql(default)]
    description: String,
    /// Rules new leagues start with, in Markdown; likewise.
    #[graphql(default)]
    rules_template: String,
    /// URL of a picture, or empty.
    #[graphql(default)]
    logo: String,
    /// Invitation to the Discord server, or empty.
    #[graphql(default)]
    discord_link: String,
    /// Snowflake of the Discord server whose members can be looked up.
    discord_server_id: Option<String>,
    /// IANA time zone.
    #[graphql(default = "America/New_York")]
    timezone: String,
    /// Its owner; the caller unless told.
    owner_id: Option<ID>,
}

/// What to change of an organization; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct OrganizationUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization.
    id: ID,
    /// Refused with `STALE_VERSION` if the organization is at another version by now.
    expected_version: Option<i32>,
    /// Name, at most 255 characters.
    name: Option<String>,
    /// About it, in Markdown; what could run in a reader's browser is taken out.
    description: Option<String>,
    /// Rules new leagues start with, in Markdown; likewise.
    rules_template: Option<String>,
    /// URL of a picture, or empty.
    logo: Option<String>,
    /// Invitation to the Discord server, or empty.
    discord_link: Option<String>,
    /// Snowflake of the Discord server whose members can be looked up; null for none.
    discord_server_id: MaybeUndefined<String>,
    /// IANA time zone.
    timezone: Option<String>,
    /// League that new tournaments are put in unless told otherwise, one of the organization's; null for none.
    default_league_id: MaybeUndefined<ID>,
}

/// Which organization to delete.
#[derive(Debug, InputObject)]
pub(crate) struct OrganizationDeleteInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization.
    id: ID,
    /// Refused with `STALE_VERSION` if the organization is at another version by now.
    expected_version: Option<i32>,
}

/// Who gets or loses a role in an organization.
#[derive(Debug, InputObject)]
pub(crate) struct OrganizationRoleInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization.
    organization_id: ID,
    /// The user.
    user_id: ID,
}

/// Who gets an organization.
#[derive(Debug, InputObject)]
pub(crate) struct OrganizationTransferOwnershipInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization.
    organization_id: ID,
    /// Refused with `STALE_VERSION` if the organization is at another version by now.
    expected_version: Option<i32>,
    /// The new owner: an admin of it, unless a superuser gives it.
    user_id: ID,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct OrganizationPayload {
    /// The organization as it is now; null if nothing was done.
    organization: Option<Organization>,
    #[graphql(flatten)]
    report: CallReport,
}

/// Whose Discord members to fetch anew.
#[derive(Debug, InputObject)]
pub(crate) struct DiscordMembersRefreshInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization.
    organization_id: ID,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct DiscordMembersRefreshPayload {
    /// The organization; null if nothing was done.
    organization: Option<Organization>,
    /// How many members its Discord server has; null if nothing was done.
    member_count: Option<usize>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct OrganizationDeletePayload {
    /// Global id of the organization that is no more; null if nothing was done.
    deleted_id: Option<ID>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to organizations.
#[Object]
impl OrganizationMutation {
    /// Makes an organization. For site staff.
    async fn organization_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] input: OrganizationCreateInput,
    ) -> ApiResult<OrganizationPayload> {
        let command = service::OrganizationCreate {
            name: input.name,
            description: input.description,
            rules_template: input.rules_template,
            logo: input.logo,
            discord_link: input.discord_link,
            discord_server_id: input.discord_server_id,
            timezone: input.timezone,
            owner_id: input.owner_id.as_ref().map(parse_id).transpose()?,
        };
        done(ctx, input.call, command).await
    }

    /// Changes the settings of an organization. For its admins.
    async fn organization_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: OrganizationUpdateInput,
    ) -> ApiResult<OrganizationPayload> {
        let default_league_id = input.default_league_id.as_opt_ref();
        let command = service::OrganizationUpdate {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            name: input.name,
            description: input.description,
            rules_template: input.rules_template,
            logo: input.logo,
            discord_link: input.discord_link,
            discord_server_id: input.discord_server_id.into(),
            timezone: input.timezone,
            default_league_id: default_league_id.map(|id| id.map(parse_id).transpose()).transpose()?,
        };
        done(ctx, input.call, command).await
    }

    /// Deletes an organization and the roles in it. Its leagues stay with the other organizations they belong to; refused
    /// while one belongs to no other. For site staff.
    async fn organization_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: OrganizationDeleteInput,
    ) -> ApiResult<OrganizationDeletePayload> {
        let command = service::OrganizationDelete {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
        };
        let answered = run(ctx, input.call, command).await?;
        let deleted_id = answered.outcome.map(|id| id.to_global().into());
        Ok(OrganizationDeletePayload { deleted_id, report: answered.report })
    }

    /// Makes somebody an admin of an organization; who was staff of it is not any more. For its admins.
    async fn organization_admin_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: OrganizationRoleInput,
    ) -> ApiResult<OrganizationPayload> {
        let (organization_id, user_id) = (parse_id(&input.organization_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::OrganizationAdminAdd { organization_id, user_id }).await
    }

    /// Takes the admin role of an organization from somebody. For its owner.
    async fn organization_admin_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: OrganizationRoleInput,
    ) -> ApiResult<OrganizationPayload> {
        let (organization_id, user_id) = (parse_id(&input.organization_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::OrganizationAdminRemove { organization_id, user_id }).await
    }

    /// Makes somebody staff of an organization. For its admins.
    async fn organization_staff_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: OrganizationRoleInput,
    ) -> ApiResult<OrganizationPayload> {
        let (organization_id, user_id) = (parse_id(&input.organization_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::OrganizationStaffAdd { organization_id, user_id }).await
    }

    /// Takes the staff role of an organization from somebody. For its admins.
    async fn organization_staff_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: OrganizationRoleInput,
    ) -> ApiResult<OrganizationPayload> {
        let (organization_id, user_id) = (parse_id(&input.organization_id)?, parse_id(&input.user_id)?);
        done(ctx, input.call, service::OrganizationStaffRemove { organization_id, user_id }).await
    }

    /// Fetches the members of an organization's Discord server anew, for whoever looks for somebody who joined lately. Once
    /// in five minutes for each organization; earlier it is `RATE_LIMITED`, with `retryAfterMs`. If Discord fails, the
    /// members known before stay, and it can be tried again at once. For its staff.
    async fn discord_members_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: DiscordMembersRefreshInput,
    ) -> ApiResult<DiscordMembersRefreshPayload> {
        let id: OrganizationId = parse_id(&input.organization_id)?;
        let answered = run_with_guild(ctx, input.call, async |guilds, viewer, key| {
            guilds.refresh(viewer, key, id).await
        })
        .await?;
        let refreshed = answered.outcome;
        let organization = Organization::load_some(ctx, refreshed.map(|it| it.organization_id)).await?;
        let member_count = refreshed.map(|it| it.n_members);
        Ok(DiscordMembersRefreshPayload { organization, member_count, report: answered.report })
    }

    /// Gives an organization to another owner; the old one becomes an admin. For its owner.
    async fn organization_transfer_ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: OrganizationTransferOwnershipInput,
    ) -> ApiResult<OrganizationPayload> {
        let command = service::OrganizationTransferOwnership {
            organization_id: parse_id(&input.organization_id)?,
            expected_version: input.expected_version,
            user_id: parse_id(&input.user_id)?,
        };
        done(ctx, input.call, command).await
    }
}

async fn done(
    ctx: &Context<'_>,
    call: CallInput,
    command: impl Command<Outcome = OrganizationId>,
) -> ApiResult<OrganizationPayload> {
    let answered = run(ctx, call, command).await?;
    let organization = Organization::load_some(ctx, answered.outcome).await?;
    Ok(OrganizationPayload { organization, report: answered.report })
}
