//! Who a socket is of: by header, cookie or its first message, and for how long.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::client::{Client, PROTOCOL, why};
use crate::http::tests::stage::Stage;

const COOKIE: (&str, &str) = ("cookie", "session=ann");

async fn viewer(client: &mut Client) -> Value {
    client.ask("viewer", "{ viewer }").await;
    let told = client.next("viewer").await["data"]["viewer"].clone();
    client.is_complete("viewer").await;
    told
}

/// Waits for the end, answering pings.
async fn end(client: &mut Client) -> (u16, String) {
    use futures_util::StreamExt as _;
    use tokio_tungstenite::tungstenite::Message;
    loop {
        match client.0.next().await.unwrap().unwrap() {
            Message::Close(frame) => {
                let frame = frame.unwrap();
                return (frame.code.into(), frame.reason.to_string());
            }
            Message::Text(text) if text.contains("\"ping\"") => client.say(&json!({ "type": "pong" })).await,
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_is_of_whoever_its_first_message_or_its_handshake_names() {
    let stage = Stage::new();
    stage.people.admit("inh_bob", 8);
    stage.people.admit("ann", 7);
    let bearer = ("authorization", "Bearer inh_bob");
    for (headers, payload, expected) in [
        (&[PROTOCOL][..], json!({}), json!(null)),
        (&[PROTOCOL], json!({ "authorization": "Bearer inh_bob" }), json!(8)),
        (&[PROTOCOL], json!({ "Authorization": "bearer inh_bob" }), json!(8)),
        (&[PROTOCOL, bearer], json!({}), json!(8)),
        (&[PROTOCOL, COOKIE], json!({ "authorization": null }), json!(7)),
        (&[PROTOCOL, COOKIE], json!({ "authorization": "Bearer inh_bob" }), json!(8)),
        (&[PROTOCOL, COOKIE, bearer], json!({}), json!(8)),
    ] {
        let mut client = Client::open_with(&stage, headers).await.0;
        client.init(&payload).await;
        assert_eq!(viewer(&mut client).await, expected, "{headers:?} {payload}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_4403() {
    let stage = Stage::new();
    stage.people.admit("ann", 7);
    let wrong = ("authorization", "Bearer inh_old");
    for (headers, payload) in [
        (&[PROTOCOL][..], json!({ "authorization": "Bearer inh_old" })),
        (&[PROTOCOL], json!({ "authorization": "inh_old" })),
        (&[PROTOCOL], json!({ "authorization": 7 })),
        (&[PROTOCOL, wrong], json!({})),
        (&[PROTOCOL, COOKIE], json!({ "authorization": "Bearer inh_old" })),
        (&[PROTOCOL, COOKIE, wrong], json!({})),
    ] {
        let mut client = Client::open_with(&stage, headers).await.0;
        client.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.closed().await, why(4403, "Forbidden"), "{headers:?} {payload}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_nobody_is_4403_and_the_browser_is_told_to_forget_it() {
    let (mut client, response) = Client::open_with(&Stage::new(), &[PROTOCOL, COOKIE]).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("session=; ") && cookie.contains("Max-Age=0"), "{cookie}");
    client.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(client.closed().await, why(4403, "Forbidden"));
}

#[tokio::test(start_paused = true)]
async fn a_cookie_of_a_foreign_page_is_not_even_looked_at() {
    let stage = Stage::new();
    let handshake = [
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("origin", "https://evil.example"),
        PROTOCOL,
        COOKIE,
    ];
    let (status, ..) = stage.send(axum::http::Method::GET, "/graphql", &handshake, "").await;
    assert_eq!((status.as_u16(), stage.people.n_asked()), (403, 0));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_revoked_close_the_socket_by_4403_within_five_seconds() {
    let stage = Stage::new();
    for headers in [&[PROTOCOL, COOKIE][..], &[PROTOCOL, ("authorization", "Bearer ann")]] {
        stage.people.admit("ann", 7);
        let mut client = Client::open_with(&stage, headers).await.0;
        client.init(&json!({})).await;
        client.watch("1", json!({ "feed": "silent" })).await;
        sleep(Duration::from_secs(8)).await;
        stage.people.revoke("ann");
        let revoked = Instant::now();
        assert_eq!(end(&mut client).await, why(4403, "Forbidden"), "{headers:?}");
        assert!(revoked.elapsed() <= Duration::from_secs(5), "{:?}", revoked.elapsed());
        assert_eq!(stage.script.n_feeds(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_revoked_credentials_does_not_run_even_before_they_are_looked_at_again() {
    let stage = Stage::new();
    stage.people.admit("inh_ann", 7);
    let mut client = Client::ready_as(&stage, "inh_ann").await;
    stage.people.revoke("inh_ann");
    client.ask("1", "mutation { bump }").await;
    assert_eq!(client.closed().await, why(4403, "Forbidden"));
    assert_eq!(stage.script.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn whose_rights_change_is_asked_to_connect_again_by_1012() {
    let stage = Stage::new();
    stage.people.admit("inh_ann", 7);
    let (mut one, mut other) =
        (Client::ready_as(&stage, "inh_ann").await, Client::ready_as(&stage, "inh_ann").await);
    stage.people.promote("inh_ann");
    other.ask("1", "mutation { bump }").await;
    assert_eq!(other.closed().await, why(1012, "your rights changed: connect again"));
    assert_eq!(stage.script.asked(), []);
    assert_eq!(one.closed().await, why(1012, "your rights changed: connect again"));
}

#[tokio::test(start_paused = true)]
async fn whoever_presented_nothing_is_looked_up_once_and_never_again() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.watch("1", json!({ "feed": "live" })).await;
    for _ in 0..5 {
        assert_eq!(client.hear().await, json!({ "type": "ping" }));
        client.say(&json!({ "type": "pong" })).await;
    }
    assert_eq!(stage.people.n_asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn while_nobody_can_look_a_socket_stays_for_a_minute_and_runs_nothing() {
    let stage = Stage::new();
    stage.people.admit("inh_ann", 7);
    let (mut client, began) = (Client::ready_as(&stage, "inh_ann").await, Instant::now());
    stage.people.be_away(true);
    client.ask("1", "mutation { bump }").await;
    let message = client.hear().await;
    assert_eq!(message["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{message}");
    assert!(!message.to_string().contains("hunter2"));
    sleep(Duration::from_secs(20)).await;
    stage.people.be_away(false);
    sleep(Duration::from_secs(3)).await;
    client.say(&json!({ "type": "pong" })).await;
    stage.people.be_away(true);
    let told = end(&mut client).await;
    assert_eq!(told, why(1013, "credentials cannot be checked right now: try again later"));
    let lasted = began.elapsed().as_secs();
    assert!((80..=90).contains(&lasted), "{lasted}");
    assert_eq!(stage.script.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_opens_while_nobody_can_look_is_asked_to_come_back() {
    let stage = Stage::new();
    stage.people.be_away(true);
    let mut client = Client::open(&stage).await;
    client.say(&json!({ "type": "connection_init", "payload": { "authorization": "Bearer inh_ann" } })).await;
    assert_eq!(client.closed().await.0, 1013);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_tries_too_many_wrong_credentials_is_asked_to_come_back() {
    let stage = Stage::new();
    let mut codes = Vec::new();
    for _ in 0..61 {
        let mut client = Client::open(&stage).await;
        client
            .say(&json!({ "type": "connection_init", "payload": { "authorization": "Bearer inh_x" } }))
            .await;
        codes.push(client.closed().await.0);
    }
    assert_eq!((codes[0], codes[59], codes[60]), (4403, 4403, 1013));
}
