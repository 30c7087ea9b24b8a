//! Organizations as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::enums::ViewerRole;
use super::guild::{self, DiscordGuildMember, VoiceChannel};
use super::log::{self, OrganizationLogEntry};
use super::{League, User};
use crate::db::models::{
    LeagueRow, LeaguesOfOrganization, OrganizationRow, RolesOfOrganization, TournamentCountOfLeague,
};
use crate::domain::policy::{self, Action, Refusal, Scope};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::page::{PageArgs, Paged};
use crate::graphql::rights::organization_rights;
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, OrganizationId, RoleKind};

/// A community that runs leagues.
#[derive(Clone, Debug)]
pub(crate) struct Organization(pub(crate) Arc<OrganizationRow>);

impl Organization {
    /// The organization a mutation was about, if it did anything.
    pub(in crate::graphql) async fn load_some(
        ctx: &Context<'_>,
        id: Option<OrganizationId>,
    ) -> ApiResult<Option<Self>> {
        match id {
            Some(id) => Ok(ctx.loaders().one::<OrganizationRow>(id).await?.map(Self)),
            None => Ok(None),
        }
    }

    async fn can(&self, ctx: &Context<'_>, action: Action) -> ApiResult<bool> {
        if ctx.viewer().user_id.is_none() {
            return Ok(false);
        }
        let rights = organization_rights(ctx.loaders(), &self.0).await?;
        Ok(policy::can(ctx.viewer(), action, &Scope::organization(&rights)))
    }

    /// Makes sure that the caller may do this here.
    async fn authorize(&self, ctx: &Context<'_>, action: Action) -> ApiResult<()> {
        let viewer = ctx.viewer();
        if viewer.user_id.is_none() {
            return Err(Refusal::Unauthenticated.into());
        }
        let rights = organization_rights(ctx.loaders(), &self.0).await?;
        Ok(policy::authorize(viewer, action, &Scope::organization(&rights))?)
    }

    async fn with_role(&self, ctx: &Context<'_>, role: RoleKind) -> ApiResult<Vec<User>> {
        let roles = ctx.loaders().related::<RolesOfOrganization>(self.0.id).await?;
        User::load_many(ctx, roles.iter().filter(|it| it.role == role).map(|it| it.user_id)).await
    }

    async fn league_rows(&self, ctx: &Context<'_>) -> ApiResult<Vec<Arc<LeagueRow>>> {
        Ok(ctx.loaders().children::<LeaguesOfOrganization>(self.0.id).await?)
    }
}

/// A community that runs leagues.
#[Object]
impl Organization {
    /// Global id, for example `Organization:42`.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Primary key, for URLs.
    async fn pk(&self) -> i64 {
        self.0.id.pk()
    }

    /// Grows by 1 with every change.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the organization last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When the organization was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Name; not unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// About the organization, in Markdown.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Rules new leagues start with, in Markdown.
    async fn rules_template(&self) -> &str {
        &self.0.rules_template
    }

    /// URL of a picture, or empty.
    async fn logo(&self) -> &str {
        &self.0.logo
    }

    /// Invitation to the Discord server, or empty.
    async fn discord_link(&self) -> &str {
        &self.0.discord_link
    }

    /// Snowflake of the Discord server whose members can be looked up.
    async fn discord_server_id(&self) -> Option<&str> {
        self.0.discord_server_id.as_deref()
    }

    /// IANA time zone new leagues start with.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// Who owns the organization.
    async fn owner(&self, ctx: &Context<'_>) -> Nullable<User> {
        User::load_optional(ctx, self.0.owner_id).await
    }

    /// Who may change settings and give roles, the owner aside.
    async fn admins(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.with_role(ctx, RoleKind::Admin).await
    }

    /// Who may run events.
    async fn staff(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.with_role(ctx, RoleKind::Staff).await
    }

    /// League that new tournaments are put in unless told otherwise.
    async fn default_league(&self, ctx: &Context<'_>) -> Nullable<League> {
        League::load_optional(ctx, self.0.default_league_id).await
    }

    /// Leagues linked to the organization.
    async fn leagues(&self, ctx: &Context<'_>) -> ApiResult<Vec<League>> {
        Ok(self.league_rows(ctx).await?.into_iter().map(League).collect())
    }

    /// How many leagues are linked.
    async fn league_count(&self, ctx: &Context<'_>) -> ApiResult<usize> {
        Ok(self.league_rows(ctx).await?.len())
    }

    /// How many tournaments the linked leagues have.
    async fn tournament_count(&self, ctx: &Context<'_>) -> ApiResult<i64> {
        let leagues = self.league_rows(ctx).await?;
        let counts = leagues.iter().map(|it| ctx.loaders().related::<TournamentCountOfLeague>(it.id));
        let counts = futures_util::future::try_join_all(counts).await?;
        Ok(counts.iter().flat_map(|it| it.iter()).sum())
    }

    /// The caller's highest role here; null without one.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Nullable<ViewerRole> {
        ctx.viewer().user_id?;
        let rights = organization_rights(ctx.loaders(), &self.0).await;
        let role = rights.map(|rights| policy::organization_role(ctx.viewer(), &rights));
        role.map(|role| role.map(ViewerRole::from)).transpose()
    }

    /// May the caller change the settings?
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::OrganizationUpdate).await
    }

    /// May the caller take the admin role from somebody, or give the organization to another owner?
    async fn viewer_can_transfer_ownership(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::OrganizationTransferOwnership).await
    }

    /// May the caller delete the organization?
    async fn viewer_can_delete(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::OrganizationDelete).await
    }

    /// What was done to the organization, newest first. Null unless the caller is staff of it.
    async fn logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> Nullable<Paged<OrganizationLogEntry>> {
        match self.can(ctx, Action::OrganizationLogsRead).await {
            Ok(true) => Some(log::of_organization(ctx, self.0.id, &PageArgs::forward(first, after)).await),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// May the caller see who is a member of the organization's Discord server, and have that fetched anew?
    async fn viewer_can_see_discord_members(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::GuildMembersRead).await
    }

    /// The members of the organization's Discord server, as they were within the last hour: those who fit best first, then
    /// by name. Null if the organization names no server. For its staff; `DISCORD_NOT_CONFIGURED` where the site has no bot.
    async fn discord_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only those one of whose names contains this, whatever its case; at least 2 characters."
        )]
        search: Option<String>,
        #[graphql(desc = "How many, at most 50; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> Nullable<Paged<DiscordGuildMember>> {
        if let Err(error) = self.authorize(ctx, Action::GuildMembersRead).await {
            return Some(Err(error));
        }
        guild::members(ctx, &self.0, search, (first, after)).await.transpose()
    }

    /// The voice channels of the organization's Discord server, and who of its members with an account here sits in which,
    /// as it was within the last seconds. Of more than 200 such members not everybody is looked for. Null if the organization
    /// names no server. For site staff; `DISCORD_NOT_CONFIGURED` where the site has no bot.
    async fn voice_channels(&self, ctx: &Context<'_>) -> Nullable<Vec<VoiceChannel>> {
        if let Err(error) = self.authorize(ctx, Action::VoiceActivityRead).await {
            return Some(Err(error));
        }
        guild::voice_channels(ctx, &self.0).await.transpose()
    }
}
