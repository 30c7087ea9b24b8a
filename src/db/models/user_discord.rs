//! Users by what they are at Discord: which members of a guild have an account here, and with which avatar.
//!
//! Reads only; what is taken over from Discord is written by whoever compares it.

use serde::{Deserialize, Serialize};

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::Entity as _;
use super::super::error::DbResult;
use super::super::query::Query;
use super::super::schema::users;
use super::UserRow;
use crate::cache::Dep;
use crate::types::UserId;

/// Which of these people have an account: for a page of them, by one statement.
#[derive(Clone, Debug)]
pub struct UsersOfDiscord(pub Vec<String>);

/// Somebody who has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserOfDiscord {
    /// Snowflake.
    pub discord_id: String,
    /// Whose account it is.
    pub user_id: UserId,
    /// False once the account was deactivated: nobody may be told whose it was.
    pub is_active: bool,
}

/// A user's avatar as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable)]
pub struct AvatarOf {
    /// Whose.
    pub id: UserId,
    /// Snowflake.
    pub discord_id: String,
    /// Its hash; `None` for none.
    pub avatar: Option<String>,
}

impl Query for UsersOfDiscord {
    type Value = Vec<UserOfDiscord>;
    const NAME: &'static str = "users_of_discord";

    fn deps(&self) -> Vec<Dep> {
        vec![Dep::rows(UserRow::MODEL)]
    }

    async fn run(&self, conn: &mut DbConn) -> DbResult<Vec<UserOfDiscord>> {
        let rows: Vec<(Option<String>, UserId, bool)> = on_conn!(conn, c => {
            users::table
                .filter(users::discord_id.eq_any(self.0.clone()))
                .order(users::id)
                .select((users::discord_id, users::id, users::is_active))
                .load(c)
                .await
        })?;
        let found = rows.into_iter().filter_map(|(discord_id, user_id, is_active)| {
            Some(UserOfDiscord { discord_id: discord_id?, user_id, is_active })
        });
        Ok(found.collect())
    }
}

impl UserRow {
    /// The avatars of the active users among these people, in order of id. At most some ten thousand people at once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn avatars_of(conn: &mut DbConn, discord_ids: &[String]) -> DbResult<Vec<AvatarOf>> {
        Ok(on_conn!(conn, c => {
            users::table
                .filter(users::discord_id.eq_any(discord_ids.to_vec()))
                .filter(users::is_active.eq(true))
                .order(users::id)
                .select((users::id, users::discord_id.assume_not_null(), users::avatar))
                .load(c)
                .await
        })?)
    }
}
