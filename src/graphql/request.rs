//! The seam between transports and the GraphQL engine: what is asked, by whom, and the bytes of the answer.
//!
//! Plain values only: no type of `async_graphql` and none of an HTTP library may appear here.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::request_id::RequestId;
use crate::cache::AsOf;
use crate::types::Viewer;

/// Executes GraphQL requests; what a transport holds.
pub trait GraphqlService: Send + Sync {
    /// Answers one request. Never fails: whatever goes wrong is in the answer.
    fn execute(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, GraphqlAnswer>;

    /// Starts a request of any kind, for a transport that can bring many answers. Queries and mutations are executed.
    fn start(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, Started> {
        Box::pin(async move { Started::Answered(self.execute(request, info).await) })
    }
}

/// What became of a request that may be a subscription.
pub enum Started {
    /// It has one answer: it was a query or a mutation, or it was refused.
    Answered(GraphqlAnswer),
    /// It is a subscription, and these are its answers. Where they end, the subscription is complete.
    Feed(Feed),
}

/// The answers of a subscription; waits where there is nothing to tell. Keeps nothing for one who does not ask.
pub type Feed = BoxStream<'static, FeedMessage>;

/// One answer of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedMessage {
    /// How far the subscriber is, once it has this: what `after` may be told to go on from here.
    pub seq: i32,
    /// The JSON text, as of an answer to a query.
    pub body: Bytes,
}

/// One GraphQL request as a client sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of the document's operations to run.
    pub operation_name: Option<String>,
    /// Values of the operation's variables.
    pub variables: Map<String, Value>,
    /// Protocol extensions.
    pub extensions: Map<String, Value>,
}

impl GraphqlRequest {
    /// Reads the body of a POST request.
    ///
    /// # Errors
    /// The body is no JSON object with parameters of the right types.
    pub fn from_json(body: &[u8]) -> Result<Self, ShapeError> {
        let value: Value = serde_json::from_slice(body).map_err(ShapeError::NotJson)?;
        match value {
            Value::Object(params) => Self::from_object(params),
            Value::Array(_) => Err(ShapeError::Batch),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(ShapeError::NotAnObject)
            }
        }
    }

    /// Reads parameters that a transport found inside a message of its own.
    ///
    /// # Errors
    /// A parameter is of a wrong type, or `query` is missing.
    pub fn from_object(mut params: Map<String, Value>) -> Result<Self, ShapeError> {
        Self::from_params(|name| params.remove(name))
    }

    /// Reads the decoded parameters of a GET request's URL; `variables` and `extensions` hold JSON.
    ///
    /// # Errors
    /// A parameter is given twice, is no JSON where it must be, or `query` is missing.
    pub fn from_url_params(pairs: Vec<(String, String)>) -> Result<Self, ShapeError> {
        let mut params = Map::new();
        for (name, text) in pairs {
            let Some(parameter) = Parameter::named(&name) else { continue };
            if params.contains_key(&name) {
                return Err(ShapeError::Repeated { parameter: parameter.name });
            }
            let value = match parameter.expects {
                Expects::Text => Value::String(text),
                Expects::Map if text.is_empty() => Value::Null,
                Expects::Map => serde_json::from_str(&text)
                    .map_err(|source| ShapeError::ParameterNotJson { parameter: parameter.name, source })?,
            };
            params.insert(name, value);
        }
        Self::from_params(|name| params.remove(name))
    }

    fn from_params(mut take: impl FnMut(&str) -> Option<Value>) -> Result<Self, ShapeError> {
        let mut text = |parameter: Parameter| match take(parameter.name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ShapeError::WrongType { parameter: parameter.name, expected: "a string" }),
        };
        let query = text(QUERY)?.ok_or(ShapeError::MissingQuery)?;
        let operation_name = text(OPERATION_NAME)?.filter(|name| !name.is_empty());
        let mut map = |parameter: Parameter| match take(parameter.name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(ShapeError::WrongType { parameter: parameter.name, expected: "an object" }),
        };
        Ok(Self { query, operation_name, variables: map(VARIABLES)?, extensions: map(EXTENSIONS)? })
    }
}

