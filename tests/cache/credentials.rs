//! Sessions and API tokens through the cache: known without a statement, and gone as soon as they are.
//!
//! Who a secret stands for is tested elsewhere.

use inhouse::auth::{
    AuthError, Authenticator as _, Caller, Credentials, Secret, StoredCredentials, hash_token,
};
use inhouse::cache::{Cache, CacheSettings};
use inhouse::db::models::{
    ApiTokenChanges, ApiTokenRow, NewApiToken, NewSession, SessionChanges, SessionRow, UserChanges, UserRow,
};
use inhouse::db::{Db, DbError, DbResult, DbSettings, UnitOfWork};
use inhouse::types::{FixedClock, Instant, UserId};
use serde_json::json;

use crate::support::{TestDb, user};

const SESSION: &str = "a-random-session";
const TOKEN: &str = "inh_a-random-token";
const NOON: &str = "2026-11-23T12:00:00Z";
const EVENING: &str = "2026-11-23T18:00:00Z";

fn at(text: &str) -> Instant {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

/// A process that knows ann by a session and a token, both from the cache.
struct Door {
    test: TestDb,
    /// What it reads the database by.
    db: Db,
    store: StoredCredentials,
    cache: Cache,
    ann: UserId,
    session: SessionRow,
    token: ApiTokenRow,
}

impl Door {
    async fn open() -> Self {
        let test = TestDb::start().await;
        let written: Result<_, DbError> = test.db.write(async |uow| register(uow).await).await;
        let (ann, session, token) = written.unwrap().0;
        let (db, cache) = (test.reopen(), test.cache(CacheSettings::default()));
        let store = StoredCredentials::new(db.clone(), cache.clone());
        let door = Self { test, db, store, cache, ann, session, token };
        for credentials in [session_cookie(), bearer()] {
            door.enter(credentials.clone()).await.unwrap();
            let before = door.db.n_statements();
            let caller = door.enter(credentials).await.unwrap();
            assert_eq!(caller.viewer.user_id, Some(ann));
            assert_eq!(door.db.n_statements(), before, "it is known");
            assert!(caller.as_of.is_some(), "the operation needs no check of its own");
        }
        door
    }

    /// The same process, with the same cache, when it is later.
    fn later(self, now: &str) -> Self {
        let settings = DbSettings { url: self.test.url.clone(), pool_size: 2 };
        let db = Db::open(&settings, FixedClock(now.parse().unwrap()).into(), self.test.shared().0).unwrap();
        let store = StoredCredentials::new(db.clone(), self.cache.clone());
        Self { db, store, ..self }
    }

    async fn enter(&self, credentials: Credentials) -> Result<Caller, AuthError> {
        self.store.authenticate(credentials).await
    }

    async fn write(&self, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<()>) {
        let written: Result<_, DbError> = self.test.db.write(work).await;
        written.unwrap();
    }

    /// Whether the session and the token are still ann's.
    async fn knows(&self) -> (bool, bool) {
        let by_session = self.enter(session_cookie()).await.unwrap().viewer.user_id;
        let by_token = self.enter(bearer()).await;
        assert!(matches!(by_token, Ok(_) | Err(AuthError::InvalidToken)));
        (by_session == Some(self.ann), by_token.is_ok())
    }
}

async fn register(uow: &mut UnitOfWork) -> DbResult<(UserId, SessionRow, ApiTokenRow)> {
    let user_id = uow.insert::<UserRow>(user("ann", None)).await?.id;
    let created_at = uow.now();
    let expires_at = at(EVENING);
    let session = NewSession { token_hash: hash_token(SESSION), user_id, created_at, expires_at };
    let token = NewApiToken {
        name: "stats page".to_owned(),
        token_hash: hash_token(TOKEN),
        user_id,
        scopes: json!(["read", "write", "staff"]),
        created_at,
        expires_at: Some(expires_at),
    };
    let session = uow.insert::<SessionRow>(session).await?;
    Ok((user_id, session, uow.insert::<ApiTokenRow>(token).await?))
}

fn session_cookie() -> Credentials {
    Credentials::Session(Secret::new(SESSION))
}

fn bearer() -> Credentials {
    Credentials::Bearer(Secret::new(TOKEN))
}

#[tokio::test]
async fn a_revoked_session_is_nobodys_at_once() {
    let door = Door::open().await;
    let revoked = SessionChanges { revoked_at: Some(Some(at(NOON))) };
    door.write(async |uow| uow.update::<SessionRow>(door.session.id, revoked).await.map(drop)).await;
    assert_eq!(door.knows().await, (false, true));
}

#[tokio::test]
async fn a_deleted_session_is_nobodys_at_once() {
    let door = Door::open().await;
    door.write(async |uow| uow.delete::<SessionRow>(door.session.id).await.map(drop)).await;
    assert_eq!(door.knows().await, (false, true));
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let door = Door::open().await;
    let revoked = ApiTokenChanges { revoked_at: Some(Some(at(NOON))), last_used_at: None };
    door.write(async |uow| uow.update::<ApiTokenRow>(door.token.id, revoked).await.map(drop)).await;
    assert_eq!(door.knows().await, (true, false));
}

#[tokio::test]
async fn what_expires_while_it_is_cached_is_nobodys_from_then_on() {
    let door = Door::open().await.later("2026-11-23T17:59:59Z");
    assert_eq!(door.knows().await, (true, true));
    let door = door.later(EVENING);
    assert_eq!(door.knows().await, (false, false));
}

#[tokio::test]
async fn an_account_that_is_switched_off_is_nobodys_at_once() {
    let door = Door::open().await;
    let off = UserChanges { is_active: Some(false), ..Default::default() };
    door.write(async |uow| uow.update::<UserRow>(door.ann, off).await.map(drop)).await;
    assert_eq!(door.knows().await, (false, false));
}

#[tokio::test]
async fn a_right_that_is_given_or_taken_counts_at_once() {
    let door = Door::open().await;
    for is_staff in [true, false] {
        let changes = UserChanges { is_staff: Some(is_staff), ..Default::default() };
        door.write(async |uow| uow.update::<UserRow>(door.ann, changes).await.map(drop)).await;
        for credentials in [session_cookie(), bearer()] {
            assert_eq!(door.enter(credentials).await.unwrap().viewer.is_staff, is_staff);
        }
    }
}

#[tokio::test]
async fn a_deleted_account_is_nobodys_at_once() {
    let door = Door::open().await;
    door.write(async |uow| uow.delete::<UserRow>(door.ann).await.map(drop)).await;
    assert_eq!(door.knows().await, (false, false));
}

#[tokio::test]
async fn what_nobody_knows_is_looked_up_each_time_and_known_as_soon_as_it_is_there() {
    let door = Door::open().await;
    let secret = "another-session";
    let unknown = || Credentials::Session(Secret::new(secret));
    for _ in 0..2 {
        let before = door.db.n_statements();
        assert_eq!(door.enter(unknown()).await.unwrap().viewer.user_id, None);
        assert!(door.db.n_statements() > before);
    }
    let new = NewSession {
        token_hash: hash_token(secret),
        user_id: door.ann,
        created_at: at(NOON),
        expires_at: at(EVENING),
    };
    door.write(async |uow| uow.insert::<SessionRow>(new).await.map(drop)).await;
    assert_eq!(door.enter(unknown()).await.unwrap().viewer.user_id, Some(door.ann));
}
