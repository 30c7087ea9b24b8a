//! Logins that come to nothing: whatever goes wrong, nobody is logged in, nothing is written, and a page says what to do.

use std::time::Duration;

use inhouse::auth::Secret;
use rstest::rstest;

use super::browser::Browser;
use super::discord::{Question, Trouble, person};
use super::site::Site;
use crate::support::sql::Sql;

fn ann() -> serde_json::Value {
    person("80351110224678912", "ann")
}

#[tokio::test]
async fn an_answer_that_comes_again_is_refused() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let url = site.depart(&mut browser, "/auth/discord/login").await;
    let cookies = browser.cookies.clone();
    let back = site.discord.allow(&url, &ann());
    assert_eq!(browser.get(&site.server, &back).await.status.as_u16(), 303);
    let before = site.stored().await;
    let mut replayed = Browser { cookies, ..Browser::default() };
    for server in [&site.server, &site.another_server()] {
        replayed.get(server, &back).await.assert_page(400, "This login is over");
    }
    assert_eq!(site.stored().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_same_answers_at_once_one_counts() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let url = site.depart(&mut browser, "/auth/discord/login").await;
    let (back, other) = (site.discord.allow(&url, &ann()), site.another_server());
    let mut twin = browser.clone();
    let (one, two) = tokio::join!(browser.get(&site.server, &back), twin.get(&other, &back));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400], "{one:?} {two:?}");
}

#[tokio::test]
async fn an_answer_for_another_browser_is_refused_and_still_good_for_that_one() {
    let site = Site::open().await;
    let (mut mallory, mut victim) = (Browser::default(), Browser::default());
    let url = site.depart(&mut mallory, "/auth/discord/login").await;
    let back = site.discord.allow(&url, &ann());
    victim.get(&site.server, &back).await.assert_page(400, "This login is over");
    // One that has begun a login of its own is no better off.
    site.depart(&mut victim, "/auth/discord/login").await;
    victim.get(&site.server, &back).await.assert_page(400, "This login is over");
    assert_eq!(victim.viewer(&site.server).await, None);
    assert_eq!(mallory.get(&site.server, &back).await.status.as_u16(), 303);
}

#[tokio::test]
async fn an_answer_without_a_state_or_with_one_that_nobody_gave_out_is_refused() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    for path in ["", "?code=x", "?code=x&state=", "?state=unknown&code=x", "?%ff=%"] {
        browser.cookies.insert("login".to_owned(), "unknown".to_owned());
        let told = browser.get(&site.server, &format!("/auth/discord/callback{path}")).await;
        told.assert_page(400, "This login is over");
    }
}

#[tokio::test]
async fn an_answer_after_ten_minutes_is_refused() {
    for (now, status) in [("2026-11-23T12:09:59Z", 303), ("2026-11-23T12:10:00Z", 400)] {
        let (site, mut browser) = (Site::open().await, Browser::default());
        let url = site.depart(&mut browser, "/auth/discord/login").await;
        let back = site.discord.allow(&url, &ann());
        assert_eq!(browser.get(&site.at(now), &back).await.status.as_u16(), status, "{now}");
    }
}

#[tokio::test]
async fn logins_that_nobody_finished_are_cleared_away_by_later_ones() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    for _ in 0..3 {
        site.depart(&mut browser, "/auth/discord/login").await;
    }
    let mut sql = Sql::connect(&site.test.url).await;
    assert_eq!(sql.count("login_attempts").await, 3);
    browser.get(&site.at("2026-11-23T12:10:00Z"), "/auth/discord/login").await;
    assert_eq!(sql.count("login_attempts").await, 1);
}

#[tokio::test]
async fn whoever_does_not_allow_it_is_not_logged_in() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let before = site.stored().await;
    let url = site.depart(&mut browser, "/auth/discord/login").await;
    let back = site.discord.decline(&url);
    let told = browser.get(&site.server, &back).await;
    told.assert_page(403, "You are not logged in");
    assert!(!told.text.contains("<b>no</b>"), "nothing of the URL is shown");
    assert!(told.text.contains("href=\"http://127.0.0.1:8000/auth/discord/login\""), "{}", told.text);
    assert!(browser.cookies.is_empty());
    assert_eq!(site.stored().await, before);
}

