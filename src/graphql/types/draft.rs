//! Player drafts as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::draft_facts::{DraftFacts, current_round, load_rounds};
use super::draft_pool::{AvailablePlayer, DraftPrediction, DraftTeam, PoolFilter, PoolSort};
use super::enums::{DraftStatus, DraftStyle};
use super::{DraftEvent, DraftRound, Tournament};
use crate::cache::TtlClass;
use crate::cache::reads::Memo;
use crate::db::models::{DraftRow, EventOrder, EventsOfDraft, TournamentRow};
use crate::db::{Direction, Listing};
use crate::domain::policy::{self, Action, Scope};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::error::ApiError;
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_pk, connection};
use crate::graphql::rights::{can_on_tournament, league_rights};
use crate::graphql::scalars::DateTime;
use crate::graphql::whole::Whole;
use crate::types::{self, DraftId, EntityId as _};

/// A player draft: captains pick their teams from the registered players.
#[derive(Clone)]
pub(crate) struct Draft {
    row: Arc<DraftRow>,
    /// Shared by the computed fields of one selection.
    facts: Arc<Memo<DraftFacts>>,
}

impl Draft {
    /// The draft of a row.
    pub(in crate::graphql) fn new(row: Arc<DraftRow>) -> Self {
        Self { row, facts: Arc::default() }
    }

    /// The draft with this key, if there is one.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: DraftId) -> ApiResult<Option<Self>> {
        Ok(ctx.loaders().one::<DraftRow>(id).await?.map(Self::new))
    }

    pub(in crate::graphql) fn row_id(&self) -> DraftId {
        self.row.id
    }

    async fn facts(&self, ctx: &Context<'_>) -> ApiResult<&DraftFacts> {
        self.facts.get_or_try_init(DraftFacts::load(ctx, &self.row)).await
    }

    async fn tournament_row(&self, ctx: &Context<'_>) -> ApiResult<Arc<TournamentRow>> {
        let row = ctx.loaders().one::<TournamentRow>(self.row.tournament_id).await?;
        row.ok_or_else(ApiError::changed_meanwhile)
    }
}

/// A player draft: captains pick their teams from the registered players.
#[Object]
impl Draft {
    /// Global id, for example `Draft:42`.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_global().into()
    }

    /// Primary key, for URLs.
    async fn pk(&self) -> i64 {
        self.row.id.pk()
    }

    /// The `seq` of the newest event: one number for resume and for `expectedVersion`.
    pub(crate) async fn version(&self) -> i32 {
        self.row.version
    }

    /// When the draft last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// The tournament whose teams it makes.
    async fn tournament(&self, ctx: &Context<'_>) -> ApiResult<Tournament> {
        Ok(Tournament(self.tournament_row(ctx).await?))
    }

    /// Who picks when.
    async fn style(&self) -> DraftStyle {
        self.row.style.into()
    }

    /// Where it stands.
    async fn status(&self) -> DraftStatus {
        self.row.status.into()
    }

    /// How often it was started.
    async fn epoch(&self) -> i32 {
        self.row.epoch
    }

    /// When it was last started; null for an imported draft.
    async fn started_at(&self) -> Option<DateTime> {
        self.row.started_at.map(Into::into)
    }

    /// When the last possible pick was made; null for an imported draft.
    async fn completed_at(&self) -> Option<DateTime> {
        self.row.completed_at.map(Into::into)
    }

    /// The picks made and to be made, in order.
    async fn rounds(&self, ctx: &Context<'_>) -> ApiResult<Vec<Whole<DraftRound>>> {
        let rounds = load_rounds(ctx, &self.row).await?.into_iter();
        Ok(rounds.map(|row| Whole(DraftRound(row))).collect())
    }

    /// The pick to be made now; null when all are made.
    async fn current_round(&self, ctx: &Context<'_>) -> Nullable<DraftRound> {
        let rounds = load_rounds(ctx, &self.row).await;
        rounds.map(|rounds| current_round(&rounds).cloned().map(DraftRound)).transpose()
    }

    /// Players who can be picked now.
    async fn available(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<PoolFilter>,
        #[graphql(desc = "In which order; by MMR unless told.")] sort: Option<PoolSort>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
    ) -> ApiResult<Paged<AvailablePlayer>> {
        self.facts(ctx).await?.available(
            filter.unwrap_or_default(),
            sort.unwrap_or_default(),
            &PageArgs::forward(first, after),
        )
    }

    /// Ids of all players who can be picked now: what a client that has the players needs to know.
    async fn available_ids(&self, ctx: &Context<'_>) -> ApiResult<Vec<ID>> {
        Ok(self.facts(ctx).await?.available_ids().into_iter().map(|it| it.to_global().into()).collect())
    }

    /// The teams as the draft counts them.
    async fn teams(&self, ctx: &Context<'_>) -> ApiResult<Vec<DraftTeam>> {
        Ok(self.facts(ctx).await?.standings())
    }

    /// What a greedy draft of each style would give the first and the last team.
    async fn predictions(&self, ctx: &Context<'_>) -> ApiResult<Vec<DraftPrediction>> {
        let compute = async { Ok(self.facts(ctx).await?.predictions()) };
        let predictions =
            ctx.cached("draft.predictions", TtlClass::Predictions, self.row.as_ref(), compute).await?;
        Ok(predictions.iter().copied().map(Into::into).collect())
    }

    /// The log, oldest first.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 25 unless told.")] first: Option<i32>,
        #[graphql(desc = "Continue behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the newest, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> ApiResult<Paged<DraftEvent>> {
        let list = ListKey::new("draft.events", &self.row.id);
        let page = PageArgs { first, after, last, before }.parse(&list)?;
        let order = (EventOrder, Direction::Ascending);
        let listing = Listing { filter: EventsOfDraft(self.row.id), order, page: page.clone() };
        let slice = ctx.loaders().list(listing).await?;
        let rows: Vec<_> = slice
            .rows
            .into_iter()
            .map(|row| DraftEvent::new(Arc::clone(&row)).map(|event| (row, event)))
            .collect::<ApiResult<_>>()?;
        // The log has no gap, so the newest `seq` is its length.
        let n_events = usize::try_from(self.row.version).unwrap_or_default();
        Ok(connection(
            crate::db::Slice { rows, has_more: slice.has_more },
            (&list, &page),
            Counted::Known(n_events),
            |(row, _)| by_pk(row.id.pk()),
            |(_, event)| (event, Default::default()),
        ))
    }

    /// May the caller make the current pick?
    async fn viewer_can_pick(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        let viewer = ctx.viewer();
        if viewer.user_id.is_none() || self.row.status != types::DraftStatus::Running {
            return Ok(false);
        }
        let rounds = load_rounds(ctx, &self.row).await?;
        let Some(captain) = current_round(&rounds).and_then(|it| it.captain_id) else { return Ok(false) };
        let league = match self.tournament_row(ctx).await?.league_id {
            Some(id) => Some(league_rights(ctx.loaders(), id).await?),
            None => None,
        };
        let captains = [captain];
        let scope = Scope::tournament(league.as_ref()).with_captains(&captains);
        Ok(policy::can(viewer, Action::DraftPick, &scope))
    }

    /// May the caller start, undo and rebuild?
    async fn viewer_can_moderate(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        can_on_tournament(ctx, &*self.tournament_row(ctx).await?, Action::DraftModerate).await
    }
}
