//! Keeps one feed up to date: looks at its log when the change log tells of a change, when a subscriber asks, and from time
//! to time.
//!
//! Never trusts a wake-up to say what happened, nor its absence to say that nothing did.

use tokio::time::Instant;

use super::Topic;
use super::feed::{Feed, KEEP};
use crate::cache::{Dep, Watch};
use crate::db::DbResult;
use crate::db::models::{DraftEventRow, TournamentEventRow};
use crate::telemetry::chain;
use crate::types::{EntityId as _, TournamentId};

/// Entries of one look.
const PAGE: i64 = 200;

/// How far a driver has read.
struct Place {
    tournament: TournamentId,
    /// Of the feed's own log; none before the first look.
    newest: Option<i32>,
    /// Of the tournament's log, where that is another one.
    redrawn: i32,
}

/// Keeps a feed up to date until what it is about is gone.
pub(super) async fn drive(feed: &Feed) {
    let Some(mut place) = begin(feed).await else { return gone(feed) };
    let watch = feed.cache.watch(&Dep::object("tournament", place.tournament.pk()));
    let mut next_beat = Instant::now() + feed.settings.heartbeat;
    loop {
        let n_asked = feed.n_asked();
        match look(feed, &mut place).await {
            Ok(Some(redrawn_at)) => feed.state.send_modify(|state| {
                state.newest = place.newest.unwrap_or_default();
                state.revision = state.revision.saturating_add(u64::from(redrawn_at.is_some()));
                state.redrawn_at = redrawn_at.or(state.redrawn_at);
                state.looks = state.looks.saturating_add(1);
                state.answered = state.answered.max(n_asked);
            }),
            Ok(None) => return gone(feed),
            Err(error) => {
                tracing::warn!(topic = ?feed.topic, error = %chain(&error), "a feed cannot look at its log");
                tokio::time::sleep(feed.settings.poll).await;
                continue;
            }
        }
        if Instant::now() >= next_beat {
            next_beat = Instant::now() + feed.settings.heartbeat;
            feed.state.send_modify(|state| state.beat = state.beat.saturating_add(1));
        }
        wait(feed, &watch, next_beat).await;
    }
}

/// Waits for a reason to look.
async fn wait(feed: &Feed, watch: &Watch, next_beat: Instant) {
    loop {
        let poll = Instant::now() + feed.settings.poll;
        tokio::select! {
            () = watch.changed() => return,
            () = feed.asks.notified() => return,
            () = tokio::time::sleep_until(poll.min(next_beat)) => {
                if Instant::now() >= next_beat || !feed.cache.hears_of_changes() {
                    return;
                }
            }
        }
    }
}

fn gone(feed: &Feed) {
    feed.state.send_modify(|state| state.is_gone = true);
}

/// Where to begin; none if what the feed is about does not exist.
async fn begin(feed: &Feed) -> Option<Place> {
    loop {
        match find(feed).await {
            Ok(place) => return place,
            Err(error) => {
                tracing::warn!(topic = ?feed.topic, error = %chain(&error), "a feed cannot begin");
                tokio::time::sleep(feed.settings.poll).await;
            }
        }
    }
}

async fn find(feed: &Feed) -> DbResult<Option<Place>> {
    let place = |tournament| Place { tournament, newest: None, redrawn: 0 };
    match feed.topic {
        Topic::Draft(id) => {
            let newest =
                feed.db.read(async move |conn: &mut _| DraftEventRow::newest(conn, id).await).await?;
            Ok(newest.map(|(_, tournament)| place(tournament)))
        }
        Topic::Tournament(id) => Ok(Some(place(id))),
    }
}

/// Brings the feed up to date. Tells behind which event a snapshot has come to show something else of which no event tells,
/// if it has; none if what the feed is about is gone.
async fn look(feed: &Feed, place: &mut Place) -> DbResult<Option<Option<i32>>> {
    let Some(newest) = newest(feed).await? else { return Ok(None) };
    let keep = i32::try_from(KEEP).unwrap_or(i32::MAX);
    let mut read_to = place.newest.unwrap_or_else(|| newest.saturating_sub(keep).max(0));
    loop {
        let tail = feed.stored_behind(read_to, PAGE).await?;
        read_to = tail.rows.last().map_or(read_to, super::Item::seq);
        feed.push(tail.rows);
        // What was pushed is not read again, whatever fails from here on.
        place.newest = Some(read_to);
        if !tail.has_more {
            break;
        }
    }
    match feed.topic {
        Topic::Draft(_) => redrawn(feed, place).await.map(Some),
        Topic::Tournament(_) => Ok(Some(None)),
    }
}

async fn newest(feed: &Feed) -> DbResult<Option<i32>> {
    match feed.topic {
        Topic::Draft(id) => {
            let read = async move |conn: &mut _| DraftEventRow::newest(conn, id).await;
            Ok(feed.db.read(read).await?.map(|(newest, _)| newest))
        }
        Topic::Tournament(id) => {
            feed.db.read(async move |conn: &mut _| TournamentEventRow::newest(conn, id).await).await
        }
    }
}

/// The last change of the draft that the tournament's log tells of and the draft's own does not: behind which event.
async fn redrawn(feed: &Feed, place: &mut Place) -> DbResult<Option<i32>> {
    let mut redrawn_at = None;
    loop {
        let (id, after) = (place.tournament, place.redrawn);
        let read = async move |conn: &mut _| TournamentEventRow::behind(conn, id, (after, PAGE)).await;
        let tail = feed.db.read(read).await?;
        let redrawn = tail.rows.iter().filter(|it| it.change.redraws_draft());
        redrawn_at = redrawn.map(|it| it.draft_seq).last().or(redrawn_at);
        place.redrawn = tail.rows.last().map_or(after, |it| it.seq);
        if !tail.has_more {
            return Ok(redrawn_at);
        }
    }
}
