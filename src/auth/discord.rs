//! Logging in by Discord: where to send a browser, and who comes back (OAuth2, code flow, `state`, PKCE).
//!
//! Keeps no token: one is asked once who its user is, and forgotten. Writes nothing, and is called in no transaction.
//! Nothing Discord says is trusted to be short, quick or of the right form.

use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::http::StatusCode;
use oauth2::http::header::{AUTHORIZATION, RETRY_AFTER};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _, TokenUrl,
};
use serde::Deserialize;

use super::{DiscordSettings, NoRandomness, Secret, SiteUrl};
use crate::types::DiscordProfile;

/// Where Discord sends a browser back to.
pub(crate) const CALLBACK: &str = "/auth/discord/callback";

const AUTHORIZE: &str = "/oauth2/authorize";
const TOKEN: &str = "/api/v10/oauth2/token";
const ME: &str = "/api/v10/users/@me";

/// More than any answer of Discord that is read here.
const MAX_ANSWER: usize = 64 * 1024;

/// Digits of the largest snowflake.
const MAX_SNOWFLAKE: usize = 20;

type OAuth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// One application at Discord; cheap to clone.
#[derive(Clone, Debug)]
pub struct DiscordLogin {
    client: reqwest::Client,
    oauth: OAuth,
    me: String,
    timeout: Duration,
}

/// A browser to be sent to Discord.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Where to.
    pub url: String,
    /// Comes back with the answer, and must be the one this browser was sent with.
    pub state: Secret,
    /// Goes along with the code of the answer.
    pub pkce_verifier: Secret,
}

