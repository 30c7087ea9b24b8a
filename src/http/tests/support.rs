//! A router on the toy schema, with stand-ins for what decides who asks and whether the server is ready.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::stream;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::{AuthError, Authenticator, Caller, Credentials};
use crate::graphql::{
    AnswerKind, CacheStatus, ErrorCode, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo, toy,
};
use crate::http::{Check, HttpSettings, HttpState, Readiness, Streams, router};
use crate::types::{UserId, Viewer};

/// Knows Ann, fails for two special tokens.
struct KnowsAnn;

impl Authenticator for KnowsAnn {
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Caller, AuthError>> {
        let ann = Caller::from(Viewer { user_id: Some(UserId(7)), ..Viewer::anonymous() });
        Box::pin(async move {
            match credentials {
                Credentials::Bearer(token) => match token.expose() {
                    "inh_ann" => Ok(ann),
                    "inh_outage" => Err(AuthError::Unavailable("password=hunter2".into())),
                    "inh_panic" => panic!("a test panics here"),
                    _ => Err(AuthError::InvalidToken),
                },
                Credentials::Session(session) if session.expose() == "ann" => Ok(ann),
                Credentials::Session(_) | Credentials::Missing => Ok(Caller::default()),
                Credentials::Unreadable => Err(AuthError::InvalidToken),
            }
        })
    }
}

struct Ready {
    database: bool,
    draining: bool,
}

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        Box::pin(async { vec![Check { name: "database", ok: self.database }] })
    }

    fn is_draining(&self) -> bool {
        self.draining
    }
}

/// Gives every request the same answer.
struct Always(GraphqlAnswer);

impl GraphqlService for Always {
    fn execute(&self, _: GraphqlRequest, _: RequestInfo) -> BoxFuture<'_, GraphqlAnswer> {
        Box::pin(async { self.0.clone() })
    }
}

pub(super) struct Server(Router);

impl Server {
    pub(super) fn new() -> Self {
        Self::with(toy::service(), Ready { database: true, draining: false })
    }

    pub(super) fn without_database() -> Self {
        Self::with(toy::service(), Ready { database: false, draining: false })
    }

    pub(super) fn draining() -> Self {
        Self::with(toy::service(), Ready { database: true, draining: true })
    }

    pub(super) fn answering(kind: AnswerKind, retry_after_ms: Option<u64>) -> Self {
        let answer = GraphqlAnswer {
            body: Bytes::from_static(b"{}"),
            kind,
            has_errors: true,
            is_query: true,
            retry_after_ms,
            cache: CacheStatus::Bypass,
        };
        Self::with(Arc::new(Always(answer)), Ready { database: true, draining: false })
    }

    pub(super) fn with_extra(extra: Router) -> Self {
        Self::built(toy::service(), Ready { database: true, draining: false }, extra)
    }

    fn with(graphql: Arc<dyn GraphqlService>, ready: Ready) -> Self {
        Self::built(graphql, ready, Router::new())
    }

    fn built(graphql: Arc<dyn GraphqlService>, ready: Ready, extra: Router) -> Self {
        let settings = HttpSettings::default();
        let streams = Streams::new(settings.sockets.clone());
        let (authenticator, readiness) = (Arc::new(KnowsAnn), Arc::new(ready));
        Self(router(HttpState { graphql, authenticator, readiness, streams }, settings, extra))
    }

    pub(super) async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Told {
        self.send(Method::GET, url, headers, "").await
    }

    pub(super) async fn post(&self, body: &Value, headers: &[(&str, &str)]) -> Told {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(Method::POST, "/graphql", &headers, &body.to_string()).await
    }

    pub(super) async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Told {
        self.call(method, url, headers, Body::from(body.to_owned())).await
    }

    /// Posts a body whose length is not declared.
    pub(super) async fn send_chunked(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let chunks: Vec<_> = body.as_bytes().chunks(10_000).map(Bytes::copy_from_slice).collect();
        let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)));
        self.call(Method::POST, url, headers, body).await
    }

    /// Posts a body that never arrives.
    pub(super) async fn send_nothing(&self, url: &str, headers: &[(&str, &str)]) -> Told {
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        self.call(Method::POST, url, headers, body).await
    }

    async fn call(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Body) -> Told {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.0.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Told { status: head.status, headers: head.headers, body }
    }
}

/// A response, read to its end.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Told {
    /// The header's text, empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The message of the first error.
    pub(super) fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap().to_owned()
    }

    /// One error, in the form of a GraphQL error, without data.
    pub(super) fn assert_error(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!(self.status.as_u16(), status, "{body}");
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{body}");
        assert_eq!(extensions["requestId"], self.header("x-request-id"), "{body}");
        assert!(ErrorCode::parse(code).is_some());
        assert!(body.get("data").is_none() && !self.message().is_empty(), "{body}");
    }
}
