//! Logins that Discord has not answered yet: what must be known when the answer comes.
//!
//! A row is taken, never just read: whoever gets it is the only one.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::error::DbResult;
use super::super::schema::login_attempts;
use super::super::writable::linkable;
use crate::types::Instant;

/// A row of `login_attempts`. Has no `Debug`: the verifier is a secret.
#[derive(Clone, PartialEq, Eq, diesel::Queryable, diesel::Selectable, diesel::Insertable)]
#[diesel(table_name = login_attempts)]
pub struct LoginAttemptRow {
    /// Hash of the `state` that was sent along.
    pub state_hash: String,
    /// What proves to Discord that the answer is ours.
    pub pkce_verifier: String,
    /// Path of this site to go to afterwards.
    pub return_to: String,
    /// From then on no answer is accepted.
    pub expires_at: Instant,
}

// Nothing that is read depends on an attempt.
linkable!(LoginAttemptRow, login_attempts(state_hash), |_it| []);

impl LoginAttemptRow {
    /// Names the attempt with this state, to be taken.
    #[must_use]
    pub fn named(state_hash: &str, now: Instant) -> Self {
        Self {
            state_hash: state_hash.to_owned(),
            pkce_verifier: String::new(),
            return_to: String::new(),
            expires_at: now,
        }
    }

    /// Some of the attempts whose time was over by `now`, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn expired(conn: &mut DbConn, now: Instant, limit: i64) -> DbResult<Vec<Self>> {
        Ok(on_conn!(conn, c => {
            login_attempts::table
                .filter(login_attempts::expires_at.le(now))
                .order(login_attempts::expires_at)
                .limit(limit)
                .select(Self::as_select())
                .load(c)
                .await
        })?)
    }
}
