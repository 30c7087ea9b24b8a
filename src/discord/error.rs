//! Why Discord did not tell what it was asked.
//!
//! Quotes nothing of what Discord said, and nothing of what it was sent: neither can be trusted in a log.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::CutShort;

/// Discord did not tell what it was asked. Cheap to clone: all who waited for one answer get the same.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DiscordError {
    /// It did not answer, or not in time.
    #[error("Discord does not answer")]
    Away(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// It is asked too often.
    #[error("Discord is asked too often")]
    Busy {
        /// After how long it may be asked again, if it said.
        retry_after: Option<Duration>,
    },
    /// It does not take the code or token, or does not let this application see that.
    #[error("Discord refused: {reason}")]
    Refused {
        /// Its word or number for it, such as `invalid_grant`.
        reason: String,
    },
    /// There is no such thing, or this application may not know of it.
    #[error("Discord knows no such thing")]
    Missing,
    /// It answered something else than was asked.
    #[error("Discord answered something unexpected: {what}")]
    Garbled {
        /// What was wrong with it; quotes nothing of the answer.
        what: String,
    },
}

/// The system offers no TLS, or a secret fits no header.
#[derive(Debug, thiserror::Error)]
pub enum DiscordSetupError {
    /// No client could be made, for example for lack of certificates.
    #[error("no connection to Discord can be prepared")]
    Client(#[from] reqwest::Error),
    /// The bot token holds characters that no header may have.
    #[error("discord.bot_token is no token: it holds characters that none has")]
    Token,
}

impl DiscordError {
    pub(crate) fn garbled(what: impl Into<String>) -> Self {
        Self::Garbled { what: what.into() }
    }

    /// A server that answers with this status has a fault of its own.
    pub(crate) fn broken(status: u16) -> Self {
        let told: Box<dyn std::error::Error + Send + Sync> = format!("status {status}").into();
        Self::Away(Arc::from(told))
    }

    /// For labels and counts.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Away(_) => "away",
            Self::Busy { .. } => "busy",
            Self::Refused { .. } => "refused",
            Self::Missing => "missing",
            Self::Garbled { .. } => "garbled",
        }
    }
}

impl From<reqwest::Error> for DiscordError {
    fn from(error: reqwest::Error) -> Self {
        // Its URL may name a guild; nothing else in it is worth the risk.
        Self::Away(Arc::new(error.without_url()))
    }
}

impl From<CutShort> for DiscordError {
    fn from(error: CutShort) -> Self {
        Self::Away(Arc::new(error))
    }
}