/// The settings do not fit together, or the system offers no TLS.
#[derive(Debug, thiserror::Error)]
pub enum DiscordSetupError {
    /// A URL made of the settings is none.
    #[error("the URLs of the login by Discord cannot be made")]
    Url(#[from] oauth2::url::ParseError),
    /// No client could be made, for example for lack of certificates.
    #[error("no connection to Discord can be prepared")]
    Client(#[from] reqwest::Error),
}

/// Discord did not tell who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum DiscordError {
    /// It did not answer, or not in time.
    #[error("Discord does not answer")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is asked too often.
    #[error("Discord is asked too often")]
    Busy {
        /// After how many seconds it may be asked again, if it said.
        retry_after: Option<u64>,
    },
    /// It does not take the code, or does not know this application.
    #[error("Discord refused: {reason}")]
    Refused {
        /// Its word for it, such as `invalid_grant`.
        reason: String,
    },
    /// It answered something else than was asked.
    #[error("Discord answered something unexpected: {what}")]
    Garbled {
        /// What was wrong with it; quotes nothing of the answer.
        what: String,
    },
}

/// What `/users/@me` tells.
#[derive(Deserialize)]
struct Me {
    id: String,
    username: String,
    global_name: Option<String>,
    avatar: Option<String>,
}

impl DiscordLogin {
    /// The application of these settings, for people who reach us at `site`.
    ///
    /// # Errors
    /// A setting does not fit into a URL, or the system offers no TLS.
    pub fn new(settings: &DiscordSettings, site: &SiteUrl) -> Result<Self, DiscordSetupError> {
        let base = &settings.base_url;
        let oauth = BasicClient::new(ClientId::new(settings.client_id.clone()))
            .set_client_secret(ClientSecret::new(settings.client_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::new(base.at(AUTHORIZE))?)
            .set_token_uri(TokenUrl::new(base.at(TOKEN))?)
            .set_redirect_uri(RedirectUrl::new(site.at(CALLBACK))?);
        let client = reqwest::Client::builder()
            .user_agent(concat!("inhouse/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the secret elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            // The environment is read in `config` alone.
            .no_proxy()
            .build()?;
        Ok(Self { client, oauth, me: base.at(ME), timeout: settings.timeout })
    }

    /// Where to send a browser that asks to log in, and what must be known when it comes back.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn depart(&self) -> Result<Departure, NoRandomness> {
        let (state, verifier) = (Secret::random("")?, Secret::random("")?);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(
            verifier.expose().to_owned(),
        ));
        let token = CsrfToken::new(state.expose().to_owned());
        let request = self.oauth.authorize_url(|| token);
        let (url, _) =
            request.add_scope(Scope::new("identify".to_owned())).set_pkce_challenge(challenge).url();
        Ok(Departure { url: url.into(), state, pkce_verifier: verifier })
    }

    /// Who came back with this code.
    ///
    /// # Errors
    /// Discord is away or slow, refuses the code, or answers something else.
    pub async fn identify(&self, code: &str, verifier: &str) -> Result<DiscordProfile, DiscordError> {
        let asking = async {
            let token = self.exchange(code, verifier).await?;
            self.who_has(&token).await
        };
        match tokio::time::timeout(self.timeout, asking).await {
            Ok(outcome) => outcome,
            Err(elapsed) => Err(DiscordError::Away(elapsed.into())),
        }
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Result<Secret, DiscordError> {
        // Owns what it needs: a future that borrows could not move between threads.
        let client = self.client.clone();
        let call = move |request| call(client.clone(), request);
        let request = self
            .oauth
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let token = request.request_async(&call).await.map_err(refused)?;
        Ok(Secret::new(token.access_token().secret()))
    }

    async fn who_has(&self, token: &Secret) -> Result<DiscordProfile, DiscordError> {
        let request = oauth2::http::Request::get(&self.me)
            .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
            .body(Vec::new());
        let request = request.map_err(|_unsendable| garbled("a token that fits no header"))?;
        let response = call(self.client.clone(), request).await?;
        if response.status() != StatusCode::OK {
            return Err(garbled(format!("status {} for the user", response.status().as_u16())));
        }
        let me: Me = serde_json::from_slice(response.body()).map_err(|_error| garbled("no user"))?;
        profile(me)
    }
}

/// Sends one request and reads its answer; one that says to come back later, or of a broken server, is an error.
async fn call(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, DiscordError> {
    let request = reqwest::Request::try_from(request).map_err(away)?;
    let mut response = client.execute(request).await.map_err(away)?;
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let header = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
        return Err(DiscordError::Busy { retry_after: header.and_then(|it| it.parse().ok()) });
    }
    if status.is_server_error() {
        return Err(DiscordError::Away(format!("status {}", status.as_u16()).into()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(garbled("an answer without end"));
        }
    }
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// What a failed exchange of a code means. The library's own texts may hold an answer, so none of them goes on.
fn refused(error: RequestTokenError<DiscordError, BasicErrorResponse>) -> DiscordError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => {
            let reason = answer.error().as_ref().chars().filter(char::is_ascii_graphic).take(100).collect();
            DiscordError::Refused { reason }
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => garbled("no token"),
    }
}

fn profile(me: Me) -> Result<DiscordProfile, DiscordError> {
    let is_snowflake =
        (1..=MAX_SNOWFLAKE).contains(&me.id.len()) && me.id.bytes().all(|it| it.is_ascii_digit());
    if !is_snowflake || me.username.trim().is_empty() {
        return Err(garbled("a user without id or name"));
    }
    // No text with a NUL can be stored.
    let text = |it: String| it.replace('\0', "");
    Ok(DiscordProfile {
        id: me.id,
        username: text(me.username),
        global_name: me.global_name.map(text),
        avatar: me.avatar.map(text),
    })
}

fn garbled(what: impl Into<String>) -> DiscordError {
    DiscordError::Garbled { what: what.into() }
}

fn away(error: reqwest::Error) -> DiscordError {
    DiscordError::Away(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(id: &str, username: &str) -> Me {
        Me { id: id.to_owned(), username: username.to_owned(), global_name: None, avatar: None }
    }

    #[test]
    fn a_browser_is_sent_with_a_state_and_a_challenge_and_asks_for_no_more_than_identity() {
        let settings = DiscordSettings { client_id: "1234".to_owned(), ..DiscordSettings::default() };
        let site = "https://inhouse.example.org".parse().unwrap();
        let departure = DiscordLogin::new(&settings, &site).unwrap().depart().unwrap();
        let url: oauth2::url::Url = departure.url.parse().unwrap();
        assert!(departure.url.starts_with("https://discord.com/oauth2/authorize?"), "{}", departure.url);
        let parameters: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
        assert_eq!(parameters["scope"], "identify");
        assert_eq!(parameters["response_type"], "code");
        assert_eq!(parameters["client_id"], "1234");
        assert_eq!(parameters["redirect_uri"], "https://inhouse.example.org/auth/discord/callback");
        assert_eq!(parameters["state"], departure.state.expose());
        assert_eq!(parameters["code_challenge_method"], "S256");
        assert!(!departure.url.contains(departure.pkce_verifier.expose()));
    }

    #[test]
    fn a_user_needs_a_snowflake_and_a_name() {
        assert!(profile(me("80351110224678912", "nelly")).is_ok());
        for (id, name) in [("", "nelly"), ("12a", "nelly"), ("1".repeat(21).as_str(), "nelly"), ("1", " ")] {
            assert!(matches!(profile(me(id, name)), Err(DiscordError::Garbled { .. })), "{id} {name}");
        }
    }
}
