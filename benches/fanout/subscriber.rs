//! One subscriber: a socket that watches a draft, and tells of each event when it came.
//!
//! Does little, because what listens takes its time from what speaks: of a message it reads a few fields.

use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use inhouse::types::{Clock, Instant};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What every subscriber selects.
const FEED: &str = include_str!("../queries/draft_feed.graphql");

/// Room for what the server sends: thousands of the usual 128 kB would not fit.
const READ_BUFFER: usize = 8 * 1024;

/// Whom to watch, and where.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Host and port.
    pub(crate) address: String,
    pub(crate) draft: String,
}

/// What a subscriber has to tell.
#[derive(Debug)]
pub(crate) enum Told {
    /// It has the snapshot: whatever happens from here on is told to it.
    Subscribed,
    Received(Receipt),
    /// It cannot go on.
    Failed(anyhow::Error),
}

/// An event that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    pub(crate) seq: i32,
    /// When its transaction began.
    pub(crate) happened_at: Instant,
    /// When its text was made.
    pub(crate) encoded_at: Instant,
    pub(crate) received_at: Instant,
    /// How long the message was.
    pub(crate) n_bytes: usize,
}

/// Watches until nobody wants to hear of it any more.
pub(crate) async fn watch(watched: Watched, clock: Clock, tell: mpsc::UnboundedSender<Told>) {
    let Err(error) = follow(&watched, &clock, &tell).await;
    // Nobody listens when the run is over.
    let _ = tell.send(Told::Failed(error));
}

async fn follow(
    watched: &Watched,
    clock: &Clock,
    tell: &mpsc::UnboundedSender<Told>,
) -> anyhow::Result<std::convert::Infallible> {
    let mut socket = subscribe(watched).await?;
    let mut newest = None;
    loop {
        let message = socket.next().await.context("the server ended the connection")??;
        let received_at = clock.now();
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Close(frame) => bail!("the server closed the socket: {frame:?}"),
            _ => continue,
        };
        let said: Said<'_> = serde_json::from_str(text).with_context(|| format!("not understood: {text}"))?;
        match said.kind {
            "ping" => {
                socket.send(Message::text(json!({ "type": "pong" }).to_string())).await?;
                continue;
            }
            "next" => {}
            _ => bail!("told {text}"),
        }
        let item = said.payload.and_then(|it| it.data).with_context(|| format!("no item: {text}"))?.item;
        match (item.kind, newest) {
            ("DraftSnapshot", None) => {
                newest = Some(item.seq);
                tell.send(Told::Subscribed)?;
            }
            ("DraftEventItem", Some(known)) => {
                ensure!(item.seq == known.saturating_add(1), "event {} came after event {known}", item.seq);
                newest = Some(item.seq);
                let happened_at = item.event.context("an event without its time")?.created_at;
                let n_bytes = text.len();
                let encoded_at = item.encoded_at;
                let receipt = Receipt { seq: item.seq, happened_at, encoded_at, received_at, n_bytes };
                tell.send(Told::Received(receipt))?;
            }
            ("DraftHeartbeat", Some(_)) => {}
            (kind, _) => bail!("told a {kind} out of turn: {text}"),
        }
    }
}

async fn subscribe(watched: &Watched) -> anyhow::Result<WebSocketStream<TcpStream>> {
    let mut request = format!("ws://{}/graphql", watched.address).into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
    let stream = TcpStream::connect(&watched.address).await.context("the server cannot be reached")?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
    socket.send(Message::text(json!({ "type": "connection_init" }).to_string())).await?;
    let ack = socket.next().await.context("the server ended the connection")??;
    ensure!(ack.to_text()?.contains("connection_ack"), "not acknowledged: {ack}");
    let payload = json!({ "query": FEED, "variables": { "id": watched.draft } });
    let message = json!({ "id": "1", "type": "subscribe", "payload": payload });
    socket.send(Message::text(message.to_string())).await?;
    Ok(socket)
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    payload: Option<Payload<'a>>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "draftFeed")]
    item: Item<'a>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "__typename")]
    kind: &'a str,
    seq: i32,
    #[serde(rename = "serverTime")]
    encoded_at: Instant,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "createdAt")]
    created_at: Instant,
}
