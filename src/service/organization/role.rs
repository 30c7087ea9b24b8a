//! `organizationAdminAdd`, `organizationAdminRemove`, `organizationStaffAdd`, `organizationStaffRemove`.
//!
//! To give what is held and to take what is not is no change: nothing is written or logged (DOMAIN §10.5 bug 64).

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{OrganizationRoleRow, OrganizationRow};
use crate::domain::audit::{FieldChange, LogDetails};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::user;
use crate::types::{OrganizationId, OrganizationLogAction, RoleKind, TextEnum as _, UserId};

macro_rules! role_commands {
    ($($(#[$doc:meta])* $name:ident = $mutation:literal: $apply:ident $role:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize)]
        pub struct $name {
            /// In which organization.
            pub organization_id: OrganizationId,
            /// Whom.
            pub user_id: UserId,
        }

        impl Command for $name {
            const NAME: &'static str = $mutation;
            type Outcome = OrganizationId;

            async fn run(self, tx: &mut Tx<'_>) -> CommandResult<OrganizationId> {
                $apply(tx, self.organization_id, self.user_id, RoleKind::$role).await
            }
        }
    )+};
}

role_commands! {
    /// Makes somebody an admin; who was staff is not any more.
    OrganizationAdminAdd = "organizationAdminAdd": give Admin;
    /// Takes the admin role from somebody.
    OrganizationAdminRemove = "organizationAdminRemove": take Admin;
    /// Makes somebody staff.
    OrganizationStaffAdd = "organizationStaffAdd": give Staff;
    /// Takes the staff role from somebody.
    OrganizationStaffRemove = "organizationStaffRemove": take Staff;
}

async fn give(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    user_id: UserId,
    role: RoleKind,
) -> CommandResult<OrganizationId> {
    let (action, entry) = match role {
        RoleKind::Admin => (Action::OrganizationAdminAdd, OrganizationLogAction::AddAdmin),
        RoleKind::Staff => (Action::OrganizationStaffAdd, OrganizationLogAction::AddStaff),
    };
    let (row, rights) = authorized(tx, id, action, &["organizationId"]).await?;
    let user = user::locked_active(tx, user_id, &["userId"]).await?;
    if row.owner_id == Some(user.id) {
        let message = "this user owns the organization, which is more than any role in it";
        return Err(Rejection::conflict(message).at(&["userId"]).into());
    }
    let held = rights.roles.get(&user.id).copied();
    let mut details = LogDetails::named(&row.name);
    match (held, role) {
        (Some(held), _) if held == role => return Ok(row.id),
        // Who may make staff may not take the admin role.
        (Some(RoleKind::Admin), _) => {
            let message = "this user is an admin of the organization: take that role first";
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        (Some(held), _) => {
            details.changes =
                vec![FieldChange::new("role", &held.as_str().to_owned(), &role.as_str().to_owned())];
            tx.uow.unlink(&OrganizationRoleRow { organization_id: row.id, user_id, role: held }).await?;
        }
        (None, _) => {}
    }
    tx.uow.link(&OrganizationRoleRow { organization_id: row.id, user_id, role }).await?;
    log(tx, row.id, (entry, Some(user.id)), &details).await?;
    Ok(row.id)
}

async fn take(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    user_id: UserId,
    role: RoleKind,
) -> CommandResult<OrganizationId> {
    let action = match role {
        RoleKind::Admin => Action::OrganizationAdminRemove,
        RoleKind::Staff => Action::OrganizationStaffRemove,
    };
    let (row, rights) = authorized(tx, id, action, &["organizationId"]).await?;
    let user = user::locked(tx, user_id, &["userId"]).await?;
    if rights.roles.get(&user.id) == Some(&role) {
        take_role(tx, &OrganizationRoleRow { organization_id: row.id, user_id, role }).await?;
    }
    Ok(row.id)
}

/// Takes a role that somebody holds, and logs it.
///
/// # Errors
/// The database failed.
pub(in crate::service) async fn take_role(tx: &mut Tx<'_>, role: &OrganizationRoleRow) -> CommandResult<()> {
    if !tx.uow.unlink(role).await? {
        return Ok(());
    }
    let entry = match role.role {
        RoleKind::Admin => OrganizationLogAction::RemoveAdmin,
        RoleKind::Staff => OrganizationLogAction::RemoveStaff,
    };
    let row = tx.uow.get::<OrganizationRow>(role.organization_id).await?;
    let details = row.map(|it| LogDetails::named(&it.name)).unwrap_or_default();
    log(tx, role.organization_id, (entry, Some(role.user_id)), &details).await
}
