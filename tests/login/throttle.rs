//! Whoever tries too often waits, and nobody else does.

use super::browser::{Browser, OWN_PAGE};
use super::discord::person;
use super::site::Site;

async fn site() -> Site {
    Site::open_with(|it| it.tries_per_minute = 3).await
}

#[tokio::test]
async fn an_address_that_begins_too_many_logins_waits_and_others_do_not() {
    let site = site().await;
    let mut browser = Browser::at("10.0.0.1");
    for _ in 0..3 {
        assert_eq!(browser.get(&site.server, "/auth/discord/login").await.status.as_u16(), 303);
    }
    let told = browser.get(&site.server, "/auth/discord/login").await;
    told.assert_page(429, "Too many logins");
    let seconds: u64 = told.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    let told = Browser::at("10.0.0.2").get(&site.server, "/auth/discord/login").await;
    assert_eq!(told.status.as_u16(), 303);
}

#[tokio::test]
async fn answers_of_discord_and_logins_for_development_count_as_well() {
    let site = site().await;
    let mut browser = Browser::at("10.0.0.1");
    for _ in 0..3 {
        let told = browser.get(&site.server, "/auth/discord/callback?code=x&state=y").await;
        assert_eq!(told.status.as_u16(), 400);
    }
    let told = browser.get(&site.server, "/auth/discord/callback?code=x&state=y").await;
    told.assert_page(429, "Too many logins");
    browser.post(&site.server, "/auth/dev?user=1", &[OWN_PAGE]).await.assert_page(429, "Too many logins");
}

#[tokio::test]
async fn an_address_with_too_many_wrong_tokens_waits() {
    let site = site().await;
    let mut script = Browser::at("10.0.0.1");
    let mut ask = async |token: &str| {
        let headers = [("content-type", "application/json"), ("authorization", token)];
        let body = r#"{"query":"{ __typename }"}"#;
        script.send(&site.server, axum::http::Method::POST, "/graphql", &headers, body).await
    };
    for i in 0..3 {
        ask(&format!("Bearer inh_wrong{i}")).await.assert_error(401, "UNAUTHENTICATED");
    }
    let told = ask("Bearer inh_wrong").await;
    told.assert_error(429, "RATE_LIMITED");
    let seconds: u64 = told.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    assert_eq!(told.json()["errors"][0]["extensions"]["retryAfterMs"], seconds * 1_000);
    assert_eq!(Browser::at("10.0.0.1").viewer(&site.server).await, None, "without credentials one may ask");
}

#[tokio::test]
async fn whoever_is_logged_in_is_not_locked_out_by_a_neighbour_behind_the_same_address() {
    let site = site().await;
    let mut browser = Browser::at("10.0.0.1");
    site.log_in(&mut browser, &person("1", "ann")).await;
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
    let mut neighbour = Browser::at("10.0.0.1");
    for status in [200, 200, 200, 429] {
        neighbour.cookies.insert("session".to_owned(), "made-up".to_owned());
        let told = neighbour.ask(&site.server, "{ __typename }").await;
        assert_eq!(told.status.as_u16(), status, "{told:?}");
    }
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
}

#[tokio::test]
async fn zero_means_no_limit() {
    let site = Site::open_with(|it| it.tries_per_minute = 0).await;
    for _ in 0..100 {
        let told = Browser::default().get(&site.server, "/auth/discord/callback").await;
        assert_eq!(told.status.as_u16(), 400);
    }
}
