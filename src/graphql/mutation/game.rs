//! Games: results, and games outside every bracket.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{Answered, CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::node::parse_id;
use crate::graphql::types::{Game, GameStatus, Slot, Team, Tournament};
use crate::service::bracket::BracketOutcome;
use crate::service::game as service;
use crate::types::EntityId as _;

/// What is done to games.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GameMutation;

/// Who won a game.
#[derive(Debug, InputObject)]
pub(crate) struct GameReportInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// The seat of the team that won.
    winner: Slot,
    /// Clear the games that rest on another result, too.
    #[graphql(default)]
    cascade: bool,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: i32,
}

/// A result to take back.
#[derive(Debug, InputObject)]
pub(crate) struct GameReportRetractInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// Clear the games that rest on the result, too.
    #[graphql(default)]
    cascade: bool,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: i32,
}

/// Whether a game is being played.
#[derive(Debug, InputObject)]
pub(crate) struct GameStatusSetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// `LIVE` or `PENDING`; a game is completed by its report.
    status: GameStatus,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: Option<i32>,
}

/// A game to make outside every bracket.
#[derive(Debug, InputObject)]
pub(crate) struct GameCreateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament it belongs to. Either this or `leagueId`.
    tournament_id: Option<ID>,
    /// The league it belongs to, and to no tournament of it.
    league_id: Option<ID>,
    /// Who plays on Radiant: a team of the tournament, or of any tournament of the league.
    radiant_team_id: Option<ID>,
    /// Who plays on Dire: a team of the tournament, or of any tournament of the league.
    dire_team_id: Option<ID>,
    /// Round it is shown in, from 1.
    #[graphql(default = 1)]
    round: i32,
}

/// What to change of a game outside every bracket; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct GameUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// Who plays on Radiant; null for nobody.
    radiant_team_id: MaybeUndefined<ID>,
    /// Who plays on Dire; null for nobody.
    dire_team_id: MaybeUndefined<ID>,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: Option<i32>,
}

