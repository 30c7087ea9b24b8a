//! Logging out: in the database and at once, and only when a page of this site asks for it.

use axum::http::Method;

use super::browser::{Browser, OWN_PAGE, OWN_SCRIPT};
use super::discord::person;
use super::site::Site;

async fn logged_in(site: &Site) -> Browser {
    let mut browser = Browser::default();
    site.log_in(&mut browser, &person("80351110224678912", "ann")).await;
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
    browser
}

#[tokio::test]
async fn a_session_that_is_left_is_nobodys_at_once_on_every_server() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    let other = site.another_server();
    let mut thief = browser.clone();
    assert_eq!(thief.viewer(&other).await.as_deref(), Some("ann"));
    let told = browser.post(&site.server, "/auth/logout", &[OWN_PAGE, OWN_SCRIPT]).await;
    assert_eq!(told.status.as_u16(), 204);
    assert_eq!(told.cookies(), ["session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
    assert!(browser.cookies.is_empty());
    assert_eq!(thief.clone().viewer(&site.server).await, None);
    assert_eq!(thief.viewer(&other).await, None);
}

#[tokio::test]
async fn other_sessions_of_the_same_user_go_on() {
    let site = Site::open().await;
    let (mut one, mut other) = (logged_in(&site).await, logged_in(&site).await);
    one.post(&site.server, "/auth/logout", &[OWN_PAGE, OWN_SCRIPT]).await;
    assert_eq!(one.viewer(&site.server).await, None);
    assert_eq!(other.viewer(&site.server).await.as_deref(), Some("ann"));
}

// DOMAIN §10.5 bug 61
#[tokio::test]
async fn a_link_an_image_or_a_page_of_another_site_logs_nobody_out() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    let told = browser.get(&site.server, "/auth/logout").await;
    told.assert_error(405, "BAD_USER_INPUT");
    assert_eq!(told.header("allow"), "POST");
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[OWN_PAGE],
        &[OWN_SCRIPT],
        &[("sec-fetch-site", "cross-site"), OWN_SCRIPT],
        &[("sec-fetch-site", "same-site"), OWN_SCRIPT],
        &[("origin", "https://evil.example"), OWN_SCRIPT],
    ];
    for headers in foreign {
        browser.post(&site.server, "/auth/logout", headers).await.assert_error(403, "FORBIDDEN");
    }
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
}

#[tokio::test]
async fn an_older_browser_logs_out_by_its_origin() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    let origin = ("origin", "http://127.0.0.1:8000");
    assert_eq!(browser.post(&site.server, "/auth/logout", &[origin, OWN_SCRIPT]).await.status.as_u16(), 204);
    assert_eq!(browser.viewer(&site.server).await, None);
}

#[tokio::test]
async fn whoever_is_not_logged_in_can_log_out() {
    let site = Site::open().await;
    for cookie in [None, Some("unknown")] {
        let mut browser = Browser::default();
        browser.cookies.extend(cookie.map(|it| ("session".to_owned(), it.to_owned())));
        let told = browser.post(&site.server, "/auth/logout", &[OWN_PAGE, OWN_SCRIPT]).await;
        assert_eq!(told.status.as_u16(), 204);
    }
}

#[tokio::test]
async fn a_session_that_is_nobodys_is_forgotten_by_the_browser() {
    let site = Site::open().await;
    let mut browser = Browser::default();
    for method in [Method::POST, Method::GET] {
        browser.cookies.insert("session".to_owned(), "unknown".to_owned());
        let told = match method {
            Method::POST => browser.ask(&site.server, "{ __typename }").await,
            _ => {
                browser.send(&site.server, method, "/graphql?query=%7B__typename%7D", &[OWN_SCRIPT], "").await
            }
        };
        assert_eq!(told.status.as_u16(), 200, "{told:?}");
        assert_eq!(told.cookies(), ["session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
        assert!(browser.cookies.is_empty());
    }
}
