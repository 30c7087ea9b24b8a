//! Sessions and API tokens of the database: who presents one.
//!
//! Compares hashes only, and never writes, logs or returns the secret itself.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{AuthError, Authenticator, Caller, Credentials, Secret};
use crate::cache::{AsOf, Cache, Dep, Fetched, Key, Kind, TtlClass};
use crate::db::models::{ApiTokenRow, SessionRow, UserRow};
use crate::db::{Db, DbError, DbResult, Entity as _};
use crate::types::{EntityId as _, Instant, TextEnum as _, TokenScope, UserId, Viewer};

/// What every API token begins with, so that a leaked one is recognised.
pub const API_TOKEN_PREFIX: &str = "inh_";

/// The credentials that the database knows.
#[derive(Clone, Debug)]
pub struct StoredCredentials {
    db: Db,
    cache: Cache,
}

/// Whom a credential stands for, as it is cached; until when it does is looked at each time.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    user_id: UserId,
    is_staff: bool,
    is_superuser: bool,
    is_read_only: bool,
    expires_at: Option<Instant>,
}

/// A credential that was found: whom it stands for, and the rows that say so.
struct Looked {
    known: Option<Known>,
    deps: Vec<Dep>,
}

/// What of a secret is stored: its SHA-256 in hexadecimal. Secrets are random, so neither salt nor a slow hash helps.
#[must_use]
pub fn hash_token(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl StoredCredentials {
    /// The credentials of this database, through this cache.
    #[must_use]
    pub fn new(db: Db, cache: Cache) -> Self {
        Self { db, cache }
    }

    async fn session(&self, hash: &str) -> DbResult<Option<Looked>> {
        let now = self.db.clock().now();
        self.db
            .read(async |conn| {
                let Some(row) = SessionRow::find_valid(conn, hash, now).await? else { return Ok(None) };
                let user = UserRow::select(conn, &[row.user_id]).await?.pop();
                let credential = Dep::object(SessionRow::MODEL, row.id.pk());
                Ok(Some(looked(credential, user, TokenScope::ALL, Some(row.expires_at))))
            })
            .await
    }

    async fn api_token(&self, hash: &str) -> DbResult<Option<Looked>> {
        let now = self.db.clock().now();
        self.db
            .read(async |conn| {
                let Some(row) = ApiTokenRow::find_valid(conn, hash, now).await? else { return Ok(None) };
                let user = UserRow::select(conn, &[row.user_id]).await?.pop();
                let credential = Dep::object(ApiTokenRow::MODEL, row.id.pk());
                Ok(Some(looked(credential, user, &scopes(&row), row.expires_at)))
            })
            .await
    }

    /// Whom a credential stands for, by the cache or by `look_up`. One that is unknown is looked up each time: whoever
    /// makes them up could else fill the cache with them.
    async fn find(
        &self,
        name: &'static str,
        token: &Secret,
        look_up: impl AsyncFnOnce(&str) -> DbResult<Option<Looked>>,
    ) -> DbResult<(Option<Viewer>, Option<AsOf>)> {
        let hash = hash_token(token.expose());
        let as_of = self.cache.check().await;
        let key = Key::digest(Kind::Field, name, &[hash.as_bytes()]);
        if let Some(as_of) = &as_of
            && let Some(Some(known)) = self.cache.lookup::<Known>(as_of, &key).await
        {
            return Ok((self.viewer_of(&known), Some(as_of.clone())));
        }
        let Some(Looked { known: Some(known), deps }) = look_up(&hash).await? else {
            return Ok((None, as_of));
        };
        let viewer = self.viewer_of(&known);
        if let Some(as_of) = &as_of {
            let fetched = Fetched { value: Some(Arc::new(known)), ttl: TtlClass::Default };
            self.cache.fill_from(as_of, key, &deps, &fetched);
        }
        Ok((viewer, as_of))
    }

    fn viewer_of(&self, known: &Known) -> Option<Viewer> {
        let is_valid = known.expires_at.is_none_or(|at| at > self.db.clock().now());
        is_valid.then_some(Viewer {
            user_id: Some(known.user_id),
            is_staff: known.is_staff,
            is_superuser: known.is_superuser,
            is_read_only: known.is_read_only,
        })
    }

    async fn caller(&self, credentials: Credentials) -> Result<Caller, AuthError> {
        match credentials {
            Credentials::Missing => Ok(Caller::default()),
            Credentials::Unreadable => Err(AuthError::InvalidToken),
            Credentials::Session(token) => {
                let look_up = async |hash: &str| self.session(hash).await;
                let (viewer, as_of) = self.find("session", &token, look_up).await.map_err(unavailable)?;
                Ok(Caller { viewer: viewer.unwrap_or_default(), as_of })
            }
            Credentials::Bearer(token) if !token.expose().starts_with(API_TOKEN_PREFIX) => {
                Err(AuthError::InvalidToken)
            }
            Credentials::Bearer(token) => {
                let look_up = async |hash: &str| self.api_token(hash).await;
                let (viewer, as_of) = self.find("api_token", &token, look_up).await.map_err(unavailable)?;
                Ok(Caller { viewer: viewer.ok_or(AuthError::InvalidToken)?, as_of })
            }
        }
    }
}

impl Authenticator for StoredCredentials {
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Caller, AuthError>> {
        Box::pin(self.caller(credentials))
    }
}

/// An account that was switched off is nobody, and so is whoever may not even read.
fn looked(
    credential: Dep,
    user: Option<UserRow>,
    scopes: &[TokenScope],
    expires_at: Option<Instant>,
) -> Looked {
    let deps = user.iter().map(|it| Dep::object(UserRow::MODEL, it.id.pk())).chain([credential]).collect();
    let may = |scope: TokenScope| scopes.contains(&scope);
    let known = user.filter(|it| it.is_active && may(TokenScope::Read)).map(|it| Known {
        user_id: it.id,
        is_staff: it.is_staff && may(TokenScope::Staff),
        is_superuser: it.is_superuser && may(TokenScope::Staff),
        is_read_only: !may(TokenScope::Write),
        expires_at,
    });
    Looked { known, deps }
}

/// What a token is good for. A scope this version does not know gives nothing.
fn scopes(row: &ApiTokenRow) -> Vec<TokenScope> {
    let texts = row.scopes.as_array().into_iter().flatten().filter_map(|it| it.as_str());
    texts.filter_map(|it| TokenScope::parse(it).ok()).collect()
}

fn unavailable(error: DbError) -> AuthError {
    AuthError::Unavailable(error.into())
}
