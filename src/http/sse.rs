//! graphql-sse, distinct connections: an operation of any kind by POST or GET, its answers as a stream of events.
//!
//! The protocol: <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>. An operation that is refused before
//! it runs is answered by the event `next` with its errors, as the protocol asks; what is wrong with the request of HTTP
//! (form, credentials, limits) by a status. Nothing is kept here: the next answer is asked for when the connection has room.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::{Instant, sleep_until};

use super::app::App;
use super::caller::Watch;
use super::error::HttpError;
use super::graphql::Asked;
use super::layers::peer;
use super::streams::{Owner, Ticket};
use crate::graphql::{Feed, RequestId, RequestInfo, Started};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells proxies of the kind of nginx to pass on every event at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// After how long without an event something is sent nevertheless, so that proxies keep the connection.
const QUIET_FOR: Duration = Duration::from_secs(12);

/// What is sent then: a comment. Without the empty line that ends an event: the client of graphql-sse loses what comes
/// next, in its older versions, when that line ends no event. For the same client nothing here says `retry:`, which it
/// takes for an error.
const COMMENT: &[u8] = b":\n";

/// The end. The empty `data` is there because `EventSource` keeps silent about events without any.
const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

/// Answers a request whose client wants events.
pub(super) async fn answer(
    app: &Arc<App>,
    asked: Asked,
    info: RequestInfo,
    head: &Parts,
) -> Result<Response, HttpError> {
    let resume_after = last_event_id(&head.headers)?;
    let viewer = info.viewer.clone();
    let ticket = app.state.streams.open(Owner::of(viewer.user_id, peer(&head.extensions)))?;
    let id = info.request_id.clone();
    let info = RequestInfo { resume_after, ..info };
    let body = match app.state.graphql.start(asked.request, info).await {
        Started::Answered(answer) => {
            let mut text = event(None, &answer.body);
            text.put(COMPLETE);
            Body::from(text.freeze())
        }
        Started::Feed(feed) => {
            let watch = Watch::new(Arc::clone(app), asked.credentials, viewer);
            let opened = Instant::now();
            tracing::info!("a stream of events is open");
            let is_first = true;
            let events = Events {
                feed,
                watch,
                ticket,
                id,
                opened,
                quiet_at: opened + QUIET_FOR,
                is_first,
                end: "the client left",
            };
            Body::from_stream(stream::unfold(Some(Box::new(events)), next))
        }
    };
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// How far a client had got when its connection was lost, as `EventSource` tells by itself.
fn last_event_id(headers: &HeaderMap) -> Result<Option<i32>, HttpError> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|it| it.parse().ok()).filter(|it| *it >= 0);
    let message = "`last-event-id` must be the id of an event, a number";
    number.map(Some).ok_or_else(|| HttpError::bad(StatusCode::BAD_REQUEST, message))
}

/// A subscription that is being told.
struct Events {
    feed: Feed,
    watch: Watch,
    ticket: Ticket,
    id: RequestId,
    opened: Instant,
    /// When something must be sent again.
    quiet_at: Instant,
    is_first: bool,
    /// Why it ended, once it has.
    end: &'static str,
}

/// The next part of the body; `None` where it ends. A client that is not told that it is complete comes back.
async fn next(events: Option<Box<Events>>) -> Option<(Result<Bytes, Infallible>, Option<Box<Events>>)> {
    let mut events = events?;
    if std::mem::take(&mut events.is_first) {
        // Some browsers tell their page that a stream is open only when it brings something.
        return Some((Ok(Bytes::from_static(COMMENT)), Some(events)));
    }
    let Events { feed, watch, ticket, quiet_at, .. } = &mut *events;
    let (part, is_over) = tokio::select! {
        biased;
        () = ticket.closing() => {
            events.end = "the server stops";
            return None;
        }
        _ = watch.lost() => {
            events.end = "credentials are good no more";
            return None;
        }
        message = feed.next() => match message {
            Some(message) => (event(Some(message.seq), &message.body).freeze(), false),
            None => (Bytes::from_static(COMPLETE), true),
        },
        () = sleep_until(*quiet_at) => (Bytes::from_static(COMMENT), false),
    };
    if is_over {
        events.end = "complete";
        return Some((Ok(part), None));
    }
    events.quiet_at = Instant::now() + QUIET_FOR;
    Some((Ok(part), Some(events)))
}

impl Drop for Events {
    fn drop(&mut self) {
        let duration_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (id, end) = (&self.id, self.end);
        tracing::info!(request.id = %id, sse.end = end, sse.duration_ms = duration_ms, "a stream of events is closed");
    }
}

/// An event `next`. A line break in JSON is white space, but ends a line of data here.
fn event(seq: Option<i32>, body: &[u8]) -> BytesMut {
    let mut text = BytesMut::with_capacity(body.len().saturating_add(64));
    text.put_slice(b"event: next\n");
    if let Some(seq) = seq {
        text.put_slice(format!("id: {seq}\n").as_bytes());
    }
    for line in body.split(|it| matches!(it, b'\n' | b'\r')) {
        text.put_slice(b"data: ");
        text.put_slice(line);
        text.put_u8(b'\n');
    }
    text.put_u8(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_several_lines_stays_one_event() {
        let text = event(Some(7), b"{\n  \"a\": 1\r\n}");
        assert_eq!(text, "event: next\nid: 7\ndata: {\ndata:   \"a\": 1\ndata: \ndata: }\n\n".as_bytes());
        assert_eq!(event(None, b"{}"), "event: next\ndata: {}\n\n".as_bytes());
    }

    #[test]
    fn the_id_of_the_last_event_is_a_number_or_nothing() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LAST_EVENT_ID, HeaderValue::from_str(text).unwrap());
            last_event_id(&headers).ok()
        };
        assert_eq!((read("0"), read("2147483647")), (Some(Some(0)), Some(Some(2_147_483_647))));
        for text in ["", "-1", "2147483648", "seven", "7 ", "7.0"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert!(matches!(last_event_id(&HeaderMap::new()), Ok(None)));
    }
}
