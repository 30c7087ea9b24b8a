//! `defaultOrganizationSet`.

use serde::Serialize;

use super::{differing, locked_self, scope_of, write};
use crate::db::models::{OrganizationRow, UserChanges};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{OrganizationId, UserId};

/// Chooses the organization that the caller's pages open with, or none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DefaultOrganizationSet {
    /// The organization.
    pub organization_id: Option<OrganizationId>,
}

impl Command for DefaultOrganizationSet {
    const NAME: &'static str = "defaultOrganizationSet";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        if let Some(id) = self.organization_id
            && tx.uow.lock::<OrganizationRow>(id).await?.is_none()
        {
            return Err(Rejection::not_found("organization", &["organizationId"]).into());
        }
        let row = locked_self(tx).await?;
        tx.authorize(Action::ProfileUpdate, &scope_of(&row))?;
        let default_organization_id = differing(&row.default_organization_id, Some(self.organization_id));
        write(tx, &row, UserChanges { default_organization_id, ..UserChanges::default() }).await?;
        Ok(row.id)
    }
}
