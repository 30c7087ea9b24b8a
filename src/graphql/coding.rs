//! Gives every error its code and request id, masks what a caller must not read, and writes the answer.
//!
//! The library's own errors carry no code; they are told apart by their texts, which the exact pin of its version
//! keeps stable and the tests of `execute` watch.

use async_graphql::parser::Error as ParserError;
use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use bytes::Bytes;
use serde::Serialize;

use super::error::{ApiError, ErrorCode, chain};
use super::request::{AnswerKind, CacheStatus, GraphqlAnswer};
use super::request_id::RequestId;

/// So many errors of one request are told; a caller who made more will not read them.
const MAX_ERRORS: usize = 50;

const CODE: &str = "code";

/// A request that is not executed, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    kind: AnswerKind,
    errors: Vec<ServerError>,
}

impl Refusal {
    /// A refusal for one reason.
    pub(super) fn new(kind: AnswerKind, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { kind, errors: vec![coded(ServerError::new(message, None), code)] }
    }

    /// The document cannot be read. Quotes nothing of it: a line of a document can be as long as the document.
    pub(super) fn unparsable(error: &ParserError) -> Self {
        let message = match error {
            ParserError::Syntax { message, .. } => {
                let last = message.lines().last().unwrap_or_default().trim_start();
                format!("syntax error: {}", last.strip_prefix("= ").unwrap_or("not understood"))
            }
            other => format!("syntax error: {other}"),
        };
        let mut error =
            ServerError { locations: error.positions().collect(), ..ServerError::new(message, None) };
        error = coded(error, ErrorCode::GraphqlParseFailed);
        Self { kind: AnswerKind::ParseFailed, errors: vec![error] }
    }

    /// The library refused the request before running any of it.
    pub(super) fn of_library(errors: Vec<ServerError>) -> Self {
        let codes: Vec<_> = errors.iter().map(|error| code_of_library_text(&error.message)).collect();
        let all = |wanted: &[ErrorCode]| codes.iter().all(|code| wanted.contains(code));
        let kind = if all(&[ErrorCode::BadUserInput]) {
            AnswerKind::BadInput
        } else if all(&[ErrorCode::QueryTooComplex, ErrorCode::QueryTooDeep]) {
            AnswerKind::TooCostly
        } else {
            AnswerKind::ValidationFailed
        };
        let errors = errors.into_iter().zip(codes).take(MAX_ERRORS);
        Self { kind, errors: errors.map(|(error, code)| coded(error, code)).collect() }
    }

    /// The server failed; `cause` goes to the log.
    pub(super) fn internal(cause: &str, request_id: &RequestId) -> Self {
        tracing::error!(request.id = %request_id, error.chain = cause, "request failed");
        Self::new(AnswerKind::Internal, ErrorCode::InternalServerError, "internal error")
    }

    /// The code of the first error.
    #[cfg(test)]
    pub(super) fn code(&self) -> Option<ErrorCode> {
        self.errors.first().and_then(code_of)
    }

    /// The answer: errors, and no `data`.
    pub(super) fn into_answer(mut self, request_id: &RequestId) -> GraphqlAnswer {
        #[derive(Serialize)]
        struct Body<'a> {
            errors: &'a [ServerError],
        }
        for error in &mut self.errors {
            extensions(error).set("requestId", request_id.as_str());
        }
        let body = to_bytes(&Body { errors: &self.errors });
        GraphqlAnswer {
            body,
            kind: self.kind,
            has_errors: true,
            is_query: false,
            retry_after_ms: None,
            cache: CacheStatus::Bypass,
        }
    }
}

/// The answer to a request that ran.
pub(super) fn executed(mut response: Response, is_query: bool, request_id: &RequestId) -> GraphqlAnswer {
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        code_field_error(error, request_id);
        extensions(error).set("requestId", request_id.as_str());
    }
    let has_errors = !response.errors.is_empty();
    let body = to_bytes(&response);
    GraphqlAnswer {
        body,
        kind: AnswerKind::Executed,
        has_errors,
        is_query,
        retry_after_ms: None,
        cache: CacheStatus::Bypass,
    }
}

