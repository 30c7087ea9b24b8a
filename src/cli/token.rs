//! `inhouse token`: API tokens for scripts, made, listed and revoked by whoever runs the server.
//!
//! The only place that ever shows a token, and only once.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context as _;
use jiff::SignedDuration;
use serde::Serialize;

use super::{cache, output};
use crate::auth::{API_TOKEN_PREFIX, Secret, hash_token};
use crate::config::Settings;
use crate::service::api_token::{ApiToken, ApiTokenService, ApiTokenToMake};
use crate::types::{ApiTokenId, Instant, TextEnum as _, TokenScope};

/// What to do with API tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Token {
    /// Make a token and print it: it is stored as a hash, and never shown again
    ///
    /// The first line is the token alone. A script sends it as `Authorization: Bearer inh_…`.
    #[command(
        after_help = "Example: inhouse token create --user ann --name \"stats page\" --expires-days 90"
    )]
    Create {
        /// Whom it stands for: a username, or the number of a user
        #[arg(long, value_name = "USERNAME|ID")]
        user: String,
        /// What it is for, to tell it from others
        #[arg(long)]
        name: String,
        /// What it is good for: to read always is, write changes things, staff acts as the site staff its user is
        #[arg(long = "scope", value_name = "SCOPE", value_parser = ["read", "write", "staff"], default_value = "read")]
        scopes: Vec<String>,
        /// How many days it is good; for ever if nothing is said
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_days: Option<u32>,
    },
    /// List tokens, without what nobody knows: the tokens themselves
    List {
        /// Only those of a user: a username, or the number of a user
        #[arg(long, value_name = "USERNAME|ID")]
        user: Option<String>,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: whoever uses it is refused from the next request on, on every server
    Revoke {
        /// Its number, as `list` tells it
        id: i64,
    },
}

impl Token {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let tokens = ApiTokenService::new(cache::open(settings).await?.db);
        match self {
            Self::Create { user, name, scopes, expires_days } => {
                let secret = Secret::random(API_TOKEN_PREFIX)?;
                let made = tokens.create(ApiTokenToMake {
                    user,
                    name,
                    token_hash: hash_token(secret.expose()),
                    scopes: scopes.iter().map(|it| TokenScope::parse(it)).collect::<Result<_, _>>()?,
                    lifetime: expires_days.map(|days| SignedDuration::from_hours(i64::from(days) * 24)),
                });
                let about = made_known(&made.await?);
                output::say(&format!("{}\n{about}", secret.expose()))
            }
            Self::List { user, json } => {
                let listed = tokens.list(user.as_deref()).await?;
                output::say(&if json { as_json(&listed)? } else { as_table(&listed) })
            }
            Self::Revoke { id } => match tokens.revoke(ApiTokenId(id)).await? {
                true => output::say(&format!("token {id} is revoked\n")),
                false => output::say(&format!("token {id} was revoked before\n")),
            },
        }
    }
}

fn made_known(token: &ApiToken) -> String {
    let until = token.expires_at.map_or_else(|| "for ever".to_owned(), |at| format!("until {}", date(at)));
    format!(
        "Token {} of {} (user {}), good to {} {until}. Keep it now: it is not shown again.\n",
        token.id,
        token.username,
        token.user_id,
        words(&token.scopes, ", "),
    )
}

/// A token in JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: ApiTokenId,
    name: &'a str,
    user_id: i64,
    username: &'a str,
    scopes: Vec<&'static str>,
    created_at: Instant,
    expires_at: Option<Instant>,
    revoked_at: Option<Instant>,
    is_valid: bool,
}

fn as_json(tokens: &[ApiToken]) -> anyhow::Result<String> {
    let lines: Vec<_> = tokens
        .iter()
        .map(|it| Line {
            id: it.id,
            name: &it.name,
            user_id: it.user_id.0,
            username: &it.username,
            scopes: it.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_at: it.created_at,
            expires_at: it.expires_at,
            revoked_at: it.revoked_at,
            is_valid: it.is_valid,
        })
        .collect();
    let json = serde_json::to_string_pretty(&lines).context("the tokens cannot be written as JSON")?;
    Ok(format!("{json}\n"))
}

fn as_table(tokens: &[ApiToken]) -> String {
    if tokens.is_empty() {
        return "there are no tokens\n".to_owned();
    }
    let mut text =
        format!("{:>4}  {:<20} {:<18} {:<11} {}\n", "id", "user", "scopes", "created", "state, name");
    for token in tokens {
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", date(at)),
            (None, Some(at)) if token.is_valid => format!("until {}", date(at)),
            (None, Some(at)) => format!("expired {}", date(at)),
            (None, None) => "for ever".to_owned(),
        };
        let scopes = words(&token.scopes, ",");
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{:>4}  {:<20} {scopes:<18} {:<11} {state}, {}",
            token.id.0,
            token.username,
            date(token.created_at),
            token.name
        );
    }
    text
}

fn words(scopes: &BTreeSet<TokenScope>, separator: &str) -> String {
    scopes.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(separator)
}

fn date(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%d").to_string()
}
