//! What an answer says of caches: whether ours had it, and a tag, so that a client that has a text already is told so
//! instead of being sent it again.
//!
//! Decides nothing about what is cached.

use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::graphql::CacheStatus;

/// The header of RFC 9211.
pub(super) const STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What our cache has to say of an answer.
pub(super) fn status(status: CacheStatus) -> HeaderValue {
    HeaderValue::from_static(match status {
        CacheStatus::Near => "inhouse; hit; detail=near",
        CacheStatus::Far => "inhouse; hit; detail=far",
        CacheStatus::Stored => "inhouse; fwd=miss; stored",
        CacheStatus::Miss => "inhouse; fwd=miss",
        CacheStatus::Bypass => "inhouse; fwd=bypass",
    })
}

/// The tag of a text by its SHA-256. Weak, since compression changes the bytes on the wire.
pub(super) fn weak_tag(sha256: &[u8; 32]) -> HeaderValue {
    use std::fmt::Write as _;

    let mut tag = String::from("W/\"");
    for byte in sha256.iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// `response` under `tag`, or 304 in its place if `request` says that the client has it.
pub(super) fn tagged(request: &HeaderMap, tag: &HeaderValue, mut response: Response) -> Response {
    response.headers_mut().insert(ETAG, tag.clone());
    if !matches_any(request, tag) {
        return response;
    }
    let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
    *unchanged.headers_mut() = std::mem::take(response.headers_mut());
    for name in ["content-type", "content-length"] {
        unchanged.headers_mut().remove(name);
    }
    unchanged
}

fn matches_any(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let Ok(wanted) = tag.to_str().map(opaque) else { return false };
    let texts = request.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|text| text.trim() == "*" || opaque(text) == wanted)
}
