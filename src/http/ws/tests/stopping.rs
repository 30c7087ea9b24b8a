//! What a stopping server does to its sockets.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use tokio::time::Instant;

use super::client::{Client, PROTOCOL, why};
use crate::http::tests::stage::{Stage, code};
use crate::telemetry;

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_closes_its_sockets_by_1012_one_after_the_other() {
    let stage = Stage::new();
    let mut waiting = Vec::new();
    for i in 0..100 {
        let mut client = Client::ready(&stage).await;
        client.watch("1", json!({ "feed": "live" })).await;
        client.is_there().await;
        waiting.push((i, client));
    }
    let began = Instant::now();
    let ends: Vec<_> = waiting
        .into_iter()
        .map(|(i, mut client)| {
            telemetry::spawn(async move {
                let told = client.closed().await;
                (i, told, began.elapsed())
            })
        })
        .collect();
    stage.streams.close_all(Duration::from_millis(500)).await;
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    for end in ends {
        let (i, told, after) = end.await.unwrap();
        assert_eq!(told, why(1012, "Service Restart"));
        let due = Duration::from_millis(5) * i;
        assert!(after >= due && after <= due + Duration::from_millis(2), "{i}: {after:?}");
    }
    assert_eq!((stage.streams.n_open(), stage.script.n_feeds()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_takes_no_more_sockets() {
    let stage = Stage::new();
    stage.streams.close_all(Duration::ZERO).await;
    let handshake = [
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        PROTOCOL,
    ];
    let (status, headers, body) = stage.send(Method::GET, "/graphql", &handshake, "").await;
    assert_eq!((status.as_u16(), code(body).await.as_str()), (503, "UNAVAILABLE"));
    assert_eq!(headers["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_the_goodbye_holds_nothing_up() {
    let stage = Stage::new();
    let silent = Client::ready(&stage).await;
    let began = Instant::now();
    stage.streams.close_all(Duration::from_secs(5)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    drop(silent);
}