#[rstest]
#[case::a_broken_token(Question::Token, Trouble::Broken, 502, "Discord does not answer")]
#[case::a_busy_token(Question::Token, Trouble::Busy, 503, "Discord is busy")]
#[case::a_garbled_token(Question::Token, Trouble::Garbage, 502, "Discord did not confirm your login")]
#[case::an_endless_token(Question::Token, Trouble::Endless, 502, "Discord did not confirm your login")]
#[case::no_token_in_time(Question::Token, Trouble::Silent, 502, "Discord does not answer")]
#[case::a_refused_token(Question::Token, Trouble::Refusing, 502, "Discord did not confirm your login")]
#[case::a_broken_user(Question::Me, Trouble::Broken, 502, "Discord does not answer")]
#[case::a_busy_user(Question::Me, Trouble::Busy, 503, "Discord is busy")]
#[case::a_garbled_user(Question::Me, Trouble::Garbage, 502, "Discord did not confirm your login")]
#[case::an_endless_user(Question::Me, Trouble::Endless, 502, "Discord did not confirm your login")]
#[case::no_user_in_time(Question::Me, Trouble::Silent, 502, "Discord does not answer")]
#[case::a_refused_user(Question::Me, Trouble::Refusing, 502, "Discord did not confirm your login")]
#[case::nobody(Question::Me, Trouble::Nobody, 502, "Discord did not confirm your login")]
#[tokio::test]
async fn a_discord_in_trouble_logs_nobody_in_and_a_page_says_so(
    #[case] question: Question,
    #[case] trouble: Trouble,
    #[case] status: u16,
    #[case] title: &str,
) {
    let site = Site::open_with(|it| {
        if trouble == Trouble::Silent {
            it.discord.timeout = Duration::from_millis(50);
        }
    })
    .await;
    let (before, mut browser) = (site.stored().await, Browser::default());
    site.discord.misbehave(question, trouble);
    let told = site.log_in(&mut browser, &ann()).await;
    told.assert_page(status, title);
    assert_eq!(told.header("retry-after"), if trouble == Trouble::Busy { "7" } else { "" });
    assert!(told.text.contains("nothing was changed") && told.text.contains("Log in again"), "{}", told.text);
    for secret in ["invalid_grant", "a secret cause", "oops", "not-a-snowflake"] {
        assert!(!told.text.contains(secret), "{}", told.text);
    }
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert_eq!(site.stored().await, before);
}

#[tokio::test]
async fn once_discord_is_well_again_so_is_the_login() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    site.discord.misbehave(Question::Token, Trouble::Broken);
    assert_eq!(site.log_in(&mut browser, &ann()).await.status.as_u16(), 502);
    site.discord.recover();
    assert_eq!(site.log_in(&mut browser, &ann()).await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_discord_that_is_not_there_is_told_as_such() {
    let site = Site::open_with(|it| it.discord.base_url = "http://127.0.0.1:1".parse().unwrap()).await;
    let mut browser = Browser::default();
    let told = browser.get(&site.server, "/auth/discord/login").await;
    assert_eq!(told.status.as_u16(), 303);
    let state = browser.cookies["login"].clone();
    let told = browser.get(&site.server, &format!("/auth/discord/callback?code=x&state={state}")).await;
    told.assert_page(502, "Discord does not answer");
}

#[tokio::test]
async fn a_wrong_secret_of_the_application_is_for_the_operator_and_named_by_a_number_only() {
    let site = Site::open_with(|it| it.discord.client_secret = Secret::new("wrong")).await;
    let told = site.log_in(&mut Browser::default(), &ann()).await;
    told.assert_page(502, "Discord did not confirm your login");
    assert!(told.text.contains(told.header("x-request-id")), "{}", told.text);
    assert!(!told.text.contains("invalid_client"), "{}", told.text);
}

#[tokio::test]
async fn where_nobody_set_it_up_the_page_names_the_settings() {
    let site = Site::open_with(|it| it.discord.client_id = String::new()).await;
    for path in ["/auth/discord/login", "/auth/discord/callback?code=x&state=y"] {
        let told = Browser::default().get(&site.server, path).await;
        told.assert_page(404, "No login by Discord here");
        for setting in ["discord.client_id", "discord.client_secret", "public_url"] {
            assert!(told.text.contains(setting), "{setting}");
        }
    }
}

#[tokio::test]
async fn no_login_leads_to_another_site() {
    let site = Site::open().await;
    for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", ""] {
        let mut browser = Browser::default();
        let path = format!("/auth/discord/login?returnTo={elsewhere}");
        browser.get(&site.server, &path).await.assert_page(400, "That page is not on this site");
        assert!(browser.cookies.is_empty());
        let path = format!("/auth/dev?user=1&returnTo={elsewhere}");
        let told = browser.post(&site.server, &path, &[super::browser::OWN_PAGE]).await;
        told.assert_page(400, "That page is not on this site");
    }
    assert_eq!(Sql::connect(&site.test.url).await.count("login_attempts").await, 0);
}
