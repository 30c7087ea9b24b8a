//! Browser sessions and API tokens; both are stored as hashes only.

use serde_json::Value;

use super::super::conn::{DbConn, Lease, on_conn};
use super::super::dsl::*;
use super::super::entity::{UniqueKey, entity};
use super::super::error::DbResult;
use super::super::schema::{api_tokens, sessions};
use super::super::writable::BulkWrite;
use crate::types::{ApiTokenId, Instant, SessionId, UserId};

/// A row of `sessions`.
#[expect(missing_docs, reason = "plain columns")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub id: SessionId,
    pub token_hash: String,
    pub user_id: UserId,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub revoked_at: Option<Instant>,
}

/// A session to insert.
#[expect(missing_docs, reason = "as in `SessionRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession {
    pub token_hash: String,
    pub user_id: UserId,
    pub created_at: Instant,
    pub expires_at: Instant,
}

/// Columns of a session to change.
#[expect(missing_docs, reason = "as in `SessionRow`")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
#[diesel(table_name = sessions)]
pub struct SessionChanges {
    pub revoked_at: Option<Option<Instant>>,
}

entity!(SessionRow, sessions, SessionId, "session" {});
super::super::writable::writable!(plain SessionRow, sessions, NewSession, SessionChanges);

/// Every session that has expired, to be removed.
#[derive(Clone, Copy, Debug)]
pub struct ExpiredSessions;

impl BulkWrite for ExpiredSessions {
    type Row = SessionRow;

    async fn run(self, conn: &mut Lease, now: Instant) -> DbResult<usize> {
        Ok(on_conn!(conn.get()?, c => {
            diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(c).await
        })?)
    }
}

/// A row of `api_tokens`.
#[expect(missing_docs, reason = "plain columns")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = api_tokens)]
pub struct ApiTokenRow {
    pub id: ApiTokenId,
    pub name: String,
    pub token_hash: String,
    pub user_id: UserId,
    pub scopes: Value,
    pub created_at: Instant,
    pub expires_at: Option<Instant>,
    pub revoked_at: Option<Instant>,
    pub last_used_at: Option<Instant>,
}

/// A token to insert.
#[expect(missing_docs, reason = "as in `ApiTokenRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = api_tokens)]
pub struct NewApiToken {
    pub name: String,
    pub token_hash: String,
    pub user_id: UserId,
    pub scopes: Value,
    pub created_at: Instant,
    pub expires_at: Option<Instant>,
}

/// Columns of a token to change.
#[expect(missing_docs, reason = "as in `ApiTokenRow`")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
#[diesel(table_name = api_tokens)]
pub struct ApiTokenChanges {
    pub revoked_at: Option<Option<Instant>>,
    pub last_used_at: Option<Option<Instant>>,
}

entity!(ApiTokenRow, api_tokens, ApiTokenId, "api_token" {});
super::super::writable::writable!(plain ApiTokenRow, api_tokens, NewApiToken, ApiTokenChanges);

/// Ends every session of a user.
#[derive(Clone, Copy, Debug)]
pub struct RevokeSessions(pub UserId);

impl BulkWrite for RevokeSessions {
    type Row = SessionRow;

    async fn run(self, conn: &mut Lease, now: Instant) -> DbResult<usize> {
        Ok(on_conn!(conn.get()?, c => {
            diesel::update(sessions::table)
                .filter(sessions::user_id.eq(self.0))
                .filter(sessions::revoked_at.is_null())
                .set(sessions::revoked_at.eq(now))
                .execute(c)
                .await
        })?)
    }
}

/// Ends every API token of a user.
#[derive(Clone, Copy, Debug)]
pub struct RevokeApiTokens(pub UserId);

impl BulkWrite for RevokeApiTokens {
    type Row = ApiTokenRow;

    async fn run(self, conn: &mut Lease, now: Instant) -> DbResult<usize> {
        Ok(on_conn!(conn.get()?, c => {
            diesel::update(api_tokens::table)
                .filter(api_tokens::user_id.eq(self.0))
                .filter(api_tokens::revoked_at.is_null())
                .set(api_tokens::revoked_at.eq(now))
                .execute(c)
                .await
        })?)
    }
}

/// What the secret of a session hashes to.
#[derive(Clone, Copy, Debug)]
pub struct SessionKey<'a>(pub &'a str);

impl UniqueKey for SessionKey<'_> {
    type Row = SessionRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<SessionRow>> {
        Ok(on_conn!(conn, c => {
            sessions::table
                .filter(sessions::token_hash.eq(self.0))
                .select(SessionRow::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}

impl SessionRow {
    /// The session of this token, if it is valid at `now`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_valid(conn: &mut DbConn, token_hash: &str, now: Instant) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            sessions::table
                .filter(sessions::token_hash.eq(token_hash))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(now))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}

impl ApiTokenRow {
    /// Every token, or every one of a user, oldest first; whether they are valid or not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn all(conn: &mut DbConn, user_id: Option<UserId>) -> DbResult<Vec<Self>> {
        Ok(on_conn!(conn, c => {
            let mut query = api_tokens::table.into_boxed();
            if let Some(user_id) = user_id {
                query = query.filter(api_tokens::user_id.eq(user_id));
            }
            query.order(api_tokens::id).select(Self::as_select()).load(c).await
        })?)
    }

    /// The API token with this hash, if it is valid at `now`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_valid(conn: &mut DbConn, token_hash: &str, now: Instant) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            api_tokens::table
                .filter(api_tokens::token_hash.eq(token_hash))
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::expires_at.is_null().or(api_tokens::expires_at.gt(now)))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}
