//! What `draftFeed` tells: DOMAIN §2.10 and §8.3.
//!
//! The draft beside an event is that of now: a client that keeps objects by their ids and takes each item's needs no other
//! query, and ends where a fresh snapshot would.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject, Union};

use crate::db::models::{DraftEventRow, DraftRow};
use crate::domain::draft::DraftEventPayload;
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::graphql::error::ApiError;
use crate::graphql::scalars::DateTime;
use crate::graphql::types::{Draft, DraftEvent, DraftRound, load_rounds};
use crate::graphql::whole::Whole;
use crate::live::Item;
use crate::types::DraftId;

/// One item of a draft's feed.
#[derive(Union)]
pub(crate) enum DraftFeedItem {
    /// How everything is.
    Snapshot(DraftSnapshot),
    /// Something happened.
    Event(DraftEventItem),
    /// Nothing happened.
    Heartbeat(DraftHeartbeat),
}

/// The whole draft: the first item, and again when something changed that is no event.
#[derive(SimpleObject)]
pub(crate) struct DraftSnapshot {
    /// The newest event; the snapshot shows what it changed, and maybe more.
    pub(crate) seq: i32,
    /// The feed could not go on behind `after`: forget what is kept of it.
    pub(crate) resync: bool,
    /// The draft.
    pub(crate) draft: Whole<Draft>,
    /// When this was told.
    pub(crate) server_time: DateTime,
}

/// Sent when nothing happens: a client whose newest `seq` is lower has lost something, and subscribes again.
#[derive(SimpleObject)]
pub(crate) struct DraftHeartbeat {
    /// The newest event.
    pub(crate) seq: i32,
    /// When this was told.
    pub(crate) server_time: DateTime,
}

/// An event with what it changed.
pub(crate) struct DraftEventItem(Arc<DraftEventRow>);

/// An event with what it changed.
#[Object]
impl DraftEventItem {
    /// The event's place in the draft's log.
    async fn seq(&self) -> i32 {
        self.0.seq
    }

    /// What happened.
    async fn event(&self) -> ApiResult<DraftEvent> {
        DraftEvent::new(Arc::clone(&self.0))
    }

    /// The draft as it is now: totals, who is on turn, who can be picked.
    async fn draft(&self, ctx: &Context<'_>) -> ApiResult<Whole<Draft>> {
        draft(ctx, self.0.draft_id).await
    }

    /// The rounds the event changed, as they are now: of a start all of them.
    async fn rounds(&self, ctx: &Context<'_>) -> ApiResult<Vec<Whole<DraftRound>>> {
        let row =
            ctx.loaders().one::<DraftRow>(self.0.draft_id).await?.ok_or_else(ApiError::changed_meanwhile)?;
        let payload =
            DraftEventPayload::parse(self.0.event_type, &self.0.payload).map_err(ApiError::internal)?;
        let changed = |pick_number: i32| match &payload {
            DraftEventPayload::DraftStarted(_) => true,
            DraftEventPayload::PlayerPicked(it) => it.pick_number == pick_number,
            DraftEventPayload::TieRoll(it) => it.pick_number == pick_number,
            DraftEventPayload::CaptainAssigned(it) => it.pick_number == pick_number,
            // What was decided by the pick that was taken back is open again.
            DraftEventPayload::PickUndone(it) => it.pick_number <= pick_number,
            DraftEventPayload::DraftCompleted(_) => false,
        };
        if row.epoch != self.0.epoch {
            // The draft was started over since: its rounds come with that event.
            return Ok(Vec::new());
        }
        let rounds = load_rounds(ctx, &row).await?.into_iter();
        Ok(rounds.filter(|it| changed(it.pick_number)).map(|it| Whole(DraftRound(it))).collect())
    }

    /// When this was told.
    async fn server_time(&self, ctx: &Context<'_>) -> DateTime {
        ctx.now().into()
    }
}

async fn draft(ctx: &Context<'_>, id: DraftId) -> ApiResult<Whole<Draft>> {
    Draft::load(ctx, id).await?.map(Whole).ok_or_else(ApiError::changed_meanwhile)
}

impl DraftFeedItem {
    /// An item of the feed of `id` as the API shows it.
    ///
    /// # Errors
    /// The database failed, or the draft is gone.
    pub(super) async fn new(ctx: &Context<'_>, id: DraftId, item: &Item) -> ApiResult<Self> {
        let server_time = ctx.now().into();
        Ok(match item {
            Item::Snapshot { seq, is_resync, .. } => {
                let draft = draft(ctx, id).await?;
                Self::Snapshot(DraftSnapshot { seq: *seq, resync: *is_resync, draft, server_time })
            }
            Item::Draft(row) => Self::Event(DraftEventItem(Arc::clone(row))),
            Item::Heartbeat { seq, .. } => Self::Heartbeat(DraftHeartbeat { seq: *seq, server_time }),
            Item::Tournament(_) => return Err(ApiError::wrong_feed()),
        })
    }
}
