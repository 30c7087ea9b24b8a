//! Logging in and out: attempts that wait for Discord, accounts found by their Discord id, sessions.
//!
//! Makes no secret and asks nobody: hashes, and what Discord told, are handed in. No transaction waits for a third
//! party.

mod account;
mod people;

use jiff::SignedDuration;

use crate::db::models::{
    LoginAttemptRow, NewSession, SessionChanges, SessionKey, SessionRow, UserKey, UserRow,
};
use crate::db::{Db, DbError, UnitOfWork};
use crate::types::{DiscordProfile, UserId};

pub use people::Person;

/// How long Discord, and whoever logs in there, may take to answer.
pub const ATTEMPT_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Most attempts that nobody finished which are cleared away with a new one.
const CLEARED_AT_ONCE: i64 = 100;

/// How often a login is tried that meets another one.
const ROUNDS: usize = 3;

/// Logs people in and out.
#[derive(Clone, Debug)]
pub struct LoginService {
    db: Db,
}

/// A login on its way through Discord. Has no `Debug`: the verifier is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginAttempt {
    /// Hash of the `state` that goes along.
    pub state_hash: String,
    /// What proves to Discord that the answer is ours.
    pub pkce_verifier: String,
    /// Path of this site to go to afterwards.
    pub return_to: String,
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct SessionToOpen {
    /// Hash of its secret.
    pub token_hash: String,
    /// How long it is good.
    pub lifetime: SignedDuration,
}

/// Nobody was logged in, and nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The account was switched off.
    #[error("this account was switched off")]
    Deactivated,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Discord told a name of which nothing is left to show.
    #[error("the name at Discord cannot be used")]
    Nameless,
    /// The database failed.
    #[error("the login could not be stored")]
    Db(#[from] DbError),
}

impl LoginService {
    /// Logins into `db`.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Remembers an attempt until its answer arrives or its time is over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self, attempt: LoginAttempt) -> Result<(), LoginError> {
        let now = self.db.clock().now();
        let expired =
            self.db.read(async |conn| LoginAttemptRow::expired(conn, now, CLEARED_AT_ONCE).await).await?;
        let row = LoginAttemptRow {
            state_hash: attempt.state_hash,
            pkce_verifier: attempt.pkce_verifier,
            return_to: attempt.return_to,
            expires_at: now.saturating_add(ATTEMPT_LIFETIME),
        };
        let written = self.db.write(async |uow| {
            for old in &expired {
                uow.unlink(old).await?;
            }
            uow.link(&row).await.map(drop)
        });
        written.await.map(drop).map_err(|error: DbError| error.into())
    }

    /// The attempt with this state, which is used up by that; `None` if there is none, or its time is over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resume(&self, state_hash: &str) -> Result<Option<LoginAttempt>, LoginError> {
        let named = LoginAttemptRow::named(state_hash, self.db.clock().now());
        let taken = self.db.write(async |uow| {
            let now = uow.now();
            Ok::<_, DbError>(uow.take(&named).await?.filter(|it| it.expires_at > now))
        });
        let row = taken.await?.0;
        Ok(row.map(|it| LoginAttempt {
            state_hash: it.state_hash,
            pkce_verifier: it.pkce_verifier,
            return_to: it.return_to,
        }))
    }

    /// Opens a session for whom Discord told us of; their account is found by the Discord id alone, or made.
    ///
    /// # Errors
    /// The account was switched off, the name cannot be used, or the database failed.
    pub async fn enter(
        &self,
        profile: &DiscordProfile,
        session: &SessionToOpen,
    ) -> Result<UserId, LoginError> {
        for _ in 1..ROUNDS {
            match self.try_enter(profile, session).await {
                // Somebody took the name, or this very account was made, since it was looked for.
                Err(LoginError::Db(error)) if error.violated_unique().is_some() => {}
                outcome => return outcome,
            }
        }
        self.try_enter(profile, session).await
    }

    async fn try_enter(
        &self,
        profile: &DiscordProfile,
        session: &SessionToOpen,
    ) -> Result<UserId, LoginError> {
        let entered = self.db.write(async |uow| {
            let found = uow.find(UserKey::DiscordId(&profile.id)).await?;
            // Locked, so that nobody deactivates the account while it logs in.
            let locked = match found {
                Some(user) => uow.lock::<UserRow>(user.id).await?,
                None => None,
            };
            let user = match locked {
                Some(user) if !user.is_active => return Err(LoginError::Deactivated),
                Some(user) => account::refresh(uow, &user, profile).await?,
                None => account::register(uow, profile).await?,
            };
            open(uow, user, session).await?;
            Ok(user)
        });
        Ok(entered.await?.0)
    }

    /// Opens a session for a user who proved nothing: for development.
    ///
    /// # Errors
    /// There is no such user, the account was switched off, or the database failed.
    pub async fn enter_as(&self, user: UserId, session: &SessionToOpen) -> Result<(), LoginError> {
        let entered = self.db.write(async |uow| match uow.lock::<UserRow>(user).await? {
            None => Err(LoginError::UnknownUser),
            Some(user) if !user.is_active => Err(LoginError::Deactivated),
            Some(user) => Ok(open(uow, user.id, session).await?),
        });
        entered.await.map(drop)
    }

    /// Revokes the session with this secret, everywhere and at once; tells whether it was there and good.
    ///
    /// # Errors
    /// The database failed.
    pub async fn leave(&self, token_hash: &str) -> Result<bool, LoginError> {
        let left = self.db.write(async |uow| {
            let Some(session) = uow.find(SessionKey(token_hash)).await? else { return Ok(false) };
            if session.revoked_at.is_some() {
                return Ok(false);
            }
            let revoked = SessionChanges { revoked_at: Some(Some(uow.now())) };
            Ok::<_, DbError>(uow.update::<SessionRow>(session.id, revoked).await?.is_some())
        });
        Ok(left.await?.0)
    }

    /// The active users, by name, with what each of them may do: for development.
    ///
    /// # Errors
    /// The database failed.
    pub async fn people(&self) -> Result<Vec<Person>, LoginError> {
        Ok(self.db.read(async |conn| people::all(conn).await).await?)
    }
}

async fn open(uow: &mut UnitOfWork, user_id: UserId, session: &SessionToOpen) -> Result<(), DbError> {
    let created_at = uow.now();
    let new = NewSession {
        token_hash: session.token_hash.clone(),
        user_id,
        created_at,
        expires_at: created_at.saturating_add(session.lifetime),
    };
    uow.insert::<SessionRow>(new).await.map(drop)
}
