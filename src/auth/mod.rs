//! From credentials to a [`Viewer`]: what a caller may present, and the trait that answers who that is.
//!
//! Knows no HTTP library (headers arrive as texts) and decides no permission: that is `domain::policy`.

mod cookies;
mod discord;
mod secret;
mod settings;
mod store;
mod throttle;

use futures_util::future::BoxFuture;

use crate::cache::AsOf;
use crate::types::Viewer;

pub use crate::discord::DiscordError;
pub(crate) use crate::types::is_loopback_host;
pub use crate::types::{ParseSiteUrlError, Secret, SiteUrl};
pub use cookies::{Cookie, Cookies};
pub use discord::{Departure, DiscordLogin, DiscordSetupError};
pub use secret::NoRandomness;
pub use settings::AuthSettings;
pub use store::{API_TOKEN_PREFIX, StoredCredentials, hash_token};
pub(crate) use throttle::{NOWHERE, network};
pub use throttle::{Throttle, Tries, Wait};

/// What a caller presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    Missing,
    /// The token of `Authorization: Bearer …`.
    Bearer(Secret),
    /// The value of the session cookie.
    Session(Secret),
    /// An `Authorization` header that holds no bearer token.
    Unreadable,
}

impl Credentials {
    /// Reads the texts of the headers `Authorization` and `Cookie`; an `Authorization` header wins over a cookie.
    #[must_use]
    pub fn from_headers(authorization: Option<&str>, cookie: Option<&str>, cookies: Cookies) -> Self {
        match authorization {
            Some(header) => bearer_token(header).map_or(Self::Unreadable, Self::Bearer),
            None => cookie.and_then(|it| cookies.session(it)).map_or(Self::Missing, Self::Session),
        }
    }

    /// Sent by a browser on its own, so that another site could have caused the request.
    #[must_use]
    pub fn is_ambient(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// The secret presented, if one is.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Bearer(secret) | Self::Session(secret) => Some(secret),
            Self::Missing | Self::Unreadable => None,
        }
    }
}

/// Why nobody could be told from the credentials.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A token that is unknown, expired or revoked, or no token at all where one is announced.
    #[error("the access token is not valid")]
    InvalidToken,
    /// The store that knows tokens and sessions did not answer.
    #[error("credentials cannot be checked right now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Tells who presents some credentials.
pub trait Authenticator: Send + Sync {
    /// The viewer. An unknown or expired session is an anonymous one; an invalid bearer token is an error.
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Caller, AuthError>>;
}

/// Who asks, and how current that is.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// The check of the cache it was told by, which the rest of the request may rely on, too.
    pub as_of: Option<AsOf>,
}

impl From<Viewer> for Caller {
    fn from(viewer: Viewer) -> Self {
        Self { viewer, as_of: None }
    }
}

/// Knows nobody: sessions are anonymous, tokens invalid.
#[derive(Clone, Copy, Debug, Default)]
pub struct NobodyKnown;

impl Authenticator for NobodyKnown {
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Caller, AuthError>> {
        Box::pin(std::future::ready(match credentials {
            Credentials::Missing | Credentials::Session(_) => Ok(Caller::default()),
            Credentials::Bearer(_) | Credentials::Unreadable => Err(AuthError::InvalidToken),
        }))
    }
}

fn bearer_token(header: &str) -> Option<Secret> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    is_bearer.then(|| Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        for header in ["Bearer inh_abc", "bearer  inh_abc ", "BEARER inh_abc"] {
            let read = Credentials::from_headers(Some(header), None, Cookies::Plain);
            assert_eq!(read, Credentials::Bearer(Secret::new("inh_abc")), "{header}");
        }
    }

    #[test]
    fn an_authorization_header_without_a_bearer_token_is_unreadable_not_missing() {
        for header in ["", "Bearer", "Bearer ", "Basic YTpi"] {
            let read = Credentials::from_headers(Some(header), None, Cookies::Plain);
            assert_eq!(read, Credentials::Unreadable, "{header}");
        }
    }

    #[test]
    fn a_token_wins_over_a_cookie_and_is_not_ambient() {
        let read = Credentials::from_headers(Some("Bearer inh_abc"), Some("session=s"), Cookies::Plain);
        assert!(!read.is_ambient());
    }

    #[test]
    fn a_cookie_of_another_name_or_an_empty_one_is_no_session() {
        for header in ["theme=dark", "session=", "sessions=x", "nosession"] {
            let read = Credentials::from_headers(None, Some(header), Cookies::Plain);
            assert_eq!(read, Credentials::Missing, "{header}");
        }
    }
}
