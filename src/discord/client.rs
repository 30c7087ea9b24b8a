//! The bot's client: one question at a time of each bucket, a few at a time in all, patient with a Discord in trouble.
//!
//! Keeps no answer: what is remembered of a guild is in `members` and `voice`. Never used inside a transaction.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use tokio::sync::Semaphore;

use super::http::{client, read_body};
use super::rate_limit::{RateLimits, Told, seconds};
use super::wire::{self, WireRefusal, WireThrottle};
use super::{DiscordError, DiscordSettings, DiscordSetupError, Waits};
use crate::telemetry::metrics::{self, DiscordOutcome, DiscordRoute};
use crate::types::{GuildMember, Jitter, SiteUrl};

/// Members of a page: the most Discord gives.
pub(super) const PAGE: usize = 1_000;

/// Questions under way at once.
const MAX_AT_ONCE: usize = 4;

/// How often a question is asked that is not answered, or by a broken server.
const MAX_TRIES: u32 = 4;

/// How often a question is asked of which Discord says: not now. Our own count of what is left makes that rare.
const MAX_REFUSALS: u32 = 5;

/// Longest wait for one question's turn; beyond it, whoever asks is told when to come back.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Wait before the second try; doubles with each.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// Longest answer: a page of members is below a tenth of it.
const MAX_ANSWER: usize = 8 << 20;

/// The bot of one application at Discord; cheap to clone.
#[derive(Clone, Debug)]
pub struct DiscordClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: Client,
    base_url: SiteUrl,
    /// Marked as sensitive, so that nothing prints it.
    authorization: HeaderValue,
    timeout: Duration,
    limits: RateLimits,
    permits: Semaphore,
    waits: Waits,
    jitter: Jitter,
}

/// One question.
struct Question<'a> {
    route: DiscordRoute,
    guild: &'a str,
    /// Behind the version of the API.
    path: String,
}

/// What came of one attempt.
enum Attempt {
    Answered(Vec<u8>),
    /// Not now.
    Throttled(Duration),
    /// Perhaps another time.
    Failed(DiscordError),
    /// Never.
    Refused(DiscordError),
}

impl DiscordClient {
    /// The bot of these settings.
    ///
    /// # Errors
    /// The token fits no header, or the system offers no TLS.
    pub fn new(settings: &DiscordSettings, waits: Waits, jitter: Jitter) -> Result<Self, DiscordSetupError> {
        let authorization = HeaderValue::from_str(&format!("Bot {}", settings.bot_token.expose()));
        let Ok(mut authorization) = authorization else { return Err(DiscordSetupError::Token) };
        authorization.set_sensitive(true);
        Ok(Self(Arc::new(Inner {
            http: client()?,
            base_url: settings.base_url.clone(),
            authorization,
            timeout: settings.timeout,
            limits: RateLimits::default(),
            permits: Semaphore::new(MAX_AT_ONCE),
            waits,
            jitter,
        })))
    }

    /// A page of the members of a guild, by id, of those behind `after`. The last page is shorter than [`PAGE`].
    pub(super) async fn guild_member_page(
        &self,
        guild: &str,
        after: Option<&str>,
    ) -> Result<Vec<GuildMember>, DiscordError> {
        let after = after.map(|it| format!("&after={it}")).unwrap_or_default();
        let path = format!("/guilds/{guild}/members?limit={PAGE}{after}");
        let body = self.ask(Question { route: DiscordRoute::GuildMembers, guild, path }).await?;
        wire::members_of(&body)
    }

    /// Id and name of each voice channel of a guild.
    pub(super) async fn voice_channels(&self, guild: &str) -> Result<Vec<(String, String)>, DiscordError> {
        let path = format!("/guilds/{guild}/channels");
        let body = self.ask(Question { route: DiscordRoute::GuildChannels, guild, path }).await?;
        wire::voice_channels_of(&body)
    }

