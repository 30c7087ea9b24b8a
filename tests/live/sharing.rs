//! What subscribers share, and what they cannot do to each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use inhouse::live::{Encoded, Item, Live, LiveSettings, Selection, Topic, Unreachable};
use inhouse::types::DraftId;
use serde_json::json;
use tokio::sync::Semaphore;

use super::watcher::{PATIENCE, Watcher, place};
use crate::commands::arena::Arena;
use crate::commands::draft::mmrs;

/// Encodes an item as its `seq`, and counts.
#[derive(Default)]
struct Counted {
    digest: u128,
    caller: String,
    is_personal: bool,
    n_encoded: Arc<AtomicUsize>,
    /// The first so many times nothing can be reached.
    n_failing: AtomicUsize,
}

impl Selection for Counted {
    fn digest(&self) -> u128 {
        self.digest
    }

    fn caller(&self) -> &str {
        &self.caller
    }

    fn encode<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Encoded, Unreachable>> {
        Box::pin(async {
            let fails = self.n_failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if fails.is_ok() {
                return Err(Unreachable);
            }
            self.n_encoded.fetch_add(1, Ordering::SeqCst);
            let body = Bytes::from(format!("{} to {}", item.seq(), self.caller));
            Ok(Encoded { body, is_personal: self.is_personal })
        })
    }
}

async fn running() -> (Arena, Live, Topic, i32) {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let (draft, seq) = place(&arena).await;
    let pk = draft.as_str().unwrap().strip_prefix("Draft:").unwrap().parse().unwrap();
    let live = Live::new(arena.api.test.db.clone(), arena.api.read_path.cache().clone(), quick());
    (arena, live, Topic::Draft(DraftId(pk)), seq)
}

/// No heartbeats, and a short wait before something is tried again.
fn quick() -> LiveSettings {
    LiveSettings {
        heartbeat: std::time::Duration::from_secs(3_600),
        poll: std::time::Duration::from_millis(10),
        ..LiveSettings::default()
    }
}

#[tokio::test]
async fn an_event_is_encoded_once_for_each_selection_however_many_watch() {
    let (arena, live, topic, seq) = running().await;
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let mut feeds: Vec<_> = (0..60_usize)
        .map(|n| {
            let n_encoded = Arc::clone(&counts[n % 2]);
            let caller = format!("caller {n}");
            let selection =
                Counted { digest: u128::from(n % 2 == 0), caller, n_encoded, ..Counted::default() };
            live.subscribe(topic, Some(seq), Arc::new(selection))
        })
        .collect();
    arena.pick_next().await;
    arena.pick_next().await;
    for told in 1..=2 {
        let messages = futures_util::future::join_all(feeds.iter_mut().map(|it| it.next())).await;
        assert!(messages.iter().all(|it| it.as_ref().unwrap().seq == seq + told));
    }
    assert_eq!(counts.each_ref().map(|it| it.load(Ordering::SeqCst)), [2, 2], "two events, two selections");
    assert_eq!(live.n_feeds(), 1);
    drop(feeds);
    assert_eq!(live.n_feeds(), 0);
}

/// Encodes nothing before it may.
struct Held {
    /// How often it was asked to.
    began: Semaphore,
    may: Semaphore,
}

impl Selection for Held {
    fn digest(&self) -> u128 {
        0
    }

    fn caller(&self) -> &str {
        ""
    }

    fn encode<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Encoded, Unreachable>> {
        Box::pin(async {
            self.began.add_permits(1);
            self.may.acquire().await.unwrap().forget();
            Ok(Encoded { body: Bytes::from(item.seq().to_string()), is_personal: false })
        })
    }
}

#[tokio::test]
async fn who_asks_first_and_then_stops_reading_holds_up_nobody_who_selects_the_same() {
    let (arena, live, topic, seq) = running().await;
    let held = Arc::new(Held { began: Semaphore::new(0), may: Semaphore::new(2) });
    let mut first = live.subscribe(topic, None, held.clone());
    let mut second = live.subscribe(topic, None, held.clone());
    // Both are there when it happens: each has its snapshot.
    assert_eq!([first.next().await.unwrap().seq, second.next().await.unwrap().seq], [seq, seq]);
    held.began.acquire_many(2).await.unwrap().forget();
    arena.pick_next().await;
    // The first has the event encoded, and is not polled any more.
    tokio::select! {
        told = first.next() => panic!("nothing is encoded yet: {told:?}"),
        began = held.began.acquire() => began.unwrap().forget(),
    }
    held.may.add_permits(1);
    let told = tokio::time::timeout(PATIENCE, second.next()).await.expect("the second is held up");
    assert_eq!(told.unwrap().seq, seq + 1);
    assert_eq!(held.began.available_permits(), 0, "it was encoded once");
}

#[tokio::test]
async fn what_shows_something_of_its_caller_is_encoded_for_each() {
    let (arena, live, topic, seq) = running().await;
    let subscribe = |caller: &str| {
        let selection = Counted { caller: caller.to_owned(), is_personal: true, ..Counted::default() };
        live.subscribe(topic, Some(seq), Arc::new(selection))
    };
    let mut feeds = [subscribe("ann"), subscribe("bob"), subscribe("ann")];
    arena.pick_next().await;
    let mut told = Vec::new();
    for feed in &mut feeds {
        told.push(feed.next().await.unwrap().body);
    }
    assert_eq!(
        told,
        [2, 2, 2]
            .map(|_| seq + 1)
            .iter()
            .zip(["ann", "bob", "ann"])
            .map(|(seq, name)| format!("{seq} to {name}"))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_shown_for_a_moment_is_shown_later_and_not_left_out() {
    let (arena, live, topic, seq) = running().await;
    let selection = Counted { n_failing: AtomicUsize::new(3), ..Counted::default() };
    let mut feed = live.subscribe(topic, Some(seq), Arc::new(selection));
    arena.pick_next().await;
    arena.pick_next().await;
    assert_eq!([feed.next().await.unwrap().seq, feed.next().await.unwrap().seq], [seq + 1, seq + 2]);
}

#[tokio::test]
async fn who_does_not_read_misses_nothing_and_holds_up_nobody() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    let (draft, seq) = place(&arena).await;
    let mut slow = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    let mut quick = Watcher::of_draft(&arena.api, &draft, Some(seq)).await;
    // More events than a feed remembers.
    let mut newest = seq;
    while newest < seq + 300 {
        arena.pick_next().await;
        let undo = json!({ "draftId": draft, "expectedVersion": newest + 1 });
        arena.done(&arena.staff(), "draftUndoPick", undo, "").await;
        quick.events(newest, newest + 2).await;
        newest += 2;
    }
    slow.events(seq, newest).await;
}
