//! What surrounds GraphQL: headers, compression, GraphiQL, health.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use serde_json::json;

use super::query;
use super::support::Server;

#[tokio::test]
async fn answers_are_compressed_on_request() {
    let body = query(&format!("{{ echo(text: \"{}\") }}", "a".repeat(1_000)));
    for encoding in ["br", "gzip"] {
        let told = Server::new().post(&body, &[("accept-encoding", encoding)]).await;
        assert_eq!(told.header("content-encoding"), encoding);
        assert!(told.body.len() < 200);
    }
}

#[tokio::test]
async fn an_insane_request_id_is_replaced() {
    let told = Server::new().post(&query("{ hello }"), &[("x-request-id", "a b")]).await;
    assert_eq!(told.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_browsers_safe() {
    for path in ["/graphql?query=%7Bhello%7D", "/nowhere", "/", "/livez"] {
        let told = Server::new().get(path, &[]).await;
        assert_eq!(told.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(told.header("x-frame-options"), "DENY", "{path}");
        assert!(told.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn an_extra_route_is_behind_the_same_layers_and_beside_the_others() {
    let server = Server::with_extra(Router::new().route("/extra", get(|| async { "more" })));
    let told = server.get("/extra", &[]).await;
    assert_eq!((told.status, told.text()), (StatusCode::OK, "more"));
    assert_eq!(told.header("x-request-id").len(), 16);
    assert_eq!(told.header("x-content-type-options"), "nosniff");
    assert_eq!(server.post(&query("{ hello }"), &[]).await.status, StatusCode::OK);
    server.get("/nowhere", &[]).await.assert_error(404, "BAD_USER_INPUT");
}

#[tokio::test]
async fn unknown_paths_are_a_coded_404() {
    for path in
        ["/nowhere", "/graphiql/nothing.js", "/graphiql/../Cargo.toml", "/graphiql/%2e%2e/%2e%2e/Cargo.toml"]
    {
        Server::new().get(path, &[]).await.assert_error(404, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn graphiql_is_served_with_a_policy_and_a_tag() {
    let server = Server::new();
    let page = server.get("/", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    let again = server.get("/", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    server.send(Method::POST, "/", &[], "").await.assert_error(405, "BAD_USER_INPUT");
}

#[tokio::test]
async fn the_watch_page_is_the_same_for_every_draft_and_runs_own_files_only() {
    let server = Server::new();
    let page = server.get("/watch/42", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"));
    for path in ["/watch/Draft:42", "/watch/Draft%3A42", "/watch/none%FF"] {
        let other = server.get(path, &[]).await;
        assert_eq!((other.status, other.text()), (StatusCode::OK, page.text()), "{path}");
    }
    // What the page names is there.
    let text = page.text();
    let named = text.split('"').filter(|it| it.starts_with("/watch/assets/"));
    let mut n_files = 0;
    for path in named {
        assert_eq!(server.get(path, &[]).await.status, StatusCode::OK, "{path}");
        n_files += 1;
    }
    assert_eq!(n_files, 3);
    let script = server.get("/watch/assets/watch.js", &[]).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    for path in ["/watch/", "/watch/assets/nothing.js", "/watch/42/43"] {
        server.get(path, &[]).await.assert_error(404, "BAD_USER_INPUT");
    }
    server.send(Method::POST, "/watch/42", &[], "").await.assert_error(405, "BAD_USER_INPUT");
}

#[tokio::test]
async fn health_tells_what_is_away_and_that_the_process_drains() {
    let told = Server::new().get("/livez", &[]).await;
    assert_eq!((told.status, told.json()), (StatusCode::OK, json!({ "status": "alive" })));
    let told = Server::new().get("/readyz", &[]).await;
    assert_eq!(told.json(), json!({ "status": "ready", "checks": [{ "name": "database", "ok": true }] }));
    let told = Server::without_database().get("/readyz", &[]).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(told.json(), json!({ "status": "unready", "checks": [{ "name": "database", "ok": false }] }));
    let told = Server::draining().get("/readyz", &[]).await;
    assert_eq!(
        (told.status, told.json()),
        (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "draining" }))
    );
    assert_eq!(Server::draining().get("/livez", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_version_is_told() {
    let told = Server::new().get("/version", &[]).await;
    assert_eq!(told.json()["version"], env!("CARGO_PKG_VERSION"));
}
