//! One feed: where its log stands, its newest entries, and the texts its subscribers share.
//!
//! Filled by its driver, emptied by nobody: a subscriber remembers by itself how far it is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cells::{CellKey, Cells, Text};
use super::driver::drive;
use super::{Item, LiveSettings, Selection, Topic, Unreachable};
use crate::cache::Cache;
use crate::db::models::{DraftEventRow, FeedTail, TournamentEventRow};
use crate::db::{Db, DbResult};
use crate::telemetry::spawn;

/// Newest entries that are kept for subscribers who are a little behind.
pub(super) const KEEP: usize = 256;

/// What subscribers wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The newest entry of its log.
    pub(super) newest: i32,
    /// Counts changes of what a snapshot shows that are no events.
    pub(super) revision: u64,
    /// The newest entry when the last of those was made; none if there was none.
    pub(super) redrawn_at: Option<i32>,
    /// Counts heartbeats.
    pub(super) beat: u64,
    /// What it is about is gone.
    pub(super) is_gone: bool,
}

/// Looks at the database: apart from the state, so that nobody is woken by a look that found nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// How many there were.
    pub(super) n: u64,
    /// The last question that was answered.
    pub(super) answered: u64,
    /// There will be no other.
    pub(super) are_over: bool,
}

/// A feed, as its driver and its subscribers share it.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) topic: Topic,
    pub(super) db: Db,
    pub(super) cache: Cache,
    pub(super) settings: LiveSettings,
    pub(super) state: watch::Sender<State>,
    pub(super) looks: watch::Sender<Looks>,
    /// Questions asked so far.
    asked: AtomicU64,
    pub(super) asks: Notify,
    /// The newest entries, oldest first, without a gap.
    recent: Mutex<VecDeque<Item>>,
    cells: Cells,
    stop: CancellationToken,
}

/// Keeps a feed going: its driver and the tasks that compute texts end with it.
#[derive(Debug)]
pub(super) struct FeedHandle {
    pub(super) feed: Arc<Feed>,
    _stop: DropGuard,
}

impl FeedHandle {
    pub(super) fn start(feed: Feed) -> Self {
        let feed = Arc::new(feed);
        let driven = Driven(Arc::clone(&feed));
        spawn(async move { driven.0.stop.run_until_cancelled(Box::pin(drive(&driven.0))).await.is_some() });
        Self { _stop: feed.stop.clone().drop_guard(), feed }
    }

    /// It tells nothing any more.
    pub(super) fn is_over(&self) -> bool {
        self.feed.state.borrow().is_gone
    }
}

/// A feed whose driver runs. However that ends, a panic included, nobody waits for it any more.
struct Driven(Arc<Feed>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.state.send_modify(|it| it.is_gone = true);
        self.0.looks.send_modify(|it| it.are_over = true);
    }
}

impl Feed {
    pub(super) fn new(topic: Topic, db: Db, cache: Cache, settings: LiveSettings) -> Self {
        Self {
            topic,
            db,
            cache,
            settings,
            state: watch::Sender::new(State::default()),
            looks: watch::Sender::new(Looks::default()),
            asked: AtomicU64::new(0),
            asks: Notify::new(),
            recent: Mutex::default(),
            cells: Cells::default(),
            stop: CancellationToken::new(),
        }
    }

    /// Where it stands, by a look at the database that began after this call, and the number of that look. One look answers
    /// all who wait for it.
    pub(super) async fn now(&self) -> (State, u64) {
        let question = self.asked.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        self.asks.notify_one();
        let mut looks = self.looks.subscribe();
        let look = looks.wait_for(|it| it.answered >= question || it.are_over).await;
        // The sender is in `self`.
        let look = look.map(|it| it.n).unwrap_or_default();
        (*self.state.borrow(), look)
    }

    /// How many questions there were: a look that begins now answers them all.
    pub(super) fn n_asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Adds entries at the end.
    pub(super) fn push(&self, items: impl IntoIterator<Item = Item>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.extend(items);
        let n_over = recent.len().saturating_sub(KEEP);
        recent.drain(..n_over);
    }

    /// The entry behind `seq`, if it is among the newest.
    pub(super) fn recent_behind(&self, seq: i32) -> Option<Item> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.seq();
        let place = usize::try_from(seq.checked_add(1)?.checked_sub(first)?).ok()?;
        recent.get(place).cloned()
    }

    /// Entries behind `seq`, from the database.
    pub(super) async fn stored_behind(&self, seq: i32, limit: i64) -> DbResult<FeedTail<Item>> {
        match self.topic {
            Topic::Draft(id) => {
                let read = async move |conn: &mut _| DraftEventRow::behind(conn, id, (seq, limit)).await;
                Ok(items(self.db.read(read).await?, Item::Draft))
            }
            Topic::Tournament(id) => {
                let read = async move |conn: &mut _| TournamentEventRow::behind(conn, id, (seq, limit)).await;
                Ok(items(self.db.read(read).await?, Item::Tournament))
            }
        }
    }

    /// The text of an item: everybody's, if it shows nothing of one caller. None if what it is about is gone by now.
    pub(super) async fn text(
        self: &Arc<Self>,
        (item, again): (&Item, Option<u64>),
        selection: &Arc<dyn Selection>,
    ) -> Option<Text> {
        let shared = CellKey::new(item, again, selection.digest());
        let text = self.computed(&shared, (item, selection)).await?;
        if !text.encoded.is_personal || *text.caller == *selection.caller() {
            return Some(text);
        }
        self.computed(&shared.of_caller(selection.caller()), (item, selection)).await
    }

    async fn computed(
        self: &Arc<Self>,
        key: &CellKey,
        (item, selection): (&Item, &Arc<dyn Selection>),
    ) -> Option<Text> {
        let (mut coming, sender) = self.cells.at(key);
        if let Some(sender) = sender {
            let (feed, item, selection) = (Arc::clone(self), item.clone(), Arc::clone(selection));
            spawn(async move {
                let compute = Box::pin(feed.compute(&item, &*selection));
                if let Some(Some(text)) = feed.stop.run_until_cancelled(compute).await {
                    feed.cells.note(text.encoded.body.len());
                    sender.send_replace(Some(text));
                }
            });
        }
        let text = coming.wait_for(Option::is_some).await;
        text.ok().and_then(|it| it.clone())
    }

    async fn compute(&self, item: &Item, selection: &dyn Selection) -> Option<Text> {
        loop {
            match selection.encode(item).await {
                Ok(encoded) => return Some(Text { encoded, caller: selection.caller().into() }),
                // What is gone is never reached again.
                Err(Unreachable) if self.state.borrow().is_gone => return None,
                // An event is not left out because the database is away for a moment.
                Err(Unreachable) => tokio::time::sleep(self.settings.poll).await,
            }
        }
    }
}

fn items<R>(tail: FeedTail<R>, item: impl Fn(Arc<R>) -> Item) -> FeedTail<Item> {
    FeedTail { rows: tail.rows.into_iter().map(|row| item(Arc::new(row))).collect(), has_more: tail.has_more }
}
