//! What one caller may take, and that whoever takes too much harms nobody else.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::time::{Instant, advance, sleep};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Client, PROTOCOL, why};
use crate::http::tests::stage::{Stage, code};

const HANDSHAKE: [(&str, &str); 5] = [
    ("upgrade", "websocket"),
    ("connection", "upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    PROTOCOL,
];

#[tokio::test(start_paused = true)]
async fn one_operation_too_many_is_refused_and_the_others_go_on() {
    let stage = Stage::with(|it| it.max_operations = 2);
    let mut client = Client::ready(&stage).await;
    client.watch("1", json!({ "feed": "live" })).await;
    client.watch("2", json!({ "feed": "silent" })).await;
    client.ask("3", "{ hello }").await;
    let message = client.hear().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("3")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    stage.script.tell(1);
    assert_eq!(client.next_n("1").await, 1);
    client.complete("2").await;
    client.ask("3", "{ hello }").await;
    client.next("3").await;
}

#[tokio::test(start_paused = true)]
async fn too_many_messages_are_4429_and_as_many_as_allowed_are_not() {
    let stage = Stage::with(|it| (it.messages_per_second, it.message_burst) = (2, 5));
    let mut client = Client::ready(&stage).await;
    for _ in 0..4 {
        client.is_there().await;
    }
    for _ in 0..10 {
        advance(Duration::from_millis(500)).await;
        client.is_there().await;
    }
    client.say(&json!({ "type": "pong" })).await;
    assert_eq!(client.closed().await, why(4429, "Too many requests"));
}

#[tokio::test(start_paused = true)]
async fn pings_of_websocket_count_as_messages() {
    let stage = Stage::with(|it| it.message_burst = 5);
    let mut client = Client::ready(&stage).await;
    for _ in 0..5 {
        client.0.send(Message::Ping(Bytes::new())).await.unwrap();
    }
    for _ in 0..4 {
        assert!(matches!(client.0.next().await, Some(Ok(Message::Pong(_)))));
    }
    let answered = loop {
        match client.0.next().await.unwrap().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            other => assert!(matches!(other, Message::Pong(_)), "{other:?}"),
        }
    };
    assert_eq!(u16::from(answered.code), 4429);
}

#[tokio::test(start_paused = true)]
async fn an_address_has_so_many_sockets_and_a_user_so_many_and_neither_counts_for_the_other() {
    let stage = Stage::with(|it| (it.max_per_address, it.max_per_user) = (1, 2));
    stage.people.admit("inh_ann", 7);
    let _one = Client::ready_as(&stage, "inh_ann").await;
    let _two = Client::ready_as(&stage, "inh_ann").await;
    let mut three = Client::open(&stage).await;
    three.say(&json!({ "type": "connection_init", "payload": { "Authorization": "Bearer inh_ann" } })).await;
    assert_eq!(three.closed().await, why(4429, "Too many connections"));
    let _anonymous = Client::ready(&stage).await;
    let (status, headers, body) = stage.send(Method::GET, "/graphql", &HANDSHAKE, "").await;
    assert_eq!((status.as_u16(), code(body).await.as_str()), (429, "RATE_LIMITED"));
    assert_eq!(headers["retry-after"], "10");
}

#[tokio::test(start_paused = true)]
async fn a_process_has_so_many_sockets() {
    let stage = Stage::with(|it| it.max = 2);
    let (one, _two) = (Client::ready(&stage).await, Client::ready(&stage).await);
    let (status, _, body) = stage.send(Method::GET, "/graphql", &HANDSHAKE, "").await;
    assert_eq!((status.as_u16(), code(body).await.as_str()), (503, "UNAVAILABLE"));
    drop(one);
    Client::ready(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_read_is_closed_by_1013_after_ten_seconds_and_the_others_get_everything() {
    let stage = Stage::new();
    let (mut slow, mut quick) = (Client::ready(&stage).await, Client::ready(&stage).await);
    slow.watch("1", json!({ "feed": "endless", "bytes": 1_000 })).await;
    quick.watch("1", json!({ "feed": "live" })).await;
    quick.is_there().await;
    let began = Instant::now();
    let n_pulled = stage.script.n_pulled();
    assert!((1..20).contains(&n_pulled), "what fits into a connection and no more: {n_pulled}");
    for seq in 1..=9 {
        sleep(Duration::from_secs(1)).await;
        stage.script.tell(seq);
        assert_eq!(quick.next_n("1").await, i64::from(seq));
    }
    assert_eq!(
        (stage.script.n_pulled(), stage.script.n_feeds()),
        (n_pulled, 2),
        "nothing is asked for in between"
    );
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stage.script.n_feeds(), 1);
    // It comes back to life and reads what was on its way.
    let mut n_read = 0;
    let (code, reason) = loop {
        match slow.0.next().await.unwrap().unwrap() {
            Message::Close(frame) => {
                let frame = frame.unwrap();
                break (u16::from(frame.code), frame.reason.to_string());
            }
            _ => n_read += 1,
        }
    };
    assert_eq!((code, reason.as_str()), (1013, "you read too slowly: connect again"));
    assert!(n_read > 0 && began.elapsed() < Duration::from_secs(11));
    stage.script.tell(10);
    assert_eq!(quick.next_n("1").await, 10);
}

#[tokio::test(start_paused = true)]
async fn whoever_never_reads_again_is_dropped() {
    let stage = Stage::new();
    let mut slow = Client::ready(&stage).await;
    slow.watch("1", json!({ "feed": "endless", "bytes": 100_000 })).await;
    sleep(Duration::from_secs(11)).await;
    assert_eq!((stage.streams.n_open(), stage.script.n_feeds()), (1, 0), "its goodbye is waited for");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.streams.n_open(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_mutation_runs_on_while_its_client_does_not_read() {
    let stage = Stage::new();
    let mut slow = Client::ready(&stage).await;
    slow.ask("mutation", "mutation { slow }").await;
    slow.watch("feed", json!({ "feed": "endless", "bytes": 1_000 })).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.script.n_slow(), 1, "it may hold locks that others wait for");
    while slow.hear().await["id"] != "mutation" {}
}
