//! The messages of the protocol: those of clients from text to values, those of the server to text.
//!
//! Strict in what it reads, as the protocol asks. An answer is put into its message as the bytes that it is.

use std::fmt::Write as _;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::graphql::{ErrorCode, GraphqlRequest, RequestId, ShapeError};

/// Longest id of an operation, in bytes: it is kept as long as the operation runs.
const LONGEST_ID: usize = 256;

/// What a client may say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClientMessage {
    /// `connection_init`, with what it carries for us.
    Init(Map<String, Value>),
    /// `ping`, whose payload is sent back.
    Ping(Option<Value>),
    /// `pong`.
    Pong,
    /// `subscribe`: run an operation of any kind.
    Subscribe {
        /// What the client calls it.
        id: Box<str>,
        /// The operation.
        request: GraphqlRequest,
    },
    /// `complete`: the client wants no more of it.
    Complete {
        /// What the client called it.
        id: Box<str>,
    },
}

/// A message that is not of the protocol. Its text is told to the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadMessage {
    #[error("a message is not JSON (line {}, column {})", .0.line(), .0.column())]
    NotJson(#[source] serde_json::Error),
    #[error("a message must be a JSON object")]
    NotAnObject,
    #[error("a message must have a `type`, a text")]
    NoType,
    #[error("there is no message of the type `{0}`")]
    UnknownType(String),
    #[error("a message of the type `{0}` is sent by servers only")]
    OfServers(String),
    #[error("`{0}` must have an `id`, a text that is not empty")]
    NoId(&'static str),
    #[error("the `id` of an operation may have {LONGEST_ID} bytes at most")]
    LongId,
    #[error("the payload of `{0}` must be an object")]
    Payload(&'static str),
    #[error("the payload of `subscribe`: {0}")]
    Request(#[source] ShapeError),
}

/// Reads what a client said.
///
/// # Errors
/// It is not of the protocol.
pub(super) fn read(text: &str) -> Result<ClientMessage, BadMessage> {
    let value: Value = serde_json::from_str(text).map_err(BadMessage::NotJson)?;
    let Value::Object(mut message) = value else { return Err(BadMessage::NotAnObject) };
    let Some(Value::String(kind)) = message.remove("type") else { return Err(BadMessage::NoType) };
    match kind.as_str() {
        "connection_init" => {
            let payload = optional(&mut message, "connection_init")?;
            Ok(ClientMessage::Init(payload.unwrap_or_default()))
        }
        "ping" => Ok(ClientMessage::Ping(optional(&mut message, "ping")?.map(Value::Object))),
        "pong" => optional(&mut message, "pong").map(|_| ClientMessage::Pong),
        "subscribe" => {
            let id = id(&mut message, "subscribe")?;
            let payload = optional(&mut message, "subscribe")?.ok_or(BadMessage::Payload("subscribe"))?;
            let request = GraphqlRequest::from_object(payload).map_err(BadMessage::Request)?;
            Ok(ClientMessage::Subscribe { id, request })
        }
        "complete" => Ok(ClientMessage::Complete { id: id(&mut message, "complete")? }),
        "connection_ack" | "next" | "error" => Err(BadMessage::OfServers(kind)),
        _ => Err(BadMessage::UnknownType(kind)),
    }
}

/// The payload, which may be left out or null.
fn optional(
    message: &mut Map<String, Value>,
    kind: &'static str,
) -> Result<Option<Map<String, Value>>, BadMessage> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(BadMessage::Payload(kind)),
    }
}

fn id(message: &mut Map<String, Value>, kind: &'static str) -> Result<Box<str>, BadMessage> {
    match message.remove("id") {
        Some(Value::String(id)) if id.len() > LONGEST_ID => Err(BadMessage::LongId),
        Some(Value::String(id)) if !id.is_empty() => Ok(id.into()),
        _ => Err(BadMessage::NoId(kind)),
    }
}

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServerMessage {
    /// A whole message.
    Text(String),
    /// `next`: what comes before an answer, the answer as it is, and [`TAIL`].
    Next {
        /// See [`next_head`].
        head: Bytes,
        /// The JSON text of the answer, which many sockets may share.
        body: Bytes,
    },
}

/// What comes after the answer in a message `next`.
pub(super) const TAIL: &[u8] = b"}";

/// What comes before each answer of one operation.
pub(super) fn next_head(id: &str) -> Bytes {
    let mut text = with_id(id);
    text.push_str(",\"type\":\"next\",\"payload\":");
    text.into()
}

/// The client may run operations.
pub(super) fn ack() -> ServerMessage {
    ServerMessage::Text("{\"type\":\"connection_ack\"}".to_owned())
}

/// Is the client there?
pub(super) fn ping() -> ServerMessage {
    ServerMessage::Text("{\"type\":\"ping\"}".to_owned())
}

/// The server is there.
pub(super) fn pong(payload: Option<Value>) -> ServerMessage {
    let message = match payload {
        None => json!({ "type": "pong" }),
        Some(payload) => json!({ "type": "pong", "payload": payload }),
    };
    ServerMessage::Text(message.to_string())
}

/// The operation is over.
pub(super) fn complete(id: &str) -> ServerMessage {
    let mut text = with_id(id);
    text.push_str(",\"type\":\"complete\"}");
    ServerMessage::Text(text)
}

/// The operation was refused before it ran, as this answer tells.
pub(super) fn refused(id: &str, answer: &[u8]) -> ServerMessage {
    /// An answer without data.
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        errors: &'a RawValue,
    }

    match serde_json::from_slice::<Refusal<'_>>(answer) {
        Ok(refusal) => error(id, refusal.errors.get()),
        Err(_not_of_that_form) => {
            tracing::error!("an answer that refuses has no errors");
            error(
                id,
                "[{\"message\":\"internal error\",\"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}}]",
            )
        }
    }
}

