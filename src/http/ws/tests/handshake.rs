//! How a connection becomes a socket, and for whom it does not.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::client::{Client, PROTOCOL, why};
use crate::http::tests::stage::{SITE, Stage, code};

const KEY: (&str, &str) = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
const UPGRADE: (&str, &str) = ("upgrade", "WebSocket");
const CONNECTION: (&str, &str) = ("connection", "keep-alive, Upgrade");
const VERSION: (&str, &str) = ("sec-websocket-version", "13");

async fn refused(headers: &[(&str, &str)]) -> (u16, String) {
    let (status, headers, body) = Stage::new().send(Method::GET, "/graphql", headers, "").await;
    assert_eq!(headers["sec-websocket-version"], "13");
    (status.as_u16(), code(body).await)
}

#[tokio::test(start_paused = true)]
async fn the_protocol_is_chosen_out_of_those_offered() {
    let stage = Stage::new();
    for offered in ["graphql-transport-ws", "graphql-ws, graphql-transport-ws"] {
        let (mut client, response) = Client::open_with(&stage, &[("sec-websocket-protocol", offered)]).await;
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        client.init(&json!({})).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_offer_the_protocol_is_told_by_4406() {
    let (mut client, response) = Client::open_with(&Stage::new(), &[]).await;
    assert!(response.headers().get("sec-websocket-protocol").is_none());
    assert_eq!(client.closed().await, why(4406, "Subprotocol not acceptable"));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_this_site_and_what_is_no_browser_may_open_a_socket() {
    let stage = Stage::new();
    Client::open_with(&stage, &[PROTOCOL]).await;
    Client::open_with(&stage, &[PROTOCOL, ("origin", SITE)]).await;
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_before_the_upgrade() {
    for origin in ["https://evil.example", "null", "https://inhouse.example.org.evil.example"] {
        let told = refused(&[UPGRADE, CONNECTION, VERSION, KEY, PROTOCOL, ("origin", origin)]).await;
        assert_eq!(told, (403, "FORBIDDEN".to_owned()), "{origin}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_none_is_refused() {
    let bad = |status: u16| (status, "BAD_USER_INPUT".to_owned());
    assert_eq!(refused(&[UPGRADE, VERSION, KEY]).await, bad(400));
    assert_eq!(refused(&[UPGRADE, CONNECTION, KEY]).await, bad(426));
    assert_eq!(refused(&[UPGRADE, CONNECTION, KEY, ("sec-websocket-version", "8")]).await, bad(426));
    assert_eq!(refused(&[UPGRADE, CONNECTION, VERSION]).await, bad(400));
    assert_eq!(refused(&[UPGRADE, CONNECTION, VERSION, ("sec-websocket-key", "c2hvcnQ=")]).await, bad(400));
    // Whole, but by a connection that cannot be upgraded.
    assert_eq!(refused(&[UPGRADE, CONNECTION, VERSION, KEY]).await, bad(400));
}

#[tokio::test(start_paused = true)]
async fn a_place_is_given_back_when_a_socket_ends_however_it_ends() {
    let stage = Stage::new();
    let (open, mut closing, broken) =
        (Client::open(&stage).await, Client::open(&stage).await, Client::open(&stage).await);
    assert_eq!(stage.streams.n_open(), 3);
    closing.0.close(None).await.unwrap();
    assert!(futures_util::StreamExt::next(&mut closing.0).await.is_some());
    drop(broken);
    let mut other = Client::ready(&stage).await;
    other.is_there().await;
    assert_eq!(stage.streams.n_open(), 2);
    drop(open);
}
