//! Settings, shared state and the table of routes with the layers around it.
//!
//! Composition only: what a route does is in its own file.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use super::health::Readiness;
use super::streams::{SocketSettings, Streams};
use super::{error, graphiql, graphql, health, layers, watch};
use crate::auth::{Authenticator, Cookies, SiteUrl, Tries};
use crate::graphql::GraphqlService;

/// What the HTTP side may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Longest body of a request.
    pub max_body_bytes: usize,
    /// Longest path and query of a URL.
    pub max_url_bytes: usize,
    /// How long an operation may run.
    pub execution_timeout: Duration,
    /// How long a request may take in all, its slow arrival included. Must exceed `execution_timeout`.
    pub request_timeout: Duration,
    /// Serve GraphiQL at `/`.
    pub graphiql: bool,
    /// Serve the page that shows a draft at `/watch/{draft}`.
    pub watch: bool,
    /// How the session cookie is called.
    pub cookies: Cookies,
    /// Wrong credentials of one address in a minute; 0 for no limit.
    pub tries_per_minute: u64,
    /// Where this site is for those who use it: whose pages may open sockets. Without it, those of the host that the
    /// request names.
    pub site: Option<SiteUrl>,
    /// The limits on sockets and streams of events.
    pub sockets: SocketSettings,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_body_bytes: 100_000,
            max_url_bytes: 16_000,
            execution_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
            graphiql: true,
            watch: true,
            cookies: Cookies::default(),
            tries_per_minute: 60,
            site: None,
            sockets: SocketSettings::default(),
        }
    }
}

/// What the routes are served from.
#[derive(Clone)]
pub struct HttpState {
    /// Runs operations.
    pub graphql: Arc<dyn GraphqlService>,
    /// Tells who asks.
    pub authenticator: Arc<dyn Authenticator>,
    /// Tells whether this process can serve.
    pub readiness: Arc<dyn Readiness>,
    /// Holds the sockets and streams of events that are open, to be closed when the server stops.
    pub streams: Streams,
}

/// State and settings, as handlers share them.
pub(super) struct App {
    pub(super) state: HttpState,
    pub(super) settings: HttpSettings,
    pub(super) tries: Tries,
}

/// Everything this server answers, and `extra` behind the same layers.
///
/// # Panics
/// `extra` has a route that is there already.
pub fn router(state: HttpState, settings: HttpSettings, extra: Router) -> Router {
    let tries = Tries::new(settings.tries_per_minute);
    let app = Arc::new(App { state, settings, tries });
    let mut routes = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::method_not_allowed))
        .route("/livez", get(health::livez).fallback(error::only_get))
        .route("/readyz", get(health::readyz).fallback(error::only_get))
        .route("/version", get(health::version).fallback(error::only_get));
    if app.settings.graphiql {
        routes = routes
            .route("/", get(graphiql::page).fallback(error::only_get))
            .route("/graphiql/{*path}", get(graphiql::file).fallback(error::only_get));
    }
    if app.settings.watch {
        routes = routes
            .route("/watch/{draft}", get(watch::page).fallback(error::only_get))
            .route("/watch/assets/{file}", get(watch::file).fallback(error::only_get));
    }
    // The last layer added is the outermost: a request passes them from the bottom up.
    routes
        .merge(extra.with_state(()))
        .fallback(error::not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), layers::time_limit))
        .layer(middleware::from_fn(layers::catch_panic))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(layers::security_headers))
        .layer(middleware::from_fn(layers::trace))
        .with_state(app)
}
