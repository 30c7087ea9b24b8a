//! Brackets, and placements set by hand.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{Answered, CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::node::parse_id;
use crate::graphql::types::{Game, Slot, Team, Tournament, TournamentType};
use crate::service::bracket as service;
use crate::types::EntityId as _;

/// What is done to brackets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BracketMutation;

/// How the teams are ordered, best seed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum BracketSeeding {
    /// Highest total MMR first; equal ones by id.
    MmrTotal,
    /// Highest MMR of the captain first, teams without one last; equal ones by id.
    CaptainMmr,
    /// A fair shuffle.
    Random,
    /// As `manualOrder` says.
    Manual,
}

/// A bracket to make.
#[derive(Debug, InputObject)]
pub(crate) struct BracketGenerateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// Who is seeded where.
    #[graphql(default_with = "BracketSeeding::MmrTotal")]
    seeding: BracketSeeding,
    /// Every team once, the best seed first; goes with `MANUAL` and nothing else.
    manual_order: Option<Vec<ID>>,
    /// Single or double elimination, which becomes the tournament's type. The type it has unless told.
    format: Option<TournamentType>,
    /// Play the final again when the team of the losers bracket wins it.
    #[graphql(default)]
    grand_final_reset: bool,
    /// Do it although results, placements and the winner are lost.
    #[graphql(default)]
    confirm_discard_results: bool,
}

/// A bracket to seed anew.
#[derive(Debug, InputObject)]
pub(crate) struct BracketReseedInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// Who is seeded where.
    #[graphql(default_with = "BracketSeeding::MmrTotal")]
    seeding: BracketSeeding,
    /// Every team once, the best seed first; goes with `MANUAL` and nothing else.
    manual_order: Option<Vec<ID>>,
}

/// Who is to sit where.
#[derive(Debug, InputObject)]
pub(crate) struct BracketAssignTeamInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The game.
    game_id: ID,
    /// Which seat of it.
    slot: Slot,
    /// The team; null to empty the seat.
    team_id: MaybeUndefined<ID>,
    /// Refused with `STALE_VERSION` if the game is at another version by now.
    expected_version: Option<i32>,
}

/// A bracket to start over.
#[derive(Debug, InputObject)]
pub(crate) struct BracketResetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// Do it although results, placements and the winner are lost.
    #[graphql(default)]
    confirm_discard_results: bool,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct BracketPayload {
    /// The tournament with its bracket as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    /// Games that were made or changed, in the order of the bracket.
    games: Vec<Game>,
    /// Global ids of the games that are no more.
    deleted_game_ids: Vec<ID>,
    /// Teams whose placement changed.
    teams: Vec<Team>,
    #[graphql(flatten)]
    report: CallReport,
}

