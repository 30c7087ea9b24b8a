//! `organizationDelete`.

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{LeagueRow, LeaguesOfOrganization, OrganizationRow, OrganizationsOfLeague};
use crate::domain::audit::LogDetails;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{OrganizationId, OrganizationLogAction};

/// Deletes an organization with the roles in it. Its leagues stay with the other organizations they are linked to; while
/// one has no other, nothing is deleted. The log stays.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OrganizationDelete {
    /// Which one.
    pub id: OrganizationId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for OrganizationDelete {
    const NAME: &'static str = "organizationDelete";
    type Outcome = OrganizationId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<OrganizationId> {
        let (row, _) = authorized(tx, self.id, Action::OrganizationDelete, &["id"]).await?;
        expect_version(self.expected_version, row.version)?;
        expect_no_orphan(tx, row.id).await?;
        log(tx, row.id, (OrganizationLogAction::Delete, None), &LogDetails::named(&row.name)).await?;
        tx.uow.delete::<OrganizationRow>(row.id).await?;
        Ok(row.id)
    }
}

/// A league always belongs to an organization (DOMAIN §1.4).
async fn expect_no_orphan(tx: &mut Tx<'_>, id: OrganizationId) -> CommandResult<()> {
    let mut orphans = Vec::new();
    for league in tx.uow.children::<LeaguesOfOrganization>(id).await? {
        // Locked, so that its other organizations stay its own.
        let Some(league) = tx.uow.lock::<LeagueRow>(league.id).await? else { continue };
        if tx.uow.children::<OrganizationsOfLeague>(league.id).await?.len() < 2 {
            orphans.push(league.name);
        }
    }
    if orphans.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} would belong to no organization: link it to another one or delete it first",
        orphans.join(", ")
    );
    Err(Rejection::conflict(message).at(&["id"]).into())
}
