//! Tournaments as the API shows them: the root of the graph a frontend reads.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::enums::{TournamentState, TournamentType};
use super::tournament_players::{TournamentPlayers, tournament_players};
use super::{Draft, Game, League, Team, User};
use crate::db::models::{
    DraftOfTournament, GamesOfTournament, LeagueRow, PlayersOfTournament, TeamsOfTournament, TournamentRow,
};
use crate::domain::policy::Action;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::page::PageArgs;
use crate::graphql::rights::can_on_tournament;
use crate::graphql::scalars::DateTime;
use crate::graphql::whole::Whole;
use crate::types::{EntityId as _, TournamentId, UserId};

/// One event: players sign up, captains draft teams, games decide a winner.
#[derive(Clone, Debug)]
pub(crate) struct Tournament(pub(crate) Arc<TournamentRow>);

/// The games of a tournament and how they lead to each other.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Bracket {
    /// The games, by part of the bracket, round and position.
    pub(crate) games: Vec<Game>,
}

impl Tournament {
    /// The tournament with this key, if there is one.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: TournamentId) -> ApiResult<Option<Self>> {
        Ok(ctx.loaders().one::<TournamentRow>(id).await?.map(Self))
    }

    /// The tournament a mutation was about, if it did anything.
    pub(in crate::graphql) async fn load_some(
        ctx: &Context<'_>,
        id: Option<TournamentId>,
    ) -> ApiResult<Option<Self>> {
        match id {
            Some(id) => Self::load(ctx, id).await,
            None => Ok(None),
        }
    }

    pub(in crate::graphql) fn row_id(&self) -> TournamentId {
        self.0.id
    }

    /// The ids of distinct registered players who captain one of the teams, in order of team.
    async fn captain_ids(&self, ctx: &Context<'_>) -> ApiResult<Vec<UserId>> {
        let teams = ctx.loaders().children::<TeamsOfTournament>(self.0.id).await?;
        let players = ctx.loaders().related::<PlayersOfTournament>(self.0.id).await?;
        let is_player = |id: &UserId| players.iter().any(|it| it.user_id == *id);
        Ok(teams.iter().filter_map(|team| team.captain_id).filter(is_player).collect())
    }
}

/// One event: players sign up, captains draft teams, games decide a winner.
#[Object]
impl Tournament {
    /// Global id, for example `Tournament:42`.
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

    /// When the tournament last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When the tournament was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Name; not unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it is played.
    async fn starts_at(&self) -> DateTime {
        self.0.starts_at.into()
    }

    /// IANA name, for example `Europe/London`: how to show `startsAt` to people.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// Where it stands.
    async fn state(&self) -> TournamentState {
        self.0.state.into()
    }

    /// How games lead to a winner.
    async fn tournament_type(&self) -> TournamentType {
        self.0.tournament_type.into()
    }

    /// The final is played again when the team of the losers bracket wins it.
    async fn has_grand_final_reset(&self) -> bool {
        self.0.has_grand_final_reset
    }

    /// Id at Valve under which matches are found: the tournament's own, else its league's.
    async fn steam_league_id(&self, ctx: &Context<'_>) -> Nullable<i32> {
        if let Some(id) = self.0.steam_league_id {
            return Some(Ok(id));
        }
        let league = ctx.loaders().one::<LeagueRow>(self.0.league_id?).await;
        league.map(|row| row.map(|row| row.steam_league_id)).map_err(Into::into).transpose()
    }

    /// The league it belongs to.
    async fn league(&self, ctx: &Context<'_>) -> Nullable<League> {
        League::load_optional(ctx, self.0.league_id).await
    }

    /// Registered players, by username.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection are the API's")]
    async fn players(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Part of the username or nickname, whatever its case.")] search: Option<String>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<TournamentPlayers> {
        tournament_players(ctx, self.0.id, search, PageArgs { first, after, last, before }).await
    }

    /// How many players are registered.
    async fn player_count(&self, ctx: &Context<'_>) -> ApiResult<usize> {
        Ok(ctx.loaders().related::<PlayersOfTournament>(self.0.id).await?.len())
    }

    /// The teams, in draft order.
    async fn teams(&self, ctx: &Context<'_>) -> ApiResult<Vec<Whole<Team>>> {
        let mut teams = ctx.loaders().children::<TeamsOfTournament>(self.0.id).await?;
        teams.sort_by_key(|team| (team.draft_order.unwrap_or(i32::MAX), team.id));
        Ok(teams.into_iter().map(|row| Whole(Team(row))).collect())
    }

    /// How many teams there are.
    async fn team_count(&self, ctx: &Context<'_>) -> ApiResult<usize> {
        Ok(ctx.loaders().children::<TeamsOfTournament>(self.0.id).await?.len())
    }

    /// Registered players who captain one of the teams.
    async fn captains(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        let ids = self.captain_ids(ctx).await?;
        User::load_many(ctx, ids).await
    }

    /// The games.
    async fn bracket(&self, ctx: &Context<'_>) -> ApiResult<Bracket> {
        let games = ctx.loaders().children::<GamesOfTournament>(self.0.id).await?;
        Ok(Bracket { games: Game::of_bracket(games) })
    }

    /// The player draft that makes the teams.
    async fn draft(&self, ctx: &Context<'_>) -> Nullable<Whole<Draft>> {
        let drafts = ctx.loaders().children::<DraftOfTournament>(self.0.id).await;
        let draft = drafts.map(|drafts| drafts.into_iter().next());
        draft.map(|row| row.map(|row| Whole(Draft::new(row)))).map_err(Into::into).transpose()
    }

    /// The team that won; null until the final is decided.
    async fn winning_team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        let id = self.0.winning_team_id?;
        // One of this tournament's teams, which most queries load anyway.
        let teams = ctx.loaders().children::<TeamsOfTournament>(self.0.id).await;
        let team = teams.map(|teams| teams.into_iter().find(|it| it.id == id));
        team.map(|team| team.map(Team)).map_err(Into::into).transpose()
    }

    /// May the caller change the tournament, its players, teams and bracket?
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        can_on_tournament(ctx, &self.0, Action::TournamentUpdate).await
    }

    /// May the caller report and edit games?
    async fn viewer_can_manage_games(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        can_on_tournament(ctx, &self.0, Action::GameUpdate).await
    }
}
