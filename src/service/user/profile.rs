//! `profileUpdate`.

use serde::Serialize;

use super::{ProfileFields, locked_self, scope_of, write};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::UserId;

/// Changes the caller's own profile; never an MMR (DOMAIN §6).
#[derive(Clone, Debug, Serialize)]
pub struct ProfileUpdate {
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// What to change.
    pub profile: ProfileFields,
}

impl Command for ProfileUpdate {
    const NAME: &'static str = "profileUpdate";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        let row = locked_self(tx).await?;
        tx.authorize(Action::ProfileUpdate, &scope_of(&row))?;
        let changes = self.profile.changes(tx, &row).await?;
        expect_version(self.expected_version, row.version)?;
        write(tx, &row, changes).await?;
        Ok(row.id)
    }
}
