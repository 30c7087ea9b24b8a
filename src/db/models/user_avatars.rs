//! The avatars of many users at once, as the refresh from Discord finds them (DOMAIN §7.3).
//!
//! The column is the cache of avatars, so a row that would not change is not touched.

use std::collections::BTreeMap;

use diesel::sql_types::Text;

use super::super::conn::{DbConn, Lease};
use super::super::dsl::*;
use super::super::error::{DbError, DbResult};
use super::super::sql::UtcMicros;
use super::super::writable::BulkWrite;
use super::UserRow;
use crate::types::{EntityId as _, Instant, UserId};

/// Users and the avatar hash each of them has now; `None` for one without. Of two hashes of one user the last counts,
/// and a user who does not exist, or was deactivated, is passed over: nothing tells who they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvatarHashes(pub Vec<(UserId, Option<String>)>);

/// The statement, but for the function that makes rows `key`, `value` of a JSON object: one parameter holds all users,
/// however many there are.
macro_rules! update {
    ($rows:literal) => {
        concat!(
            "UPDATE users SET avatar = given.value, version = users.version + 1, updated_at = $1 FROM ",
            $rows,
            " AS given WHERE users.id = CAST(given.key AS bigint) AND users.is_active ",
            "AND users.avatar IS DISTINCT FROM given.value"
        )
    };
}

impl BulkWrite for AvatarHashes {
    type Row = UserRow;

    async fn run(self, conn: &mut Lease, now: Instant) -> DbResult<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let hashes: BTreeMap<i64, Option<String>> =
            self.0.into_iter().map(|(id, hash)| (id.pk(), hash)).collect();
        let hashes = serde_json::to_string(&hashes).map_err(|error| DbError::Invalid(error.to_string()))?;
        Ok(match conn.get()? {
            DbConn::Postgres(c) => {
                let update = diesel::sql_query(update!("json_each_text(CAST($2 AS json))"));
                update.bind::<UtcMicros, _>(now).bind::<Text, _>(hashes).execute(c).await
            }
            DbConn::Sqlite(c) => {
                let update = diesel::sql_query(update!("json_each($2)"));
                update.bind::<UtcMicros, _>(now).bind::<Text, _>(hashes).execute(c).await
            }
        }?)
    }
}
