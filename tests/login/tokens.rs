//! API tokens: what each scope is good for, and how they are made, listed and revoked.

use std::collections::BTreeSet;

use axum::http::Method;
use inhouse::auth::{Secret, hash_token};
use inhouse::db::models::NewUser;
use inhouse::service::api_token::{ApiToken, ApiTokenError, ApiTokenService, ApiTokenToMake};
use inhouse::types::{ApiTokenId, TokenScope};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::browser::{Browser, Told};
use super::site::Site;

use TokenScope::{Read, Staff, Write};

const INVALIDATE: &str =
    "mutation { cacheInvalidate(input: { target: { model: \"user\" } }) { invalidated } }";

fn wanted(user: &str, secret: &Secret, scopes: &[TokenScope]) -> ApiTokenToMake {
    ApiTokenToMake {
        user: user.to_owned(),
        name: "stats page".to_owned(),
        token_hash: hash_token(secret.expose()),
        scopes: scopes.iter().copied().collect(),
        lifetime: None,
    }
}

async fn site_of_boss() -> (Site, ApiTokenService) {
    let site = Site::open().await;
    let boss =
        NewUser { username: "boss".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    site.insert(boss).await;
    let tokens = ApiTokenService::new(site.test.db.clone());
    (site, tokens)
}

async fn make(tokens: &ApiTokenService, scopes: &[TokenScope]) -> (Secret, ApiToken) {
    let secret = Secret::random("inh_").unwrap();
    let made = tokens.create(wanted("boss", &secret, scopes)).await.unwrap();
    (secret, made)
}

async fn ask(site: &Site, secret: &Secret, query: &str) -> Told {
    let authorization = format!("Bearer {}", secret.expose());
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/graphql-response+json"),
        ("authorization", authorization.as_str()),
    ];
    let body = json!({ "query": query }).to_string();
    Browser::default().send(&site.server, Method::POST, "/graphql", &headers, &body).await
}

async fn viewer(site: &Site, secret: &Secret) -> Value {
    let told = ask(site, secret, "{ viewer { user { username } isStaff isSuperuser } }").await;
    told.json()["data"]["viewer"].clone()
}

#[tokio::test]
async fn a_token_to_read_looks_as_its_user_without_rank_and_changes_nothing() {
    let (site, tokens) = site_of_boss().await;
    let (secret, _) = make(&tokens, &[]).await;
    let expected = json!({ "user": { "username": "boss" }, "isStaff": false, "isSuperuser": false });
    assert_eq!(viewer(&site, &secret).await, expected);
    let told = ask(&site, &secret, INVALIDATE).await;
    told.assert_error(403, "FORBIDDEN");
    assert!(told.text.contains("may only read"), "{}", told.text);
}

#[tokio::test]
async fn a_token_to_write_changes_what_its_user_could_without_rank() {
    let (site, tokens) = site_of_boss().await;
    let (secret, made) = make(&tokens, &[Write]).await;
    assert_eq!(made.scopes, BTreeSet::from([Read, Write]), "to read always is");
    let told = ask(&site, &secret, INVALIDATE).await;
    told.assert_error(200, "FORBIDDEN");
    assert!(
        !told.text.contains("may only read"),
        "the rank is missing, not the right to write: {}",
        told.text
    );
}

#[tokio::test]
async fn a_token_of_the_staff_has_the_rank_of_its_user() {
    let (site, tokens) = site_of_boss().await;
    let (secret, _) = make(&tokens, &[Write, Staff]).await;
    assert_eq!(viewer(&site, &secret).await["isSuperuser"], true);
    let told = ask(&site, &secret, INVALIDATE).await;
    assert_eq!(told.json(), json!({ "data": { "cacheInvalidate": { "invalidated": "model user" } } }));
    let (only_look, _) = make(&tokens, &[Staff]).await;
    assert_eq!(viewer(&site, &only_look).await["isStaff"], true);
    ask(&site, &only_look, INVALIDATE).await.assert_error(403, "FORBIDDEN");
}

#[tokio::test]
async fn two_tokens_of_one_user_never_share_an_answer_that_depends_on_rank() {
    let (site, tokens) = site_of_boss().await;
    let ((low, _), (high, _)) = (make(&tokens, &[]).await, make(&tokens, &[Staff]).await);
    for _ in 0..2 {
        assert_eq!(viewer(&site, &high).await["isSuperuser"], true);
        assert_eq!(viewer(&site, &low).await["isSuperuser"], false);
    }
}

#[tokio::test]
async fn a_token_is_revoked_at_once_and_once() {
    let (site, tokens) = site_of_boss().await;
    let (secret, made) = make(&tokens, &[]).await;
    assert_eq!(viewer(&site, &secret).await["user"]["username"], "boss");
    assert!(tokens.revoke(made.id).await.unwrap());
    ask(&site, &secret, "{ __typename }").await.assert_error(401, "UNAUTHENTICATED");
    assert!(!tokens.revoke(made.id).await.unwrap(), "it was before");
    let unknown = tokens.revoke(ApiTokenId(77)).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no token 77: `inhouse token list` lists them all");
}

#[tokio::test]
async fn a_user_is_named_by_key_or_by_name_and_must_be_active() {
    let (site, tokens) = site_of_boss().await;
    let ann = site.insert(NewUser { username: "4711".to_owned(), ..NewUser::default() }).await;
    let off = NewUser { username: "gone".to_owned(), is_active: Some(false), ..NewUser::default() };
    site.insert(off).await;
    for text in [ann.to_string().as_str(), "4711"] {
        let secret = Secret::random("inh_").unwrap();
        assert_eq!(tokens.create(wanted(text, &secret, &[])).await.unwrap().user_id, ann, "{text}");
    }
    let secret = Secret::random("inh_").unwrap();
    let unknown = tokens.create(wanted("nobody", &secret, &[])).await.unwrap_err();
    assert!(matches!(unknown, ApiTokenError::UnknownUser(_)), "{unknown}");
    let gone = tokens.create(wanted("gone", &secret, &[])).await.unwrap_err();
    assert!(matches!(gone, ApiTokenError::Deactivated(_)), "{gone}");
    let nameless = ApiTokenToMake { name: " ".to_owned(), ..wanted("boss", &secret, &[]) };
    assert!(matches!(tokens.create(nameless).await, Err(ApiTokenError::Nameless)));
}

#[tokio::test]
async fn a_list_tells_all_of_every_token_but_the_token() {
    let (site, tokens) = site_of_boss().await;
    site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let (secret, boss) = make(&tokens, &[Write]).await;
    let other = Secret::random("inh_").unwrap();
    let lifetime = Some(SignedDuration::from_hours(24));
    let ann = ApiTokenToMake { lifetime, ..wanted("ann", &other, &[]) };
    let ann = tokens.create(ann).await.unwrap();
    assert_eq!(ann.expires_at.unwrap().to_string(), "2026-11-24T12:00:00.000000Z");
    assert_eq!(tokens.list(None).await.unwrap(), [boss.clone(), ann.clone()]);
    assert_eq!(tokens.list(Some("ann")).await.unwrap(), [ann]);
    tokens.revoke(boss.id).await.unwrap();
    let listed = tokens.list(Some("boss")).await.unwrap();
    assert!(listed[0].revoked_at.is_some() && !listed[0].is_valid);
    assert!(matches!(tokens.list(Some("nobody")).await, Err(ApiTokenError::UnknownUser(_))));
    let dump = format!("{:?}", site.test.dump().await);
    assert!(!dump.contains(secret.expose()) && !dump.contains(other.expose()));
}