    /// The voice channel a member sits in; none for one who sits in none.
    pub(super) async fn voice_channel_of(
        &self,
        guild: &str,
        user: &str,
    ) -> Result<Option<String>, DiscordError> {
        let path = format!("/guilds/{guild}/voice-states/{user}");
        match self.ask(Question { route: DiscordRoute::VoiceState, guild, path }).await {
            Ok(body) => wire::channel_of(&body),
            Err(DiscordError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks who the bot itself is: whether the token is good and Discord is there.
    ///
    /// # Errors
    /// Discord is away, or does not know the token.
    pub async fn own_name(&self) -> Result<String, DiscordError> {
        let question = Question { route: DiscordRoute::Me, guild: "", path: "/users/@me".to_owned() };
        Ok(wire::profile_of(&self.ask(question).await?)?.username)
    }

    /// Asks until there is an answer, or no sense in asking on.
    async fn ask(&self, question: Question<'_>) -> Result<Vec<u8>, DiscordError> {
        let Inner { waits, jitter, .. } = &*self.0;
        let (mut n_failed, mut n_refused, mut backoff) = (0_u32, 0_u32, FIRST_BACKOFF);
        let give_up_at = waits.now() + MAX_WAIT;
        loop {
            match self.attempt(&question, give_up_at).await {
                Attempt::Answered(body) => return Ok(body),
                Attempt::Refused(error) => return Err(error),
                Attempt::Throttled(wait) => {
                    n_refused = n_refused.saturating_add(1);
                    if n_refused >= MAX_REFUSALS || waits.now() + wait > give_up_at {
                        return Err(DiscordError::Busy { retry_after: Some(wait) });
                    }
                }
                Attempt::Failed(error) => {
                    n_failed = n_failed.saturating_add(1);
                    if n_failed >= MAX_TRIES {
                        return Err(error);
                    }
                    tracing::debug!(
                        route = question.route.as_str(),
                        n_failed,
                        error = error.name(),
                        "Discord is asked again"
                    );
                    waits.sleep(backoff / 2 + jitter.up_to(backoff / 2)).await;
                    backoff = backoff.saturating_mul(2);
                }
            }
        }
    }

    /// Waits for the question's turn and asks once.
    async fn attempt(&self, question: &Question<'_>, give_up_at: tokio::time::Instant) -> Attempt {
        let Inner { limits, permits, waits, .. } = &*self.0;
        let route = question.limited_by();
        loop {
            // Never closed; if it were, to ask without a permit would do no harm.
            let permit = permits.acquire().await.ok();
            let now = waits.now();
            let Err(wait) = limits.take(&route, now) else {
                return self.once(question, &route).await;
            };
            // Whoever waits for one guild's turn keeps nobody from asking about another.
            drop(permit);
            if now + wait > give_up_at {
                return Attempt::Refused(DiscordError::Busy { retry_after: Some(wait) });
            }
            waits.sleep(wait).await;
        }
    }

    async fn once(&self, question: &Question<'_>, route: &str) -> Attempt {
        let began = self.0.waits.now();
        let attempt = match tokio::time::timeout(self.0.timeout, self.send(question, route)).await {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(error @ DiscordError::Garbled { .. })) => Attempt::Refused(error),
            Ok(Err(error)) => Attempt::Failed(error),
            Err(elapsed) => Attempt::Failed(DiscordError::Away(Arc::new(elapsed))),
        };
        let took = self.0.waits.now().saturating_duration_since(began);
        metrics::discord_asked(question.route, attempt.outcome(), took);
        attempt
    }

    async fn send(&self, question: &Question<'_>, route: &str) -> Result<Attempt, DiscordError> {
        let Inner { http, base_url, authorization, limits, waits, .. } = &*self.0;
        let url = base_url.at(&format!("/api/v10{}", question.path));
        let response = http.get(url).header(AUTHORIZATION, authorization.clone()).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(told) = Told::from_headers(&headers) {
            limits.note((route, question.guild), &told, waits.now());
        }
        if status.is_server_error() {
            return Ok(Attempt::Failed(DiscordError::broken(status.as_u16())));
        }
        let body = read_body(response, MAX_ANSWER).await?;
        Ok(match status {
            StatusCode::OK => Attempt::Answered(body),
            StatusCode::TOO_MANY_REQUESTS => {
                let (wait, is_global) = throttle(&headers, &body);
                limits.refuse(route, is_global, wait, waits.now());
                tracing::warn!(
                    route = question.route.as_str(),
                    ?wait,
                    is_global,
                    "Discord is asked too often"
                );
                Attempt::Throttled(wait)
            }
            StatusCode::NOT_FOUND => Attempt::Refused(DiscordError::Missing),
            _ => Attempt::Refused(refusal(status, &body)),
        })
    }
}

impl Question<'_> {
    /// What the limits of this question are kept under until Discord names the bucket.
    fn limited_by(&self) -> String {
        format!("{} {}", self.route.as_str(), self.guild)
    }
}

impl Attempt {
    fn outcome(&self) -> DiscordOutcome {
        match self {
            Self::Answered(_) => DiscordOutcome::Answered,
            Self::Throttled(_) => DiscordOutcome::Throttled,
            Self::Failed(_) => DiscordOutcome::Failed,
            Self::Refused(DiscordError::Missing) => DiscordOutcome::Missing,
            Self::Refused(_) => DiscordOutcome::Refused,
        }
    }
}

/// How long to wait after a 429, and whether that is for everything. The body is more exact than the header; one that
/// tells nothing is waited for a second.
fn throttle(headers: &HeaderMap, body: &[u8]) -> (Duration, bool) {
    let told: Option<WireThrottle> = serde_json::from_slice(body).ok();
    let header = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse::<f64>().ok());
    let is_global = told.as_ref().is_some_and(|it| it.global) || headers.contains_key("x-ratelimit-global");
    let wait = told.map(|it| it.retry_after).or(header).and_then(seconds);
    (wait.unwrap_or(Duration::from_secs(1)), is_global)
}

/// A refusal by its numbers: what else Discord says may quote what it was sent.
fn refusal(status: StatusCode, body: &[u8]) -> DiscordError {
    let code = serde_json::from_slice::<WireRefusal>(body).ok();
    let code = code.map(|it| format!(", code {}", it.code)).unwrap_or_default();
    DiscordError::Refused { reason: format!("status {}{code}", status.as_u16()) }
}
