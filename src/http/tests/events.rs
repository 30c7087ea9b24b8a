//! Streams of events: their form, their ends, who may open them, and what an operation of each kind becomes.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Method, StatusCode};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use super::stage::{SITE, Stage, code};

const JSON: (&str, &str) = ("content-type", "application/json");
const EVENTS: (&str, &str) = ("accept", "text/event-stream");
const COOKIE: (&str, &str) = ("cookie", "session=ann");
const COMMENT: &str = ":\n";

/// A stream that is being read.
struct Reading(BodyDataStream);

impl Reading {
    /// The next part.
    async fn part(&mut self) -> Option<String> {
        let part = self.0.next().await?.unwrap();
        Some(String::from_utf8(part.to_vec()).unwrap())
    }

    /// Everything up to the end.
    async fn rest(&mut self) -> String {
        let mut text = String::new();
        while let Some(part) = self.part().await {
            text.push_str(&part);
        }
        text
    }

    /// The next part that is no comment.
    async fn event(&mut self) -> Option<String> {
        loop {
            match self.part().await {
                Some(part) if part == COMMENT => {}
                other => return other,
            }
        }
    }
}

fn subscription(variables: &Value) -> String {
    json!({ "query": "subscription { feed }", "variables": variables }).to_string()
}

async fn post(stage: &Stage, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, Body) {
    stage.send(Method::POST, "/graphql", &[&[JSON, EVENTS], headers].concat(), body).await
}

/// A subscription that was opened.
async fn watch(stage: &Stage, headers: &[(&str, &str)], variables: Value) -> Reading {
    let (status, _, body) = post(stage, headers, &subscription(&variables)).await;
    assert_eq!(status, StatusCode::OK);
    Reading(body.into_data_stream())
}

async fn get(stage: &Stage, headers: &[(&str, &str)], query: &str) -> (StatusCode, HeaderMap, Body) {
    let url = format!("/graphql?query={}", query.replace(' ', "+").replace('{', "%7B").replace('}', "%7D"));
    stage.send(Method::GET, &url, &[&[EVENTS], headers].concat(), "").await
}

async fn text(body: Body) -> String {
    Reading(body.into_data_stream()).rest().await
}

