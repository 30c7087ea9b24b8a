//! Logging in by Discord: where to send a browser, and who comes back (OAuth2, code flow, `state`, PKCE).
//!
//! Keeps no token: one is asked once who its user is, and forgotten. Writes nothing, and is called in no transaction.
//! Nothing Discord says is trusted to be short, quick or of the right form.

use std::sync::Arc;
use std::time::Duration;

use super::{NoRandomness, Secret, SiteUrl};
use crate::discord::{DiscordError, DiscordSettings, http_client, profile_of, read_body};
use crate::types::DiscordProfile;
use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::http::StatusCode;
use oauth2::http::header::{AUTHORIZATION, RETRY_AFTER};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _, TokenUrl,
};

/// Where Discord sends a browser back to.
pub(crate) const CALLBACK: &str = "/auth/discord/callback";

const AUTHORIZE: &str = "/oauth2/authorize";
const TOKEN: &str = "/api/v10/oauth2/token";
const ME: &str = "/api/v10/users/@me";

/// More than any answer of Discord that is read here.
const MAX_ANSWER: usize = 64 * 1024;

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
        Ok(Self { client: http_client()?, oauth, me: base.at(ME), timeout: settings.timeout })
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
            Err(elapsed) => Err(DiscordError::Away(Arc::new(elapsed))),
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
        let request = request.map_err(|_unsendable| DiscordError::garbled("a token that fits no header"))?;
        let response = call(self.client.clone(), request).await?;
        if response.status() != StatusCode::OK {
            return Err(DiscordError::garbled(format!("status {} for the user", response.status().as_u16())));
        }
        profile_of(response.body())
    }
}

/// Sends one request and reads its answer; one that says to come back later, or of a broken server, is an error.
async fn call(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, DiscordError> {
    let request = reqwest::Request::try_from(request)?;
    let mut response = client.execute(request).await?;
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let header = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        return Err(DiscordError::Busy { retry_after: header.map(Duration::from_secs) });
    }
    if status.is_server_error() {
        return Err(DiscordError::broken(status.as_u16()));
    }
    let headers = std::mem::take(response.headers_mut());
    let mut answer = HttpResponse::new(read_body(response, MAX_ANSWER).await?);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
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
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => DiscordError::garbled("no token"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