/// A request that is not of the form the protocol asks for. Its text may be shown to the caller.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// The body cannot be read.
    #[error("the body is not JSON (line {}, column {})", .0.line(), .0.column())]
    NotJson(#[source] serde_json::Error),
    /// Several requests in one body.
    #[error("batches are switched off: send one request at a time")]
    Batch,
    /// JSON, but no object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// There is nothing to run.
    #[error("the parameter `query` is missing")]
    MissingQuery,
    /// A parameter of another type.
    #[error("the parameter `{parameter}` must be {expected}")]
    WrongType {
        /// Its name.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A parameter that is in the URL more than once.
    #[error("the parameter `{parameter}` is given more than once")]
    Repeated {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter of the URL that should hold JSON.
    #[error("the parameter `{parameter}` is not JSON")]
    ParameterNotJson {
        /// Its name.
        parameter: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What the engine must know of a request beside its text.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Who asks.
    pub viewer: Viewer,
    /// Id of the request, put into every error.
    pub request_id: RequestId,
    /// Only a query may run: the request came by a safe method.
    pub only_query: bool,
    /// When to give up.
    pub deadline: Instant,
    /// What the caller's credentials were checked by, and the operation may rely on, too.
    pub as_of: Option<AsOf>,
    /// Tell in the answer what the cache did.
    pub wants_report: bool,
    /// Names the document with its variables, so that parts of its answer can be cached.
    pub document: Option<u128>,
    /// Where a subscription goes on, whatever its argument `after` says: how far a client that comes back by itself got.
    pub resume_after: Option<i32>,
}

/// The answer to a request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlAnswer {
    /// The JSON text.
    pub body: Bytes,
    /// What became of the request; a transport chooses its status by this.
    pub kind: AnswerKind,
    /// The text has errors. Such an answer names its request and must not be cached.
    pub has_errors: bool,
    /// The operation was a query, which changes nothing.
    pub is_query: bool,
    /// After how long a refused caller may try again.
    pub retry_after_ms: Option<u64>,
    /// What the cache had to do with it.
    pub cache: CacheStatus,
}

/// What the cache had to do with an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheStatus {
    /// It came from the near cache.
    Near,
    /// It came from the far cache.
    Far,
    /// It was computed, and is stored.
    Stored,
    /// It was computed, and is nothing to store.
    Miss,
    /// It was computed from the database alone: the cache is off, or nobody can tell what has changed.
    #[default]
    Bypass,
}

/// What became of a request. All but `Executed` are request errors: their answer has no `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// Run; `data` is there, though fields of it may have failed.
    Executed,
    /// The document is no GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// Which operation to run cannot be told, or this transport cannot run it.
    OperationUnresolved,
    /// A variable or an argument has a value that its type does not allow.
    BadInput,
    /// The document asks for too much.
    TooCostly,
    /// A mutation where only queries may run.
    MethodNotAllowed,
    /// The caller must log in.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// The caller asked too often.
    RateLimited,
    /// It took too long.
    TimedOut,
    /// Something the server needs is away.
    Unavailable,
    /// The server is at fault.
    Internal,
}

#[derive(Clone, Copy)]
enum Expects {
    Text,
    Map,
}

#[derive(Clone, Copy)]
struct Parameter {
    name: &'static str,
    expects: Expects,
}

const QUERY: Parameter = Parameter { name: "query", expects: Expects::Text };
const OPERATION_NAME: Parameter = Parameter { name: "operationName", expects: Expects::Text };
const VARIABLES: Parameter = Parameter { name: "variables", expects: Expects::Map };
const EXTENSIONS: Parameter = Parameter { name: "extensions", expects: Expects::Map };

impl Parameter {
    fn named(name: &str) -> Option<Self> {
        [QUERY, OPERATION_NAME, VARIABLES, EXTENSIONS].into_iter().find(|it| it.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> String {
        GraphqlRequest::from_json(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn null_parameters_count_as_absent() {
        let body = br#"{"query":"{a}","operationName":null,"variables":null,"extensions":null,"other":1}"#;
        let request = GraphqlRequest::from_json(body).unwrap();
        assert_eq!(request, GraphqlRequest { query: "{a}".to_owned(), ..Default::default() });
    }

    #[test]
    fn each_wrong_shape_is_told_apart() {
        assert_eq!(refusal("{"), "the body is not JSON (line 1, column 1)");
        assert_eq!(refusal("[]"), "batches are switched off: send one request at a time");
        assert_eq!(refusal("\"{a}\""), "the body must be a JSON object");
        assert_eq!(refusal("{}"), "the parameter `query` is missing");
        assert_eq!(refusal(r#"{"query":7}"#), "the parameter `query` must be a string");
        let body = r#"{"query":"{a}","variables":[]}"#;
        assert_eq!(refusal(body), "the parameter `variables` must be an object");
    }

    #[test]
    fn deeply_nested_json_is_refused_not_followed() {
        let body = format!(r#"{{"query":"{{a}}","variables":{{"x":{}}}}}"#, "[".repeat(50_000));
        assert!(refusal(&body).starts_with("the body is not JSON"));
    }

    #[test]
    fn url_parameters_hold_json_where_they_must() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let read = GraphqlRequest::from_url_params(vec![
            pair("query", "{a}"),
            pair("variables", r#"{"n":1}"#),
            pair("operationName", ""),
        ]);
        let read = read.unwrap();
        assert_eq!((read.variables["n"].clone(), read.operation_name), (Value::from(1), None));
        let error = GraphqlRequest::from_url_params(vec![pair("query", "{a}"), pair("variables", "{")]);
        assert_eq!(error.unwrap_err().to_string(), "the parameter `variables` is not JSON");
        let error = GraphqlRequest::from_url_params(vec![pair("query", "{a}"), pair("query", "{b}")]);
        assert_eq!(error.unwrap_err().to_string(), "the parameter `query` is given more than once");
    }
}
