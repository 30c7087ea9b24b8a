//! Which answer each kind of request gets: its kind, its codes, and what it must not say.

use serde_json::{Value, json};

use super::super::toy;
use super::*;
use crate::cache::{Cache, CacheParts, CacheSettings, MemoryLog};

async fn answer_to(request: GraphqlRequest, info: RequestInfo) -> (AnswerKind, Value) {
    let answer = toy::executor().execute(request, info).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.has_errors, body.get("errors").is_some());
    assert_eq!(answer.kind == AnswerKind::Executed, body.get("data").is_some(), "{body}");
    for error in body["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap();
        assert!(ErrorCode::parse(code).is_some(), "{error}");
        assert_eq!(error["extensions"]["requestId"], "test", "{error}");
    }
    (answer.kind, body)
}

async fn run_with(query: &str, variables: Value) -> (AnswerKind, Value) {
    answer_to(toy::request(query, &variables), toy::info()).await
}

async fn run(query: &str) -> (AnswerKind, Value) {
    run_with(query, json!({})).await
}

/// Kind, code and message of a request that fails in one way.
async fn refusal(query: &str, variables: Value) -> (AnswerKind, String, String) {
    let (kind, body) = run_with(query, variables).await;
    let error = &body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (kind, text(&error["extensions"]["code"]), text(&error["message"]))
}

#[tokio::test]
async fn a_query_is_answered_with_data_alone() {
    assert_eq!(run("{ hello }").await, (AnswerKind::Executed, json!({ "data": { "hello": "world" } })));
}

#[tokio::test]
async fn what_resolvers_need_is_injected() {
    let mut info = toy::info();
    info.viewer.user_id = Some(crate::types::UserId(7));
    let (_, body) = answer_to(toy::request("{ viewer }", &json!({})), info).await;
    assert_eq!(body, json!({ "data": { "viewer": 7 } }));
}

#[tokio::test]
async fn a_syntax_error_tells_the_place_and_quotes_nothing() {
    let (kind, body) = run("{ hello(secret }").await;
    let error = &body["errors"][0];
    assert_eq!(
        (kind, &error["extensions"]["code"]),
        (AnswerKind::ParseFailed, &json!("GRAPHQL_PARSE_FAILED"))
    );
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 9 }]));
    assert!(!error["message"].as_str().unwrap().contains("secret"), "{error}");
}

#[tokio::test]
async fn documents_that_are_no_graphql_fail_to_parse() {
    for query in [
        "",
        "   ",
        "{",
        "{}",
        "{ a(b: \") }",
        "{ 8f }",
        "fragment A on Q { a }",
        "{a} {b}",
        "{a} query A {b}",
    ] {
        let (kind, code, _) = refusal(query, json!({})).await;
        assert_eq!((kind, code.as_str()), (AnswerKind::ParseFailed, "GRAPHQL_PARSE_FAILED"), "{query}");
    }
}

