//! API tokens for scripts, as whoever runs the program on the server makes, lists and revokes them.
//!
//! Makes no secret: hashes are handed in. Asks for no permission, as only a command can get here: whoever runs one could
//! write to the database itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::db::models::{ApiTokenChanges, ApiTokenRow, NewApiToken, UserRow};
use crate::db::{Db, DbError, Entity as _};
use crate::types::{ApiTokenId, GlobalId, Instant, TextEnum as _, TokenScope, UserId};

/// Makes, lists and revokes API tokens.
#[derive(Clone, Debug)]
pub struct ApiTokenService {
    db: Db,
}

/// A token to make.
#[derive(Clone, Debug)]
pub struct ApiTokenToMake {
    /// Whom it stands for: a username, or the key of a user.
    pub user: String,
    /// What it is for, in the words of whoever wants it.
    pub name: String,
    /// Hash of its secret.
    pub token_hash: String,
    /// What it is good for; to read always is.
    pub scopes: BTreeSet<TokenScope>,
    /// How long it is good; for ever if nothing is said.
    pub lifetime: Option<SignedDuration>,
}

/// A token as it is shown: all but its secret, which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its key.
    pub id: ApiTokenId,
    /// Whom it stands for.
    pub user_id: UserId,
    /// Name of that user.
    pub username: String,
    /// What it is for.
    pub name: String,
    /// What it is good for.
    pub scopes: BTreeSet<TokenScope>,
    /// When it was made.
    pub created_at: Instant,
    /// From then on it is good for nothing.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// It can be used now.
    pub is_valid: bool,
}

/// What was wanted of a token was not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenError {
    /// No user has this name or key.
    #[error("there is no user `{0}`: give a username or the number of a user")]
    UnknownUser(String),
    /// The account was switched off, so its tokens are good for nothing.
    #[error("the account of {0} was switched off: no token of it could be used")]
    Deactivated(String),
    /// A token without a name could not be told from others.
    #[error("a token needs a name that says what it is for")]
    Nameless,
    /// No token has this key.
    #[error("there is no token {0}: `inhouse token list` lists them all")]
    UnknownToken(ApiTokenId),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}

impl ApiTokenService {
    /// The tokens of `db`.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// There is no such user, the account was switched off, the name is blank, or the database failed.
    pub async fn create(&self, wanted: ApiTokenToMake) -> Result<ApiToken, ApiTokenError> {
        let name = wanted.name.trim().to_owned();
        if name.is_empty() {
            return Err(ApiTokenError::Nameless);
        }
        let scopes: BTreeSet<_> = wanted.scopes.into_iter().chain([TokenScope::Read]).collect();
        let user_id = self.find_user(&wanted.user).await?;
        let made = self.db.write(async |uow| {
            let user = uow.get::<UserRow>(user_id).await?;
            let user = user.ok_or_else(|| ApiTokenError::UnknownUser(wanted.user.clone()))?;
            if !user.is_active {
                return Err(ApiTokenError::Deactivated(user.username));
            }
            let created_at = uow.now();
            let new = NewApiToken {
                name,
                token_hash: wanted.token_hash,
                user_id: user.id,
                scopes: scopes.iter().map(|it| it.as_str()).collect(),
                created_at,
                expires_at: wanted.lifetime.map(|it| created_at.saturating_add(it)),
            };
            Ok(shown(uow.insert::<ApiTokenRow>(new).await?, user.username, created_at))
        });
        Ok(made.await?.0)
    }

    /// Every token, or every one of a user, oldest first.
    ///
    /// # Errors
    /// There is no such user, or the database failed.
    pub async fn list(&self, user: Option<&str>) -> Result<Vec<ApiToken>, ApiTokenError> {
        let of = match user {
            None => None,
            Some(text) => Some(self.find_user(text).await?),
        };
        let now = self.db.clock().now();
        let read = self.db.read(async |conn| {
            let rows = ApiTokenRow::all(conn, of).await?;
            let ids: Vec<_> = rows.iter().map(|it| it.user_id).collect::<BTreeSet<_>>().into_iter().collect();
            let users = UserRow::select(conn, &ids).await?;
            let names: BTreeMap<_, _> = users.into_iter().map(|it| (it.id, it.username)).collect();
            Ok((rows, names))
        });
        let (rows, names) = read.await?;
        let named = |row: ApiTokenRow| {
            let username = names.get(&row.user_id).cloned().unwrap_or_default();
            shown(row, username, now)
        };
        Ok(rows.into_iter().map(named).collect())
    }

    /// Revokes a token, everywhere and at once; tells whether it was not revoked before.
    ///
    /// # Errors
    /// There is no such token, or the database failed.
    pub async fn revoke(&self, id: ApiTokenId) -> Result<bool, ApiTokenError> {
        let revoked = self.db.write(async |uow| {
            let token = uow.get::<ApiTokenRow>(id).await?.ok_or(ApiTokenError::UnknownToken(id))?;
            if token.revoked_at.is_some() {
                return Ok(false);
            }
            let changes = ApiTokenChanges { revoked_at: Some(Some(uow.now())), last_used_at: None };
            uow.update::<ApiTokenRow>(id, changes).await?;
            Ok::<_, ApiTokenError>(true)
        });
        Ok(revoked.await?.0)
    }

    /// A number is a key; where nobody has it, it may be a name.
    async fn find_user(&self, text: &str) -> Result<UserId, ApiTokenError> {
        let key = GlobalId::parse_as::<UserId>(text).ok();
        let found = self.db.read(async |conn| {
            let by_key = match key {
                Some(id) => UserRow::select(conn, &[id]).await?.pop(),
                None => None,
            };
            match by_key {
                Some(user) => Ok(Some(user.id)),
                None => Ok(UserRow::find_by_username(conn, text).await?.map(|it| it.id)),
            }
        });
        found.await?.ok_or_else(|| ApiTokenError::UnknownUser(text.to_owned()))
    }
}

fn shown(row: ApiTokenRow, username: String, now: Instant) -> ApiToken {
    ApiToken {
        id: row.id,
        user_id: row.user_id,
        username,
        name: row.name,
        scopes: row.scopes.as_array().into_iter().flatten().filter_map(scope).collect(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        is_valid: row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now),
    }
}

/// A scope of a later version means nothing here.
fn scope(value: &serde_json::Value) -> Option<TokenScope> {
    TokenScope::parse(value.as_str()?).ok()
}
