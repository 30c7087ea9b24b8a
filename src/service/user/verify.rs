//! `userVerifyMmr`.

use serde::Serialize;

use super::fields::mmr;
use super::{expect_active, locked, scope_of, write};
use crate::db::models::UserChanges;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::UserId;

/// Notes the MMR that somebody was seen to have now; even the same one as before counts as verified anew.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct UserVerifyMmr {
    /// Whose.
    pub user_id: UserId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Base MMR.
    pub mmr: i32,
}

impl Command for UserVerifyMmr {
    const NAME: &'static str = "userVerifyMmr";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        let row = locked(tx, self.user_id, &["userId"]).await?;
        tx.authorize(Action::MmrSet, &scope_of(&row))?;
        expect_version(self.expected_version, row.version)?;
        expect_active(&row, &["userId"])?;
        let changes = UserChanges {
            mmr: Some(Some(mmr(self.mmr)?)),
            dota_mmr_last_verified_at: Some(Some(tx.uow.now())),
            ..UserChanges::default()
        };
        write(tx, &row, changes).await?;
        Ok(row.id)
    }
}
