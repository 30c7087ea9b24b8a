//! The handshake of a WebSocket (RFC 6455 §4.2), and everything that is refused before it: other origins, too many.
//!
//! What is wrong with the protocol of GraphQL is told after it, by a close code: a browser shows its page no status.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    SET_COOKIE, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::socket::{self, Opening};
use super::wire::Wire;
use crate::auth::Cookie;
use crate::graphql::{ErrorCode, RequestId};
use crate::http::app::App;
use crate::http::caller::{self, Unknown};
use crate::http::error::HttpError;
use crate::http::layers::{media_type, peer, request_id};
use crate::http::origin;
use crate::http::streams::Owner;
use crate::telemetry;

/// The protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// The only version of WebSocket there is.
const VERSION: &str = "13";

/// Bytes of the nonce in `Sec-WebSocket-Key`.
const NONCE: usize = 16;

/// The request wants to become a socket.
pub(in crate::http) fn is_upgrade(headers: &HeaderMap) -> bool {
    has_token(headers, &UPGRADE, "websocket")
}

/// Answers a request that wants to become a socket.
pub(in crate::http) async fn upgrade(app: Arc<App>, request: Request) -> Response {
    let (id, media) = (request_id(&request), media_type(request.headers()));
    let (mut head, _) = request.into_parts();
    match accept(app, &mut head, &id).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = error.respond(&id, media);
            response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
            response
        }
    }
}

async fn accept(app: Arc<App>, head: &mut Parts, id: &RequestId) -> Result<Response, HttpError> {
    let accept_key = accept_key(head)?;
    if !origin::is_not_foreign(head, app.settings.site.as_ref()) {
        let message = "only pages of this site may open a socket";
        return Err(HttpError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    let address = peer(&head.extensions);
    let ticket = app.state.streams.open(Owner::of(None, address))?;
    let Some(on_upgrade) = head.extensions.remove::<OnUpgrade>() else {
        return Err(HttpError::bad(StatusCode::BAD_REQUEST, "this connection cannot become a socket"));
    };
    let credentials = caller::credentials(&app, &head.headers);
    // A browser that sends a session of nobody is told to forget it, so that it comes back without.
    let is_stale = credentials.is_ambient()
        && match caller::identify(&app, &credentials, address).await {
            Ok(caller) => caller.viewer.user_id.is_none(),
            Err(Unknown::Auth(_) | Unknown::Throttled(_)) => false,
        };
    let speaks_ours = has_token(&head.headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept_key);
    if speaks_ours {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    let forgotten = is_stale.then(|| app.settings.cookies.clear(Cookie::Session));
    if let Some(cookie) = forgotten.and_then(|it| HeaderValue::from_str(&it).ok()) {
        headers.append(SET_COOKIE, cookie);
    }
    let opening = Opening { app, id: id.clone(), address, ticket, credentials, is_stale, speaks_ours };
    telemetry::spawn(async move {
        // It fails where the connection is gone before the answer is written.
        let Ok(upgraded) = on_upgrade.await else { return };
        let wire = Wire::new(upgraded, opening.app.settings.max_body_bytes).await;
        socket::serve(wire, opening).await;
    });
    Ok(response)
}

/// The answer to the nonce of the client.
fn accept_key(head: &Parts) -> Result<HeaderValue, HttpError> {
    let bad = |message| HttpError::bad(StatusCode::BAD_REQUEST, message);
    if head.method != Method::GET || !has_token(&head.headers, &CONNECTION, "upgrade") {
        return Err(bad("a socket is opened by GET, with the header `connection: upgrade`"));
    }
    if head.headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|it| it != VERSION) {
        let message = "the version of WebSocket must be 13";
        return Err(HttpError::bad(StatusCode::UPGRADE_REQUIRED, message));
    }
    let key = head.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_nonce = STANDARD.decode(key).is_ok_and(|it| it.len() == NONCE);
    let accepted = is_nonce.then(|| HeaderValue::from_str(&derive_accept_key(key)).ok()).flatten();
    accepted.ok_or_else(|| bad("`sec-websocket-key` must be 16 bytes in base64"))
}

/// A header that lists tokens has this one, in whatever case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|it| it.split(',')).any(|it| it.trim().eq_ignore_ascii_case(token))
}
