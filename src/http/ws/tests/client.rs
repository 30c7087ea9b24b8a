//! A client of the protocol that does exactly what it is told.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::http::tests::stage::Stage;

pub(super) const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

pub(super) struct Client(pub(super) WebSocketStream<DuplexStream>);

impl Client {
    /// A socket that was just opened, with these headers.
    pub(super) async fn open_with(stage: &Stage, headers: &[(&'static str, &str)]) -> (Self, Response) {
        let mut request = "ws://inhouse.example.org/graphql".into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
        }
        let opened = tokio_tungstenite::client_async(request, stage.connect()).await;
        let (socket, response) = opened.unwrap();
        (Self(socket), response)
    }

    pub(super) async fn open(stage: &Stage) -> Self {
        Self::open_with(stage, &[PROTOCOL]).await.0
    }

    /// A socket on which operations may run.
    pub(super) async fn ready(stage: &Stage) -> Self {
        let mut client = Self::open(stage).await;
        client.init(&json!({})).await;
        client
    }

    /// The same, of whoever has this token.
    pub(super) async fn ready_as(stage: &Stage, token: &str) -> Self {
        let mut client = Self::open(stage).await;
        client.init(&json!({ "authorization": format!("Bearer {token}") })).await;
        client
    }

    pub(super) async fn init(&mut self, payload: &Value) {
        self.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(self.hear().await, json!({ "type": "connection_ack" }));
    }

    pub(super) async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub(super) async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(super) async fn ask(&mut self, id: &str, query: &str) {
        self.say(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    pub(super) async fn watch(&mut self, id: &str, variables: Value) {
        let payload = json!({ "query": "subscription { feed }", "variables": variables });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub(super) async fn complete(&mut self, id: &str) {
        self.say(&json!({ "type": "complete", "id": id })).await;
    }

    /// The next message.
    pub(super) async fn hear(&mut self) -> Value {
        match self.0.next().await.unwrap().unwrap() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// The next answer of an operation.
    pub(super) async fn next(&mut self, id: &str) -> Value {
        let mut message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        message["payload"].take()
    }

    /// The number of the next answer of a feed.
    pub(super) async fn next_n(&mut self, id: &str) -> i64 {
        self.next(id).await["data"]["n"].as_i64().unwrap()
    }

    pub(super) async fn is_complete(&mut self, id: &str) {
        assert_eq!(self.hear().await, json!({ "type": "complete", "id": id }));
    }

    /// The server answers: it has read all that was said before.
    pub(super) async fn is_there(&mut self) {
        self.say(&json!({ "type": "ping", "payload": { "still": "there" } })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong", "payload": { "still": "there" } }));
    }

    /// Why the server closed the socket, which it must do next, and that the connection ends then.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        let frame = match self.0.next().await.unwrap().unwrap() {
            Message::Close(Some(frame)) => frame,
            other => panic!("not closed: {other:?}"),
        };
        assert!(self.0.next().await.is_none(), "the connection ends");
        (frame.code.into(), frame.reason.to_string())
    }
}

/// A code with its reason.
pub(super) fn why(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}
