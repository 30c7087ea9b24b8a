//! What site staff do to people.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run, run_with_guild};
use super::profile::PositionsInput;
use crate::graphql::context::ApiResult;
use crate::graphql::node::parse_id;
use crate::graphql::types::User;
use crate::service::guild::Guilds;
use crate::service::{Command, user as service};
use crate::types::{OrganizationId, UserId, Viewer};

/// What site staff do to people.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UserMutation;

/// A user to make.
#[derive(Debug, InputObject)]
pub(crate) struct UserCreateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// Unique name, at most 150 characters.
    username: String,
    /// Name to be shown by, at most 100 characters.
    nickname: Option<String>,
    /// Private address, or empty.
    #[graphql(default)]
    email: String,
    /// Snowflake of the Discord account that may sign in as this user.
    discord_id: Option<String>,
    /// Steam id as text, Steam64 or Steam32.
    steam_id: Option<String>,
    /// MMR, 0 to 20000.
    mmr: Option<i32>,
    /// How much the user likes each role.
    positions: Option<PositionsInput>,
}

/// A member of a Discord server who gets an account.
#[derive(Debug, InputObject)]
pub(crate) struct UserCreateFromDiscordInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization whose Discord server it is.
    organization_id: ID,
    /// Snowflake of the member.
    discord_id: String,
}

/// What to change of somebody's profile; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct UserUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The user.
    id: ID,
    /// Refused with `STALE_VERSION` if the user is at another version by now.
    expected_version: Option<i32>,
    /// Unique name, at most 150 characters.
    username: Option<String>,
    /// Name to be shown by, at most 100 characters; null for none.
    nickname: MaybeUndefined<String>,
    /// Private address, or empty.
    email: Option<String>,
    /// Steam id as text, Steam64 or Steam32; null for none.
    steam_id: MaybeUndefined<String>,
    /// MMR, 0 to 20000; null if it is unknown.
    mmr: MaybeUndefined<i32>,
    /// How much the user likes each role.
    positions: Option<PositionsInput>,
    /// The user plays ranked, so that the MMR is to be verified now and then.
    has_active_dota_mmr: Option<bool>,
}

/// Whom to deactivate.
#[derive(Debug, InputObject)]
pub(crate) struct UserDeactivateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The user.
    user_id: ID,
    /// Refused with `STALE_VERSION` if the user is at another version by now.
    expected_version: Option<i32>,
}

/// Which site roles to give or take; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct UserRolesSetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The user.
    user_id: ID,
    /// Refused with `STALE_VERSION` if the user is at another version by now.
    expected_version: Option<i32>,
    /// Works for the site.
    is_staff: Option<bool>,
    /// May do everything.
    is_superuser: Option<bool>,
}

/// An MMR that was seen.
#[derive(Debug, InputObject)]
pub(crate) struct UserVerifyMmrInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The user.
    user_id: ID,
    /// Refused with `STALE_VERSION` if the user is at another version by now.
    expected_version: Option<i32>,
    /// MMR, 0 to 20000.
    mmr: i32,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct UserPayload {
    /// The user as they are now; null if nothing was done.
    user: Option<User>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What site staff do to people.
#[Object]
impl UserMutation {
    /// Makes a user who never signed in. For site staff.
    async fn user_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user.")] input: UserCreateInput,
    ) -> ApiResult<UserPayload> {
        let command = service::UserCreate {
            username: input.username,
            nickname: input.nickname,
            email: input.email,
            discord_id: input.discord_id,
            steam_id: input.steam_id,
            mmr: input.mmr,
            positions: input.positions.unwrap_or_default().into(),
        };
        done(ctx, input.call, command).await
    }

    /// Makes an account of a member of an organization's Discord server, with the names and the picture they have there;
    /// their first login leads to it. For site staff.
    async fn user_create_from_discord(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: UserCreateFromDiscordInput,
    ) -> ApiResult<UserPayload> {
        let organization_id: OrganizationId = parse_id(&input.organization_id)?;
        let whom = (organization_id, input.discord_id.as_str());
        let create = async |guilds: &Guilds, viewer: &Viewer, key: Option<&str>| {
            guilds.create_user(viewer, key, whom).await
        };
        let answered = run_with_guild(ctx, input.call, create).await?;
        let user = User::load_some(ctx, answered.outcome).await?;
        Ok(UserPayload { user, report: answered.report })
    }

    /// Changes somebody's profile. For site staff.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UserUpdateInput,
    ) -> ApiResult<UserPayload> {
        let command = service::UserUpdate {
            id: parse_id(&input.id)?,
            expected_version: input.expected_version,
            profile: service::ProfileFields {
                nickname: input.nickname.into(),
                steam_id: input.steam_id.into(),
                positions: input.positions.unwrap_or_default().into(),
                has_active_dota_mmr: input.has_active_dota_mmr,
            },
            username: input.username,
            email: input.email,
            mmr: input.mmr.into(),
        };
        done(ctx, input.call, command).await
    }

    /// Takes somebody off the site: they cannot sign in, hold no role, and nothing tells who they were. What they played
    /// stays. Refused while they own an organization. For site staff; a superuser deactivates those with a site role.
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: UserDeactivateInput,
    ) -> ApiResult<UserPayload> {
        let command = service::UserDeactivate {
            user_id: parse_id(&input.user_id)?,
            expected_version: input.expected_version,
        };
        done(ctx, input.call, command).await
    }

    /// Makes somebody site staff or superuser, or takes it back. For superusers; the last one stays one.
    async fn user_roles_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which roles.")] input: UserRolesSetInput,
    ) -> ApiResult<UserPayload> {
        let command = service::UserRolesSet {
            user_id: parse_id(&input.user_id)?,
            expected_version: input.expected_version,
            is_staff: input.is_staff,
            is_superuser: input.is_superuser,
        };
        done(ctx, input.call, command).await
    }

    /// Notes the MMR that somebody was seen to have, as verified now. For site staff.
    async fn user_verify_mmr(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The MMR.")] input: UserVerifyMmrInput,
    ) -> ApiResult<UserPayload> {
        let command = service::UserVerifyMmr {
            user_id: parse_id(&input.user_id)?,
            expected_version: input.expected_version,
            mmr: input.mmr,
        };
        done(ctx, input.call, command).await
    }
}

async fn done(
    ctx: &Context<'_>,
    call: CallInput,
    command: impl Command<Outcome = UserId>,
) -> ApiResult<UserPayload> {
    let answered = run(ctx, call, command).await?;
    let user = User::load_some(ctx, answered.outcome).await?;
    Ok(UserPayload { user, report: answered.report })
}
