//! Leagues as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::enums::{RatingSystem, ViewerRole};
use super::log::{self, LeagueLogEntry};
use super::{Game, Organization, TournamentFilterInput, TournamentOrder, User};
use crate::db::Direction;
use crate::db::Listing;
use crate::db::models::{
    GameFilter, GameOrder, GameRow, LeagueRow, OrganizationsOfLeague, RolesOfLeague, TournamentCountOfLeague,
};
use crate::domain::policy::{self, Action, Scope};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::node::parse_id;
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_pk, connection};
use crate::graphql::query::tournament_connection;
use crate::graphql::rights::league_rights;
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, LeagueId, RoleKind};

/// A series of tournaments that share rules and rating.
#[derive(Clone, Debug)]
pub(crate) struct League(pub(crate) Arc<LeagueRow>);

impl League {
    /// The league a nullable column points to.
    pub(in crate::graphql) async fn load_optional(ctx: &Context<'_>, id: Option<LeagueId>) -> Nullable<Self> {
        let row = ctx.loaders().one::<LeagueRow>(id?).await;
        row.map(|row| row.map(Self)).map_err(Into::into).transpose()
    }

    /// The league a mutation was about, if it did anything.
    pub(in crate::graphql) async fn load_some(
        ctx: &Context<'_>,
        id: Option<LeagueId>,
    ) -> ApiResult<Option<Self>> {
        Self::load_optional(ctx, id).await.transpose()
    }

    async fn can(&self, ctx: &Context<'_>, action: Action) -> ApiResult<bool> {
        if ctx.viewer().user_id.is_none() {
            return Ok(false);
        }
        let rights = league_rights(ctx.loaders(), self.0.id).await?;
        Ok(policy::can(ctx.viewer(), action, &Scope::league(&rights)))
    }

    async fn with_role(&self, ctx: &Context<'_>, role: RoleKind) -> ApiResult<Vec<User>> {
        let roles = ctx.loaders().related::<RolesOfLeague>(self.0.id).await?;
        User::load_many(ctx, roles.iter().filter(|it| it.role == role).map(|it| it.user_id)).await
    }
}

/// How results change ratings.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RatingSettings {
    /// Which rule.
    pub(crate) rating_system: RatingSystem,
    /// K factor of players past placement.
    pub(crate) k_factor_default: f64,
    /// K factor during placement.
    pub(crate) k_factor_placement: f64,
    /// Games a player's placement lasts.
    pub(crate) placement_games: i32,
    /// Points won or lost per game under `fixed_delta`.
    pub(crate) fixed_delta: f64,
    /// Old results count less.
    pub(crate) age_decay_enabled: bool,
    /// Days after which a result counts half.
    pub(crate) age_decay_half_life_days: i32,
    /// Least weight of an old result, 0 to 1.
    pub(crate) age_decay_minimum: f64,
    /// Days after which a result cannot be recalculated.
    pub(crate) recalc_max_age_days: i32,
    /// Change of MMR that forbids a recalculation.
    pub(crate) recalc_mmr_threshold: i32,
}

/// A series of tournaments that share rules and rating.
#[Object]
impl League {
    /// Global id, for example `League:42`.
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

    /// When the league last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When the league was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Name; not unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Id of the league at Valve; unique.
    async fn steam_league_id(&self) -> i32 {
        self.0.steam_league_id
    }

    /// About the league, in Markdown.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Rules, in Markdown.
    async fn rules(&self) -> &str {
        &self.0.rules
    }

    /// What can be won, free text.
    async fn prize_pool(&self) -> &str {
        &self.0.prize_pool
    }

    /// IANA time zone of its events.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// When matches were last fetched from Steam.
    async fn last_synced_at(&self) -> Option<DateTime> {
        self.0.last_synced_at.map(Into::into)
    }

