//! How long a session is good: so many days, to the second, wherever it was cached.

use inhouse::db::DbError;
use inhouse::db::models::{SessionChanges, SessionRow, UserChanges};
use inhouse::types::SessionId;

use super::browser::Browser;
use super::discord::person;
use super::site::Site;
use crate::support::sql::Sql;

const ANN: &str = "80351110224678912";

async fn logged_in(site: &Site) -> Browser {
    let mut browser = Browser::default();
    site.log_in(&mut browser, &person(ANN, "ann")).await;
    browser
}

#[tokio::test]
async fn a_session_is_good_for_fourteen_days() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    assert_eq!(browser.viewer(&site.at("2026-12-07T11:59:59Z")).await.as_deref(), Some("ann"));
    assert_eq!(browser.viewer(&site.at("2026-12-07T12:00:00Z")).await, None);
}

#[tokio::test]
async fn how_long_is_a_setting() {
    let site = Site::open_with(|it| it.session_days = 1).await;
    let mut browser = Browser::default();
    let told = site.log_in(&mut browser, &person(ANN, "ann")).await;
    assert!(told.cookies()[0].contains("Max-Age=86400;"), "{told:?}");
    assert_eq!(browser.viewer(&site.at("2026-11-24T12:00:00Z")).await, None);
}

#[tokio::test]
async fn a_session_that_is_revoked_in_the_database_is_nobodys_at_once() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
    let ids = Sql::connect(&site.test.url).await.lines("SELECT CAST(id AS text) AS line FROM sessions").await;
    let id = SessionId(ids[0].parse().unwrap());
    let written = site.test.db.write(async |uow| {
        let revoked = SessionChanges { revoked_at: Some(Some(uow.now())) };
        uow.update::<SessionRow>(id, revoked).await
    });
    written.await.map_err(|error: DbError| error).unwrap();
    assert_eq!(browser.viewer(&site.server).await, None);
}

#[tokio::test]
async fn an_account_that_is_switched_off_while_somebody_is_logged_in_is_nobodys_at_once() {
    let site = Site::open().await;
    let mut browser = logged_in(&site).await;
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("ann"));
    let id = site.by_discord_id(ANN).await.unwrap().id;
    site.change(id, UserChanges { is_active: Some(false), ..UserChanges::default() }).await;
    assert_eq!(browser.viewer(&site.server).await, None);
}
