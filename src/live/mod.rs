//! Feeds: what happens in a draft or a tournament, told to all who watch, in order and without a gap.
//!
//! The database's logs are the truth; the change log only says when to look. So a wake-up that is lost costs a moment and no
//! event, and there is no second bus (decision 0012). Knows no GraphQL: what an item looks like is its subscriber's business.

mod cells;
mod driver;
mod feed;
mod settings;
mod subscriber;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::cache::Cache;
use crate::db::Db;
use crate::db::models::{DraftEventRow, TournamentEventRow};
use crate::types::{DraftId, TournamentId};
use feed::{Feed, FeedHandle};
pub use settings::LiveSettings;
use subscriber::Subscriber;

/// What a feed is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// One draft.
    Draft(DraftId),
    /// One tournament with everything in it.
    Tournament(TournamentId),
}

/// One thing a feed tells.
#[derive(Clone, Debug)]
pub enum Item {
    /// How everything is.
    Snapshot {
        /// The newest event it is behind of: it shows at least what that one changed.
        seq: i32,
        /// The subscriber asked to go on from a place that cannot be gone on from.
        is_resync: bool,
        /// The look at the database that it shows at least: what was seen by another one may be older.
        look: u64,
    },
    /// An entry of a draft's log.
    Draft(Arc<DraftEventRow>),
    /// An entry of a tournament's log.
    Tournament(Arc<TournamentEventRow>),
    /// Nothing happened.
    Heartbeat {
        /// The newest event: a subscriber who has not got it has lost something.
        seq: i32,
        /// Counts heartbeats.
        beat: u64,
    },
}

impl Item {
    /// How far a subscriber is who has it.
    #[must_use]
    pub fn seq(&self) -> i32 {
        match self {
            Self::Snapshot { seq, .. } | Self::Heartbeat { seq, .. } => *seq,
            Self::Draft(row) => row.seq,
            Self::Tournament(row) => row.seq,
        }
    }
}

/// An item as one selection shows it.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The text.
    pub body: Bytes,
    /// It is its caller's alone.
    pub is_personal: bool,
}

/// What is needed to encode an item could not be reached; later it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// What a subscriber selects of each item.
pub trait Selection: Send + Sync {
    /// Names what is selected: of two with one name, either's text will do for both.
    fn digest(&self) -> u128;

    /// Names who asks.
    fn caller(&self) -> &str;

    /// The text of an item.
    fn encode<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Encoded, Unreachable>>;
}

/// What a subscriber is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How far the subscriber is with it.
    pub seq: i32,
    /// The text.
    pub body: Bytes,
}

/// The feeds of a process; cheap to clone. A feed lives as long as somebody is subscribed to it.
#[derive(Clone, Debug)]
pub struct Live {
    db: Db,
    cache: Cache,
    settings: LiveSettings,
    feeds: Arc<Mutex<HashMap<Topic, Weak<FeedHandle>>>>,
}

impl Live {
    /// Feeds of what is in `db`, woken by what `cache` hears.
    #[must_use]
    pub fn new(db: Db, cache: Cache, settings: LiveSettings) -> Self {
        Self { db, cache, settings, feeds: Arc::default() }
    }

    /// Everything behind the event `after`, or, without it, a snapshot first; then whatever happens. The end of the stream
    /// is the end of what the feed is about. Nothing is kept for a subscriber who does not ask.
    #[must_use]
    pub fn subscribe(
        &self,
        topic: Topic,
        after: Option<i32>,
        selection: Arc<dyn Selection>,
    ) -> BoxStream<'static, Told> {
        Subscriber::new(self.feed(topic), after, selection).into_stream()
    }

    /// Feeds somebody is subscribed to.
    #[must_use]
    pub fn n_feeds(&self) -> usize {
        let feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.values().filter(|it| it.strong_count() > 0).count()
    }

    fn feed(&self, topic: Topic) -> Arc<FeedHandle> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = feeds.get(&topic).and_then(Weak::upgrade) {
            return feed;
        }
        // Those that ended are forgotten by whoever starts one.
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let feed = Feed::new(topic, self.db.clone(), self.cache.clone(), self.settings);
        let handle = Arc::new(FeedHandle::start(feed));
        feeds.insert(topic, Arc::downgrade(&handle));
        handle
    }
}