/// A placement to set.
#[derive(Debug, InputObject)]
pub(crate) struct TeamPlacementSetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// Its place, 1 or more; null for none.
    placement: MaybeUndefined<i32>,
    /// Refused with `STALE_VERSION` if the team is at another version by now.
    expected_version: Option<i32>,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TeamPlacementSetPayload {
    /// The team as it is now; null if nothing was done.
    team: Option<Team>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to brackets.
#[Object]
impl BracketMutation {
    /// Makes the bracket of a tournament from all of its teams, in place of the one there is. A game whose part, round
    /// and position stay keeps its id; games outside the bracket stay. For those who may edit the tournament.
    async fn bracket_generate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The bracket.")] input: BracketGenerateInput,
    ) -> ApiResult<BracketPayload> {
        let command = service::BracketGenerate {
            tournament_id: parse_id(&input.tournament_id)?,
            seeding: seeding(input.seeding, input.manual_order)?,
            format: input.format.map(Into::into),
            has_grand_final_reset: input.grand_final_reset,
            confirm_discard_results: input.confirm_discard_results,
        };
        payload(ctx, run(ctx, input.call, command).await?).await
    }

    /// Makes the same bracket again with another order of seeds; refused once a game is live or completed. For those
    /// who may edit the tournament.
    async fn bracket_reseed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is seeded where.")] input: BracketReseedInput,
    ) -> ApiResult<BracketPayload> {
        let command = service::BracketReseed {
            tournament_id: parse_id(&input.tournament_id)?,
            seeding: seeding(input.seeding, input.manual_order)?,
        };
        payload(ctx, run(ctx, input.call, command).await?).await
    }

    /// Seats a team in a pending game of a bracket, or empties the seat. Only a seat that no other game fills. For
    /// those who may edit the tournament.
    async fn bracket_assign_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to sit where.")] input: BracketAssignTeamInput,
    ) -> ApiResult<BracketPayload> {
        let command = service::BracketAssignTeam {
            game_id: parse_id(&input.game_id)?,
            slot: input.slot.into(),
            team_id: match input.team_id {
                MaybeUndefined::Value(id) => Some(parse_id(&id)?),
                MaybeUndefined::Null => None,
                MaybeUndefined::Undefined => {
                    return Err(ApiError::bad_input("say which `teamId`, or null to empty the seat"));
                }
            },
            expected_version: input.expected_version,
        };
        payload(ctx, run(ctx, input.call, command).await?).await
    }

    /// Takes a bracket back to where nothing was played: same games, same seeds, no results. For those who may edit the
    /// tournament.
    async fn bracket_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which bracket.")] input: BracketResetInput,
    ) -> ApiResult<BracketPayload> {
        let command = service::BracketReset {
            tournament_id: parse_id(&input.tournament_id)?,
            confirm_discard_results: input.confirm_discard_results,
        };
        payload(ctx, run(ctx, input.call, command).await?).await
    }

    /// Sets the placement of a team by hand. Reported results leave it alone until they place the team differently than
    /// before. For those who may edit the tournament.
    async fn team_placement_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The placement.")] input: TeamPlacementSetInput,
    ) -> ApiResult<TeamPlacementSetPayload> {
        let command = service::TeamPlacementSet {
            team_id: parse_id(&input.team_id)?,
            placement: match input.placement {
                MaybeUndefined::Value(placement) => Some(placement),
                MaybeUndefined::Null => None,
                MaybeUndefined::Undefined => {
                    return Err(ApiError::bad_input("say which `placement`, or null for none"));
                }
            },
            expected_version: input.expected_version,
        };
        let answered = run(ctx, input.call, command).await?;
        let team = Team::load_optional(ctx, answered.outcome).await.transpose()?;
        Ok(TeamPlacementSetPayload { team, report: answered.report })
    }
}

/// The order of seeds: a list goes with a manual one, and only with that.
fn seeding(method: BracketSeeding, order: Option<Vec<ID>>) -> ApiResult<service::Seeding> {
    match (method, order) {
        (BracketSeeding::MmrTotal, None) => Ok(service::Seeding::MmrTotal),
        (BracketSeeding::CaptainMmr, None) => Ok(service::Seeding::CaptainMmr),
        (BracketSeeding::Random, None) => Ok(service::Seeding::Random),
        (BracketSeeding::Manual, Some(order)) => {
            // One that is listed twice is told by the rules, so none is dropped here.
            let order = order.iter().map(parse_id).collect::<ApiResult<Vec<_>>>()?;
            Ok(service::Seeding::Manual(order))
        }
        (BracketSeeding::Manual, None) => {
            Err(ApiError::bad_input("say the order of seeds in `manualOrder`, every team once"))
        }
        (_, Some(_)) => Err(ApiError::bad_input("`manualOrder` goes with `seeding: MANUAL` only")),
    }
}

async fn payload(
    ctx: &Context<'_>,
    answered: Answered<service::BracketOutcome>,
) -> ApiResult<BracketPayload> {
    let outcome = answered.outcome.unwrap_or_default();
    Ok(BracketPayload {
        tournament: Tournament::load_some(ctx, outcome.tournament_id).await?,
        games: Game::load_many(ctx, outcome.games).await?,
        deleted_game_ids: outcome.deleted_games.into_iter().map(|id| id.to_global().into()).collect(),
        teams: Team::load_many(ctx, outcome.teams).await?,
        report: answered.report,
    })
}
