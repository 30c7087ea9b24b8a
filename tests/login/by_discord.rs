//! Who comes back from Discord: a new account, or the one with that Discord id, and never another.

use inhouse::auth::hash_token;
use inhouse::db::models::{NewUser, UserChanges};
use inhouse::service::user::UserDeactivate;
use inhouse::service::{Commands, Dice};
use inhouse::types::Viewer;
use serde_json::{Value, json};

use super::browser::Browser;
use super::discord::person;
use super::site::Site;
use crate::support::sql::Sql;

const NELLY: &str = "80351110224678912";

fn nelly() -> Value {
    let mut nelly = person(NELLY, "nelly");
    nelly["global_name"] = json!("Nelly");
    nelly["avatar"] = json!("8342729096ea3675442027381ff50dfe");
    nelly
}

#[tokio::test]
async fn a_first_login_makes_an_account_and_leads_back_to_where_it_began() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let url = site.depart(&mut browser, "/auth/discord/login?returnTo=/tournaments%3Fstate=past").await;
    let told = browser.get(&site.server, &site.discord.allow(&url, &nelly())).await;
    assert_eq!((told.status.as_u16(), told.header("location")), (303, "/tournaments?state=past"), "{told:?}");
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("nelly"));
    let user = site.by_discord_id(NELLY).await.unwrap();
    assert_eq!(user.discord_username.as_deref(), Some("nelly"));
    assert_eq!(user.discord_nickname.as_deref(), Some("Nelly"));
    assert_eq!(user.avatar.as_deref(), Some("8342729096ea3675442027381ff50dfe"));
    assert!(user.is_active && !user.is_staff && !user.is_superuser);
    assert_eq!((user.nickname, user.email.as_str()), (None, ""));
}

#[tokio::test]
async fn the_cookies_on_loopback_are_exactly_these_and_the_database_knows_hashes_only() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let told = browser.get(&site.server, "/auth/discord/login").await;
    let state = browser.cookies["login"].clone();
    assert_eq!(told.cookies(), [format!("login={state}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")]);
    let url = told.header("location").to_owned();
    assert!(url.contains(&format!("state={state}")));
    let told = browser.get(&site.server, &site.discord.allow(&url, &nelly())).await;
    let session = browser.cookies["session"].clone();
    assert_eq!(
        told.cookies(),
        [
            format!("session={session}; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"),
            "login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".to_owned(),
        ]
    );
    assert_eq!(browser.cookies.len(), 1, "the login is over");
    assert_eq!(session.len(), 43, "256 bits");
    let mut sql = Sql::connect(&site.test.url).await;
    let stored = sql.lines("SELECT token_hash AS line FROM sessions").await;
    assert_eq!(stored, [hash_token(&session)]);
    let dump = format!("{:?}", site.test.dump().await);
    assert!(!dump.contains(&session) && !dump.contains(&state));
}

#[tokio::test]
async fn on_https_each_cookie_is_bound_to_its_host() {
    let site = Site::open_with(|it| it.public_url = "https://inhouse.example.org".parse().ok()).await;
    let mut browser = Browser::default();
    site.log_in(&mut browser, &nelly()).await;
    let session = browser.cookies["__Host-session"].clone();
    let told = site.log_in(&mut browser, &nelly()).await;
    let again = browser.cookies["__Host-session"].clone();
    assert_ne!(session, again, "each login has a session of its own");
    assert_eq!(
        told.cookies(),
        [
            format!("__Host-session={again}; Path=/; Max-Age=1209600; Secure; HttpOnly; SameSite=Lax"),
            "__Host-login=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax".to_owned(),
        ]
    );
    // A cookie that another site of the domain could have set.
    let mut tossed = Browser::default();
    tossed.cookies.insert("session".to_owned(), again);
    assert_eq!(tossed.viewer(&site.server).await, None);
}

#[tokio::test]
async fn a_second_login_is_the_same_account_and_takes_over_what_changed_at_discord() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    site.log_in(&mut browser, &nelly()).await;
    let first = site.by_discord_id(NELLY).await.unwrap();
    site.log_in(&mut browser, &nelly()).await;
    assert_eq!(site.by_discord_id(NELLY).await.unwrap(), first, "nothing changed, so nothing is written");
    let mut changed = person(NELLY, "nelly_the_second");
    changed["global_name"] = json!("N2");
    site.log_in(&mut browser, &changed).await;
    let second = site.by_discord_id(NELLY).await.unwrap();
    assert_eq!(second.id, first.id);
    assert_eq!(second.username, "nelly_the_second");
    assert_eq!(second.discord_username.as_deref(), Some("nelly_the_second"));
    assert_eq!((second.discord_nickname.as_deref(), second.avatar), (Some("N2"), None));
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("nelly_the_second"), "at once");
}

#[tokio::test]
async fn whoever_is_renamed_keeps_the_old_username_while_somebody_has_the_new_one() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    site.log_in(&mut browser, &nelly()).await;
    let ann = site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let renamed = person(NELLY, "ann");
    site.log_in(&mut browser, &renamed).await;
    let user = site.by_discord_id(NELLY).await.unwrap();
    assert_eq!((user.username.as_str(), user.discord_username.as_deref()), ("nelly", Some("ann")));
    let free = UserChanges { username: Some("ann_before".to_owned()), ..UserChanges::default() };
    site.change(ann, free).await;
    site.log_in(&mut browser, &renamed).await;
    assert_eq!(site.by_discord_id(NELLY).await.unwrap().username, "ann");
}

