//! Sessions and API tokens of the database: who presents one.
//!
//! Compares hashes only, and never writes, logs or returns the secret itself.

use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};

use super::{AuthError, Authenticator, Credentials, Secret};
use crate::db::models::{ApiTokenRow, SessionRow, UserRow};
use crate::db::{Db, DbError, DbResult, Entity as _};
use crate::types::Viewer;

/// What every API token begins with, so that a leaked one is recognised.
pub const API_TOKEN_PREFIX: &str = "inh_";

/// The credentials that the database knows.
#[derive(Clone, Debug)]
pub struct StoredCredentials {
    db: Db,
}

/// What of a secret is stored: its SHA-256 in hexadecimal. Secrets are random, so neither salt nor a slow hash helps.
#[must_use]
pub fn hash_token(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl StoredCredentials {
    /// The credentials of this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn session(&self, token: &Secret) -> DbResult<Option<UserRow>> {
        let (hash, now) = (hash_token(token.expose()), self.db.clock().now());
        self.db
            .read(async |conn| match SessionRow::find_valid(conn, &hash, now).await? {
                Some(session) => Ok(UserRow::select(conn, &[session.user_id]).await?.pop()),
                None => Ok(None),
            })
            .await
    }

    async fn api_token(&self, token: &Secret) -> DbResult<Option<UserRow>> {
        if !token.expose().starts_with(API_TOKEN_PREFIX) {
            return Ok(None);
        }
        let (hash, now) = (hash_token(token.expose()), self.db.clock().now());
        self.db
            .read(async |conn| match ApiTokenRow::find_valid(conn, &hash, now).await? {
                Some(token) => Ok(UserRow::select(conn, &[token.user_id]).await?.pop()),
                None => Ok(None),
            })
            .await
    }

    async fn viewer(&self, credentials: Credentials) -> Result<Viewer, AuthError> {
        match credentials {
            Credentials::Missing => Ok(Viewer::anonymous()),
            Credentials::Unreadable => Err(AuthError::InvalidToken),
            Credentials::Session(token) => {
                let user = self.session(&token).await.map_err(unavailable)?;
                Ok(user.and_then(|it| viewer_of(&it)).unwrap_or_default())
            }
            Credentials::Bearer(token) => {
                let user = self.api_token(&token).await.map_err(unavailable)?;
                user.and_then(|it| viewer_of(&it)).ok_or(AuthError::InvalidToken)
            }
        }
    }
}

impl Authenticator for StoredCredentials {
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Viewer, AuthError>> {
        Box::pin(self.viewer(credentials))
    }
}

/// An account that was switched off is nobody.
fn viewer_of(user: &UserRow) -> Option<Viewer> {
    user.is_active.then_some(Viewer {
        user_id: Some(user.id),
        is_staff: user.is_staff,
        is_superuser: user.is_superuser,
    })
}

fn unavailable(error: DbError) -> AuthError {
    AuthError::Unavailable(error.into())
}
