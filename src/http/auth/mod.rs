//! `/auth/…`: logging in by Discord, logging out, and the page for development that logs in as anybody.
//!
//! Decides who gets a session cookie; who may do what with it is decided elsewhere. Calls the login service and nothing
//! below it. What a person meets here is a page of few words, as whoever is logging in has no GraphQL client yet.

mod dev;
mod discord;
mod failure;
mod logout;
mod page;
mod return_to;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use serde_json::json;

use self::failure::Failure;
use super::layers::peer;
use super::{error, origin};
use crate::auth::{AuthSettings, Cookie, Cookies, DiscordLogin, Secret, SiteUrl, Throttle, hash_token};
use crate::service::login::{LoginService, SessionToOpen};

/// What logging in is served from.
#[derive(Clone)]
pub struct AuthState {
    /// Opens and revokes sessions.
    pub logins: LoginService,
    /// Asks Discord; `None` where it is not set up.
    pub discord: Option<DiscordLogin>,
    /// Where this site is for those who use it.
    pub site: Option<SiteUrl>,
    /// What was chosen.
    pub settings: AuthSettings,
    /// The page for development may be there: the database is embedded, and nobody but this machine can ask.
    pub dev_login: bool,
}

/// The same with what is counted.
struct Door {
    state: AuthState,
    cookies: Cookies,
    throttle: Throttle,
}

/// The routes, to be put behind the layers of all others.
pub fn auth_router(state: AuthState) -> Router {
    let door = Arc::new(Door {
        cookies: state.settings.cookies(),
        throttle: Throttle::new(state.settings.tries_per_minute),
        state,
    });
    let mut routes = Router::new()
        .route("/auth/options", get(options).fallback(error::only_get))
        .route("/auth/discord/login", get(discord::login).fallback(error::only_get))
        .route("/auth/discord/callback", get(discord::callback).fallback(error::only_get))
        .route("/auth/logout", post(logout::logout).fallback(error::only_post));
    if door.state.dev_login {
        routes = routes.route("/auth/dev", get(dev::page).post(dev::enter).fallback(error::only_get_or_post));
    }
    routes.with_state(door)
}

/// Which ways of logging in there are, for a page that links to them.
async fn options(State(door): State<Arc<Door>>, head: Parts) -> Response {
    let is_dev = door.state.dev_login && origin::is_at_home(&head);
    let body = json!({ "discord": door.state.discord.is_some(), "dev": is_dev }).to_string();
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response()
}

impl Door {
    /// Uses up a try of whoever asks.
    fn take_try(&self, head: &Parts) -> Result<(), Failure> {
        self.throttle.take(peer(&head.extensions), Instant::now()).map_err(Failure::Throttled)
    }

    /// A cookie of the request.
    fn cookie(&self, cookie: Cookie, head: &Parts) -> Option<Secret> {
        let headers = head.headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        headers.filter_map(|it| self.cookies.read(cookie, it)).next()
    }

    /// A new secret for a session, and what is stored of it.
    fn new_session(&self) -> Result<(Secret, SessionToOpen), Failure> {
        let secret = Secret::random("")?;
        let lifetime = SignedDuration::from_hours(i64::from(self.state.settings.session_days) * 24);
        Ok((secret.clone(), SessionToOpen { token_hash: hash_token(secret.expose()), lifetime }))
    }

    /// Sends a browser on, with its new session.
    fn admit(&self, secret: &Secret, session: &SessionToOpen, to: &str) -> Response {
        let cookie = self.cookies.set(Cookie::Session, secret, session.lifetime.as_secs());
        with_cookie(redirect(to), &cookie)
    }
}

/// The parameters of a URL; one that cannot be read has none.
fn parameters(uri: &Uri) -> Vec<(String, String)> {
    axum::extract::Query::try_from_uri(uri).map(|it| it.0).unwrap_or_default()
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    parameters(uri).into_iter().find(|(it, _)| it == name).map(|(_, value)| value)
}

/// Sends a browser to a path or URL by GET, whatever brought it here.
fn redirect(to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}
