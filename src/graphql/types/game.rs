//! Games as the API shows them: nodes of a bracket, with their links and badges.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::enums::{BracketType, EliminationType, GameStatus, Slot};
use super::{League, Team, Tournament};
use crate::db::models::{GameRow, GamesOfTournament, TournamentRow};
use crate::domain::bracket::{BadgeNode, Badges, badges, is_free};
use crate::domain::policy::{self, Action, Scope};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::rights::league_rights;
use crate::graphql::scalars::DateTime;
use crate::types::{self, EntityId as _, GameId};

/// One series: of a bracket, or a free game of a tournament or a league.
#[derive(Clone, Debug)]
pub(crate) struct Game {
    row: Arc<GameRow>,
    /// The letters of the whole bracket, when the game was loaded with it.
    badges: Option<Arc<Badges>>,
}

/// Wins and losses on entering a Swiss game.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct SwissRecord {
    /// Series won.
    pub(crate) wins: i32,
    /// Series lost.
    pub(crate) losses: i32,
}

impl Game {
    /// A game loaded by itself.
    pub(in crate::graphql) fn new(row: Arc<GameRow>) -> Self {
        Self { row, badges: None }
    }

    /// The games of one bracket, by part, round and position.
    pub(super) fn of_bracket(mut rows: Vec<Arc<GameRow>>) -> Vec<Self> {
        let letters = Arc::new(letters(&rows));
        rows.sort_by_key(|it| (it.bracket_type, it.round, it.position, it.id));
        rows.into_iter().map(|row| Self { row, badges: Some(Arc::clone(&letters)) }).collect()
    }

    /// The games with these keys, in the same order.
    pub(in crate::graphql) async fn load_many(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = GameId>,
    ) -> ApiResult<Vec<Self>> {
        Ok(ctx.loaders().many::<GameRow>(ids).await?.into_iter().map(Self::new).collect())
    }

    pub(in crate::graphql) async fn load_optional(ctx: &Context<'_>, id: Option<GameId>) -> Nullable<Self> {
        let row = ctx.loaders().one::<GameRow>(id?).await;
        row.map(|row| row.map(Self::new)).map_err(Into::into).transpose()
    }

    async fn letters(&self, ctx: &Context<'_>) -> ApiResult<Arc<Badges>> {
        if let Some(badges) = &self.badges {
            return Ok(Arc::clone(badges));
        }
        let rows = match self.row.tournament_id {
            Some(id) => ctx.loaders().children::<GamesOfTournament>(id).await?,
            None => vec![Arc::clone(&self.row)],
        };
        Ok(Arc::new(letters(&rows)))
    }

    async fn slot_badge(&self, ctx: &Context<'_>, slot: types::Slot) -> Nullable<String> {
        let letters = self.letters(ctx).await;
        letters.map(|it| it.of_slot(self.row.id, slot).map(str::to_owned)).transpose()
    }
}

fn letters(rows: &[Arc<GameRow>]) -> Badges {
    let nodes: Vec<BadgeNode> = rows
        .iter()
        .map(|it| BadgeNode {
            id: it.id,
            bracket_type: it.bracket_type,
            round: it.round,
            position: it.position,
            loser_next_game_id: it.loser_next_game_id,
            loser_next_slot: it.loser_next_game_slot,
        })
        .collect();
    badges(&nodes)
}

