//! `leagueAdminAdd`, `leagueAdminRemove`, `leagueStaffAdd`, `leagueStaffRemove`.
//!
//! To give what is held and to take what is not is no change: nothing is written or logged (DOMAIN §10.5 bug 64).

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{LeagueRoleRow, LeagueRow};
use crate::domain::audit::{FieldChange, LogDetails};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::user;
use crate::types::{LeagueId, LeagueLogAction, RoleKind, TextEnum as _, UserId};

macro_rules! role_commands {
    ($($(#[$doc:meta])* $name:ident = $mutation:literal: $apply:ident $role:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize)]
        pub struct $name {
            /// In which league.
            pub league_id: LeagueId,
            /// Whom.
            pub user_id: UserId,
        }

        impl Command for $name {
            const NAME: &'static str = $mutation;
            type Outcome = LeagueId;

            async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
                $apply(tx, self.league_id, self.user_id, RoleKind::$role).await
            }
        }
    )+};
}

role_commands! {
    /// Makes somebody an admin; who was staff is not any more.
    LeagueAdminAdd = "leagueAdminAdd": give Admin;
    /// Takes the admin role from somebody.
    LeagueAdminRemove = "leagueAdminRemove": take Admin;
    /// Makes somebody staff.
    LeagueStaffAdd = "leagueStaffAdd": give Staff;
    /// Takes the staff role from somebody.
    LeagueStaffRemove = "leagueStaffRemove": take Staff;
}

async fn give(tx: &mut Tx<'_>, id: LeagueId, user_id: UserId, role: RoleKind) -> CommandResult<LeagueId> {
    let (action, entry) = match role {
        RoleKind::Admin => (Action::LeagueAdminAdd, LeagueLogAction::AddAdmin),
        RoleKind::Staff => (Action::LeagueStaffAdd, LeagueLogAction::AddStaff),
    };
    let (row, rights) = authorized(tx, id, action, &["leagueId"]).await?;
    let user = user::locked_active(tx, user_id, &["userId"]).await?;
    let is_admin = rights.admins.contains(&user.id);
    let is_staff = rights.staff.contains(&user.id);
    let mut details = LogDetails::named(&row.name);
    match role {
        RoleKind::Admin if is_admin => return Ok(row.id),
        RoleKind::Staff if is_staff => return Ok(row.id),
        // Who may make staff may not take the admin role.
        RoleKind::Staff if is_admin => {
            let message = "this user is an admin of the league: take that role first";
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        RoleKind::Admin if is_staff => {
            let held = RoleKind::Staff;
            details.changes =
                vec![FieldChange::new("role", &held.as_str().to_owned(), &role.as_str().to_owned())];
            tx.uow.unlink(&LeagueRoleRow { league_id: row.id, user_id, role: held }).await?;
        }
        RoleKind::Admin | RoleKind::Staff => {}
    }
    tx.uow.link(&LeagueRoleRow { league_id: row.id, user_id, role }).await?;
    log(tx, row.id, (entry, Some(user.id)), &details).await?;
    Ok(row.id)
}

async fn take(tx: &mut Tx<'_>, id: LeagueId, user_id: UserId, role: RoleKind) -> CommandResult<LeagueId> {
    let action = match role {
        RoleKind::Admin => Action::LeagueAdminRemove,
        RoleKind::Staff => Action::LeagueStaffRemove,
    };
    let (row, rights) = authorized(tx, id, action, &["leagueId"]).await?;
    let user = user::locked(tx, user_id, &["userId"]).await?;
    let holders = match role {
        RoleKind::Admin => &rights.admins,
        RoleKind::Staff => &rights.staff,
    };
    if holders.contains(&user.id) {
        take_role(tx, &LeagueRoleRow { league_id: row.id, user_id, role }).await?;
    }
    Ok(row.id)
}

/// Takes a role that somebody holds, and logs it.
///
/// # Errors
/// The database failed.
pub(in crate::service) async fn take_role(tx: &mut Tx<'_>, role: &LeagueRoleRow) -> CommandResult<()> {
    if !tx.uow.unlink(role).await? {
        return Ok(());
    }
    let entry = match role.role {
        RoleKind::Admin => LeagueLogAction::RemoveAdmin,
        RoleKind::Staff => LeagueLogAction::RemoveStaff,
    };
    let row = tx.uow.get::<LeagueRow>(role.league_id).await?;
    let details = row.map(|it| LogDetails::named(&it.name)).unwrap_or_default();
    log(tx, role.league_id, (entry, Some(role.user_id)), &details).await
}
