//! Failures that a person can act on: part of a payload, with HTTP 200.
//!
//! Missing rights, limits and faults of the server are no such thing: see `graphql::error`.

use async_graphql::{Enum, Interface, SimpleObject};

/// Why a mutation was not done, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ErrorCode")]
pub(crate) enum UserErrorCode {
    /// The input is of the right form and makes no sense.
    InvalidInput,
}

/// An expected failure of a mutation: part of the contract, never in the top-level errors.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "For programs."),
    field(name = "message", ty = "&String", desc = "For people: what is wrong and what to do."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "Path inside the input, for example `[\"players\", \"3\", \"mmr\"]`; null if no part of it is to blame."
    )
)]
pub(crate) enum UserError {
    /// A failure about which there is no more to say.
    Generic(GenericError),
}

/// A failure about which there is no more to say.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct GenericError {
    /// For programs.
    code: UserErrorCode,
    /// For people: what is wrong and what to do.
    message: String,
    /// Path inside the input; null if no part of it is to blame.
    field: Option<Vec<String>>,
}

impl UserError {
    /// The part of the input at `path` makes no sense.
    pub(super) fn invalid_input(message: impl Into<String>, path: &[&str]) -> Self {
        let field = path.iter().map(|it| (*it).to_owned()).collect();
        Self::Generic(GenericError {
            code: UserErrorCode::InvalidInput,
            message: message.into(),
            field: Some(field),
        })
    }
}
