//! `userRolesSet`.

use serde::Serialize;

use super::superusers::locked_among;
use super::{differing, expect_active, scope_of, write};
use crate::db::models::UserChanges;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::UserId;

/// Makes somebody site staff or superuser, or takes it back; what is `None` stays. For superusers (DOMAIN §10.5 bug 56).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct UserRolesSet {
    /// Whose.
    pub user_id: UserId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Works for the site.
    pub is_staff: Option<bool>,
    /// May do everything.
    pub is_superuser: Option<bool>,
}

impl Command for UserRolesSet {
    const NAME: &'static str = "userRolesSet";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        let among = locked_among(tx, self.user_id, &["userId"]).await?;
        let row = &among.row;
        tx.authorize(Action::UserRolesSet, &scope_of(row))?;
        expect_version(self.expected_version, row.version)?;
        expect_active(row, &["userId"])?;
        if self.is_superuser == Some(false) {
            among.expect_another(&["isSuperuser"])?;
        }
        let changes = UserChanges {
            is_staff: differing(&row.is_staff, self.is_staff),
            is_superuser: differing(&row.is_superuser, self.is_superuser),
            ..UserChanges::default()
        };
        write(tx, row, changes).await?;
        Ok(row.id)
    }
}