/// The operation was refused by the transport.
pub(super) fn refusal(id: &str, code: ErrorCode, message: &str, request_id: &RequestId) -> ServerMessage {
    let extensions = json!({ "code": code.as_str(), "requestId": request_id.as_str() });
    error(id, &json!([{ "message": message, "extensions": extensions }]).to_string())
}

fn error(id: &str, errors: &str) -> ServerMessage {
    let mut text = with_id(id);
    // Writing to a text cannot fail.
    let _ = write!(text, ",\"type\":\"error\",\"payload\":{errors}}}");
    ServerMessage::Text(text)
}

fn with_id(id: &str) -> String {
    format!("{{\"id\":{}", Value::from(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &ServerMessage) -> String {
        match message {
            ServerMessage::Text(text) => text.clone(),
            ServerMessage::Next { head, body } => {
                String::from_utf8([head.as_ref(), body, TAIL].concat()).unwrap()
            }
        }
    }

    #[test]
    fn messages_of_clients_are_read() {
        let request = GraphqlRequest { query: "{a}".to_owned(), ..GraphqlRequest::default() };
        for (text, expected) in [
            (r#"{"type":"connection_init"}"#, ClientMessage::Init(Map::new())),
            (r#"{"type":"connection_init","payload":null}"#, ClientMessage::Init(Map::new())),
            (r#"{"type":"ping"}"#, ClientMessage::Ping(None)),
            (r#"{"payload":{"a":[1]},"type":"ping"}"#, ClientMessage::Ping(Some(json!({ "a": [1] })))),
            (r#"{"type":"pong","payload":{}}"#, ClientMessage::Pong),
            (r#"{"type":"complete","id":"1","more":7}"#, ClientMessage::Complete { id: "1".into() }),
            (
                r#"{"type":"subscribe","id":"\u0031","payload":{"query":"{a}","variables":null,"operationName":null}}"#,
                ClientMessage::Subscribe { id: "1".into(), request },
            ),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn each_wrong_shape_is_told_apart() {
        let deep = format!(r#"{{"type":"ping","payload":{}}}"#, "[".repeat(50_000));
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(257));
        for (text, expected) in [
            ("", "a message is not JSON (line 1, column 0)"),
            ("{", "a message is not JSON (line 1, column 1)"),
            (&deep, "a message is not JSON (line 1, column 152)"),
            ("[]", "a message must be a JSON object"),
            ("\"ping\"", "a message must be a JSON object"),
            ("null", "a message must be a JSON object"),
            ("{}", "a message must have a `type`, a text"),
            (r#"{"type":7}"#, "a message must have a `type`, a text"),
            (r#"{"type":"start","id":"1"}"#, "there is no message of the type `start`"),
            (r#"{"type":"Ping"}"#, "there is no message of the type `Ping`"),
            (r#"{"type":"next","id":"1"}"#, "a message of the type `next` is sent by servers only"),
            (
                r#"{"type":"connection_ack"}"#,
                "a message of the type `connection_ack` is sent by servers only",
            ),
            (
                r#"{"type":"connection_init","payload":[]}"#,
                "the payload of `connection_init` must be an object",
            ),
            (r#"{"type":"ping","payload":"x"}"#, "the payload of `ping` must be an object"),
            (r#"{"type":"pong","payload":false}"#, "the payload of `pong` must be an object"),
            (r#"{"type":"complete"}"#, "`complete` must have an `id`, a text that is not empty"),
            (r#"{"type":"complete","id":""}"#, "`complete` must have an `id`, a text that is not empty"),
            (r#"{"type":"subscribe","id":1}"#, "`subscribe` must have an `id`, a text that is not empty"),
            (&long, "the `id` of an operation may have 256 bytes at most"),
            (r#"{"type":"subscribe","id":"1"}"#, "the payload of `subscribe` must be an object"),
            (
                r#"{"type":"subscribe","id":"1","payload":"{a}"}"#,
                "the payload of `subscribe` must be an object",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{}}"#,
                "the payload of `subscribe`: the parameter `query` is missing",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "the payload of `subscribe`: the parameter `variables` must be an object",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#,
                "the payload of `subscribe`: the parameter `operationName` must be a string",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_answer_is_put_into_its_message_as_it_is() {
        let body = Bytes::from_static(b"{ \"data\" : {\"b\":1,\"a\":1.0} }");
        let next = ServerMessage::Next { head: next_head("a\"b\u{1}ü"), body };
        let expected = r#"{"id":"a\"b\u0001ü","type":"next","payload":{ "data" : {"b":1,"a":1.0} }}"#;
        assert_eq!(text(&next), expected);
        assert_eq!(text(&complete("1")), r#"{"id":"1","type":"complete"}"#);
        assert_eq!(text(&pong(None)), r#"{"type":"pong"}"#);
        assert_eq!(text(&pong(Some(json!({ "a": 1 })))), r#"{"payload":{"a":1},"type":"pong"}"#);
    }

    #[test]
    fn a_refusal_carries_the_errors_of_the_answer_alone() {
        let answer = br#"{"errors":[ {"message":"no"} ],"extensions":{"cost":1}}"#;
        assert_eq!(
            text(&refused("1", answer)),
            r#"{"id":"1","type":"error","payload":[ {"message":"no"} ]}"#
        );
        assert!(text(&refused("1", b"{}")).contains("INTERNAL_SERVER_ERROR"));
        let id = RequestId::accept("r-1").unwrap();
        let told: Value =
            serde_json::from_str(&text(&refusal("1", ErrorCode::RateLimited, "m", &id))).unwrap();
        let extensions = json!({ "code": "RATE_LIMITED", "requestId": "r-1" });
        let expected =
            json!({ "id": "1", "type": "error", "payload": [{ "message": "m", "extensions": extensions }] });
        assert_eq!(told, expected);
    }
}
