//! A site of one test: its database, a Discord, and as many servers on them as the test wants, at whatever time.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use inhouse::auth::{AuthSettings, DiscordLogin, Secret, StoredCredentials};
use inhouse::db::models::{NewUser, UserChanges, UserRow};
use inhouse::db::{Db, DbError, DbSettings};
use inhouse::discord::DiscordSettings;
use inhouse::graphql::DocumentLimits;
use inhouse::http::{AuthState, Check, HttpSettings, HttpState, Readiness, Streams, auth_router, router};
use inhouse::live::{Live, LiveSettings};
use inhouse::loader::ReadPath;
use inhouse::service::login::LoginService;
use inhouse::service::{Commands, Dice};
use inhouse::types::{FixedClock, UserId};
use serde_json::Value;

use super::browser::{Browser, Told};
use super::discord::{CLIENT_ID, CLIENT_SECRET, Discord};
use crate::support::{Dump, TestDb};

/// A site.
pub(crate) struct Site {
    pub(crate) test: TestDb,
    pub(crate) discord: Discord,
    pub(crate) settings: AuthSettings,
    /// One of its servers, at noon.
    pub(crate) server: Router,
}

struct AlwaysReady;

impl Readiness for AlwaysReady {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn is_draining(&self) -> bool {
        false
    }
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// A site whose settings are changed by `change`.
    pub(crate) async fn open_with(change: impl FnOnce(&mut AuthSettings)) -> Self {
        let (test, discord) = (TestDb::start().await, Discord::start().await);
        let mut settings = AuthSettings {
            discord: DiscordSettings {
                base_url: discord.url.parse().unwrap(),
                client_id: CLIENT_ID.to_owned(),
                client_secret: Secret::new(CLIENT_SECRET),
                timeout: Duration::from_secs(60),
                ..DiscordSettings::default()
            },
            public_url: Some("http://127.0.0.1:8000".parse().unwrap()),
            ..AuthSettings::default()
        };
        change(&mut settings);
        let server = server(&test, test.db.clone(), &settings);
        Self { test, discord, settings, server }
    }

    /// Another server of the site.
    pub(crate) fn another_server(&self) -> Router {
        server(&self.test, self.test.reopen(), &self.settings)
    }

    /// A server of the site when it is later.
    pub(crate) fn at(&self, now: &str) -> Router {
        let settings = DbSettings { url: self.test.url.clone(), pool_size: 2 };
        let clock = FixedClock(now.parse().unwrap()).into();
        server(&self.test, Db::open(&settings, clock, self.test.shared().0).unwrap(), &self.settings)
    }

    /// Goes to Discord; the URL a browser was sent to.
    pub(crate) async fn depart(&self, browser: &mut Browser, path: &str) -> String {
        let told = browser.get(&self.server, path).await;
        assert_eq!(told.status.as_u16(), 303, "{told:?}");
        told.header("location").to_owned()
    }

    /// Logs in as this person of Discord; what the browser was told at the end.
    pub(crate) async fn log_in(&self, browser: &mut Browser, person: &Value) -> Told {
        let url = self.depart(browser, "/auth/discord/login").await;
        let back = self.discord.allow(&url, person);
        browser.get(&self.server, &back).await
    }

    pub(crate) async fn insert(&self, user: NewUser) -> UserId {
        let written = self.test.db.write(async |uow| uow.insert::<UserRow>(user).await).await;
        written.map_err(|error: DbError| error).unwrap().0.id
    }

    pub(crate) async fn change(&self, id: UserId, changes: UserChanges) {
        let written = self.test.db.write(async |uow| uow.update::<UserRow>(id, changes).await).await;
        written.map_err(|error: DbError| error).unwrap();
    }

    /// The user with this Discord id.
    pub(crate) async fn by_discord_id(&self, id: &str) -> Option<UserRow> {
        self.test.db.read(async |conn| UserRow::find_by_discord_id(conn, id).await).await.unwrap()
    }

    /// Everything stored, but for logins under way and what the cache is told.
    pub(crate) async fn stored(&self) -> Dump {
        let mut dump = self.test.dump().await;
        dump.retain(|table, _| !matches!(table.as_str(), "login_attempts" | "change_outbox"));
        dump
    }
}

fn server(test: &TestDb, db: Db, settings: &AuthSettings) -> Router {
    let site = settings.public_url.clone();
    let discord = settings
        .discord
        .is_complete()
        .then(|| DiscordLogin::new(&settings.discord, site.as_ref().unwrap()).unwrap());
    let cache = test.read_path().cache().clone();
    let read_path = ReadPath::new(db.clone(), cache.clone());
    let commands = Commands::new(db.clone(), Dice::fair());
    let limits = DocumentLimits::default();
    let live = Live::new(db.clone(), cache.clone(), LiveSettings::default());
    let http = HttpSettings {
        cookies: settings.cookies(),
        tries_per_minute: settings.tries_per_minute,
        site: site.clone(),
        ..HttpSettings::default()
    };
    let state = HttpState {
        graphql: inhouse::graphql::service(read_path, live, commands, db.clock().clone(), limits),
        authenticator: Arc::new(StoredCredentials::new(db.clone(), cache)),
        readiness: Arc::new(AlwaysReady),
        streams: Streams::new(http.sockets.clone()),
    };
    let login = auth_router(AuthState {
        logins: LoginService::new(db),
        discord,
        site,
        settings: settings.clone(),
        dev_login: settings.dev_login,
    });
    router(state, http, login)
}
