//! Keeps one feed up to date: looks at its log when the change log tells of a change, when a subscriber asks, and from time
//! to time.
//!
//! Never trusts a wake-up to say what happened, nor its absence to say that nothing did.

use tokio::time::Instant;

use super::Topic;
use super::feed::{Feed, KEEP, State};
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
    /// Behind which entry a snapshot last came to show something else.
    redrawn_at: Option<i32>,
}

/// Keeps a feed up to date until what it is about is gone.
pub(super) async fn drive(feed: &Feed) {
    let Some(mut place) = begin(feed).await else { return };
    let watch = feed.cache.watch(&Dep::object("tournament", place.tournament.pk()));
    let mut next_beat = Instant::now() + feed.settings.heartbeat;
    let (mut revision, mut beat) = (0_u64, 0_u64);
    loop {
        if Instant::now() >= next_beat {
            next_beat = Instant::now() + feed.settings.heartbeat;
            beat = beat.saturating_add(1);
        }
        let n_asked = feed.n_asked();
        let looked = look(feed, &mut place).await;
        if let Ok(Some(is_redrawn)) = &looked {
            revision = revision.saturating_add(u64::from(*is_redrawn));
            // Before the state: what is encoded for this look is encoded after it.
            feed.looks.send_modify(|it| it.n = it.n.saturating_add(1));
        }
        // Before any look succeeded there is nothing to tell.
        if let Some(newest) = place.newest {
            let state = State { newest, revision, redrawn_at: place.redrawn_at, beat, is_gone: false };
            feed.state.send_if_modified(|it| std::mem::replace(it, state) != state);
        }
        match looked {
            Ok(Some(_)) => {
                feed.looks.send_modify(|it| it.answered = it.answered.max(n_asked));
                wait(feed, &watch, next_beat).await;
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(topic = ?feed.topic, error = %chain(&error), "a feed cannot look at its log");
                tokio::time::sleep(feed.settings.poll).await;
            }
        }
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
    let id = match feed.topic {
        Topic::Tournament(id) => {
            return Ok(Some(Place { tournament: id, newest: None, redrawn: 0, redrawn_at: None }));
        }
        Topic::Draft(id) => id,
    };
    let read = async move |conn: &mut _| {
        let Some((_, tournament)) = DraftEventRow::newest(conn, id).await? else { return Ok(None) };
        // In this order: what comes between is seen twice, not missed.
        let redrawn = TournamentEventRow::newest(conn, tournament).await?.unwrap_or_default();
        let redrawn_at = TournamentEventRow::last_redraw(conn, tournament).await?;
        Ok(Some(Place { tournament, newest: None, redrawn, redrawn_at }))
    };
    feed.db.read(read).await
}

/// Brings the feed up to date. Tells whether a snapshot shows something else now of which no event tells; none if what the
/// feed is about is gone.
async fn look(feed: &Feed, place: &mut Place) -> DbResult<Option<bool>> {
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
        Topic::Tournament(_) => Ok(Some(false)),
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

/// Whether the tournament's log tells of changes of the draft that the draft's own does not.
async fn redrawn(feed: &Feed, place: &mut Place) -> DbResult<bool> {
    let mut is_redrawn = false;
    loop {
        let (id, after) = (place.tournament, place.redrawn);
        let read = async move |conn: &mut _| TournamentEventRow::behind(conn, id, (after, PAGE)).await;
        let tail = feed.db.read(read).await?;
        for row in tail.rows.iter().filter(|it| it.redraws_draft) {
            is_redrawn = true;
            place.redrawn_at = Some(row.draft_seq);
        }
        place.redrawn = tail.rows.last().map_or(after, |it| it.seq);
        if !tail.has_more {
            return Ok(is_redrawn);
        }
    }
}
