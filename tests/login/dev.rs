//! The page that logs in as anybody: who it lists, whom it answers, and that it is not there for others.

use inhouse::db::models::{NewUser, UserChanges};
use serde_json::json;

use super::browser::{Browser, OWN_PAGE};
use super::site::Site;
use crate::support::Community;

#[tokio::test]
async fn everybody_who_is_active_is_listed_with_what_they_may_do() {
    let site = Site::open().await;
    let community = Community::found(&site.test.db).await;
    let boss =
        NewUser { username: "<boss>".to_owned(), is_superuser: true, is_staff: true, ..NewUser::default() };
    site.insert(boss).await;
    let off = NewUser { username: "gone".to_owned(), is_active: Some(false), ..NewUser::default() };
    site.insert(off).await;
    let told = Browser::default().get(&site.server, "/auth/dev?returnTo=/tournaments%3Fa=b").await;
    told.assert_page(200, "Log in for development");
    for expected in [
        ">&lt;boss&gt;</button> superuser, site staff",
        ">ann</button> owner of DTX</li>",
        ">bob</button> staff of Winter League, captain with a pick to make</li>",
        ">dan</button> </li>",
    ] {
        assert!(told.text.contains(expected), "{expected}: {}", told.text);
    }
    assert!(!told.text.contains("gone"), "{}", told.text);
    let action = format!("/auth/dev?user={}&amp;returnTo=/tournaments%3Fa%3Db", community.ann.id);
    assert!(told.text.contains(&action), "{action}: {}", told.text);
}

#[tokio::test]
async fn an_empty_database_says_how_to_fill_it() {
    let site = Site::open().await;
    let told = Browser::default().get(&site.server, "/auth/dev").await;
    assert!(told.text.contains("inhouse seed"), "{}", told.text);
}

#[tokio::test]
async fn a_button_logs_in_and_leads_on() {
    let site = Site::open().await;
    let community = Community::found(&site.test.db).await;
    let mut browser = Browser::default();
    let path = format!("/auth/dev?user={}&returnTo=/tournaments%3Fa%3Db", community.bob.id);
    let told = browser.post(&site.server, &path, &[OWN_PAGE]).await;
    assert_eq!((told.status.as_u16(), told.header("location")), (303, "/tournaments?a=b"), "{told:?}");
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn nobody_is_logged_in_as_a_user_who_is_not_there_or_was_switched_off() {
    let site = Site::open().await;
    let ann = site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    site.change(ann, UserChanges { is_active: Some(false), ..UserChanges::default() }).await;
    let mut browser = Browser::default();
    for (user, status) in [(format!("{ann}"), 403), ("77".to_owned(), 404), ("ann".to_owned(), 404)] {
        let told = browser.post(&site.server, &format!("/auth/dev?user={user}"), &[OWN_PAGE]).await;
        assert_eq!(told.status.as_u16(), status, "{user}");
    }
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_page_of_another_site_logs_nobody_in() {
    let site = Site::open().await;
    let ann = site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let mut browser = Browser::default();
    let foreign: [&[(&str, &str)]; 4] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for headers in foreign {
        let told = browser.post(&site.server, &format!("/auth/dev?user={ann}"), headers).await;
        told.assert_page(403, "That came from another site");
    }
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn through_a_proxy_or_by_another_name_there_is_no_such_page() {
    let site = Site::open().await;
    let ann = site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let mut browser = Browser::default();
    for elsewhere in
        [("host", "evil.example:8000"), ("x-forwarded-for", "10.0.0.7"), ("forwarded", "for=10.0.0.7")]
    {
        let path = format!("/auth/dev?user={ann}");
        browser.post(&site.server, &path, &[OWN_PAGE, elsewhere]).await.assert_error(404, "BAD_USER_INPUT");
        let told = browser.send(&site.server, axum::http::Method::GET, "/auth/dev", &[elsewhere], "").await;
        told.assert_error(404, "BAD_USER_INPUT");
    }
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn where_it_is_switched_off_there_is_no_such_page() {
    let site = Site::open_with(|it| it.dev_login = false).await;
    let mut browser = Browser::default();
    browser.get(&site.server, "/auth/dev").await.assert_error(404, "BAD_USER_INPUT");
    browser.post(&site.server, "/auth/dev?user=1", &[OWN_PAGE]).await.assert_error(404, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_page_can_ask_which_ways_of_logging_in_there_are() {
    let both = Site::open().await;
    let told = Browser::default().get(&both.server, "/auth/options").await;
    assert_eq!(told.json(), json!({ "discord": true, "dev": true }));
    let none = Site::open_with(|it| (it.dev_login, it.discord.client_id) = (false, String::new())).await;
    let told = Browser::default().get(&none.server, "/auth/options").await;
    assert_eq!(told.json(), json!({ "discord": false, "dev": false }));
}
