//! The root of every subscription: which feed one is about, and what an item of it looks like.
//!
//! A resolver here runs in two ways. Opened, it says which feed is asked for, and that is all. For each item of that feed it
//! runs again, with the item and with loaders that see at least what the item tells of: so items are resolved like any query.

mod draft_feed;
mod tournament_feed;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, Subscription as SubscriptionObject};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::context::{ApiResult, ContextExt as _};
use super::error::ApiError;
use super::node::parse_id;
use crate::db::models::{DraftRow, TournamentRow};
use crate::live::{Item, Topic};
use crate::types::{DraftId, TournamentId};
pub(super) use draft_feed::DraftFeedItem;
pub(super) use tournament_feed::TournamentFeedItem;

/// Why a resolver runs.
pub(super) enum Turn {
    /// To say which feed it is about.
    Open(Arc<Opening>),
    /// To show an item.
    Tell(Item),
}

/// What a subscription asks for, once its resolver has said so.
#[derive(Default)]
pub(super) struct Opening(Mutex<Vec<Asked>>);

/// One feed that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) topic: Topic,
    /// The event behind which to begin.
    pub(super) after: Option<i32>,
}

impl Opening {
    /// The feed, if exactly one is asked for.
    pub(super) fn asked(&self) -> Option<Asked> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Everything that can be watched.
#[derive(Clone, Copy, Debug)]
pub struct Subscription;

/// Everything that can be watched.
#[SubscriptionObject]
impl Subscription {
    /// One draft, without a gap. Without `after` a snapshot comes first, then events as they happen. With `after: n` come
    /// the events n+1, n+2, … and then whatever happens; from a place that is ahead or too far behind it goes on with a
    /// snapshot that says `resync: true`. A snapshot in between tells of a change that is no event, such as a roster
    /// edited by hand.
    async fn draft_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Draft:42`, or `42` for short.")] draft_id: ID,
        #[graphql(desc = "The newest `seq` that the client has.")] after: Option<i32>,
    ) -> Result<BoxStream<'static, ApiResult<DraftFeedItem>>, ApiError> {
        match turn(ctx)? {
            Turn::Open(opening) => {
                let id = parse_id::<DraftId>(&draft_id)?;
                let exists = ctx.loaders().one::<DraftRow>(id).await?.is_some();
                open(opening, Topic::Draft(id), after, exists)?;
                Ok(stream::empty().boxed())
            }
            Turn::Tell(item) => Ok(one(DraftFeedItem::new(ctx, parse_id(&draft_id)?, item).await)),
        }
    }

    /// One tournament with its draft, players, teams and games, without a gap; as `draftFeed` with `seq` of its own.
    async fn tournament_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`Tournament:42`, or `42` for short.")] tournament_id: ID,
        #[graphql(desc = "The newest `seq` that the client has.")] after: Option<i32>,
    ) -> Result<BoxStream<'static, ApiResult<TournamentFeedItem>>, ApiError> {
        match turn(ctx)? {
            Turn::Open(opening) => {
                let id = parse_id::<TournamentId>(&tournament_id)?;
                let exists = ctx.loaders().one::<TournamentRow>(id).await?.is_some();
                open(opening, Topic::Tournament(id), after, exists)?;
                Ok(stream::empty().boxed())
            }
            Turn::Tell(item) => Ok(one(TournamentFeedItem::new(ctx, parse_id(&tournament_id)?, item).await)),
        }
    }
}

fn turn<'a>(ctx: &Context<'a>) -> ApiResult<&'a Turn> {
    // The engine never runs a subscription without one.
    ctx.data_opt::<Turn>().ok_or_else(|| ApiError::bad_input("a subscription cannot be run here"))
}

fn open(opening: &Opening, topic: Topic, after: Option<i32>, exists: bool) -> ApiResult<()> {
    if !exists {
        let what = match topic {
            Topic::Draft(_) => "draft",
            Topic::Tournament(_) => "tournament",
        };
        return Err(ApiError::not_found(what));
    }
    if after.is_some_and(|it| it < 0) {
        return Err(ApiError::bad_input("`after` is the `seq` of an event: 0 or more"));
    }
    opening.0.lock().unwrap_or_else(PoisonError::into_inner).push(Asked { topic, after });
    Ok(())
}

fn one<T: Send + 'static>(item: ApiResult<T>) -> BoxStream<'static, ApiResult<T>> {
    stream::once(std::future::ready(item)).boxed()
}