    /// How results change ratings.
    async fn rating_settings(&self) -> RatingSettings {
        RatingSettings {
            rating_system: self.0.rating_system.into(),
            k_factor_default: self.0.k_factor_default,
            k_factor_placement: self.0.k_factor_placement,
            placement_games: self.0.placement_games,
            fixed_delta: self.0.fixed_delta,
            age_decay_enabled: self.0.age_decay_enabled,
            age_decay_half_life_days: self.0.age_decay_half_life_days,
            age_decay_minimum: self.0.age_decay_minimum,
            recalc_max_age_days: self.0.recalc_max_age_days,
            recalc_mmr_threshold: self.0.recalc_mmr_threshold,
        }
    }

    /// Organizations the league belongs to.
    async fn organizations(&self, ctx: &Context<'_>) -> ApiResult<Vec<Organization>> {
        let rows = ctx.loaders().children::<OrganizationsOfLeague>(self.0.id).await?;
        Ok(rows.into_iter().map(Organization).collect())
    }

    /// Who may change settings.
    async fn admins(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.with_role(ctx, RoleKind::Admin).await
    }

    /// Who may manage games.
    async fn staff(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.with_role(ctx, RoleKind::Staff).await
    }

    /// How many tournaments the league has.
    async fn tournament_count(&self, ctx: &Context<'_>) -> ApiResult<i64> {
        let counts = ctx.loaders().related::<TournamentCountOfLeague>(self.0.id).await?;
        Ok(counts.iter().sum())
    }

    /// Tournaments of the league.
    async fn tournaments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<TournamentFilterInput>,
        #[graphql(desc = "In which order; latest first unless told.")] order_by: Option<TournamentOrder>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> ApiResult<Paged<super::Tournament>> {
        let mut filter = filter.unwrap_or_default().parse()?;
        if filter.league_id.is_some_and(|id| id != self.0.id) {
            return Err(crate::graphql::ApiError::bad_input("`filter.leagueId` is another league"));
        }
        filter.league_id = Some(self.0.id);
        tournament_connection(ctx, filter, order_by.unwrap_or_default(), &PageArgs::forward(first, after))
            .await
    }

    /// Games of the league and of its tournaments, latest first.
    async fn games(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only games of this tournament.")] tournament_id: Option<ID>,
        #[graphql(desc = "Only games linked to a Steam match.", default = false)] linked_only: bool,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> ApiResult<Paged<Game>> {
        let filter = GameFilter {
            league_id: Some(self.0.id),
            tournament_id: tournament_id.as_ref().map(parse_id).transpose()?,
            is_linked: linked_only,
            player_id: None,
        };
        let list = ListKey::new("league.games", &filter);
        let page = PageArgs::forward(first, after).parse(&list)?;
        let order = (GameOrder, Direction::Descending);
        let listing = Listing { filter: filter.clone(), order, page: page.clone() };
        let slice = ctx.loaders().list(listing).await?;
        Ok(connection(
            slice,
            (&list, &page),
            Counted::Games(filter),
            |row: &Arc<GameRow>| by_pk(row.id.pk()),
            |row| (Game::new(row), Default::default()),
        ))
    }

    /// The caller's highest role here, roles in linked organizations included; null without one.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Nullable<ViewerRole> {
        ctx.viewer().user_id?;
        let rights = league_rights(ctx.loaders(), self.0.id).await;
        let role = rights.map(|rights| policy::league_role(ctx.viewer(), &rights));
        role.map(|role| role.map(ViewerRole::from)).transpose()
    }

    /// May the caller change the settings?
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::LeagueUpdate).await
    }

    /// May the caller make somebody admin, or take that back?
    async fn viewer_can_give_admin(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.can(ctx, Action::LeagueAdminAdd).await
    }

    /// What was done to the league, newest first. Null unless the caller is staff of it.
    async fn logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> Nullable<Paged<LeagueLogEntry>> {
        match self.can(ctx, Action::LeagueLogsRead).await {
            Ok(true) => Some(log::of_league(ctx, self.0.id, &PageArgs::forward(first, after)).await),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
