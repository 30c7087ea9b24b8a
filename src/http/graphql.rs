//! `/graphql`: from a request to a `GraphqlRequest`, from its answer to a response.
//!
//! Cheap refusals come first; nothing of the body is read before headers and credentials are found good.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Query, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::app::App;
use super::caller::{self, Unknown};
use super::error::HttpError;
use super::layers::{media_type, peer, request_id};
use super::negotiate::{Form, MediaType, form, require_json};
use super::{caching, origin, sse, ws};
use crate::auth::{AuthError, Caller, Cookie, Credentials};
use crate::graphql::error::chain;
use crate::graphql::{
    AnswerKind, ErrorCode, GraphqlAnswer, GraphqlRequest, RequestId, RequestInfo, ShapeError,
};

const ALLOWED: &str = "GET, HEAD, POST";

/// Only a page of this site can send this header, so its request was not caused by another site.
pub(super) const PROOF_OF_ORIGIN: &str = "x-requested-with";

/// With `1`, the answer tells what the cache did.
const CACHE_REPORT: &str = "x-cache-report";

/// A body that takes longer than this to arrive is answered by a check of its own.
const SLOW_BODY: Duration = Duration::from_millis(50);

/// Queries in the URL, subscriptions for whoever wants events, and the beginning of a socket.
pub(super) async fn get(State(app): State<Arc<App>>, request: Request) -> Response {
    if ws::is_upgrade(request.headers()) {
        return ws::upgrade(app, request).await;
    }
    let (id, media) = (request_id(&request), media_type(request.headers()));
    let (head, _) = request.into_parts();
    match answer_get(&app, &head, &id).await {
        Ok(response) => response,
        Err(error) => error.respond(&id, media),
    }
}

/// Operations in the body.
pub(super) async fn post(State(app): State<Arc<App>>, request: Request) -> Response {
    let (id, media) = (request_id(&request), media_type(request.headers()));
    match answer_post(&app, request, &id).await {
        Ok(response) => response,
        Err(error) => error.respond(&id, media),
    }
}

/// Any other method.
pub(super) async fn method_not_allowed(Extension(id): Extension<RequestId>, headers: HeaderMap) -> Response {
    HttpError::method_not_allowed(ALLOWED).respond(&id, media_type(&headers))
}

/// A request of GraphQL that was read, and who sent it.
pub(super) struct Asked {
    pub(super) request: GraphqlRequest,
    /// What was presented.
    pub(super) credentials: Credentials,
    caller: Caller,
    /// By which a browser forgets a session that is nobody's, instead of sending it again and again.
    stale: Option<HeaderValue>,
}

async fn answer_get(app: &Arc<App>, head: &Parts, id: &RequestId) -> Result<Response, HttpError> {
    let form = form(&head.headers)?;
    let uri = &head.uri;
    if uri.path_and_query().is_some_and(|it| it.as_str().len() > app.settings.max_url_bytes) {
        let message = "the URL is too long: send the request by POST";
        return Err(HttpError::bad(StatusCode::URI_TOO_LONG, message));
    }
    let credentials = caller::credentials(app, &head.headers);
    // `EventSource` can send no header, so for events the browser's word for its origin must do.
    let needs_header = form != Form::Events && credentials.is_ambient();
    if needs_header && !head.headers.contains_key(PROOF_OF_ORIGIN) {
        let message = format!("with a session cookie, GET needs the header {PROOF_OF_ORIGIN}");
        return Err(HttpError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    require_origin(app, form, &credentials, head)?;
    let (caller, stale) = authenticate(app, &credentials, (id, &head.extensions)).await?;
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
        return Err(HttpError::bad(StatusCode::BAD_REQUEST, "the parameters of the URL cannot be read"));
    };
    let request = GraphqlRequest::from_url_params(pairs).map_err(|error| misshapen(&error))?;
    answer(app, form, Asked { request, credentials, caller, stale }, (id, head)).await
}

async fn answer_post(app: &Arc<App>, request: Request, id: &RequestId) -> Result<Response, HttpError> {
    let form = form(request.headers())?;
    require_json(request.headers())?;
    let limit = app.settings.max_body_bytes;
    if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large(limit));
    }
    let (head, body) = request.into_parts();
    let credentials = caller::credentials(app, &head.headers);
    require_origin(app, form, &credentials, &head)?;
    let (mut caller, stale) = authenticate(app, &credentials, (id, &head.extensions)).await?;
    let began = Instant::now();
    let body = read_body(body, limit).await?;
    if began.elapsed() > SLOW_BODY {
        // Much may have changed since the caller was told apart.
        caller.as_of = None;
    }
    let request = GraphqlRequest::from_json(&body).map_err(|error| misshapen(&error))?;
    answer(app, form, Asked { request, credentials, caller, stale }, (id, &head)).await
}

