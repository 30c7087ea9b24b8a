//! Sessions and API tokens against a real database: who a secret stands for, and when it stands for nobody.
//!
//! How headers become credentials is tested where that is done.

use inhouse::auth::{AuthError, Authenticator as _, Credentials, Secret, StoredCredentials, hash_token};
use inhouse::cache::{Cache, MemoryLog};
use inhouse::db::models::{
    ApiTokenChanges, ApiTokenRow, NewApiToken, NewSession, NewUser, SessionChanges, SessionRow, UserChanges,
    UserRow,
};
use inhouse::db::{DatabaseUrl, Db, DbError, DbSettings};
use inhouse::types::{Instant, SystemClock, UserId, Viewer};
use rstest::rstest;

use crate::support::TestDb;

const SESSION: &str = "a-random-session";
const TOKEN: &str = "inh_a-random-token";

/// The clock of the test database stands at noon.
const MORNING: &str = "2026-11-23T11:00:00Z";
const NOON: &str = "2026-11-23T12:00:00Z";
const EVENING: &str = "2026-11-23T18:00:00Z";

fn at(text: &str) -> Instant {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

async fn insert_user(test: &TestDb, new: NewUser) -> UserId {
    let written = test.db.write(async |uow| uow.insert::<UserRow>(new).await).await;
    written.map_err(|error: DbError| error).unwrap().0.id
}

async fn insert_ann(test: &TestDb) -> UserId {
    insert_user(test, NewUser { username: "ann".to_owned(), is_staff: true, ..NewUser::default() }).await
}

async fn insert_session(test: &TestDb, user_id: UserId, expires_at: &str) -> SessionRow {
    let new = NewSession {
        token_hash: hash_token(SESSION),
        user_id,
        created_at: at(MORNING),
        expires_at: at(expires_at),
    };
    let written = test.db.write(async |uow| uow.insert::<SessionRow>(new).await).await;
    written.map_err(|error: DbError| error).unwrap().0
}

async fn insert_token(test: &TestDb, user_id: UserId, expires_at: Option<&str>) -> ApiTokenRow {
    let new = NewApiToken {
        name: "stats page".to_owned(),
        token_hash: hash_token(TOKEN),
        user_id,
        scopes: serde_json::json!(["read", "write", "staff"]),
        created_at: at(MORNING),
        expires_at: expires_at.map(at),
    };
    let written = test.db.write(async |uow| uow.insert::<ApiTokenRow>(new).await).await;
    written.map_err(|error: DbError| error).unwrap().0
}

async fn authenticate(db: &Db, credentials: Credentials) -> Result<Viewer, AuthError> {
    let store = StoredCredentials::new(db.clone(), Cache::disabled());
    Ok(store.authenticate(credentials).await?.viewer)
}

/// The viewer behind a session cookie.
async fn with_session(test: &TestDb, token: &str) -> Viewer {
    authenticate(&test.db, Credentials::Session(Secret::new(token))).await.unwrap()
}

async fn with_token(test: &TestDb, token: &str) -> Result<Viewer, AuthError> {
    authenticate(&test.db, Credentials::Bearer(Secret::new(token))).await
}

fn is_refused(result: &Result<Viewer, AuthError>) -> bool {
    matches!(result, Err(AuthError::InvalidToken))
}

#[test]
fn a_token_is_stored_as_its_sha256() {
    assert_eq!(hash_token("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[tokio::test]
async fn a_session_and_a_token_stand_for_their_user_and_that_users_rights() {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    insert_session(&test, ann, EVENING).await;
    insert_token(&test, ann, None).await;
    let expected = Viewer { user_id: Some(ann), is_staff: true, ..Viewer::anonymous() };
    assert_eq!(with_session(&test, SESSION).await, expected);
    assert_eq!(with_token(&test, TOKEN).await.unwrap(), expected);
}

#[tokio::test]
async fn an_unknown_session_is_anonymous_and_an_unknown_token_is_refused() {
    let test = TestDb::start().await;
    assert_eq!(with_session(&test, "unknown").await, Viewer::anonymous());
    assert!(is_refused(&with_token(&test, "inh_unknown").await));
    assert!(is_refused(&authenticate(&test.db, Credentials::Unreadable).await));
}

#[rstest]
#[case::past(MORNING)]
#[case::now(NOON)]
#[tokio::test]
async fn what_has_expired_stands_for_nobody(#[case] expiry: &str) {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    insert_session(&test, ann, expiry).await;
    insert_token(&test, ann, Some(expiry)).await;
    assert_eq!(with_session(&test, SESSION).await, Viewer::anonymous());
    assert!(is_refused(&with_token(&test, TOKEN).await));
}

#[tokio::test]
async fn what_was_revoked_stands_for_nobody() {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    let session = insert_session(&test, ann, EVENING).await;
    let token = insert_token(&test, ann, Some(EVENING)).await;
    let revoked_at = Some(Some(at(MORNING)));
    let revoked = test.db.write(async |uow| {
        uow.update::<SessionRow>(session.id, SessionChanges { revoked_at }).await?;
        uow.update::<ApiTokenRow>(token.id, ApiTokenChanges { revoked_at, last_used_at: None }).await
    });
    revoked.await.map_err(|error: DbError| error).unwrap();
    assert_eq!(with_session(&test, SESSION).await, Viewer::anonymous());
    assert!(is_refused(&with_token(&test, TOKEN).await));
}

#[tokio::test]
async fn a_user_who_was_switched_off_is_nobody() {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    insert_session(&test, ann, EVENING).await;
    insert_token(&test, ann, None).await;
    let off = UserChanges { is_active: Some(false), ..UserChanges::default() };
    let changed = test.db.write(async |uow| uow.update::<UserRow>(ann, off).await).await;
    changed.map_err(|error: DbError| error).unwrap();
    assert_eq!(with_session(&test, SESSION).await, Viewer::anonymous());
    assert!(is_refused(&with_token(&test, TOKEN).await));
}

#[tokio::test]
async fn a_session_is_no_token_nor_the_other_way_round() {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    insert_session(&test, ann, EVENING).await;
    insert_token(&test, ann, None).await;
    assert_eq!(with_session(&test, TOKEN).await, Viewer::anonymous());
    assert!(is_refused(&with_token(&test, SESSION).await));
}

#[tokio::test]
async fn the_stored_hash_is_no_secret() {
    let test = TestDb::start().await;
    let ann = insert_ann(&test).await;
    insert_session(&test, ann, EVENING).await;
    assert_eq!(with_session(&test, &hash_token(SESSION)).await, Viewer::anonymous());
}

#[tokio::test]
async fn nobody_is_told_apart_while_the_database_is_away() {
    let url = DatabaseUrl::Postgres("postgres://nobody@127.0.0.1:1/nothing".to_owned());
    let db = Db::open(&DbSettings { url, pool_size: 1 }, SystemClock.into(), MemoryLog::new()).unwrap();
    for credentials in [Credentials::Session(Secret::new(SESSION)), Credentials::Bearer(Secret::new(TOKEN))] {
        let result = authenticate(&db, credentials).await;
        assert!(matches!(result, Err(AuthError::Unavailable(_))), "{result:?}");
    }
    assert_eq!(authenticate(&db, Credentials::Missing).await.unwrap(), Viewer::anonymous());
}
