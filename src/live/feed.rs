//! One feed: where its log stands, its newest entries, and the texts its subscribers share.
//!
//! Filled by its driver, emptied by nobody: a subscriber remembers by itself how far it is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cells::{Cell, CellKey, Cells, Text};
use super::driver::drive;
use super::{Item, LiveSettings, Selection, Topic, Unreachable};
use crate::cache::Cache;
use crate::db::models::{DraftEventRow, FeedTail, TournamentEventRow};
use crate::db::{Db, DbResult};
use crate::telemetry::spawn;

/// Newest entries that are kept for subscribers who are a little behind.
pub(super) const KEEP: usize = 256;

/// Where a feed stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The newest entry of its log.
    pub(super) newest: i32,
    /// Counts changes of what a snapshot shows that are no events.
    pub(super) revision: u64,
    /// The newest entry when the last of those was made; none if there was none.
    pub(super) redrawn_at: Option<i32>,
    /// Counts looks at the database.
    pub(super) looks: u64,
    /// Counts heartbeats.
    pub(super) beat: u64,
    /// The last question that a look at the database has answered.
    pub(super) answered: u64,
    /// What it is about is gone.
    pub(super) is_gone: bool,
}

/// A feed, as its driver and its subscribers share it.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) topic: Topic,
    pub(super) db: Db,
    pub(super) cache: Cache,
    pub(super) settings: LiveSettings,
    pub(super) state: watch::Sender<State>,
    /// Questions asked so far.
    asked: AtomicU64,
    pub(super) asks: Notify,
    /// The newest entries, oldest first, without a gap.
    recent: Mutex<VecDeque<Item>>,
    cells: Cells,
}

/// Keeps a feed going: its driver ends with it.
#[derive(Debug)]
pub(super) struct FeedHandle {
    pub(super) feed: Arc<Feed>,
    _driver: DropGuard,
}

impl FeedHandle {
    pub(super) fn start(feed: Feed) -> Self {
        let (feed, stop) = (Arc::new(feed), CancellationToken::new());
        let (driven, stopped) = (Arc::clone(&feed), stop.clone());
        spawn(async move { stopped.run_until_cancelled(Box::pin(drive(&driven))).await });
        Self { feed, _driver: stop.drop_guard() }
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
            asked: AtomicU64::new(0),
            asks: Notify::new(),
            recent: Mutex::default(),
            cells: Cells::default(),
        }
    }

    /// Where it stands, by a look at the database that began after this call. One look answers all who wait for it.
    pub(super) async fn now(&self) -> State {
        let question = self.asked.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        self.asks.notify_one();
        let mut state = self.state.subscribe();
        let answered = state.wait_for(|it| it.answered >= question || it.is_gone).await;
        // The sender is in `self`.
        answered.map(|it| *it).unwrap_or_default()
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

    /// The text of an item: everybody's, if it shows nothing of one caller.
    pub(super) async fn text(&self, (item, again): (&Item, Option<u64>), selection: &dyn Selection) -> Text {
        let shared = CellKey::new(item, again, selection.digest());
        let text = self.fill(&self.cells.at(&shared), &shared, (item, selection)).await;
        if !text.encoded.is_personal || *text.caller == *selection.caller() {
            return text;
        }
        let own = shared.of_caller(selection.caller());
        self.fill(&self.cells.at(&own), &own, (item, selection)).await
    }

    async fn fill(&self, cell: &Cell, key: &CellKey, (item, selection): (&Item, &dyn Selection)) -> Text {
        let compute = async {
            loop {
                match selection.encode(item).await {
                    Ok(encoded) => {
                        self.cells.note(key, encoded.body.len());
                        return Text { encoded, caller: selection.caller().into() };
                    }
                    // An event is not left out because the database is away for a moment.
                    Err(Unreachable) => tokio::time::sleep(self.settings.poll).await,
                }
            }
        };
        cell.get_or_init(|| compute).await.clone()
    }
}

fn items<R>(tail: FeedTail<R>, item: impl Fn(Arc<R>) -> Item) -> FeedTail<Item> {
    FeedTail { rows: tail.rows.into_iter().map(|row| item(Arc::new(row))).collect(), has_more: tail.has_more }
}
