//! What may be said when, and what is no message at all.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::time::{Instant, advance};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::client::{Client, why};
use crate::http::tests::stage::Stage;

#[tokio::test(start_paused = true)]
async fn whoever_does_not_say_hello_in_ten_seconds_is_closed_by_4408() {
    let mut client = Client::open(&Stage::new()).await;
    let opened = Instant::now();
    assert_eq!(client.closed().await, why(4408, "Connection initialisation timeout"));
    assert_eq!(opened.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn pings_before_hello_are_answered_and_do_not_replace_it() {
    let mut client = Client::open(&Stage::new()).await;
    let opened = Instant::now();
    advance(Duration::from_secs(9)).await;
    client.is_there().await;
    assert_eq!(client.closed().await.0, 4408);
    assert_eq!(opened.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn hello_twice_is_4429_even_before_the_first_is_answered() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(client.closed().await, why(4429, "Too many initialisation requests"));
    let mut client = Client::open(&stage).await;
    client.0.feed(Message::text(r#"{"type":"connection_init"}"#)).await.unwrap();
    client.0.feed(Message::text(r#"{"type":"connection_init"}"#)).await.unwrap();
    client.0.flush().await.unwrap();
    assert_eq!(client.closed().await.0, 4429);
}

#[tokio::test(start_paused = true)]
async fn an_operation_before_the_acknowledgement_is_4401() {
    let stage = Stage::new();
    let mut client = Client::open(&stage).await;
    client.ask("1", "{ hello }").await;
    assert_eq!(client.closed().await, why(4401, "Unauthorized"));
    assert_eq!(stage.script.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_is_4400_with_a_sentence() {
    let stage = Stage::new();
    for (text, reason) in [
        ("{", "a message is not JSON (line 1, column 1)"),
        ("[]", "a message must be a JSON object"),
        (r#"{"type":"start"}"#, "there is no message of the type `start`"),
        (r#"{"type":"next","id":"1"}"#, "a message of the type `next` is sent by servers only"),
        (r#"{"type":"ping","payload":7}"#, "the payload of `ping` must be an object"),
        (r#"{"type":"complete"}"#, "`complete` must have an `id`, a text that is not empty"),
        (
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            "the payload of `subscribe`: the parameter `query` is missing",
        ),
    ] {
        let mut client = Client::ready(&stage).await;
        client.say_text(text).await;
        assert_eq!(client.closed().await, why(4400, reason), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn binary_data_and_text_that_is_not_utf_8_are_4400() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.0.send(Message::binary(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(client.closed().await, why(4400, "messages are texts, not binary data"));
    let mut client = Client::ready(&stage).await;
    let bytes = Bytes::from_static(b"\xff");
    client.0.send(Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), true))).await.unwrap();
    assert_eq!(client.closed().await, why(4400, "a message is not UTF-8"));
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_not_of_websocket_are_4400_not_1002() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    let bytes = Bytes::from_static(b"x");
    client.0.send(Message::Frame(Frame::message(bytes, OpCode::Data(Data::Continue), true))).await.unwrap();
    assert_eq!(client.closed().await, why(4400, "frames do not follow RFC 6455"));
}

#[tokio::test(start_paused = true)]
async fn a_message_over_the_limit_is_1009_and_one_at_the_limit_is_read() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    let ping =
        |length: usize| format!(r#"{{"type":"ping","payload":{{"x":"{}"}}}}"#, "x".repeat(length - 34));
    assert_eq!(ping(100_000).len(), 100_000);
    client.say_text(&ping(100_000)).await;
    assert_eq!(client.hear().await["type"], "pong");
    client.say_text(&ping(100_001)).await;
    assert_eq!(client.closed().await, why(1009, "a message may have 100000 bytes at most"));
}

#[tokio::test(start_paused = true)]
async fn pings_of_the_protocol_and_of_websocket_are_answered_with_what_they_carry() {
    let mut client = Client::ready(&Stage::new()).await;
    client.is_there().await;
    client.say(&json!({ "type": "ping" })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
    client.0.send(Message::Ping(Bytes::from_static(b"abc"))).await.unwrap();
    assert_eq!(client.0.next().await.unwrap().unwrap(), Message::Pong(Bytes::from_static(b"abc")));
}

#[tokio::test(start_paused = true)]
async fn the_server_asks_every_twelve_seconds_and_whoever_answers_stays() {
    let mut client = Client::ready(&Stage::new()).await;
    let opened = Instant::now();
    for i in 1..=20 {
        assert_eq!(client.hear().await, json!({ "type": "ping" }));
        assert_eq!(opened.elapsed().as_secs(), 12 * i);
        client.say(&json!({ "type": "pong", "payload": { "ignored": true } })).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_not_heard_for_two_of_them_is_closed_by_a_code_after_which_clients_come_back() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.watch("1", json!({ "feed": "silent" })).await;
    let opened = Instant::now();
    assert_eq!(client.hear().await, json!({ "type": "ping" }));
    assert_eq!(client.closed().await, why(1001, "nothing was heard of you for 24 s"));
    assert_eq!(opened.elapsed().as_secs(), 24);
    assert_eq!((stage.streams.n_open(), stage.script.n_feeds()), (0, 0));
}
