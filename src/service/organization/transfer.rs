//! `organizationTransferOwnership`.

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{OrganizationChanges, OrganizationRoleRow};
use crate::domain::audit::LogDetails;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::user;
use crate::types::{OrganizationId, OrganizationLogAction, RoleKind, UserId};

/// Gives an organization to one of its admins, who is admin no more; the old owner becomes one. A superuser may give it
/// to anybody (DOMAIN §6).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OrganizationTransferOwnership {
    /// Which one.
    pub organization_id: OrganizationId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// The new owner.
    pub user_id: UserId,
}

impl Command for OrganizationTransferOwnership {
    const NAME: &'static str = "organizationTransferOwnership";
    type Outcome = OrganizationId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<OrganizationId> {
        let action = Action::OrganizationTransferOwnership;
        let (row, rights) = authorized(tx, self.organization_id, action, &["organizationId"]).await?;
        expect_version(self.expected_version, row.version)?;
        let new_owner = user::locked_active(tx, self.user_id, &["userId"]).await?.id;
        if row.owner_id == Some(new_owner) {
            let message = "this user owns the organization already";
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        let role = rights.roles.get(&new_owner).copied();
        if role != Some(RoleKind::Admin) && !tx.viewer.is_superuser {
            let message = "the new owner must be an admin of the organization: make them one first";
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        let link = |user_id, role| OrganizationRoleRow { organization_id: row.id, user_id, role };
        if let Some(role) = role {
            tx.uow.unlink(&link(new_owner, role)).await?;
        }
        if let Some(old_owner) = row.owner_id {
            tx.uow.link(&link(old_owner, RoleKind::Admin)).await?;
        }
        let changes = OrganizationChanges { owner_id: Some(Some(new_owner)), ..Default::default() };
        tx.uow.update_held(vec![(&row, changes)]).await?;
        let details = LogDetails { previous_owner_id: row.owner_id, ..LogDetails::named(&row.name) };
        log(tx, row.id, (OrganizationLogAction::TransferOwnership, Some(new_owner)), &details).await?;
        Ok(row.id)
    }
}