/// Events that a cookie opens are for pages of this site.
fn require_origin(app: &App, form: Form, credentials: &Credentials, head: &Parts) -> Result<(), HttpError> {
    let is_at_stake = form == Form::Events && credentials.is_ambient();
    if is_at_stake && !origin::is_not_foreign(head, app.settings.site.as_ref()) {
        let message = "only pages of this site may open a stream of events with a session cookie";
        return Err(HttpError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    Ok(())
}

async fn answer(
    app: &Arc<App>,
    form: Form,
    asked: Asked,
    (id, head): (&RequestId, &Parts),
) -> Result<Response, HttpError> {
    let info = RequestInfo {
        viewer: asked.caller.viewer.clone(),
        as_of: asked.caller.as_of.clone(),
        wants_report: head.headers.get(CACHE_REPORT).is_some_and(|it| it == "1"),
        document: None,
        resume_after: None,
        request_id: id.clone(),
        only_query: head.method.is_safe(),
        deadline: Instant::now() + app.settings.execution_timeout,
    };
    let stale = asked.stale.clone();
    let response = match form {
        Form::Events => sse::answer(app, asked, info, head).await?,
        Form::Single(media) => {
            let answer = app.state.graphql.execute(asked.request, info).await;
            if head.method.is_safe() {
                cacheable(answer, media, &head.headers)
            } else {
                respond(answer, media)
            }
        }
    };
    Ok(forgetting(stale, response))
}

/// The answer to a query by GET, which a client may keep if nothing is wrong with it.
fn cacheable(answer: GraphqlAnswer, media: MediaType, headers: &HeaderMap) -> Response {
    let is_cacheable = answer.kind == AnswerKind::Executed && !answer.has_errors;
    let tag = caching::weak_tag(&Sha256::digest(&answer.body).into());
    let mut response = respond(answer, media);
    if !is_cacheable {
        return response;
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept, authorization, cookie"));
    caching::tagged(headers, &tag, response)
}

async fn read_body(body: Body, limit: usize) -> Result<Bytes, HttpError> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let is_too_long = std::iter::successors(std::error::Error::source(&error), |it| it.source())
            .any(|cause| cause.to_string().contains("length limit"));
        if is_too_long {
            return too_large(limit);
        }
        HttpError::bad(StatusCode::BAD_REQUEST, "the body did not arrive whole")
    })
}

/// Who asks, and by what a browser forgets a session of nobody.
async fn authenticate(
    app: &App,
    credentials: &Credentials,
    (id, extensions): (&RequestId, &Extensions),
) -> Result<(Caller, Option<HeaderValue>), HttpError> {
    let told = caller::identify(app, credentials, peer(extensions)).await;
    let caller = told.map_err(|unknown| match unknown {
        Unknown::Throttled(wait) => HttpError::rate_limited(
            wait.seconds,
            "too many wrong credentials from your address: try again later",
        ),
        Unknown::Auth(error) => unauthenticated(&error, id),
    })?;
    let is_stale = credentials.is_ambient() && caller.viewer.user_id.is_none();
    let cleared = is_stale.then(|| app.settings.cookies.clear(Cookie::Session));
    Ok((caller, cleared.and_then(|it| HeaderValue::from_str(&it).ok())))
}

fn unauthenticated(error: &AuthError, id: &RequestId) -> HttpError {
    match error {
        AuthError::InvalidToken => {
            HttpError::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, error.to_string())
        }
        AuthError::Unavailable(_) => {
            tracing::error!(request.id = %id, error.chain = %chain(error), "authentication failed");
            HttpError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, error.to_string())
        }
    }
}

fn forgetting(stale: Option<HeaderValue>, mut response: Response) -> Response {
    if let Some(cookie) = stale {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn respond(answer: GraphqlAnswer, media: MediaType) -> Response {
    let status = status(answer.kind, media);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media.content_type());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(caching::STATUS, caching::status(answer.cache));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(ms) = answer.retry_after_ms {
        headers.insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
    }
    response
}

/// The status of an answer. In `application/json` whatever GraphQL has to say is 200, as clients of old expect.
fn status(kind: AnswerKind, media: MediaType) -> StatusCode {
    let of_graphql = |status| if media == MediaType::Json { StatusCode::OK } else { status };
    match kind {
        AnswerKind::Executed => StatusCode::OK,
        AnswerKind::ParseFailed | AnswerKind::BadInput => of_graphql(StatusCode::BAD_REQUEST),
        AnswerKind::ValidationFailed | AnswerKind::OperationUnresolved | AnswerKind::TooCostly => {
            of_graphql(StatusCode::UNPROCESSABLE_ENTITY)
        }
        AnswerKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        AnswerKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        AnswerKind::Forbidden => StatusCode::FORBIDDEN,
        AnswerKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        AnswerKind::TimedOut | AnswerKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        AnswerKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn too_large(limit: usize) -> HttpError {
    HttpError::bad(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is too large: at most {limit} bytes"))
}

fn misshapen(error: &ShapeError) -> HttpError {
    HttpError::bad(StatusCode::BAD_REQUEST, error.to_string())
}
