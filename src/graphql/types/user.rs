//! People as the API shows them. Private fields answer the user and site staff only (DOMAIN §6).

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::enums::ProfileIssue;
use super::positions::{Positions, positions_of};
use super::{Game, Team, Tournament};
use crate::db::models::{
    GameFilter, GameOrder, TeamRow, TeamsOfUser, TournamentFilter, TournamentOrder, TournamentRow, UserRow,
};
use crate::db::{Direction, Listing, PageRequest};
use crate::domain::policy::{self, Action, Scope};
use crate::domain::user as rules;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_instant, connection};
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, TeamMembershipKind, UserId};

/// Most games of `recentGames`.
const MAX_RECENT_GAMES: i32 = 50;

/// A person: player, captain, staff.
#[derive(Clone, Debug)]
pub(crate) struct User(pub(crate) Arc<UserRow>);

impl User {
    /// The Discord id, unless the account was deactivated: it is kept to keep them out, and shown to nobody.
    fn shown_discord_id(&self) -> Option<&str> {
        self.0.discord_id.as_deref().filter(|_| self.0.is_active)
    }

    /// The user with this key, if there is one.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: UserId) -> ApiResult<Option<Self>> {
        Ok(ctx.loaders().one::<UserRow>(id).await?.map(Self))
    }

    /// The user a nullable column points to.
    pub(in crate::graphql) async fn load_optional(ctx: &Context<'_>, id: Option<UserId>) -> Nullable<Self> {
        Self::load(ctx, id?).await.transpose()
    }

    /// The user a mutation was about, if it did anything.
    pub(in crate::graphql) async fn load_some(
        ctx: &Context<'_>,
        id: Option<UserId>,
    ) -> ApiResult<Option<Self>> {
        Self::load_optional(ctx, id).await.transpose()
    }

    /// The users with these keys, in the same order.
    pub(in crate::graphql) async fn load_many(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = UserId>,
    ) -> ApiResult<Vec<Self>> {
        Ok(ctx.loaders().many::<UserRow>(ids).await?.into_iter().map(Self).collect())
    }
}

/// A person: player, captain, staff.
#[Object]
impl User {
    /// Global id, for example `User:42`.
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

    /// When the user last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When the user joined.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Unique name, taken from Discord.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// Name the user chose to be shown by.
    async fn nickname(&self) -> Option<&str> {
        self.0.nickname.as_deref()
    }

    /// The nickname, else the username.
    async fn display_name(&self) -> &str {
        rules::display_name(self.0.nickname.as_deref(), &self.0.username)
    }

    /// Picture at Discord's CDN; null without a Discord id.
    async fn avatar_url(&self) -> Option<String> {
        rules::avatar_url(self.shown_discord_id(), self.0.avatar.as_deref())
    }

    /// Discord snowflake. A string: it exceeds 32 bits.
    async fn discord_id(&self) -> Option<&str> {
        self.shown_discord_id()
    }

    /// Matchmaking rating as known to the site staff.
    async fn mmr(&self) -> Option<i32> {
        self.0.mmr
    }

    /// MMR corrected by results in leagues.
    async fn league_mmr(&self) -> Option<i32> {
        self.0.league_mmr
    }

    /// Steam64 id as decimal text: it fits neither a 32-bit Int nor a JavaScript number.
    async fn steam_id(&self) -> Option<String> {
        self.0.steam_id.map(|id| id.to_string())
    }

    /// Steam32 account id as decimal text, the number Dota 2 shows.
    async fn steam_account_id(&self) -> Option<String> {
        self.0.steam_account_id.map(|id| id.to_string())
    }

    /// How much the user likes each role.
    async fn positions(&self) -> Positions {
        positions_of(&self.0).into()
    }

    /// False once the account was deactivated: nobody can sign in, and nothing tells whose it was.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// The user says to play ranked, so that the MMR is to be verified now and then.
    async fn has_active_dota_mmr(&self) -> bool {
        self.0.has_active_dota_mmr
    }

    /// When site staff last verified the MMR.
    async fn mmr_verified_at(&self) -> Option<DateTime> {
        self.0.dota_mmr_last_verified_at.map(Into::into)
    }

    /// Badge: works for the site.
    async fn is_staff(&self) -> bool {
        self.0.is_staff
    }

    /// Badge: may do everything.
    async fn is_superuser(&self) -> bool {
        self.0.is_superuser
    }

    /// Private: null unless the caller is this user or site staff.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        let scope = Scope::user(self.0.id, self.0.steam_id.is_some());
        policy::can(ctx.viewer(), Action::UserReadEmail, &scope).then_some(self.0.email.as_str())
    }

    /// What the profile lacks for drafting and seeding.
    async fn profile_issues(&self) -> Vec<ProfileIssue> {
        let issues = rules::profile_issues(self.0.mmr, self.0.steam_id, &positions_of(&self.0));
        issues.into_iter().map(Into::into).collect()
    }

    /// Tournaments the user is registered for, latest first.
    async fn tournaments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> ApiResult<Paged<Tournament>> {
        let filter = TournamentFilter { player_id: Some(self.0.id), ..TournamentFilter::default() };
        let list = ListKey::new("user.tournaments", &filter);
        let page = PageArgs::forward(first, after).parse(&list)?;
        let order = (TournamentOrder::StartsAt, Direction::Descending);
        let slice = ctx.loaders().list(Listing { filter: filter.clone(), order, page: page.clone() }).await?;
        Ok(connection(
            slice,
            (&list, &page),
            Counted::Tournaments(filter),
            |row: &Arc<TournamentRow>| by_instant(row.starts_at, row.id.pk()),
            |row| (Tournament(row), Default::default()),
        ))
    }

    /// Teams the user is a member of, latest first; each knows its tournament and placement.
    async fn teams(&self, ctx: &Context<'_>) -> ApiResult<Vec<Team>> {
        let memberships = ctx.loaders().related::<TeamsOfUser>(self.0.id).await?;
        let as_member = memberships.iter().rev().filter(|it| it.kind == TeamMembershipKind::Member);
        let teams = ctx.loaders().many::<TeamRow>(as_member.map(|it| it.team_id)).await?;
        Ok(teams.into_iter().map(Team).collect())
    }

    /// Games of teams the user is a member of, latest first.
    async fn recent_games(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 50.", default = 10)] first: i32,
    ) -> ApiResult<Vec<Game>> {
        let limit = u32::try_from(first).ok().filter(|_| (1..=MAX_RECENT_GAMES).contains(&first));
        let limit = limit.ok_or_else(|| {
            crate::graphql::ApiError::bad_input(format!("`first` must be between 1 and {MAX_RECENT_GAMES}"))
        })?;
        let filter = GameFilter { player_id: Some(self.0.id), ..GameFilter::default() };
        let page = PageRequest::first(limit);
        let order = (GameOrder, Direction::Descending);
        let slice = ctx.loaders().list(Listing { filter, order, page }).await?;
        Ok(slice.rows.into_iter().map(Game::new).collect())
    }
}
