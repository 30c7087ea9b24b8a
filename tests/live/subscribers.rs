//! Subscribers of real servers, over sockets and over server-sent events: each comes and goes, resumes by itself, and keeps
//! what it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Before somebody who found nobody listening tries again.
const TRY_AGAIN: Duration = Duration::from_millis(20);

const FEED: &str = "subscription($id: ID!, $after: Int) { draftFeed(draftId: $id, after: $after) { __typename
    ... on DraftSnapshot { seq resync } ... on DraftEventItem { seq event { __typename } } ... on DraftHeartbeat { seq } } }";

/// Where servers are right now.
pub(super) type Addresses = Arc<Mutex<Vec<SocketAddr>>>;

/// How a subscriber goes about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// What chance decides by.
    pub(super) seed: u64,
    /// Leaves by itself after so many events, about; none for never.
    pub(super) leaves_after: Option<u32>,
}

/// What a subscriber was told: each event in the order it came, with its type.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) events: Vec<(i64, String)>,
    pub(super) n_connections: usize,
}

/// Follows a draft from its beginning until the event that `last` tells has come, whatever becomes of the servers.
pub(super) async fn follow(
    draft: String,
    addresses: Addresses,
    mut last: watch::Receiver<Option<i64>>,
    manner: Manner,
) -> Heard {
    let mut heard = Heard::default();
    let mut dice = StdRng::seed_from_u64(manner.seed);
    loop {
        let target = *last.borrow_and_update();
        if target.is_some_and(|it| heard.newest() >= it) {
            return heard;
        }
        let address = {
            let addresses = addresses.lock().unwrap();
            let n = addresses.len();
            if n == 0 { None } else { Some(addresses[dice.random_range(0..n)]) }
        };
        let n_wanted = manner.leaves_after.map(|it| dice.random_range(1..=2 * it));
        let until = target.unwrap_or(i64::MAX);
        let over_socket = manner.seed.is_multiple_of(2);
        let visit = async {
            let address = address?;
            if over_socket {
                by_socket(address, &draft, &mut heard, (n_wanted, until)).await
            } else {
                by_events(address, &draft, &mut heard, (n_wanted, until)).await
            }
        };
        let is_over = async {
            let waited = last.wait_for(Option::is_some).await.map(|it| *it);
            let Ok(Some(_)) = waited else { return std::future::pending().await };
        };
        tokio::select! {
            went = visit => {
                if went.is_none() {
                    tokio::time::sleep(TRY_AGAIN).await;
                }
            }
            // Comes back at once to see whether there is more.
            () = is_over, if target.is_none() => {}
        }
    }
}

impl Heard {
    pub(super) fn newest(&self) -> i64 {
        self.events.last().map_or(0, |(seq, _)| *seq)
    }

    /// Takes an answer; tells whether it was an event.
    fn take(&mut self, answer: &Value) -> bool {
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let item = &answer["data"]["draftFeed"];
        match item["__typename"].as_str().unwrap() {
            "DraftEventItem" => {
                let kind = item["event"]["__typename"].as_str().unwrap().to_owned();
                self.events.push((item["seq"].as_i64().unwrap(), kind));
                true
            }
            "DraftHeartbeat" => false,
            // Of what was no event, told behind all that were.
            "DraftSnapshot" if item["resync"] == false && item["seq"] == self.newest() => false,
            other => panic!("a subscriber that can go on is told {other}: {item}"),
        }
    }
}

/// One visit over a socket; none if there was nobody.
async fn by_socket(
    address: SocketAddr,
    draft: &str,
    heard: &mut Heard,
    (mut n_wanted, until): (Option<u32>, i64),
) -> Option<()> {
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) =
        tokio_tungstenite::client_async(request, TcpStream::connect(address).await.ok()?).await.ok()?;
    heard.n_connections += 1;
    let payload = json!({ "query": FEED, "variables": { "id": draft, "after": heard.newest() } });
    for message in
        [json!({ "type": "connection_init" }), json!({ "id": "1", "type": "subscribe", "payload": payload })]
    {
        socket.send(Message::text(message.to_string())).await.ok()?;
        if message["type"] == "connection_init" {
            let Message::Text(ack) = socket.next().await?.ok()? else { return None };
            assert!(ack.contains("connection_ack"), "{ack}");
        }
    }
    while n_wanted != Some(0) && heard.newest() < until {
        let Message::Text(text) = socket.next().await?.ok()? else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        match message["type"].as_str().unwrap() {
            "next" if heard.take(&message["payload"]) => n_wanted = n_wanted.map(|it| it - 1),
            "next" | "ping" | "pong" => {}
            other => panic!("{other}: {message}"),
        }
    }
    Some(())
}

/// One visit by server-sent events; none if there was nobody.
async fn by_events(
    address: SocketAddr,
    draft: &str,
    heard: &mut Heard,
    (mut n_wanted, until): (Option<u32>, i64),
) -> Option<()> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let body = json!({ "query": FEED, "variables": { "id": draft, "after": 0 } }).to_string();
    // As of old, so that the answer comes without the frames of chunks.
    let head = format!(
        "POST /graphql HTTP/1.0\r\nHost: {address}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n\
         Last-Event-ID: {}\r\nContent-Length: {}\r\n\r\n",
        heard.newest(),
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.ok()?;
    let mut lines = BufReader::new(stream).lines();
    assert!(lines.next_line().await.ok()??.ends_with("200 OK"));
    heard.n_connections += 1;
    let mut id = None;
    while n_wanted != Some(0) && heard.newest() < until {
        let line = lines.next_line().await.ok()??;
        if let Some(text) = line.strip_prefix("id: ") {
            id = Some(text.parse::<i64>().unwrap());
        }
        if let Some(data) = line.strip_prefix("data: ")
            && heard.take(&serde_json::from_str(data).unwrap())
        {
            assert_eq!(id, Some(heard.newest()), "the id of an event is its place");
            n_wanted = n_wanted.map(|it| it - 1);
        }
    }
    Some(())
}
