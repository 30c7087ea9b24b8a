//! Imports organizations (DOMAIN §1.3). They have no natural key: only a mapping says that one is here already.

use super::diff::differing;
use super::failure::Fault;
use super::work::{Work, fate};
use crate::db::models::{NewOrganization, OrganizationChanges, OrganizationRow};
use crate::domain::import::{Change, OrganizationPlan, SourcePk};
use crate::types::{Instant, OrganizationId};

/// Zone of an organization whose file names none (DOMAIN §1.3).
const DEFAULT_TIMEZONE: &str = "America/New_York";

/// The organization with this key, imported unless it was never described.
pub(super) async fn organization(
    work: &mut Work<'_, '_>,
    pk: SourcePk,
) -> Result<Option<OrganizationId>, Fault> {
    if let Some(plan) = work.run.organizations.get(&pk).copied() {
        let outside = work.at.clone();
        if work.begin::<OrganizationRow>(pk, &plan.at) {
            write(work, plan).await?;
        }
        work.at = outside;
    }
    Ok(work.run.mappings.id::<OrganizationRow>(pk))
}

async fn write(work: &mut Work<'_, '_>, plan: &OrganizationPlan) -> Result<(), Fault> {
    let Some(row) = work.mapped::<OrganizationRow>(plan.source_pk).await? else {
        let new = NewOrganization {
            name: plan.name.clone(),
            description: String::new(),
            logo: plan.logo.clone(),
            timezone: DEFAULT_TIMEZONE.to_owned(),
            owner_id: None,
            created_at: plan.created_at.map(Instant::from),
            ..NewOrganization::default()
        };
        work.create::<OrganizationRow>(plan.source_pk, new).await?;
        work.count::<OrganizationRow>(Change::Created);
        return Ok(());
    };
    let logo = if plan.logo.is_empty() { row.logo.clone() } else { plan.logo.clone() };
    let changes = OrganizationChanges {
        name: differing(&row.name, plan.name.clone()),
        logo: differing(&row.logo, logo),
        ..OrganizationChanges::default()
    };
    let is_changed = work.amend::<OrganizationRow>(row.id, changes).await?.is_some();
    work.count::<OrganizationRow>(fate(is_changed));
    Ok(())
}
