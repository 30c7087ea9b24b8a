//! What can go wrong with a command, told apart by what the caller can do about it.
//!
//! No text in here holds an address: addresses hold passwords.

use redis::RedisError;

/// Answers of a server that is not, or not now, the one to ask: the next use finds out again which is.
const ELSEWHERE: &[&str] =
    &["MOVED", "ASK", "READONLY", "LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "NOAUTH", "WRONGPASS"];

/// A command had no success.
#[derive(Debug, thiserror::Error)]
pub(in crate::cache) enum CallError {
    /// Nothing was sent.
    #[error("there is no connection to Redis, and it is too early to try again")]
    Down,
    /// Nothing was sent.
    #[error("Redis cannot be connected to")]
    Connect(#[source] RedisError),
    /// Nobody knows whether it was executed.
    #[error("Redis did not answer in time")]
    Timeout,
    /// Nobody knows whether it was executed.
    #[error("the connection to Redis was lost, or leads to the wrong server")]
    Lost(#[source] RedisError),
    /// The right server understood it and did not do it.
    #[error("Redis refused a command")]
    Refused(#[source] RedisError),
    /// The keys are used by somebody else.
    #[error("what Redis keeps under the key of the change log is no change log")]
    Garbled,
    /// Other processes begin epochs faster than this one can read.
    #[error("the change log was begun anew again and again")]
    Unsettled,
}

impl CallError {
    /// Whether a new connection may help at once.
    pub(in crate::cache) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl From<RedisError> for CallError {
    fn from(error: RedisError) -> Self {
        // A pipeline tells several, of which the first need not be the telling one.
        match error.clone().into_server_errors() {
            Some(told) if !told.iter().any(|(_, it)| ELSEWHERE.contains(&it.code())) => Self::Refused(error),
            _ => Self::Lost(error),
        }
    }
}
