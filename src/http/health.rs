//! `/livez`, `/readyz`, `/version`: what a load balancer and an operator ask.
//!
//! Names what is away, never why: the cause is in the log.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Value, json};

use super::app::App;

/// One thing the server needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is, for example `database`.
    pub name: &'static str,
    /// It is there.
    pub ok: bool,
}

/// Tells whether this process can serve.
pub trait Readiness: Send + Sync {
    /// Looks at each thing the server needs.
    fn checks(&self) -> BoxFuture<'_, Vec<Check>>;

    /// The process is about to stop: no new requests should be sent to it.
    fn is_draining(&self) -> bool;
}

/// The process runs.
pub(super) async fn livez() -> Response {
    told(StatusCode::OK, &json!({ "status": "alive" }))
}

/// The process can serve.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let readiness = &app.state.readiness;
    if readiness.is_draining() {
        return told(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "draining" }));
    }
    let checks = readiness.checks().await;
    if checks.iter().all(|check| check.ok) {
        told(StatusCode::OK, &json!({ "status": "ready", "checks": checks }))
    } else {
        told(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "unready", "checks": checks }))
    }
}

/// Which build this is; `git` is null where the build was not told its commit.
pub(super) async fn version() -> Response {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let git = option_env!("INHOUSE_GIT_COMMIT");
    told(StatusCode::OK, &json!({ "name": name, "version": version, "git": git }))
}

fn told(status: StatusCode, body: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}