#[tokio::test(start_paused = true)]
async fn a_query_and_a_mutation_are_one_event_and_complete() {
    let stage = Stage::new();
    for (query, data) in [("{ hello }", r#"{"hello":"world"}"#), ("mutation { bump }", r#"{"bump":1}"#)] {
        let (status, headers, body) = post(&stage, &[], &json!({ "query": query }).to_string()).await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (StatusCode::OK, "text/event-stream; charset=utf-8")
        );
        assert_eq!(headers["cache-control"], "no-cache, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        let expected = format!("event: next\ndata: {{\"data\":{data}}}\n\nevent: complete\ndata:\n\n");
        assert_eq!(text(body).await, expected);
    }
    assert_eq!(stage.streams.n_open(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_before_it_runs_is_told_by_an_event() {
    let stage = Stage::new();
    for (query, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")] {
        let (status, _, body) = post(&stage, &[], &json!({ "query": query }).to_string()).await;
        let told = text(body).await;
        let data = told.strip_prefix("event: next\ndata: ").unwrap();
        let data = data.strip_suffix("\n\nevent: complete\ndata:\n\n").unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((status.as_u16(), &data["errors"][0]["extensions"]["code"]), (200, &json!(code)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_tells_each_answer_with_its_number_until_it_is_complete() {
    let stage = Stage::new();
    let mut reading = watch(&stage, &[], json!({ "feed": "count", "n": 3 })).await;
    assert_eq!(reading.part().await.unwrap(), COMMENT, "something is told at once");
    for n in 1..=3 {
        let expected = format!("event: next\nid: {n}\ndata: {{\"data\":{{\"n\":{n},\"x\":\"\"}}}}\n\n");
        assert_eq!(reading.part().await.unwrap(), expected);
    }
    assert_eq!(reading.part().await.unwrap(), "event: complete\ndata:\n\n");
    assert_eq!(reading.part().await, None);
    assert_eq!((stage.streams.n_open(), stage.script.n_feeds()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_goes_on_after_the_last_event_its_client_had() {
    let stage = Stage::new();
    watch(&stage, &[("last-event-id", "41")], json!({ "feed": "silent" })).await;
    watch(&stage, &[], json!({ "feed": "silent" })).await;
    assert_eq!(stage.script.resumed(), [Some(41), None]);
    for id in ["", "x", "-1", "99999999999"] {
        let (status, _, body) = post(&stage, &[("last-event-id", id)], &subscription(&json!({}))).await;
        assert_eq!((status.as_u16(), code(body).await.as_str()), (400, "BAD_USER_INPUT"), "{id:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_sends_a_comment_every_twelve_seconds() {
    let stage = Stage::new();
    let mut reading = watch(&stage, &[], json!({ "feed": "live" })).await;
    let opened = Instant::now();
    reading.part().await;
    for i in 1..=10 {
        assert_eq!(reading.part().await.unwrap(), COMMENT);
        assert_eq!(opened.elapsed().as_secs(), 12 * i);
    }
    advance(Duration::from_secs(11)).await;
    stage.script.tell(7);
    assert!(reading.part().await.unwrap().contains("id: 7\n"));
    let told = Instant::now();
    assert_eq!(reading.part().await.unwrap(), COMMENT);
    assert_eq!(told.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_a_feed_before_its_answer_can_be_sent() {
    let stage = Stage::new();
    let mut reading = watch(&stage, &[], json!({ "feed": "endless" })).await;
    for n in 0..5 {
        assert_eq!(stage.script.n_pulled(), n);
        reading.event().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_the_time_limit_of_requests_and_is_not_compressed() {
    let stage = Stage::new();
    let headers = [("accept-encoding", "gzip, br")];
    let (_, headers, body) = post(&stage, &headers, &subscription(&json!({ "feed": "live" }))).await;
    assert!(headers.get("content-encoding").is_none());
    let mut reading = Reading(body.into_data_stream());
    advance(Duration::from_secs(3_600)).await;
    stage.script.tell(7);
    assert!(reading.event().await.unwrap().contains("id: 7\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_opened_by_get_as_well_and_changes_nothing() {
    let stage = Stage::new();
    let url = "/graphql?query=subscription%7Bfeed%7D&variables=%7B%22feed%22:%22count%22,%22n%22:1%7D";
    let (status, _, body) = stage.send(Method::GET, url, &[EVENTS], "").await;
    let told = text(body).await;
    assert_eq!(status, StatusCode::OK);
    assert!(told.contains("id: 1\n") && told.ends_with("event: complete\ndata:\n\n"), "{told}");
    let (status, _, body) = get(&stage, &[], "mutation { bump }").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text(body).await.contains("a mutation must be sent by POST"));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_this_site_opens_a_stream_with_its_cookie_and_no_other_page_does() {
    let stage = Stage::new();
    stage.people.admit("ann", 7);
    let own: [&[(&str, &str)]; 3] = [&[], &[("sec-fetch-site", "same-origin")], &[("origin", SITE)]];
    for headers in own {
        let (_, _, body) = get(&stage, &[headers, &[COOKIE]].concat(), "{ viewer }").await;
        assert!(text(body).await.contains(r#"{"viewer":7}"#), "{headers:?}");
    }
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let (status, _, body) = get(&stage, &[header, COOKIE], "{ viewer }").await;
        assert_eq!((status.as_u16(), code(body).await.as_str()), (403, "FORBIDDEN"), "{header:?}");
        let (status, ..) = post(&stage, &[header, COOKIE], r#"{"query":"{ viewer }"}"#).await;
        assert_eq!(status.as_u16(), 403, "{header:?}");
        let (status, ..) = get(&stage, &[header], "{ viewer }").await;
        assert_eq!(status.as_u16(), 200, "no cookie is at stake: {header:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_request_is_told_by_its_status() {
    let stage = Stage::new();
    let body = subscription(&json!({ "feed": "silent" }));
    let (status, headers, told) = post(&stage, &[("authorization", "Bearer inh_old")], &body).await;
    assert_eq!((status.as_u16(), code(told).await.as_str()), (401, "UNAUTHENTICATED"));
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    let (status, ..) = post(&stage, &[], "{}").await;
    assert_eq!(status.as_u16(), 400);
    let plain = [EVENTS, ("content-type", "text/plain")];
    let (status, ..) = stage.send(Method::POST, "/graphql", &plain, &body).await;
    assert_eq!(status.as_u16(), 415);
}

#[tokio::test(start_paused = true)]
async fn a_session_of_nobody_is_nobody_who_is_looked_up_once() {
    let stage = Stage::new();
    let (_, headers, body) = post(&stage, &[COOKIE], &subscription(&json!({ "feed": "silent" }))).await;
    assert!(headers["set-cookie"].to_str().unwrap().starts_with("session=; "));
    let mut reading = Reading(body.into_data_stream());
    for _ in 0..5 {
        reading.part().await;
    }
    assert_eq!(stage.people.n_asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_one_answer_as_much_gets_one() {
    let stage = Stage::new();
    let accept = ("accept", "application/json, text/event-stream");
    let (_, headers, _) =
        stage.send(Method::POST, "/graphql", &[JSON, accept], r#"{"query":"{ hello }"}"#).await;
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_within_five_seconds_of_its_credentials_or_rights() {
    let stage = Stage::new();
    for change in [|stage: &Stage| stage.people.revoke("ann"), |stage: &Stage| stage.people.promote("ann")] {
        stage.people.admit("ann", 7);
        let mut reading =
            watch(&stage, &[("authorization", "Bearer ann")], json!({ "feed": "silent" })).await;
        let opened = Instant::now();
        change(&stage);
        assert_eq!(reading.event().await, None, "it is not complete, so that the client comes back");
        assert!(opened.elapsed() <= Duration::from_secs(5));
        assert_eq!((stage.streams.n_open(), stage.script.n_feeds()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_counts_as_a_connection_of_its_user_or_address() {
    let stage = Stage::with(|it| (it.max, it.max_per_address, it.max_per_user) = (3, 1, 1));
    stage.people.admit("ann", 7);
    stage.people.admit("bob", 8);
    let silent = || json!({ "feed": "silent" });
    let anonymous = watch(&stage, &[], silent()).await;
    let _ann = watch(&stage, &[COOKIE], silent()).await;
    let too_many: [&[(&str, &str)]; 2] = [&[], &[COOKIE]];
    for headers in too_many {
        let (status, _, body) = post(&stage, headers, &subscription(&silent())).await;
        assert_eq!((status.as_u16(), code(body).await.as_str()), (429, "RATE_LIMITED"));
    }
    let _bob = watch(&stage, &[("authorization", "Bearer bob")], silent()).await;
    let (status, _, body) = post(&stage, &[], &subscription(&silent())).await;
    assert_eq!((status.as_u16(), code(body).await.as_str()), (503, "UNAVAILABLE"));
    drop(anonymous);
    watch(&stage, &[], silent()).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_ends_its_streams_and_opens_none() {
    let stage = Stage::new();
    let mut reading = watch(&stage, &[], json!({ "feed": "silent" })).await;
    let closing = stage.streams.close_all(Duration::from_secs(5));
    let (told, ()) = tokio::join!(reading.event(), closing);
    assert_eq!((told, stage.script.n_feeds()), (None, 0));
    let (status, _, body) = post(&stage, &[], &subscription(&json!({ "feed": "silent" }))).await;
    assert_eq!((status.as_u16(), code(body).await.as_str()), (503, "UNAVAILABLE"));
}

#[tokio::test]
async fn a_server_that_stops_has_no_stream_left_to_wait_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    let stage = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = crate::telemetry::spawn(crate::http::serve(listener, stage.router.clone(), stop.clone()));
    let mut connection = TcpStream::connect(address).await.unwrap();
    let body = subscription(&json!({ "feed": "silent" }));
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !told.ends_with(b"\r\n:\n\r\n") {
        assert_ne!(connection.read_buf(&mut told).await.unwrap(), 0);
    }
    stop.cancel();
    stage.streams.close_all(Duration::from_secs(5)).await;
    connection.read_to_end(&mut told).await.unwrap();
    assert!(told.ends_with(b"\r\n0\r\n\r\n"), "the body ends as it should");
    serving.await.unwrap().unwrap();
}
