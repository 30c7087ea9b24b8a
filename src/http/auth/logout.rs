//! `POST /auth/logout`: ends the session of a browser, in the database and in its cookies.
//!
//! Never by GET, and for no page of another site: an image somewhere must not log people out (DOMAIN §10.5 bug 61).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use super::{Door, with_cookie};
use crate::auth::{Cookie, hash_token};
use crate::graphql::ErrorCode;
use crate::http::error::HttpError;
use crate::http::graphql::PROOF_OF_ORIGIN;
use crate::http::layers::request_id;
use crate::http::negotiate::MediaType;
use crate::http::origin;
use crate::telemetry::chain;

pub(super) async fn logout(State(door): State<Arc<Door>>, request: Request) -> Response {
    let id = request_id(&request);
    let (head, _) = request.into_parts();
    match leave(&door, &head).await {
        Ok(response) => response,
        Err(error) => error.respond(&id, MediaType::Json),
    }
}

async fn leave(door: &Door, head: &Parts) -> Result<Response, HttpError> {
    if !head.headers.contains_key(PROOF_OF_ORIGIN) || !origin::is_same(head, door.state.site.as_ref()) {
        let message = format!("log out from a page of this site, with the header {PROOF_OF_ORIGIN}");
        return Err(HttpError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    if let Some(secret) = door.cookie(Cookie::Session, head) {
        door.state.logins.leave(&hash_token(secret.expose())).await.map_err(|error| {
            tracing::error!(error = %chain(&error), "a session could not be revoked");
            let message = "you are still logged in: the session could not be revoked right now";
            HttpError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
        })?;
    }
    let response = (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response();
    Ok(with_cookie(response, &door.cookies.clear(Cookie::Session)))
}