/// The answer to a subscription that did not begin.
pub(super) fn unopened(response: Response, request_id: &RequestId) -> GraphqlAnswer {
    if !response.errors.iter().any(is_field_error) {
        return Refusal::of_library(response.errors).into_answer(request_id);
    }
    let kind = if is_unavailable(&response) { AnswerKind::Unavailable } else { AnswerKind::BadInput };
    // Nothing of it ran, so there is no `data`.
    let mut errors = response.errors;
    errors.truncate(MAX_ERRORS);
    for error in &mut errors {
        code_field_error(error, request_id);
    }
    Refusal { kind, errors }.into_answer(request_id)
}

/// The library got as far as running fields: such errors have a path, or were made by a resolver.
pub(super) fn is_field_error(error: &ServerError) -> bool {
    !error.path.is_empty() || error.source::<ApiError>().is_some() || code_of(error).is_some()
}

/// Something the answer needs could not be reached in time: later it may be.
pub(super) fn is_unavailable(response: &Response) -> bool {
    let later = [ErrorCode::Unavailable, ErrorCode::Timeout];
    response.errors.iter().any(|error| match error.source::<ApiError>() {
        Some(ApiError::Client { code, .. }) => later.contains(code),
        Some(ApiError::Internal { .. }) => false,
        None => code_of(error).is_some_and(|it| later.contains(&it)),
    })
}

fn code_field_error(error: &mut ServerError, request_id: &RequestId) {
    match error.source::<ApiError>().cloned() {
        Some(ApiError::Client { code, retry_after_ms, .. }) => {
            let extensions = extensions(error);
            extensions.set(CODE, code.as_str());
            if let Some(ms) = retry_after_ms {
                extensions.set("retryAfterMs", ms);
            }
        }
        Some(internal @ ApiError::Internal { .. }) => mask(error, &chain(&internal), request_id),
        None if code_of(error).is_some() => {}
        None if error.source.is_none() && is_input_text(&error.message) => {
            extensions(error).set(CODE, ErrorCode::BadUserInput.as_str());
        }
        None => {
            let cause = error.message.clone();
            mask(error, &cause, request_id);
        }
    }
}

fn mask(error: &mut ServerError, cause: &str, request_id: &RequestId) {
    tracing::error!(request.id = %request_id, error.path = ?error.path, error.chain = cause, "field failed");
    "internal error".clone_into(&mut error.message);
    error.extensions = None;
    extensions(error).set(CODE, ErrorCode::InternalServerError.as_str());
}

fn code_of(error: &ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get(CODE)? {
        Value::String(text) => ErrorCode::parse(text),
        _ => None,
    }
}

/// How the library begins a complaint about the value of an argument while it runs a field.
fn is_input_text(message: &str) -> bool {
    ["Failed to parse \"", "Expected input type \""].iter().any(|start| message.starts_with(start))
}

fn code_of_library_text(message: &str) -> ErrorCode {
    const STARTS: &[(&str, ErrorCode)] = &[
        ("Invalid value for argument", ErrorCode::BadUserInput),
        ("Query is nested too deep", ErrorCode::QueryTooDeep),
        ("The recursion depth", ErrorCode::QueryTooDeep),
        ("Query is too complex", ErrorCode::QueryTooComplex),
        ("The number of directives", ErrorCode::QueryTooComplex),
        ("The amount of aliases", ErrorCode::QueryTooComplex),
    ];
    let found = STARTS.iter().find(|(start, _)| message.starts_with(start));
    found.map_or(ErrorCode::GraphqlValidationFailed, |(_, code)| *code)
}

pub(super) fn coded(mut error: ServerError, code: ErrorCode) -> ServerError {
    extensions(&mut error).set(CODE, code.as_str());
    error
}

fn extensions(error: &mut ServerError) -> &mut ErrorExtensionValues {
    error.extensions.get_or_insert_default()
}

fn to_bytes(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).map_or_else(
        |error| {
            tracing::error!(error.chain = %chain(&error), "an answer could not be written as JSON");
            Bytes::from_static(
                br#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}"#,
            )
        },
        Bytes::from,
    )
}