/// Which game to delete.
#[derive(Debug, InputObject)]
pub(crate) struct GameDeleteInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: Option<i32>,
    /// Delete it although its result is lost.
    #[graphql(default)]
    confirm_discard_results: bool,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct GamePayload {
    /// The game as it is now; null if nothing was done.
    game: Option<Game>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it, and what followed from it.
#[derive(Debug, SimpleObject)]
pub(crate) struct GameReportPayload {
    /// The game as it is now; null if nothing was done.
    game: Option<Game>,
    /// Other games that changed: where teams moved on to, or were taken back from; in the order of the bracket.
    affected_games: Vec<Game>,
    /// Global ids of the games that are no more: a second grand final that is not needed after all.
    deleted_game_ids: Vec<ID>,
    /// Teams whose placement changed.
    teams: Vec<Team>,
    /// The tournament; null if nothing was done, or the game belongs to none.
    tournament: Option<Tournament>,
    /// The final is decided: the tournament may be set to `PAST` by `tournamentUpdate`, which is left to its staff.
    is_decided: bool,
    /// Who won the tournament; null until the final is decided.
    winning_team: Option<Team>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct GameDeletePayload {
    /// Global id of the game that is no more; null if nothing was done.
    deleted_id: Option<ID>,
    /// The tournament it was in; null if nothing was done, or it was in none.
    tournament: Option<Tournament>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to games.
#[Object]
impl GameMutation {
    /// Says who won a game and moves both teams on; a decided final names the winner of the tournament. Another winner
    /// than before takes back what the old result did; the same winner again changes nothing. For staff of the league.
    async fn game_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who won.")] input: GameReportInput,
    ) -> ApiResult<GameReportPayload> {
        let command = service::GameReport {
            game_id: parse_id(&input.game_id)?,
            winner: input.winner.into(),
            cascade: input.cascade,
            expected_version: input.expected_version,
        };
        report(ctx, run(ctx, input.call, command).await?).await
    }

    /// Takes back the result of a game and all that it did; the game is pending again. For staff of the league.
    async fn game_report_retract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which result.")] input: GameReportRetractInput,
    ) -> ApiResult<GameReportPayload> {
        let command = service::GameReportRetract {
            game_id: parse_id(&input.game_id)?,
            cascade: input.cascade,
            expected_version: input.expected_version,
        };
        report(ctx, run(ctx, input.call, command).await?).await
    }

    /// Says that a game is being played, or is not after all. For staff of the league.
    async fn game_status_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the game stands.")] input: GameStatusSetInput,
    ) -> ApiResult<GamePayload> {
        let command = service::GameStatusSet {
            game_id: parse_id(&input.game_id)?,
            status: input.status.into(),
            expected_version: input.expected_version,
        };
        let answered = run(ctx, input.call, command).await?;
        let game = Game::load_optional(ctx, answered.outcome.and_then(|it| it.game_id)).await.transpose()?;
        Ok(GamePayload { game, report: answered.report })
    }

    /// Makes a game outside every bracket: it leads nowhere and places nobody. For staff of the league.
    async fn game_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The game.")] input: GameCreateInput,
    ) -> ApiResult<GamePayload> {
        let home = match (&input.tournament_id, &input.league_id) {
            (Some(id), None) => service::GameHome::Tournament(parse_id(id)?),
            (None, Some(id)) => service::GameHome::League(parse_id(id)?),
            (None, None) | (Some(_), Some(_)) => {
                return Err(ApiError::bad_input("give `tournamentId` or `leagueId`, one of them"));
            }
        };
        let command = service::GameCreate {
            home,
            radiant_team_id: input.radiant_team_id.as_ref().map(parse_id).transpose()?,
            dire_team_id: input.dire_team_id.as_ref().map(parse_id).transpose()?,
            round: input.round,
        };
        let answered = run(ctx, input.call, command).await?;
        let game = Game::load_optional(ctx, answered.outcome).await.transpose()?;
        Ok(GamePayload { game, report: answered.report })
    }

    /// Changes who meets in a pending game outside every bracket. For staff of the league.
    async fn game_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: GameUpdateInput,
    ) -> ApiResult<GamePayload> {
        let team =
            |id: &MaybeUndefined<ID>| id.as_opt_ref().map(|id| id.map(parse_id).transpose()).transpose();
        let command = service::GameUpdate {
            game_id: parse_id(&input.game_id)?,
            radiant_team_id: team(&input.radiant_team_id)?,
            dire_team_id: team(&input.dire_team_id)?,
            expected_version: input.expected_version,
        };
        let answered = run(ctx, input.call, command).await?;
        let game = Game::load_optional(ctx, answered.outcome.and_then(|it| it.game_id)).await.transpose()?;
        Ok(GamePayload { game, report: answered.report })
    }

    /// Deletes a game outside every bracket. For staff of the league.
    async fn game_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: GameDeleteInput,
    ) -> ApiResult<GameDeletePayload> {
        let command = service::GameDelete {
            game_id: parse_id(&input.game_id)?,
            expected_version: input.expected_version,
            confirm_discard_results: input.confirm_discard_results,
        };
        let answered = run(ctx, input.call, command).await?;
        let tournament_id = answered.outcome.and_then(|it| it.tournament_id);
        Ok(GameDeletePayload {
            deleted_id: answered.outcome.map(|it| it.game_id.to_global().into()),
            tournament: Tournament::load_some(ctx, tournament_id).await?,
            report: answered.report,
        })
    }
}

async fn report(ctx: &Context<'_>, answered: Answered<BracketOutcome>) -> ApiResult<GameReportPayload> {
    let outcome = answered.outcome.unwrap_or_default();
    let tournament = Tournament::load_some(ctx, outcome.tournament_id).await?;
    let winner = tournament.as_ref().and_then(|it| it.0.winning_team_id);
    let affected = outcome.games.into_iter().filter(|id| Some(*id) != outcome.game_id);
    Ok(GameReportPayload {
        game: Game::load_optional(ctx, outcome.game_id).await.transpose()?,
        affected_games: Game::load_many(ctx, affected).await?,
        deleted_game_ids: outcome.deleted_games.into_iter().map(|id| id.to_global().into()).collect(),
        teams: Team::load_many(ctx, outcome.teams).await?,
        tournament,
        is_decided: winner.is_some(),
        winning_team: Team::load_optional(ctx, winner).await.transpose()?,
        report: answered.report,
    })
}