#[tokio::test]
async fn documents_that_do_not_fit_the_schema_are_invalid() {
    for query in [
        "{ nothing }",
        "{ hello { x } }",
        "{ me }",
        "{ ...Nowhere }",
        "{ echo }",
        "{ hello(x: 1) }",
        "{ hello @nothing }",
        "query($a: Nothing) { hello }",
        "query($a: Int) { hello }",
        "{ echo(text: $nowhere) }",
        "{ ...A } fragment A on Query { ...A }",
        "{ hello } fragment A on Query { hello }",
        "mutation { nothing }",
    ] {
        let (kind, code, _) = refusal(query, json!({})).await;
        assert_eq!(
            (kind, code.as_str()),
            (AnswerKind::ValidationFailed, "GRAPHQL_VALIDATION_FAILED"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn values_of_a_wrong_type_are_bad_input() {
    let echo = "query($t: String!) { echo(text: $t) }";
    let filter = "query($f: Filter!) { found(filter: $f) }";
    for (query, variables) in [
        (echo, json!({})),
        (echo, json!({ "t": null })),
        (echo, json!({ "t": 1 })),
        ("query($n: [Int!]!) { sum(of: $n) }", json!({ "n": [1, null] })),
        ("query($n: [Int!]!) { sum(of: $n) }", json!({ "n": [1, 3_000_000_000_u64] })),
        ("query($n: [Int!]!) { sum(of: $n) }", json!({ "n": [1.5] })),
        ("query Unused($id: ID!) { __typename }", json!({ "id": null })),
        (filter, json!({ "f": { "name": 1 } })),
        (filter, json!({ "f": { "nothing": 1 } })),
        ("{ echo(text: 1) }", json!({})),
        ("{ echo(text: null) }", json!({})),
        ("{ found(filter: { name: 1 }) }", json!({})),
    ] {
        let (kind, code, message) = refusal(query, variables.clone()).await;
        assert_eq!(
            (kind, code.as_str()),
            (AnswerKind::BadInput, "BAD_USER_INPUT"),
            "{query} {variables} {message}"
        );
    }
}

#[tokio::test]
async fn a_value_that_a_validator_refuses_is_bad_input_of_its_field() {
    let (kind, code, message) = refusal("{ found(filter: {}, first: 101) }", json!({})).await;
    assert_eq!((kind, code.as_str()), (AnswerKind::Executed, "BAD_USER_INPUT"), "{message}");
    assert!(message.contains("100"), "{message}");
}

#[tokio::test]
async fn a_text_in_place_of_an_input_object_is_bad_input_of_its_field() {
    // The library's validation lets it through.
    let query = "query($f: Filter!) { found(filter: $f) }";
    let (kind, code, _) = refusal(query, json!({ "f": "x" })).await;
    assert_eq!((kind, code.as_str()), (AnswerKind::Executed, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn the_operation_is_chosen_by_name() {
    let two = "query A { hello } query B { sum }";
    for (query, name) in
        [(two, None), (two, Some("C")), ("{ hello }", Some("A")), ("query A { hello }", Some("B"))]
    {
        let request =
            GraphqlRequest { operation_name: name.map(str::to_owned), ..toy::request(query, &json!({})) };
        let (kind, body) = answer_to(request, toy::info()).await;
        let code = &body["errors"][0]["extensions"]["code"];
        let expected = (AnswerKind::OperationUnresolved, &json!("OPERATION_RESOLUTION_FAILURE"));
        assert_eq!((kind, code), expected, "{query} {name:?}");
    }
    let request = GraphqlRequest { operation_name: Some("B".to_owned()), ..toy::request(two, &json!({})) };
    assert_eq!(answer_to(request, toy::info()).await.1, json!({ "data": { "sum": 0 } }));
}

#[tokio::test]
async fn only_a_query_relies_on_a_check_that_was_made_before_it() {
    let settings = CacheSettings::default();
    let parts = CacheParts { log: MemoryLog::new(), far: None, schema: String::new(), settings };
    let as_of = Cache::new(parts).check().await;
    assert!(as_of.is_some());
    for (query, relies) in [("{ hello }", true), ("# first\nmutation { bump }", false)] {
        let mut info = RequestInfo { as_of: as_of.clone(), ..toy::info() };
        assert!(toy::executor().prepare(toy::request(query, &json!({})), &mut info).is_ok());
        assert_eq!(info.as_of.is_some(), relies, "{query}");
    }
}

#[tokio::test]
async fn a_mutation_runs_unless_only_queries_may() {
    assert_eq!(run("mutation { bump }").await.1, json!({ "data": { "bump": 1 } }));
    let info = RequestInfo { only_query: true, ..toy::info() };
    let (kind, _) = answer_to(toy::request("mutation { bump }", &json!({})), info).await;
    assert_eq!(kind, AnswerKind::MethodNotAllowed);
}

#[tokio::test]
async fn a_subscription_has_no_single_answer() {
    let (kind, code, _) = refusal("subscription { anything }", json!({})).await;
    assert_eq!((kind, code.as_str()), (AnswerKind::OperationUnresolved, "OPERATION_RESOLUTION_FAILURE"));
}

#[tokio::test]
async fn a_costly_document_is_refused_before_validation() {
    let (kind, code, _) = refusal(&format!("{{ {} }}", "nothing ".repeat(40)), json!({})).await;
    assert_eq!((kind, code.as_str()), (AnswerKind::TooCostly, "QUERY_TOO_COMPLEX"));
}

#[tokio::test]
async fn a_refused_field_is_null_and_its_error_keeps_code_and_text() {
    let (kind, body) = run("{ hello forbidden }").await;
    assert_eq!(
        (kind, &body["data"]),
        (AnswerKind::Executed, &json!({ "hello": "world", "forbidden": null }))
    );
    let error = &body["errors"][0];
    assert_eq!((&error["message"], &error["path"]), (&json!("not for you"), &json!(["forbidden"])));
    assert_eq!(error["extensions"], json!({ "code": "FORBIDDEN", "requestId": "test" }));
}

#[tokio::test]
async fn a_refused_field_that_may_not_be_null_makes_data_null_yet_the_request_ran() {
    let (kind, body) = run("{ hello forbiddenRequired }").await;
    assert_eq!((kind, &body["data"]), (AnswerKind::Executed, &Value::Null));
}

/// What version 7 of the library got wrong: it answered `[null]` for a list of non-null items (decision 0001).
#[tokio::test]
async fn a_refused_item_of_a_list_that_may_hold_no_null_takes_the_list_with_it() {
    let (_, body) = run("{ items { nodes { hello forbiddenRequired } } }").await;
    assert_eq!(body["data"], Value::Null);
}

#[tokio::test]
async fn an_error_may_say_when_to_try_again() {
    let (_, body) = run("{ away }").await;
    assert_eq!(body["errors"][0]["extensions"]["retryAfterMs"], 1500);
}

#[tokio::test]
async fn internal_causes_are_masked() {
    for field in ["broken", "leaking", "leakingSource"] {
        let (kind, body) = run(&format!("{{ {field} }}")).await;
        let error = &body["errors"][0];
        let found = (kind, &error["message"], &error["extensions"]["code"]);
        assert_eq!(found, (AnswerKind::Executed, &json!("internal error"), &json!("INTERNAL_SERVER_ERROR")));
        assert_eq!(error["path"], json!([field]));
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error() {
    let (kind, code, message) = refusal("{ panicking }", json!({})).await;
    let found = (kind, code.as_str(), message.as_str());
    assert_eq!(found, (AnswerKind::Internal, "INTERNAL_SERVER_ERROR", "internal error"));
}

#[tokio::test(start_paused = true)]
async fn a_request_past_its_deadline_is_given_up() {
    let (kind, code, _) = refusal("{ sleeping }", json!({})).await;
    assert_eq!((kind, code.as_str()), (AnswerKind::TimedOut, "TIMEOUT"));
}

#[tokio::test]
async fn full_introspection_answers() {
    let (kind, body) = run(include_str!("../testdata/introspection.graphql")).await;
    assert_eq!((kind, body.get("errors")), (AnswerKind::Executed, None));
}

#[tokio::test]
async fn a_caller_with_countless_errors_is_told_a_few() {
    let fields: String = (0..1_000).map(|n| format!("nothing{n} ")).collect();
    let (_, body) = run(&format!("{{ me {{ {fields} }} }}")).await;
    assert_eq!(body["errors"].as_array().unwrap().len(), 50);
}
