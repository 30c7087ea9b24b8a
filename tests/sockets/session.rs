//! Whose a socket is, and until when: it ends with the session or token it was opened with.

use std::net::SocketAddr;

use inhouse::auth::{Secret, hash_token};
use inhouse::db::models::{NewUser, UserChanges};
use inhouse::service::api_token::{ApiTokenService, ApiTokenToMake};
use inhouse::types::{TokenScope, UserId};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use super::client::{Client, serve};
use crate::login::browser::{Browser, OWN_PAGE, OWN_SCRIPT};
use crate::login::site::Site;

const VIEWER: &str = "{ viewer { user { username } } }";

/// Changes nothing even if it runs: whoever is not a superuser is refused.
const MUTATION: &str = "mutation { cacheInvalidate(input: { target: { model: \"user\" } }) { invalidated } }";

fn named(name: &str) -> Value {
    json!({ "data": { "viewer": { "user": { "username": name } } } })
}

/// A site with Ann, who is logged in.
async fn site_of_ann() -> (Site, UserId, Browser, SocketAddr) {
    let site = Site::open().await;
    let ann = site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let mut browser = Browser::default();
    browser.post(&site.server, &format!("/auth/dev?user={ann}"), &[OWN_PAGE]).await;
    let address = serve(site.server.clone()).await;
    (site, ann, browser, address)
}

fn cookie(browser: &Browser) -> String {
    format!("session={}", browser.cookies["session"])
}

/// A token of Ann's that may only read, and what revokes it.
async fn token(site: &Site) -> (ApiTokenService, Secret, inhouse::types::ApiTokenId) {
    let (tokens, secret) = (ApiTokenService::new(site.test.db.clone()), Secret::random("inh_").unwrap());
    let wanted = ApiTokenToMake {
        user: "ann".to_owned(),
        name: "stats page".to_owned(),
        token_hash: hash_token(secret.expose()),
        scopes: [TokenScope::Read].into(),
        lifetime: None,
    };
    let made = tokens.create(wanted).await.unwrap();
    (tokens, secret, made.id)
}

#[tokio::test]
async fn a_socket_is_of_whoever_is_logged_in_and_ends_when_they_log_out() {
    let (site, _, mut browser, address) = site_of_ann().await;
    let origin = format!("http://{address}");
    let headers = [("cookie", cookie(&browser)), ("origin", origin)];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut client = Client::ready(address, &headers, json!({})).await;
    assert_eq!(client.answer(VIEWER).await, named("ann"));
    browser.post(&site.server, "/auth/logout", &[OWN_PAGE, OWN_SCRIPT]).await;
    // Nothing is asked: the server looks by itself.
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn a_mutation_of_a_session_that_was_left_does_not_run() {
    let (site, _, mut browser, address) = site_of_ann().await;
    let mut client = Client::ready(address, &[("cookie", &cookie(&browser))], json!({})).await;
    browser.post(&site.server, "/auth/logout", &[OWN_PAGE, OWN_SCRIPT]).await;
    client.ask(MUTATION).await;
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn a_socket_of_a_token_has_its_rights_and_ends_when_it_is_revoked() {
    let (site, _, _, address) = site_of_ann().await;
    let (tokens, secret, id) = token(&site).await;
    let payload = json!({ "authorization": format!("Bearer {}", secret.expose()) });
    let mut client = Client::ready(address, &[], payload.clone()).await;
    assert_eq!(client.answer(VIEWER).await, named("ann"));
    client.ask(MUTATION).await;
    let refused = client.hear().await;
    assert_eq!(
        (&refused["type"], &refused["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("FORBIDDEN"))
    );
    tokens.revoke(id).await.unwrap();
    client.ask(VIEWER).await;
    assert_eq!(client.closed().await, 4403);
    let mut client = Client::open(address, &[]).await.unwrap();
    client.say(&json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn whose_rights_change_has_to_connect_again_and_has_them_then() {
    let (site, ann, browser, address) = site_of_ann().await;
    let (cookie, query) = (cookie(&browser), "{ viewer { isStaff } }");
    let mut client = Client::ready(address, &[("cookie", &cookie)], json!({})).await;
    assert_eq!(client.answer(query).await["data"]["viewer"]["isStaff"], false);
    site.change(ann, UserChanges { is_staff: Some(true), ..UserChanges::default() }).await;
    client.ask(query).await;
    assert_eq!(client.closed().await, 1012);
    let mut client = Client::ready(address, &[("cookie", &cookie)], json!({})).await;
    assert_eq!(client.answer(query).await["data"]["viewer"]["isStaff"], true);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_open_a_socket_with_the_cookie_of_its_visitor() {
    let (_site, _, browser, address) = site_of_ann().await;
    let cookie = cookie(&browser);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        match Client::open(address, &[("cookie", &cookie), ("origin", origin)]).await.map_err(|it| *it) {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403, "{origin}"),
            other => panic!("{origin}: {:?}", other.err()),
        }
    }
}

#[tokio::test]
async fn whoever_is_not_logged_in_may_watch_and_is_nobody() {
    let (_site, _, _, address) = site_of_ann().await;
    let mut client = Client::ready(address, &[], Value::Null).await;
    assert_eq!(client.answer(VIEWER).await["data"]["viewer"]["user"], Value::Null);
}
