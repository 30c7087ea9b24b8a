//! Teams as the API shows them: rosters, totals, coverage of positions.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::enums::Position;
use super::positions::positions_of;
use super::{Tournament, User};
use crate::db::models::{MembersOfTeam, TeamRow, TournamentRow, UserRow};
use crate::domain::mmr::PlayerMmr;
use crate::domain::team as rules;
use crate::graphql::ApiError;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, TeamId, TeamMembershipKind, TournamentId, UserId};

/// A team of one tournament.
#[derive(Clone, Debug)]
pub(crate) struct Team(pub(crate) Arc<TeamRow>);

/// How well the members of a team cover one position.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PositionCoverage {
    /// The position.
    pub(crate) position: Position,
    /// Best rank any member gives the position: 1 favourite … 5 least favourite, 6 nobody plays it.
    pub(crate) best_rank: i32,
    /// Mean MMR of the members who play it.
    pub(crate) average_mmr: Option<f64>,
    /// Members who play it, those who like it best first.
    pub(crate) candidates: Vec<User>,
    /// Who plays it when scarce positions choose first.
    pub(crate) assigned: Option<User>,
}

impl Team {
    /// The team a nullable column points to.
    pub(in crate::graphql) async fn load_optional(ctx: &Context<'_>, id: Option<TeamId>) -> Nullable<Self> {
        let row = ctx.loaders().one::<TeamRow>(id?).await;
        row.map(|row| row.map(Self)).map_err(Into::into).transpose()
    }

    /// The team a mutation was about, if it did anything.
    pub(in crate::graphql) async fn load_some(
        ctx: &Context<'_>,
        id: Option<TeamId>,
    ) -> ApiResult<Option<Self>> {
        match id {
            Some(id) => Ok(ctx.loaders().one::<TeamRow>(id).await?.map(Self)),
            None => Ok(None),
        }
    }

    pub(in crate::graphql) fn captain_id(&self) -> Option<UserId> {
        self.0.captain_id
    }

    pub(in crate::graphql) fn tournament_id(&self) -> TournamentId {
        self.0.tournament_id
    }

    /// The teams with these keys, in the same order.
    pub(in crate::graphql) async fn load_many(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = TeamId>,
    ) -> ApiResult<Vec<Self>> {
        Ok(ctx.loaders().many::<TeamRow>(ids).await?.into_iter().map(Self).collect())
    }

    pub(in crate::graphql) fn row_id(&self) -> TeamId {
        self.0.id
    }

    /// The ids of those who belong to the team in this way, in the order they joined.
    async fn ids_of(&self, ctx: &Context<'_>, kind: TeamMembershipKind) -> ApiResult<Vec<UserId>> {
        let everybody = ctx.loaders().related::<MembersOfTeam>(self.0.id).await?;
        Ok(everybody.iter().filter(|it| it.kind == kind).map(|it| it.user_id).collect())
    }

    async fn users_of(&self, ctx: &Context<'_>, kind: TeamMembershipKind) -> ApiResult<Vec<User>> {
        let ids = self.ids_of(ctx, kind).await?;
        User::load_many(ctx, ids).await
    }

    async fn members_mmr(&self, ctx: &Context<'_>) -> ApiResult<Vec<PlayerMmr>> {
        let members = self.users_of(ctx, TeamMembershipKind::Member).await?;
        Ok(members.iter().map(|it| mmr_of(&it.0)).collect())
    }

    async fn captain_mmr(&self, ctx: &Context<'_>) -> ApiResult<Option<PlayerMmr>> {
        let Some(id) = self.0.captain_id else { return Ok(None) };
        Ok(ctx.loaders().one::<UserRow>(id).await?.map(|row| mmr_of(&row)))
    }
}

/// The MMR of a user as the domain's rules take it.
pub(super) fn mmr_of(row: &UserRow) -> PlayerMmr {
    PlayerMmr { id: row.id, mmr: row.mmr }
}

/// A team of one tournament.
#[Object]
impl Team {
    /// Global id, for example `Team:42`.
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

    /// When the team last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The tournament it plays in.
    async fn tournament(&self, ctx: &Context<'_>) -> ApiResult<Tournament> {
        let row = ctx.loaders().one::<TournamentRow>(self.0.tournament_id).await?;
        row.map(Tournament).ok_or_else(ApiError::changed_meanwhile)
    }

    /// Who leads the team and picks for it.
    async fn captain(&self, ctx: &Context<'_>) -> Nullable<User> {
        User::load_optional(ctx, self.0.captain_id).await
    }

    /// First in the line of succession.
    async fn deputy_captain(&self, ctx: &Context<'_>) -> Nullable<User> {
        User::load_optional(ctx, self.0.deputy_captain_id).await
    }

    /// The roster, captain included, in the order they joined.
    async fn members(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.users_of(ctx, TeamMembershipKind::Member).await
    }

    /// Substitutes; they count for neither size nor MMR.
    async fn dropins(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.users_of(ctx, TeamMembershipKind::Dropin).await
    }

    /// Those who were on the roster and left.
    async fn left(&self, ctx: &Context<'_>) -> ApiResult<Vec<User>> {
        self.users_of(ctx, TeamMembershipKind::Left).await
    }

    /// Place in the order of picks, from 1; null until it is chosen.
    async fn draft_order(&self) -> Option<i32> {
        self.0.draft_order
    }

    /// Place in the tournament, from 1; null until it is decided.
    async fn placement(&self) -> Option<i32> {
        self.0.placement
    }

    /// How many members the team has.
    async fn size(&self, ctx: &Context<'_>) -> ApiResult<usize> {
        Ok(self.ids_of(ctx, TeamMembershipKind::Member).await?.len())
    }

    /// No further member fits in.
    async fn is_full(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        Ok(rules::is_full(self.ids_of(ctx, TeamMembershipKind::Member).await?.len()))
    }

    /// Sum of the members' MMR, unknown ones counting 0.
    async fn total_mmr(&self, ctx: &Context<'_>) -> ApiResult<i64> {
        Ok(rules::total_mmr(self.captain_mmr(ctx).await?, &self.members_mmr(ctx).await?))
    }

    /// Mean of the members' MMR, unknown ones counting 0; null without members.
    async fn average_mmr(&self, ctx: &Context<'_>) -> Nullable<f64> {
        self.members_mmr(ctx).await.map(|members| rules::average_mmr(&members)).transpose()
    }

    /// How well the members cover the five positions, from 1 to 5.
    async fn position_coverage(&self, ctx: &Context<'_>) -> ApiResult<Vec<PositionCoverage>> {
        let members = self.users_of(ctx, TeamMembershipKind::Member).await?;
        let profiles: Vec<rules::MemberProfile> = members
            .iter()
            .map(|it| rules::MemberProfile { player: mmr_of(&it.0), positions: positions_of(&it.0) })
            .collect();
        let member = |id: UserId| members.iter().find(|it| it.0.id == id).cloned();
        let coverage = rules::position_coverage(&profiles).into_iter().map(|it| PositionCoverage {
            position: it.position.into(),
            best_rank: it.best_rank,
            average_mmr: it.average_mmr,
            candidates: it.candidates.iter().filter_map(|candidate| member(candidate.user_id)).collect(),
            assigned: it.assigned.and_then(member),
        });
        Ok(coverage.collect())
    }
}
