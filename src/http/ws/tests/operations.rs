//! Operations of every kind: their answers, their ends, their ids.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Client, why};
use crate::http::tests::stage::Stage;

#[tokio::test(start_paused = true)]
async fn a_query_and_a_mutation_have_one_answer_and_are_complete() {
    let mut client = Client::ready(&Stage::new()).await;
    for (id, query, data) in
        [("1", "{ hello }", json!({ "hello": "world" })), ("2", "mutation { bump }", json!({ "bump": 1 }))]
    {
        client.ask(id, query).await;
        assert_eq!(client.next(id).await, json!({ "data": data }));
        client.is_complete(id).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_run_is_one_whatever_failed_in_it() {
    let mut client = Client::ready(&Stage::new()).await;
    client.ask("1", "{ forbiddenRequired }").await;
    let answer = client.next("1").await;
    assert_eq!(
        (&answer["data"], &answer["errors"][0]["extensions"]["code"]),
        (&json!(null), &json!("FORBIDDEN"))
    );
    client.is_complete("1").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_before_it_runs_is_an_error_after_which_nothing_comes() {
    let mut client = Client::ready(&Stage::new()).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ] {
        client.ask("1", query).await;
        let message = client.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")));
        let errors = message["payload"].as_array().unwrap();
        assert_eq!((errors.len(), &errors[0]["extensions"]["code"]), (1, &json!(code)), "{query}");
        client.is_there().await;
    }
}

#[tokio::test(start_paused = true)]
async fn errors_name_the_request_of_the_socket_and_the_number_of_the_operation() {
    let stage = Stage::new();
    let (mut client, response) =
        Client::open_with(&stage, &[super::client::PROTOCOL, ("x-request-id", "socket-7")]).await;
    assert_eq!(response.headers()["x-request-id"], "socket-7");
    client.init(&json!({})).await;
    for number in 1..3 {
        client.ask("a", "{").await;
        let told = client.hear().await["payload"][0]["extensions"]["requestId"].clone();
        assert_eq!(told, json!(format!("socket-7-{number}")));
    }
}

#[tokio::test(start_paused = true)]
async fn variables_and_the_name_of_the_operation_are_passed_on() {
    let mut client = Client::ready(&Stage::new()).await;
    let payload = json!({
        "query": "query A($t: String!) { echo(text: $t) } query B { hello }",
        "operationName": "A",
        "variables": { "t": "ü" },
        "extensions": {},
    });
    client.say(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(client.next("1").await, json!({ "data": { "echo": "ü" } }));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_has_its_answers_in_order_and_is_complete_when_they_end() {
    let mut client = Client::ready(&Stage::new()).await;
    client.watch("a \"b\"", json!({ "feed": "count", "n": 100 })).await;
    for n in 1..=100 {
        assert_eq!(client.next_n("a \"b\"").await, n);
    }
    client.is_complete("a \"b\"").await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_any_length_arrives_whole() {
    let mut client = Client::ready(&Stage::new()).await;
    for bytes in [0, 4_000, 4_090, 4_096, 5_000, 300_000] {
        client.watch("1", json!({ "feed": "count", "n": 2, "bytes": bytes })).await;
        for n in 1..=2 {
            let answer = client.next("1").await;
            assert_eq!(
                (answer["data"]["n"].as_i64(), answer["data"]["x"].as_str().unwrap().len()),
                (Some(n), bytes)
            );
        }
        client.is_complete("1").await;
    }
}

#[tokio::test(start_paused = true)]
async fn subscriptions_of_one_socket_do_not_hold_each_other_up() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.watch("endless", json!({ "feed": "endless" })).await;
    client.watch("count", json!({ "feed": "count", "n": 50 })).await;
    let (mut n_endless, mut n_count) = (0, 0);
    while n_count < 50 {
        let message = client.hear().await;
        match message["id"].as_str().unwrap() {
            "endless" => n_endless += 1,
            _ => n_count += 1,
        }
        // Some were sent before the second was asked for.
        assert!(n_endless < 500, "{n_endless} of the other, and {n_count} of this");
    }
    client.complete("endless").await;
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_in_use_is_4409_and_may_be_used_again_when_it_is_over() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.ask("1", "{ hello }").await;
    client.next("1").await;
    client.is_complete("1").await;
    client.watch("1", json!({ "feed": "silent" })).await;
    client.complete("1").await;
    client.watch("1", json!({ "feed": "count", "n": 1 })).await;
    assert_eq!(client.next_n("1").await, 1);
    client.is_complete("1").await;
    client.watch("1", json!({ "feed": "silent" })).await;
    client.ask("1", "{ hello }").await;
    assert_eq!(client.closed().await, why(4409, "Subscriber for 1 already exists"));
    assert_eq!(stage.script.n_feeds(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_complete_nothing_is_sent_and_the_feed_is_gone() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.watch("1", json!({ "feed": "live" })).await;
    client.is_there().await;
    stage.script.tell(1);
    assert_eq!(client.next_n("1").await, 1);
    client.complete("1").await;
    client.is_there().await;
    assert_eq!(stage.script.n_feeds(), 0);
    client.watch("2", json!({ "feed": "live" })).await;
    client.is_there().await;
    stage.script.tell(2);
    assert_eq!(client.next_n("2").await, 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_completed_in_the_same_breath_has_no_answer() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ hello }" } });
    client.0.feed(Message::text(subscribe.to_string())).await.unwrap();
    client.0.feed(Message::text(r#"{"type":"complete","id":"1"}"#)).await.unwrap();
    client.0.flush().await.unwrap();
    client.is_there().await;
    client.complete("never there").await;
    client.is_there().await;
}

#[tokio::test(start_paused = true)]
async fn when_the_client_closes_its_feeds_are_gone_and_its_goodbye_is_answered() {
    let stage = Stage::new();
    let mut client = Client::ready(&stage).await;
    client.watch("1", json!({ "feed": "silent" })).await;
    client.is_there().await;
    assert_eq!(stage.script.n_feeds(), 1);
    client.0.close(None).await.unwrap();
    assert!(matches!(client.0.next().await, Some(Ok(Message::Close(None)))));
    assert!(client.0.next().await.is_none());
    assert_eq!((stage.script.n_feeds(), stage.streams.n_open()), (0, 0));
}
