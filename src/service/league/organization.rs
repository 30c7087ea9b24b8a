//! `leagueOrganizationLink`, `leagueOrganizationUnlink`.
//!
//! To link what is linked and to unlink what is not is no change: nothing is written or logged.

use serde::Serialize;

use super::create::{about, link};
use super::{authorized, locked, log};
use crate::db::models::{LeagueOrganizationRow, LeagueRow, OrganizationChanges, OrganizationRow};
use crate::domain::audit::{Diff, LogDetails};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::organization;
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{LeagueId, LeagueLogAction, OrganizationId, OrganizationLogAction};

/// Links an organization to a league: who administers both may (DOMAIN §10.5 bug 57).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LeagueOrganizationLink {
    /// To which league.
    pub league_id: LeagueId,
    /// Which organization.
    pub organization_id: OrganizationId,
}

/// Unlinks an organization from a league that belongs to another one, too.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LeagueOrganizationUnlink {
    /// From which league.
    pub league_id: LeagueId,
    /// Which organization.
    pub organization_id: OrganizationId,
}

impl Command for LeagueOrganizationLink {
    const NAME: &'static str = "leagueOrganizationLink";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        let (organization, rights) =
            organization::locked(tx, self.organization_id, &["organizationId"]).await?;
        let (league, league_rights) = locked(tx, self.league_id, &["leagueId"]).await?;
        let named = [rights];
        let scope = Scope::league(&league_rights).with_organizations(&named);
        tx.authorize(Action::LeagueOrganizationLink, &scope)?;
        if !league_rights.organizations.iter().any(|it| it.id == Some(organization.id)) {
            link(tx, &league, &organization).await?;
        }
        Ok(league.id)
    }
}

impl Command for LeagueOrganizationUnlink {
    const NAME: &'static str = "leagueOrganizationUnlink";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        let (organization, _) = organization::locked(tx, self.organization_id, &["organizationId"]).await?;
        let (league, rights) =
            authorized(tx, self.league_id, Action::LeagueOrganizationUnlink, &["leagueId"]).await?;
        if !rights.organizations.iter().any(|it| it.id == Some(organization.id)) {
            return Ok(league.id);
        }
        if rights.organizations.len() < 2 {
            let message = "a league belongs to at least one organization: link another one first";
            return Err(Rejection::conflict(message).at(&["organizationId"]).into());
        }
        let link = LeagueOrganizationRow { league_id: league.id, organization_id: organization.id };
        tx.uow.unlink(&link).await?;
        let details = about(&league, &organization);
        log(tx, league.id, (LeagueLogAction::UnlinkOrganization, None), &details).await?;
        forget_default(tx, &organization, &league).await?;
        Ok(league.id)
    }
}

/// An organization's default league is one of its leagues.
async fn forget_default(
    tx: &mut Tx<'_>,
    organization: &OrganizationRow,
    league: &LeagueRow,
) -> CommandResult<()> {
    if organization.default_league_id != Some(league.id) {
        return Ok(());
    }
    let mut diff = Diff::default();
    let default_league_id = diff.note("defaultLeagueId", &organization.default_league_id, Some(None));
    let changes = OrganizationChanges { default_league_id, ..OrganizationChanges::default() };
    tx.uow.update_held(vec![(organization, changes)]).await?;
    let details = LogDetails { changes: diff.into_changes(), ..LogDetails::named(&organization.name) };
    organization::log(tx, organization.id, (OrganizationLogAction::Update, None), &details).await
}
