//! One pick slot of a draft and the dice that decided whose it is.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::{Team, User};
use crate::db::models::DraftRoundRow;
use crate::domain::draft::TieRollData;
use crate::graphql::ApiError;
use crate::graphql::context::{ApiResult, Nullable};
use crate::graphql::scalars::DateTime;
use crate::types::{DraftRoundId, EntityId as _, TeamId};

/// One pick slot of a draft.
#[derive(Clone, Debug)]
pub(crate) struct DraftRound(pub(crate) Arc<DraftRoundRow>);

impl DraftRound {
    pub(in crate::graphql) fn row_id(&self) -> DraftRoundId {
        self.0.id
    }
}

/// How a tie for the next pick was settled: tied teams roll, the highest stay and roll again until one is left.
#[derive(Clone, Debug)]
pub(crate) struct TieResolution(TieRollData);

/// A team that was tied.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TiedTeam {
    /// The team; null if it is gone.
    pub(crate) team: Option<Team>,
    /// Its name at that moment.
    pub(crate) name: String,
    /// Its total MMR at that moment.
    pub(crate) mmr: i64,
}

/// One time all remaining teams rolled.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RollRound {
    /// One roll for each team still in.
    pub(crate) rolls: Vec<TeamRoll>,
}

/// What one team rolled.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TeamRoll {
    /// The team; null if it is gone.
    pub(crate) team: Option<Team>,
    /// 1 to 6.
    pub(crate) value: u8,
}

/// How a tie for the next pick was settled.
#[Object]
impl TieResolution {
    /// All teams tied at the start.
    async fn tied_teams(&self, ctx: &Context<'_>) -> ApiResult<Vec<TiedTeam>> {
        let tied = self.0.tied_teams.iter().map(async |it| {
            ApiResult::Ok(TiedTeam { team: team(ctx, it.id).await?, name: it.name.clone(), mmr: it.mmr })
        });
        futures_util::future::try_join_all(tied).await
    }

    /// The rolls, in order; each holds only the teams still in.
    async fn roll_rounds(&self, ctx: &Context<'_>) -> ApiResult<Vec<RollRound>> {
        let rounds = self.0.roll_rounds.iter().map(async |round| {
            let rolls = round.iter().map(async |it| {
                ApiResult::Ok(TeamRoll { team: team(ctx, it.team_id).await?, value: it.roll })
            });
            ApiResult::Ok(RollRound { rolls: futures_util::future::try_join_all(rolls).await? })
        });
        futures_util::future::try_join_all(rounds).await
    }

    /// The team that won the roll.
    async fn winner(&self, ctx: &Context<'_>) -> Nullable<Team> {
        team(ctx, self.0.winner_id).await.transpose()
    }
}

impl From<TieRollData> for TieResolution {
    fn from(data: TieRollData) -> Self {
        Self(data)
    }
}

async fn team(ctx: &Context<'_>, id: TeamId) -> ApiResult<Option<Team>> {
    Team::load_optional(ctx, Some(id)).await.transpose()
}

/// One pick slot of a draft.
#[Object]
impl DraftRound {
    /// Global id, for example `DraftRound:42`.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Primary key, for URLs.
    async fn pk(&self) -> i64 {
        self.0.id.pk()
    }

    /// Place in the whole draft, from 1.
    async fn pick_number(&self) -> i32 {
        self.0.pick_number
    }

    /// Which block of one pick per team, from 1.
    async fn pick_phase(&self) -> i32 {
        self.0.pick_phase
    }

    /// Whose turn it is; null until it is decided (shuffle).
    async fn captain(&self, ctx: &Context<'_>) -> Nullable<User> {
        User::load_optional(ctx, self.0.captain_id).await
    }

    /// The team that picks.
    async fn team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        Team::load_optional(ctx, self.0.team_id).await
    }

    /// The player who was picked.
    async fn choice(&self, ctx: &Context<'_>) -> Nullable<User> {
        User::load_optional(ctx, self.0.choice_id).await
    }

    /// When the pick was made; null for an open round and for imported picks.
    async fn picked_at(&self) -> Option<DateTime> {
        self.0.picked_at.map(Into::into)
    }

    /// Dice decided whose turn this is.
    async fn was_tie(&self) -> bool {
        self.0.was_tie
    }

    /// The dice, when they decided.
    async fn tie_resolution(&self) -> Nullable<TieResolution> {
        let data = self.0.tie_roll_data.clone()?;
        Some(serde_json::from_value(data).map(TieResolution).map_err(ApiError::internal))
    }
}
