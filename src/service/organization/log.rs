//! Entries of an organization's log.

use crate::db::models::{NewOrganizationLog, OrganizationLogRow};
use crate::domain::audit::LogDetails;
use crate::service::command::{Tx, unstorable};
use crate::service::rejection::CommandResult;
use crate::types::{OrganizationId, OrganizationLogAction, UserId};

/// Notes what the caller does to an organization, and to whom.
///
/// # Errors
/// The database failed.
pub(in crate::service) async fn log(
    tx: &mut Tx<'_>,
    organization_id: OrganizationId,
    (action, target_user_id): (OrganizationLogAction, Option<UserId>),
    details: &LogDetails,
) -> CommandResult<()> {
    let entry = NewOrganizationLog {
        organization_id,
        actor_id: Some(tx.actor),
        action,
        target_user_id,
        details: serde_json::to_value(details).map_err(|error| unstorable(&error))?,
        created_at: tx.uow.now(),
    };
    tx.uow.insert::<OrganizationLogRow>(entry).await?;
    Ok(())
}
