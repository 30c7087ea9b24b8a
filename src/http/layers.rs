//! What happens around every request: its id and log line, headers for browsers, panics, the time limit.
//!
//! Logs no query string, body, cookie or token.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::app::App;
use super::error::HttpError;
use super::negotiate::{MediaType, answer_type};
use crate::auth::NOWHERE;
use crate::graphql::{ErrorCode, RequestId};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const STATIC_HEADERS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
];

/// Data, not documents: whatever an answer holds, a browser must not run it.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Gives the request an id and a span, tells the id back, and logs one line when the response begins.
pub(super) async fn trace(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(|it| it.to_str().ok()).and_then(RequestId::accept);
    let id = given.unwrap_or_else(RequestId::generate);
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!(
        "http.request",
        http.method = %request.method(),
        http.path = request.uri().path(),
        request.id = %id,
    );
    let answered = async {
        let started = Instant::now();
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(http.status = status, http.duration_ms = duration_ms, "request answered");
        response
    };
    answered.instrument(span).await
}

/// Adds what keeps a browser from misusing an answer, where the route has not said otherwise.
pub(super) async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in STATIC_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(DATA_POLICY));
    response
}

/// Answers 500 where a handler panicked. The panic hook has told text and place.
pub(super) async fn catch_panic(request: Request, next: Next) -> Response {
    let (id, media) = (request_id(&request), media_type(request.headers()));
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_panic| {
        tracing::error!("a handler panicked");
        HttpError::internal().respond(&id, media)
    })
}

/// Gives up on a request that takes too long; operations have a shorter limit of their own.
pub(super) async fn time_limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (id, media) = (request_id(&request), media_type(request.headers()));
    let limited = tokio::time::timeout(app.settings.request_timeout, next.run(request));
    limited.await.unwrap_or_else(|_elapsed| {
        let message = "the request did not arrive in time";
        HttpError::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, message).respond(&id, media)
    })
}

/// The id that [`trace`] gave the request.
pub(super) fn request_id(request: &Request) -> RequestId {
    request.extensions().get().cloned().unwrap_or_else(RequestId::generate)
}

/// Whose connection a request came by: the address of a proxy, if there is one.
pub(super) fn peer(extensions: &Extensions) -> IpAddr {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or(NOWHERE, |it| it.0.ip())
}

/// The form for an error, which must be told even to a client that accepts neither form.
pub(super) fn media_type(headers: &HeaderMap) -> MediaType {
    answer_type(headers).unwrap_or(MediaType::Json)
}
