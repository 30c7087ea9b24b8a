//! Why somebody is not logged in, as a page that says what to do.
//!
//! Tells no cause from inside the server or from Discord: that goes to the log under the request id.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::page::Page;
use crate::auth::{DiscordError, NoRandomness, SiteUrl, Wait};
use crate::graphql::RequestId;
use crate::service::login::LoginError;
use crate::telemetry::chain;

/// Where logging in begins.
const LOGIN: &str = "/auth/discord/login";

/// Somebody is not logged in. Nothing was written but that an attempt is used up.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nobody set up the login by Discord.
    NotSetUp,
    /// Too many tries.
    Throttled(Wait),
    /// The page to return to is not one of this site.
    Elsewhere,
    /// The answer belongs to no login that this browser has under way.
    NotYours,
    /// They did not allow it.
    Declined,
    /// Another site made the browser send this.
    ForeignOrigin,
    /// Discord did not tell who they are.
    Discord(DiscordError),
    /// They may not, or it could not be stored.
    Login(LoginError),
    /// No secret could be made.
    NoRandomness(NoRandomness),
}

impl From<DiscordError> for Failure {
    fn from(error: DiscordError) -> Self {
        Self::Discord(error)
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl From<NoRandomness> for Failure {
    fn from(error: NoRandomness) -> Self {
        Self::NoRandomness(error)
    }
}

impl Failure {
    /// The page. `site` is where people should begin, if that is known.
    pub(super) fn respond(&self, id: &RequestId, site: Option<&SiteUrl>) -> Response {
        self.log(id);
        let retry_after = self.retry_after();
        let mut response = self.page(id, site).respond();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    fn page(&self, id: &RequestId, site: Option<&SiteUrl>) -> Page {
        let again = site.map_or_else(|| LOGIN.to_owned(), |it| it.at(LOGIN));
        let again = |page: Page| page.link(&again, "Log in again");
        match self {
            Self::NotSetUp => Page::new(StatusCode::NOT_FOUND, "No login by Discord here").text(
                "Whoever runs this site has to set discord.client_id, discord.client_secret and, unless it is only \
                 used on its own machine, public_url.",
            ),
            Self::Throttled(wait) => Page::new(StatusCode::TOO_MANY_REQUESTS, "Too many logins").text(&format!(
                "Your address has tried to log in too often. Try again in {} seconds.",
                wait.seconds
            )),
            Self::Elsewhere => Page::new(StatusCode::BAD_REQUEST, "That page is not on this site")
                .text("The link you followed leads to another site after the login, so it was not followed."),
            Self::NotYours => again(Page::new(StatusCode::BAD_REQUEST, "This login is over").text(
                "It was finished before, took longer than ten minutes, or was begun in another browser or at another \
                 address of this site.",
            )),
            Self::Declined => again(
                Page::new(StatusCode::FORBIDDEN, "You are not logged in")
                    .text("You did not allow it at Discord. Nothing was changed."),
            ),
            Self::ForeignOrigin => Page::new(StatusCode::FORBIDDEN, "That came from another site")
                .text("Only a page of this site may log you in. Nothing was changed."),
            Self::Discord(error) => again(of_discord(error, id)),
            Self::Login(error) => of_login(error, id),
            Self::NoRandomness(_) => broken(id),
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled(wait) => Some(wait.seconds),
            Self::Discord(DiscordError::Busy { retry_after }) => retry_after.map(whole_seconds),
            _ => None,
        }
    }

    fn log(&self, id: &RequestId) {
        match self {
            Self::Discord(error) => {
                tracing::warn!(request.id = %id, error = %chain(error), "Discord did not tell who logs in");
            }
            Self::Login(error @ LoginError::Db(_)) => {
                tracing::error!(request.id = %id, error = %chain(error), "a login failed");
            }
            Self::NoRandomness(error) => {
                tracing::error!(request.id = %id, error = %chain(error), "a login failed");
            }
            _ => {}
        }
    }
}

/// A header tells whole seconds: rather too many than too few.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

fn of_discord(error: &DiscordError, id: &RequestId) -> Page {
    match error {
        DiscordError::Away(_) => Page::new(StatusCode::BAD_GATEWAY, "Discord does not answer")
            .text("You are not logged in, and nothing was changed. Try again in a minute."),
        DiscordError::Busy { .. } => Page::new(StatusCode::SERVICE_UNAVAILABLE, "Discord is busy")
            .text("You are not logged in, and nothing was changed. Try again in a minute."),
        DiscordError::Refused { .. } | DiscordError::Missing | DiscordError::Garbled { .. } => {
            let page = Page::new(StatusCode::BAD_GATEWAY, "Discord did not confirm your login");
            page.text("You are not logged in, and nothing was changed.").text(&format!(
                "If it happens again, tell whoever runs this site, with the number {}.",
                id.as_str()
            ))
        }
    }
}

fn of_login(error: &LoginError, id: &RequestId) -> Page {
    match error {
        LoginError::Deactivated => Page::new(StatusCode::FORBIDDEN, "This account was switched off")
            .text("Whoever runs this site can switch it on again."),
        LoginError::UnknownUser => Page::new(StatusCode::NOT_FOUND, "There is no such user"),
        LoginError::Nameless => Page::new(StatusCode::FORBIDDEN, "Your name at Discord cannot be shown")
            .text("Choose another username at Discord and log in again."),
        LoginError::Db(error) if error.is_unavailable() => {
            Page::new(StatusCode::SERVICE_UNAVAILABLE, "Logging in does not work right now")
                .text("Nothing was changed. Try again in a minute.")
        }
        LoginError::Db(_) => broken(id),
    }
}

fn broken(id: &RequestId) -> Page {
    Page::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong").text(&format!(
        "You are not logged in. Tell whoever runs this site, with the number {}.",
        id.as_str()
    ))
}
