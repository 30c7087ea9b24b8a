//! One subscriber: how far it is, and what it is to hear next.
//!
//! Holds a place and no queue: whoever reads slowly holds up nobody and costs nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;

use super::feed::{FeedHandle, State};
use super::{Item, Selection, Told};
use crate::telemetry::chain;

/// Events read at once by a subscriber that is far behind.
const PAGE: i64 = 100;

pub(super) struct Subscriber {
    handle: Arc<FeedHandle>,
    selection: Arc<dyn Selection>,
    state: watch::Receiver<State>,
    place: Place,
    /// Up to where events are told again, and as of which look.
    again: (i32, u64),
    /// What was read from the database for this subscriber alone.
    replay: VecDeque<Item>,
}

enum Place {
    /// Not begun: behind this event, or with a snapshot.
    Joining(Option<i32>),
    /// Going on behind this.
    At { seq: i32, revision: u64, beat: u64 },
}

impl Subscriber {
    pub(super) fn new(handle: Arc<FeedHandle>, after: Option<i32>, selection: Arc<dyn Selection>) -> Self {
        let state = handle.feed.state.subscribe();
        Self {
            handle,
            selection,
            state,
            place: Place::Joining(after),
            again: (0, 0),
            replay: VecDeque::new(),
        }
    }

    pub(super) fn into_stream(self) -> BoxStream<'static, Told> {
        stream::unfold(self, |mut this| async move {
            let told = this.next().await?;
            Some((told, this))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            let item = match self.place {
                Place::Joining(after) => Box::pin(self.join(after)).await?,
                Place::At { seq, revision, beat } => {
                    let state = *self.state.borrow_and_update();
                    if state.is_gone {
                        return None;
                    }
                    if seq < state.newest {
                        self.place = Place::At { seq: seq.saturating_add(1), revision, beat: state.beat };
                        Some(Box::pin(self.behind(seq)).await?)
                    } else if revision < state.revision {
                        self.place = Place::At { seq, revision: state.revision, beat: state.beat };
                        Some(Item::Snapshot { seq, is_resync: false, look: state.looks })
                    } else if beat < state.beat {
                        self.place = Place::At { seq, revision, beat: state.beat };
                        Some(Item::Heartbeat { seq: state.newest, beat: state.beat })
                    } else {
                        self.state.changed().await.ok()?;
                        None
                    }
                }
            };
            if let Some(item) = item {
                let seq = item.seq();
                let again = (seq <= self.again.0).then_some(self.again.1);
                let text = Box::pin(self.handle.feed.text((&item, again), &*self.selection)).await;
                return Some(Told { seq, body: text.encoded.body });
            }
        }
    }

    /// Finds the place to begin at: after a look at the database, so that nothing acknowledged before is missing.
    async fn join(&mut self, after: Option<i32>) -> Option<Option<Item>> {
        let feed = &self.handle.feed;
        let state = feed.now().await;
        if state.is_gone {
            return None;
        }
        let can_replay = |after: &i32| {
            let n_missed = state.newest.checked_sub(*after);
            n_missed.is_some_and(|it| (0..=feed.settings.max_replay).contains(&it))
        };
        match after.filter(can_replay) {
            Some(after) => {
                // What changed without an event while the subscriber was away is told behind the events.
                let has_missed = state.redrawn_at.is_some_and(|it| after <= it);
                let revision = state.revision.saturating_sub(u64::from(has_missed));
                self.place = Place::At { seq: after, revision, beat: state.beat };
                self.again = (state.newest, state.looks);
                Some(None)
            }
            None => {
                let State { newest: seq, revision, beat, looks: look, .. } = state;
                self.place = Place::At { seq, revision, beat };
                Some(Some(Item::Snapshot { seq, is_resync: after.is_some(), look }))
            }
        }
    }

    /// The event behind `seq`, which exists.
    async fn behind(&mut self, seq: i32) -> Option<Item> {
        let feed = &self.handle.feed;
        loop {
            // One that was read before the newest moved on.
            while self.replay.front().is_some_and(|it| it.seq() <= seq) {
                self.replay.pop_front();
            }
            if let Some(item) = self.replay.pop_front() {
                return Some(item);
            }
            if let Some(item) = feed.recent_behind(seq) {
                return Some(item);
            }
            match feed.stored_behind(seq, PAGE).await {
                // The log went away with what it is about.
                Ok(tail) if tail.rows.is_empty() => return None,
                Ok(tail) => self.replay.extend(tail.rows),
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "events cannot be replayed");
                    tokio::time::sleep(feed.settings.poll).await;
                }
            }
        }
    }
}
