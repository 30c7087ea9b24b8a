//! The root of every query. Look-ups answer null for what does not exist; lists are connections.

mod lists;

use async_graphql::{Context, ID, Object};

pub(super) use lists::tournament_connection;

use super::context::{ApiResult, ContextExt as _, Nullable};
use super::node::{self, Node, parse_id};
use super::page::{PageArgs, Paged};
use super::types::{
    Draft, Game, HomeStats, League, LeagueFilterInput, LeagueOrder, Organization, OrganizationFilterInput,
    OrganizationOrder, Tournament, TournamentFilterInput, TournamentOrder, User, UserFilterInput, UserOrder,
    Viewer,
};
use super::whole::Whole;
use crate::db::models::{CountSite, GameRow, LeagueRow, OrganizationRow};
use crate::types::{DraftId, GameId, TournamentId, UserId};

/// Everything that can be read.
#[derive(Clone, Copy, Debug)]
pub struct Query;

/// Everything that can be read.
#[Object]
impl Query {
    /// Any object by its global id; null when there is none.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id, for example `Tournament:42`.")] id: ID,
    ) -> Nullable<Node> {
        node::node(ctx, &id).await.transpose()
    }

    /// Objects by their global ids, in the same order; null for those that do not exist.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 global ids.")] ids: Vec<ID>,
    ) -> ApiResult<Vec<Option<Node>>> {
        node::nodes(ctx, &ids).await
    }

    /// The logged-in caller; null when nobody is logged in.
    async fn viewer(&self, ctx: &Context<'_>) -> Nullable<Viewer> {
        Viewer::load(ctx).await.transpose()
    }

    /// The numbers of the home page.
    async fn home_stats(&self, ctx: &Context<'_>) -> ApiResult<HomeStats> {
        Ok((*ctx.loaders().query(CountSite).await?).into())
    }

    /// A person.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`User:42`, or `42` for short.")] id: ID,
    ) -> Nullable<User> {
        let load = async { User::load(ctx, parse_id::<UserId>(&id)?).await };
        load.await.transpose()
    }

    /// People who are active.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection are the API's")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<UserFilterInput>,
        #[graphql(desc = "In which order; by name unless told.")] order_by: Option<UserOrder>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<Paged<User>> {
        let filter = filter.unwrap_or_default().parse()?;
        lists::users(ctx, filter, order_by.unwrap_or_default(), &PageArgs { first, after, last, before })
            .await
    }

    /// A community.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Organization:42`, or `42` for short.")] id: ID,
    ) -> Nullable<Organization> {
        let load = async { ApiResult::Ok(ctx.loaders().one::<OrganizationRow>(parse_id(&id)?).await?) };
        load.await.map(|row| row.map(Organization)).transpose()
    }

    /// Communities.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection are the API's")]
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<OrganizationFilterInput>,
        #[graphql(desc = "In which order; by name unless told.")] order_by: Option<OrganizationOrder>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<Paged<Organization>> {
        let filter = filter.unwrap_or_default().parse()?;
        let args = PageArgs { first, after, last, before };
        lists::organizations(ctx, filter, order_by.unwrap_or_default(), &args).await
    }

    /// A series of tournaments.
    async fn league(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`League:42`, or `42` for short.")] id: ID,
    ) -> Nullable<League> {
        let load = async { ApiResult::Ok(ctx.loaders().one::<LeagueRow>(parse_id(&id)?).await?) };
        load.await.map(|row| row.map(League)).transpose()
    }

    /// Series of tournaments.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection are the API's")]
    async fn leagues(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<LeagueFilterInput>,
        #[graphql(desc = "In which order; by name unless told.")] order_by: Option<LeagueOrder>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<Paged<League>> {
        let filter = filter.unwrap_or_default().parse()?;
        lists::leagues(ctx, filter, order_by.unwrap_or_default(), &PageArgs { first, after, last, before })
            .await
    }

    /// One event.
    async fn tournament(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Tournament:42`, or `42` for short.")] id: ID,
    ) -> Nullable<Whole<Tournament>> {
        let load = async { Tournament::load(ctx, parse_id::<TournamentId>(&id)?).await };
        load.await.map(|it| it.map(Whole)).transpose()
    }

    /// Events, latest first unless told.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection are the API's")]
    async fn tournaments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<TournamentFilterInput>,
        #[graphql(desc = "In which order; latest first unless told.")] order_by: Option<TournamentOrder>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<Paged<Tournament>> {
        let filter = filter.unwrap_or_default().parse()?;
        let args = PageArgs { first, after, last, before };
        tournament_connection(ctx, filter, order_by.unwrap_or_default(), &args).await
    }

    /// A player draft.
    async fn draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Draft:42`, or `42` for short.")] id: ID,
    ) -> Nullable<Whole<Draft>> {
        let load = async { Draft::load(ctx, parse_id::<DraftId>(&id)?).await };
        load.await.map(|it| it.map(Whole)).transpose()
    }

    /// A game.
    async fn game(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Game:42`, or `42` for short.")] id: ID,
    ) -> Nullable<Game> {
        let load = async { ApiResult::Ok(ctx.loaders().one::<GameRow>(parse_id::<GameId>(&id)?).await?) };
        load.await.map(|row| row.map(Game::new)).transpose()
    }
}
