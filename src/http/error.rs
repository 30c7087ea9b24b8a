//! Errors that HTTP itself answers, in the form of a GraphQL error so that a client needs one way to read them.
//!
//! Messages are for the caller; no cause of a failure inside the server is ever passed in.

use axum::Extension;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::caching;
use super::negotiate::MediaType;
use crate::graphql::{CacheStatus, ErrorCode, RequestId};

/// A request that is refused before GraphQL sees it.
#[derive(Debug)]
pub(super) struct HttpError {
    pub(super) status: StatusCode,
    code: ErrorCode,
    message: String,
    allow: Option<&'static str>,
    retry_after: Option<u64>,
}

impl HttpError {
    /// A refusal whose `message` the caller reads.
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), allow: None, retry_after: None }
    }

    /// The client's fault.
    pub(super) fn bad(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, ErrorCode::BadUserInput, message)
    }

    /// Another method would do.
    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let error = Self::bad(StatusCode::METHOD_NOT_ALLOWED, format!("use {allow} here"));
        Self { allow: Some(allow), ..error }
    }

    /// Too much of it; `seconds` later it may be tried again.
    pub(super) fn rate_limited(seconds: u64, message: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message);
        Self { retry_after: Some(seconds), ..error }
    }

    /// Not now; `seconds` later, or by another server, it may be tried again.
    pub(super) fn unavailable(seconds: u64, message: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message);
        Self { retry_after: Some(seconds), ..error }
    }

    /// The server's fault, told in full by the log.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::InternalServerError, "internal error")
    }

    /// The response, in a form the client accepts.
    pub(super) fn respond(self, request_id: &RequestId, media: MediaType) -> Response {
        let mut extensions = json!({ "code": self.code.as_str(), "requestId": request_id.as_str() });
        if let (Some(seconds), Some(members)) = (self.retry_after, extensions.as_object_mut()) {
            members.insert("retryAfterMs".to_owned(), seconds.saturating_mul(1_000).into());
        }
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] }).to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, media.content_type());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(caching::STATUS, caching::status(CacheStatus::Bypass));
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// No such path.
pub(super) async fn not_found(Extension(request_id): Extension<RequestId>) -> Response {
    HttpError::bad(StatusCode::NOT_FOUND, "there is nothing here; the API is at /graphql")
        .respond(&request_id, MediaType::Json)
}

/// A path that is only posted to.
pub(super) async fn only_post(Extension(request_id): Extension<RequestId>) -> Response {
    HttpError::method_not_allowed("POST").respond(&request_id, MediaType::Json)
}

/// A path that is read and posted to.
pub(super) async fn only_get_or_post(Extension(request_id): Extension<RequestId>) -> Response {
    HttpError::method_not_allowed("GET, HEAD, POST").respond(&request_id, MediaType::Json)
}

/// A path that is only read.
pub(super) async fn only_get(Extension(request_id): Extension<RequestId>) -> Response {
    HttpError::method_not_allowed("GET, HEAD").respond(&request_id, MediaType::Json)
}
