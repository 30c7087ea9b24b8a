//! `/metrics`: the numbers of this process, as Prometheus reads them.
//!
//! Holds no number itself. Nothing on the page names a person or holds what somebody sent; who may read it is for the
//! network in front to say.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;

use super::error;
use crate::telemetry::metrics;

/// The form of the page.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Brings numbers up to date that are not counted where they change.
pub type Observe = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// The route, for [`super::router`] to put behind its layers.
pub fn metrics_router(observe: Observe) -> Router {
    Router::new().route("/metrics", get(move || page(Arc::clone(&observe))).fallback(error::only_get))
}

async fn page(observe: Observe) -> Response {
    observe().await;
    match metrics::render() {
        Some(page) => ([(CONTENT_TYPE, PROMETHEUS), (CACHE_CONTROL, "no-store")], page).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
