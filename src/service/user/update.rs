//! `userUpdate`.

use serde::Serialize;

use super::fields::{email, expect_free, mmr, username};
use super::{ProfileFields, differing, expect_active, locked, scope_of, write};
use crate::db::models::{UserChanges, UserKey};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::UserId;

/// Changes anybody's profile; what is `None` stays. Roles have a command of their own (DOMAIN §10.5 bug 56).
#[derive(Clone, Debug, Serialize)]
pub struct UserUpdate {
    /// Whose.
    pub id: UserId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// What the user could change, too.
    pub profile: ProfileFields,
    /// Unique name.
    pub username: Option<String>,
    /// Private address.
    pub email: Option<String>,
    /// Base MMR, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mmr: Option<Option<i32>>,
}

impl Command for UserUpdate {
    const NAME: &'static str = "userUpdate";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        let row = locked(tx, self.id, &["id"]).await?;
        tx.authorize(Action::UserUpdate, &scope_of(&row))?;
        expect_version(self.expected_version, row.version)?;
        expect_active(&row, &["id"])?;
        let username = self.username.as_deref().map(username).transpose()?;
        let username = differing(&row.username, username);
        if let Some(username) = &username {
            expect_free(tx, UserKey::Username(username), Some(row.id)).await?;
        }
        let mmr = self.mmr.map(|it| it.map(mmr).transpose()).transpose()?;
        let changes = UserChanges {
            username,
            email: differing(&row.email, self.email.as_deref().map(email).transpose()?),
            mmr: differing(&row.mmr, mmr),
            ..self.profile.changes(tx, &row).await?
        };
        write(tx, &row, changes).await?;
        Ok(row.id)
    }
}