#[tokio::test]
async fn a_new_account_whose_name_is_taken_gets_a_number() {
    let site = Site::open().await;
    for (id, expected) in [("1", "nelly"), ("2", "nelly-2"), ("3", "nelly-3")] {
        let mut browser = Browser::default();
        site.log_in(&mut browser, &person(id, "nelly")).await;
        assert_eq!(browser.viewer(&site.server).await.as_deref(), Some(expected));
    }
}

// DOMAIN §10.5 bug 60
#[tokio::test]
async fn an_account_is_recognised_by_its_discord_id_alone_and_never_by_a_name_or_an_address() {
    let site = Site::open().await;
    let others = NewUser {
        username: "nelly".to_owned(),
        email: "nelly@example.org".to_owned(),
        discord_username: Some("nelly".to_owned()),
        is_superuser: true,
        ..NewUser::default()
    };
    site.insert(others).await;
    let before = site.stored().await["users"].clone();
    let mut claimed = nelly();
    claimed["email"] = json!("nelly@example.org");
    claimed["verified"] = json!(true);
    let mut browser = Browser::default();
    site.log_in(&mut browser, &claimed).await;
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("nelly-2"));
    let user = site.by_discord_id(NELLY).await.unwrap();
    assert_eq!((user.is_superuser, user.email.as_str()), (false, ""));
    let after = site.stored().await["users"].clone();
    assert_eq!(after.len(), 2);
    assert!(before.iter().all(|it| after.contains(it)), "the other account is as it was");
}

#[tokio::test]
async fn an_account_that_was_imported_with_a_discord_id_is_its_persons() {
    let site = Site::open().await;
    let imported = NewUser {
        username: "nelly_of_old".to_owned(),
        email: "nelly@example.org".to_owned(),
        discord_id: Some(NELLY.to_owned()),
        ..NewUser::default()
    };
    let id = site.insert(imported).await;
    site.log_in(&mut Browser::default(), &nelly()).await;
    let user = site.by_discord_id(NELLY).await.unwrap();
    assert_eq!((user.id, user.username.as_str(), user.email.as_str()), (id, "nelly", "nelly@example.org"));
}

#[tokio::test]
async fn an_account_that_was_switched_off_is_refused_and_left_as_it_is() {
    let site = Site::open().await;
    let off = NewUser {
        username: "gone".to_owned(),
        discord_id: Some(NELLY.to_owned()),
        is_active: Some(false),
        ..NewUser::default()
    };
    site.insert(off).await;
    let before = site.stored().await;
    let mut browser = Browser::default();
    let told = site.log_in(&mut browser, &nelly()).await;
    told.assert_page(403, "This account was switched off");
    assert_eq!(site.stored().await, before);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn whoever_was_deactivated_is_logged_out_and_does_not_come_back_as_somebody_new() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    site.log_in(&mut browser, &nelly()).await;
    let id = site.by_discord_id(NELLY).await.unwrap().id;
    let staff = site.insert(NewUser { username: "staff".to_owned(), ..NewUser::default() }).await;
    let staff = Viewer { user_id: Some(staff), is_staff: true, ..Viewer::default() };
    let commands = Commands::new(site.test.db.clone(), Dice::fair());
    commands.run(&staff, None, UserDeactivate { user_id: id, expected_version: None }).await.unwrap();
    assert_eq!(browser.viewer(&site.server).await, None);
    let before = site.stored().await;
    let told = site.log_in(&mut Browser::default(), &nelly()).await;
    told.assert_page(403, "This account was switched off");
    assert_eq!(site.stored().await, before);
}

#[tokio::test]
async fn an_answer_is_good_at_any_server_of_the_site() {
    let (site, mut browser) = (Site::open().await, Browser::default());
    let url = site.depart(&mut browser, "/auth/discord/login").await;
    let other = site.another_server();
    let told = browser.get(&other, &site.discord.allow(&url, &nelly())).await;
    assert_eq!(told.status.as_u16(), 303, "{told:?}");
    assert_eq!(browser.viewer(&site.server).await.as_deref(), Some("nelly"));
}

#[tokio::test(flavor = "multi_thread")]
async fn first_logins_at_once_make_one_account_for_each_person() {
    let site = Site::open().await;
    let mut ways = Vec::new();
    for id in ["1", "1", "1", "2"] {
        let mut browser = Browser::default();
        let url = site.depart(&mut browser, "/auth/discord/login").await;
        ways.push((browser, site.discord.allow(&url, &person(id, "nelly")), site.another_server()));
    }
    let logins = ways.iter_mut().map(|(browser, back, server)| browser.get(server, back));
    for told in futures_util::future::join_all(logins).await {
        assert_eq!(told.status.as_u16(), 303, "{told:?}");
    }
    let mut sql = Sql::connect(&site.test.url).await;
    let users = sql.lines("SELECT username AS line FROM users ORDER BY username").await;
    assert_eq!(users, ["nelly", "nelly-2"]);
    assert_eq!(sql.count("sessions").await, 4);
}
