//! Errors of the API: the closed set of codes, and the one error type that resolvers return.
//!
//! Splits what a caller may read from what only the log may: nothing of an internal cause reaches an answer.

use std::error::Error as StdError;
use std::sync::Arc;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// What went wrong, for programs: `extensions.code` of a top-level error. The texts are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text of the code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

error_codes! {
    /// The document is no GraphQL.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED",
    /// The document does not fit the schema.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED",
    /// A value, a parameter or the request itself is not of the form asked for.
    BadUserInput = "BAD_USER_INPUT",
    /// Which operation to run cannot be told.
    OperationResolutionFailure = "OPERATION_RESOLUTION_FAILURE",
    /// No document is stored under the hash.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND",
    /// The caller must log in.
    Unauthenticated = "UNAUTHENTICATED",
    /// The caller may not do this.
    Forbidden = "FORBIDDEN",
    /// What a subscription is about does not exist.
    NotFound = "NOT_FOUND",
    /// The document asks for too much.
    QueryTooComplex = "QUERY_TOO_COMPLEX",
    /// The document is nested too deeply.
    QueryTooDeep = "QUERY_TOO_DEEP",
    /// The caller asked too often.
    RateLimited = "RATE_LIMITED",
    /// A cursor of another list, filter or order, or none at all.
    InvalidCursor = "INVALID_CURSOR",
    /// It took too long.
    Timeout = "TIMEOUT",
    /// Nobody set up the bot at Discord that this needs.
    DiscordNotConfigured = "DISCORD_NOT_CONFIGURED",
    /// Something the server needs is away.
    Unavailable = "UNAVAILABLE",
    /// The server is at fault; the log knows more under the request id.
    InternalServerError = "INTERNAL_SERVER_ERROR",
}

impl ErrorCode {
    /// The code of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }
}

/// Why a field cannot be answered. A resolver returns it; the engine gives it its code and masks internal causes.
///
/// A nullable field must return `Option<Result<T, ApiError>>` (`.transpose()` makes it of a `Result<Option<T>, _>`):
/// only then does the library make the field itself null. With the error outside, the object around it becomes null.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The caller can do something about it, so the message is for the caller.
    #[error("{message}")]
    Client {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
        /// After how long it is worth trying again.
        retry_after_ms: Option<u64>,
    },
    /// The server's fault: the cause is logged, the caller is told the request id.
    #[error("internal error")]
    Internal {
        /// What happened.
        source: Arc<dyn StdError + Send + Sync>,
    },
}

impl ApiError {
    /// An error whose `message` the caller reads.
    #[must_use]
    pub fn client(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Client { code, message: message.into(), retry_after_ms: None }
    }

    /// An error whose cause only the log learns.
    #[must_use]
    pub fn internal(source: impl StdError + Send + Sync + 'static) -> Self {
        Self::Internal { source: Arc::new(source) }
    }

    /// A value that a rule of its type forbids.
    #[must_use]
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::BadUserInput, message)
    }

    /// A cursor that does not belong to the list it is given to.
    #[must_use]
    pub fn invalid_cursor() -> Self {
        Self::client(ErrorCode::InvalidCursor, "this cursor belongs to another list, filter or order")
    }

    /// Nothing with the id asked for exists.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::client(ErrorCode::NotFound, format!("there is no {what} with this id"))
    }

    /// An item of another kind of feed: a mistake of this program.
    #[must_use]
    pub fn wrong_feed() -> Self {
        Self::internal(std::io::Error::other("an item of another kind of feed"))
    }

    /// Only somebody logged in may ask.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::client(ErrorCode::Unauthenticated, "log in first")
    }

    /// The caller lacks a permission.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::Forbidden, message)
    }

    /// An object that another one points to was deleted while this operation ran.
    #[must_use]
    pub fn changed_meanwhile() -> Self {
        let message = "what you asked for was changed while it was read: ask again".to_owned();
        Self::Client { code: ErrorCode::Unavailable, message, retry_after_ms: Some(0) }
    }

    /// Something the server needs is away for a while.
    #[must_use]
    pub fn unavailable(retry_after_ms: u64) -> Self {
        let message = "the service is not available right now".to_owned();
        Self::Client { code: ErrorCode::Unavailable, message, retry_after_ms: Some(retry_after_ms) }
    }
}

/// An error and its causes on one line, for the log.
#[must_use]
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_from_its_text() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::parse("TEAPOT"), None);
    }

    #[test]
    fn the_text_of_an_internal_error_says_nothing_but_its_chain_says_all() {
        let error = ApiError::internal(std::io::Error::other("disk on fire"));
        assert_eq!(error.to_string(), "internal error");
        assert_eq!(chain(&error), "internal error: disk on fire");
    }
}
