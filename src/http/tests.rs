//! What each kind of request is answered, through the whole router on a toy schema.

mod around;
mod events;
pub(super) mod stage;
mod support;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::graphql::AnswerKind;
use support::{Server, Told};

const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
const JSON: (&str, &str) = ("accept", "application/json");
const HELLO: &str = "{ hello }";

fn query(text: &str) -> Value {
    json!({ "query": text })
}

/// The status in both media types.
async fn statuses(body: &Value) -> (u16, u16) {
    let server = Server::new();
    let graphql = server.post(body, &[GRAPHQL]).await;
    let json = server.post(body, &[JSON]).await;
    assert_eq!(graphql.header("content-type"), "application/graphql-response+json; charset=utf-8");
    assert_eq!(json.header("content-type"), "application/json; charset=utf-8");
    (graphql.status.as_u16(), json.status.as_u16())
}

#[tokio::test]
async fn a_query_by_post_is_answered() {
    let told = Server::new().post(&query(HELLO), &[]).await;
    assert_eq!((told.status, told.json()), (StatusCode::OK, json!({ "data": { "hello": "world" } })));
    assert_eq!(told.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(told.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_answer_tells_what_the_cache_had_to_do_with_it() {
    let server = Server::new();
    let answered = server.post(&query(HELLO), &[]).await;
    let refused = server.post(&query("{ nope }"), &[]).await;
    let misshapen = server.post(&json!([]), &[]).await;
    for told in [answered, refused, misshapen] {
        assert_eq!(told.header("cache-status"), "inhouse; fwd=bypass", "{}", told.status);
    }
}

#[tokio::test]
async fn a_mutation_by_post_is_answered() {
    let told = Server::new().post(&query("mutation { bump }"), &[GRAPHQL]).await;
    assert_eq!(told.json(), json!({ "data": { "bump": 1 } }));
}

#[tokio::test]
async fn the_status_tells_request_errors_apart_unless_plain_json_is_wanted() {
    let two = "query A { hello } query B { hello }";
    let deep = format!("{}hello{}", "{ me ".repeat(20), "}".repeat(20)).replace("me hello", "hello");
    let required = "query($t: String!) { echo(text: $t) }";
    for (text, expected) in [
        (HELLO, (200, 200)),
        ("{", (400, 200)),
        ("{ nothing }", (422, 200)),
        (required, (400, 200)),
        (two, (422, 200)),
        ("subscription { x }", (422, 200)),
        (deep.as_str(), (422, 200)),
        ("{ forbidden }", (200, 200)),
        ("{ forbiddenRequired }", (200, 200)),
        ("{ panicking }", (500, 500)),
    ] {
        assert_eq!(statuses(&query(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn request_errors_have_no_data_and_carry_code_and_request_id() {
    let told = Server::new().post(&query("{ nothing }"), &[GRAPHQL, ("x-request-id", "abc-1")]).await;
    let body = told.json();
    assert_eq!(body.get("data"), None);
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions, &json!({ "code": "GRAPHQL_VALIDATION_FAILED", "requestId": "abc-1" }));
    assert_eq!(told.header("x-request-id"), "abc-1");
}

#[tokio::test]
async fn each_kind_of_answer_has_its_status() {
    for (kind, expected) in [
        (AnswerKind::TooCostly, 422),
        (AnswerKind::Unauthenticated, 401),
        (AnswerKind::Forbidden, 403),
        (AnswerKind::RateLimited, 429),
        (AnswerKind::TimedOut, 503),
        (AnswerKind::Unavailable, 503),
        (AnswerKind::Internal, 500),
    ] {
        let told = Server::answering(kind, Some(1_200)).post(&query(HELLO), &[GRAPHQL]).await;
        assert_eq!((told.status.as_u16(), told.header("retry-after")), (expected, "2"), "{kind:?}");
    }
}

#[tokio::test]
async fn bodies_of_a_wrong_shape_are_bad_requests_in_both_media_types() {
    let server = Server::new();
    for body in [
        "",
        "{",
        "[]",
        r#"[{"query":"{hello}"}]"#,
        "7",
        "{}",
        r#"{"query":1}"#,
        r#"{"query":"{hello}","variables":[]}"#,
    ] {
        for accept in [GRAPHQL, JSON] {
            let told = server
                .send(Method::POST, "/graphql", &[accept, ("content-type", "application/json")], body)
                .await;
            told.assert_error(400, "BAD_USER_INPUT");
        }
    }
    let told = server.post(&json!([query(HELLO)]), &[]).await;
    assert!(told.message().contains("batches"), "{}", told.message());
}

#[tokio::test]
async fn bodies_that_are_not_declared_as_json_are_unsupported() {
    let server = Server::new();
    let body = query(HELLO).to_string();
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/graphql"]
    {
        let told = server.send(Method::POST, "/graphql", &[("content-type", content_type)], &body).await;
        told.assert_error(415, "BAD_USER_INPUT");
    }
    server.send(Method::POST, "/graphql", &[], &body).await.assert_error(415, "BAD_USER_INPUT");
}

#[tokio::test]
async fn whoever_accepts_neither_media_type_gets_406() {
    Server::new().post(&query(HELLO), &[("accept", "text/html")]).await.assert_error(406, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_its_length_is_declared_or_not() {
    let server = Server::new();
    let body = query(&format!("{{ hello }} #{}", "x".repeat(100_000))).to_string();
    let headers = [("content-type", "application/json")];
    server.send(Method::POST, "/graphql", &headers, &body).await.assert_error(413, "BAD_USER_INPUT");
    server.send_chunked("/graphql", &headers, &body).await.assert_error(413, "BAD_USER_INPUT");
    let body = query(&format!("{{ hello }} #{}", "x".repeat(90_000))).to_string();
    assert_eq!(server.send_chunked("/graphql", &headers, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_query_by_get_is_answered_with_its_variables() {
    let url = "/graphql?query=query($t:String!){echo(text:$t)}&variables=%7B%22t%22:%22a+b%22%7D";
    let told = Server::new().get(&url.replace("{", "%7B").replace("}", "%7D"), &[]).await;
    assert_eq!(told.json(), json!({ "data": { "echo": "a b" } }));
}

#[tokio::test]
async fn a_mutation_by_get_is_405_in_both_media_types() {
    for accept in [GRAPHQL, JSON] {
        let told = Server::new().get("/graphql?query=mutation%7Bbump%7D", &[accept]).await;
        told.assert_error(405, "BAD_USER_INPUT");
        assert_eq!(told.header("allow"), "POST");
    }
}

#[tokio::test]
async fn other_methods_are_405() {
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let told = Server::new().send(method, "/graphql", &[], "").await;
        told.assert_error(405, "BAD_USER_INPUT");
        assert_eq!(told.header("allow"), "GET, HEAD, POST");
    }
}

#[tokio::test]
async fn get_without_a_query_or_with_unreadable_parameters_is_a_bad_request() {
    for url in ["/graphql", "/graphql?query=%7Bhello%7D&variables=%7B", "/graphql?query=a&query=b"] {
        Server::new().get(url, &[]).await.assert_error(400, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_url_over_the_limit_is_414() {
    let url = format!("/graphql?query=%7Bhello%7D&x={}", "x".repeat(16_000));
    Server::new().get(&url, &[]).await.assert_error(414, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_client_that_has_the_answer_of_a_get_is_told_so() {
    let server = Server::new();
    let url = "/graphql?query=%7Bhello%7D";
    let first = server.get(url, &[]).await;
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert!(first.header("vary").contains("accept, authorization, cookie"));
    let tag = first.header("etag").to_owned();
    let list = format!("\"other\", {tag}");
    for known in [tag.as_str(), list.as_str(), "*"] {
        let again = server.get(url, &[("if-none-match", known)]).await;
        assert_eq!(
            (again.status, again.body.len(), again.header("etag")),
            (StatusCode::NOT_MODIFIED, 0, tag.as_str())
        );
    }
    let other = server.get("/graphql?query=%7Bsum%7D", &[("if-none-match", &tag)]).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_with_errors_is_not_to_be_kept() {
    let told = Server::new().get("/graphql?query=%7Bforbidden%7D", &[]).await;
    assert_eq!((told.header("cache-control"), told.header("etag")), ("no-store", ""));
}

#[tokio::test]
async fn a_valid_token_or_session_names_the_viewer() {
    for header in [("authorization", "Bearer inh_ann"), ("cookie", "__Host-session=ann")] {
        let told = Server::new().post(&query("{ viewer }"), &[header]).await;
        assert_eq!(told.json(), json!({ "data": { "viewer": 7 } }), "{header:?}");
    }
}

#[tokio::test]
async fn an_unknown_session_is_anonymous_and_an_invalid_token_is_refused() {
    let server = Server::new();
    let told = server.post(&query("{ viewer }"), &[("cookie", "__Host-session=old")]).await;
    assert_eq!(told.json(), json!({ "data": { "viewer": null } }));
    for token in ["Bearer inh_old", "Basic YTpi", "Bearer"] {
        let told = server.post(&query("{ viewer }"), &[("authorization", token)]).await;
        told.assert_error(401, "UNAUTHENTICATED");
        assert_eq!(told.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn an_outage_of_the_session_store_is_503_and_says_no_cause() {
    let told = Server::new().post(&query(HELLO), &[("authorization", "Bearer inh_outage")]).await;
    told.assert_error(503, "UNAVAILABLE");
    assert!(!told.text().contains("hunter2"));
}

#[tokio::test]
async fn get_with_a_session_cookie_needs_proof_of_its_origin() {
    let server = Server::new();
    let url = "/graphql?query=%7Bviewer%7D";
    let cookie = ("cookie", "theme=dark; __Host-session=ann");
    server.get(url, &[cookie]).await.assert_error(403, "FORBIDDEN");
    let told = server.get(url, &[cookie, ("x-requested-with", "inhouse")]).await;
    assert_eq!(told.json(), json!({ "data": { "viewer": 7 } }));
    assert_eq!(server.get(url, &[("cookie", "theme=dark")]).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_is_503() {
    Server::new().post(&query("{ sleeping }"), &[]).await.assert_error(503, "TIMEOUT");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_408() {
    let headers = [("content-type", "application/json")];
    let told: Told = Server::new().send_nothing("/graphql", &headers).await;
    told.assert_error(408, "TIMEOUT");
}

#[tokio::test]
async fn a_panic_outside_graphql_is_a_coded_500() {
    let told = Server::new().post(&query(HELLO), &[("authorization", "Bearer inh_panic")]).await;
    told.assert_error(500, "INTERNAL_SERVER_ERROR");
}