/// One series: of a bracket, or a free game of a tournament or a league.
#[Object]
impl Game {
    /// Global id, for example `Game:42`.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_global().into()
    }

    /// Primary key, for URLs.
    async fn pk(&self) -> i64 {
        self.row.id.pk()
    }

    /// Grows by 1 with every change.
    pub(crate) async fn version(&self) -> i32 {
        self.row.version
    }

    /// When the game last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// The tournament it belongs to; null for a game of a league alone.
    async fn tournament(&self, ctx: &Context<'_>) -> Nullable<Tournament> {
        Tournament::load(ctx, self.row.tournament_id?).await.transpose()
    }

    /// The league it belongs to if it belongs to no tournament.
    async fn league(&self, ctx: &Context<'_>) -> Nullable<League> {
        League::load_optional(ctx, self.row.league_id).await
    }

    /// Which part of the bracket.
    async fn bracket_type(&self) -> BracketType {
        self.row.bracket_type.into()
    }

    /// Round within that part, from 1.
    async fn round(&self) -> i32 {
        self.row.round
    }

    /// Position within the round, from 0.
    async fn position(&self) -> i32 {
        self.row.position
    }

    /// What happens to the loser.
    async fn elimination_type(&self) -> EliminationType {
        self.row.elimination_type.into()
    }

    /// Where it stands.
    async fn status(&self) -> GameStatus {
        self.row.status.into()
    }

    /// Only one team can ever be in it, which goes on without playing.
    async fn is_bye(&self) -> bool {
        self.row.is_bye
    }

    /// The team on Radiant; null until it is known.
    async fn radiant_team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        Team::load_optional(ctx, self.row.radiant_team_id).await
    }

    /// The team on Dire; null until it is known.
    async fn dire_team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        Team::load_optional(ctx, self.row.dire_team_id).await
    }

    /// The winner; null until it is decided.
    async fn winning_team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        Team::load_optional(ctx, self.row.winning_team_id).await
    }

    /// The seat of the winner; null until it is decided.
    async fn winner_slot(&self) -> Option<Slot> {
        let winner = self.row.winning_team_id?;
        let is_radiant = self.row.radiant_team_id == Some(winner);
        Some(if is_radiant { Slot::Radiant } else { Slot::Dire })
    }

    /// It stands outside every bracket: it was paired by hand, leads nowhere and places nobody. Only such games can be
    /// changed by `gameUpdate` and deleted.
    async fn is_free(&self) -> bool {
        is_free(self.row.tournament_id, self.row.bracket_type)
    }

    /// Where the winner goes.
    async fn next_game(&self, ctx: &Context<'_>) -> Nullable<Game> {
        Self::load_optional(ctx, self.row.next_game_id).await
    }

    /// The winner's seat there.
    async fn next_slot(&self) -> Option<Slot> {
        self.row.next_game_slot.filter(|_| self.row.next_game_id.is_some()).map(Into::into)
    }

    /// Where the loser goes.
    async fn loser_next_game(&self, ctx: &Context<'_>) -> Nullable<Game> {
        Self::load_optional(ctx, self.row.loser_next_game_id).await
    }

    /// The loser's seat there.
    async fn loser_next_slot(&self) -> Option<Slot> {
        self.row.loser_next_game_slot.filter(|_| self.row.loser_next_game_id.is_some()).map(Into::into)
    }

    /// Dota 2 match id. A string: it exceeds 32 bits.
    async fn steam_match_id(&self) -> Option<String> {
        self.row.steam_match_id.map(|id| id.to_string())
    }

    /// Record on entering a Swiss game, 0–0 unless it was imported; null elsewhere.
    async fn swiss_record(&self) -> Option<SwissRecord> {
        let is_swiss = self.row.bracket_type == types::BracketType::Swiss;
        is_swiss
            .then_some(SwissRecord { wins: self.row.swiss_record_wins, losses: self.row.swiss_record_losses })
    }

    /// Letter that a game of the winners bracket shares with the seat its loser drops to.
    async fn badge(&self, ctx: &Context<'_>) -> Nullable<String> {
        let letters = self.letters(ctx).await;
        letters.map(|it| it.of_game(self.row.id).map(str::to_owned)).transpose()
    }

    /// Letter of the game whose loser takes the Radiant seat.
    async fn radiant_badge(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.slot_badge(ctx, types::Slot::Radiant).await
    }

    /// Letter of the game whose loser takes the Dire seat.
    async fn dire_badge(&self, ctx: &Context<'_>) -> Nullable<String> {
        self.slot_badge(ctx, types::Slot::Dire).await
    }

    /// May the caller report the result?
    async fn viewer_can_report(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        if ctx.viewer().user_id.is_none() {
            return Ok(false);
        }
        let tournament = match self.row.tournament_id {
            Some(id) => ctx.loaders().one::<TournamentRow>(id).await?,
            None => None,
        };
        let rights = async |id| match id {
            Some(id) => league_rights(ctx.loaders(), id).await.map(Some),
            None => Ok(None),
        };
        let own = rights(self.row.league_id).await?;
        let of_tournament = rights(tournament.and_then(|it| it.league_id)).await?;
        let scope = Scope::game(own.as_ref(), of_tournament.as_ref());
        Ok(policy::can(ctx.viewer(), Action::GameReport, &scope))
    }
}
