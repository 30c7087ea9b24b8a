//! A client of `graphql-transport-ws` over TCP, and a server for it.

use std::net::SocketAddr;

use axum::Router;
use futures_util::{SinkExt as _, StreamExt as _};
use inhouse::telemetry::spawn;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

/// Serves `router` until the test ends.
pub(super) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn(async move { inhouse::http::serve(listener, router, CancellationToken::new()).await.unwrap() });
    address
}

/// What opens a socket, with more headers.
pub(super) fn handshake(address: impl std::fmt::Display, headers: &[(&'static str, &str)]) -> Request<()> {
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for (name, value) in [&[protocol], headers].concat() {
        request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

pub(super) struct Client(WebSocketStream<TcpStream>);

impl Client {
    /// A socket that was just opened.
    pub(super) async fn open(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<Error>> {
        let stream = TcpStream::connect(address).await.unwrap();
        let opened = tokio_tungstenite::client_async(handshake(address, headers), stream).await;
        opened.map(|(socket, _)| Self(socket)).map_err(Box::new)
    }

    /// A socket on which operations may run.
    pub(super) async fn ready(address: SocketAddr, headers: &[(&'static str, &str)], payload: Value) -> Self {
        let mut client = Self::open(address, headers).await.unwrap();
        client.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    pub(super) async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Asks for an operation to be run.
    pub(super) async fn ask(&mut self, query: &str) {
        self.say(&json!({ "type": "subscribe", "id": "1", "payload": { "query": query } })).await;
    }

    /// The answer to a query or a mutation.
    pub(super) async fn answer(&mut self, query: &str) -> Value {
        self.ask(query).await;
        let mut message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        assert_eq!(self.hear().await, json!({ "type": "complete", "id": "1" }));
        message["payload"].take()
    }

    /// The next message.
    pub(super) async fn hear(&mut self) -> Value {
        match self.0.next().await.unwrap().unwrap() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// By which code the server closes the socket, which it must do next.
    pub(super) async fn closed(&mut self) -> u16 {
        match self.0.next().await.unwrap().unwrap() {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("not closed: {other:?}"),
        }
    }
}
