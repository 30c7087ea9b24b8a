//! What is done to organizations and to the roles in them: DOMAIN §1.3, §6. Everything is logged (§1.11).
//!
//! Locks are taken in this order, so that no two commands wait for each other: organizations, leagues, users, each by
//! id.

mod create;
mod delete;
mod log;
mod refresh_members;
mod role;
mod transfer;
mod update;

pub use create::OrganizationCreate;
pub use delete::OrganizationDelete;
pub use refresh_members::{DiscordMembersRefresh, Refreshed};
pub use role::{
    OrganizationAdminAdd, OrganizationAdminRemove, OrganizationStaffAdd, OrganizationStaffRemove,
};
pub use transfer::OrganizationTransferOwnership;
pub use update::OrganizationUpdate;

pub(super) use log::log;
pub(super) use role::take_role;

use super::command::Tx;
use super::rejection::{CommandResult, Rejection};
use crate::db::models::OrganizationRow;
use crate::domain::policy::{Action, Scope};
use crate::types::{OrganizationId, OrganizationRights};

/// The organization, locked until the transaction ends, and who has which right in it.
///
/// # Errors
/// There is none.
pub(super) async fn locked(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    field: &[&str],
) -> CommandResult<(OrganizationRow, OrganizationRights)> {
    let row = tx.uow.lock::<OrganizationRow>(id).await?;
    let rights = tx.organization_rights(id).await?;
    row.zip(rights).ok_or_else(|| Rejection::not_found("organization", field).into())
}

/// The same, if the caller may do this to it.
///
/// # Errors
/// There is none, or the caller may not.
async fn authorized(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    action: Action,
    field: &[&str],
) -> CommandResult<(OrganizationRow, OrganizationRights)> {
    let (row, rights) = locked(tx, id, field).await?;
    tx.authorize(action, &Scope::organization(&rights))?;
    Ok((row, rights))
}
