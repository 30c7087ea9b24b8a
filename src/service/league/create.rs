//! `leagueCreate`.

use serde::Serialize;

use super::{expect_free_steam_league, log, prize_pool};
use crate::db::models::{LeagueOrganizationRow, LeagueRow, NewLeague, OrganizationRow};
use crate::domain::audit::LogDetails;
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::{organization, text};
use crate::types::{LeagueId, LeagueLogAction, OrganizationId};

/// Makes a league of one or more organizations, in each of which the caller is an admin (DOMAIN §10.5 bug 57).
#[derive(Clone, Debug, Serialize)]
pub struct LeagueCreate {
    /// Name.
    pub name: String,
    /// Valve's number.
    pub steam_league_id: i32,
    /// The organizations, at least one.
    pub organization_ids: Vec<OrganizationId>,
    /// About it, in Markdown.
    pub description: String,
    /// Rules, in Markdown; those of the first organization's template unless told.
    pub rules: Option<String>,
    /// What can be won.
    pub prize_pool: String,
    /// IANA time zone; that of the first organization unless told.
    pub timezone: Option<String>,
}

impl Command for LeagueCreate {
    const NAME: &'static str = "leagueCreate";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        let mut ids = self.organization_ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let (mut organizations, mut rights) = (Vec::new(), Vec::new());
        for id in ids {
            let (row, of) = organization::locked(tx, id, &["organizationIds"]).await?;
            organizations.push(row);
            rights.push(of);
        }
        tx.authorize(Action::LeagueCreate, &Scope::site().with_organizations(&rights))?;
        let named = self.organization_ids.first();
        let Some(first) = organizations.iter().find(|it| Some(&it.id) == named) else {
            let message = "a league belongs to at least one organization";
            return Err(Rejection::invalid(message, &["organizationIds"]).into());
        };
        let new = self.new_league(first)?;
        expect_free_steam_league(tx, self.steam_league_id, None).await?;
        let row = tx.uow.insert::<LeagueRow>(new).await?;
        log(tx, row.id, (LeagueLogAction::Create, None), &LogDetails::named(&row.name)).await?;
        for organization in &organizations {
            link(tx, &row, organization).await?;
        }
        Ok(row.id)
    }
}

impl LeagueCreate {
    fn new_league(&self, first: &OrganizationRow) -> CommandResult<NewLeague> {
        let rules = self.rules.as_deref().unwrap_or(&first.rules_template);
        let timezone = match self.timezone.as_deref() {
            Some(zone) => text::timezone(zone, "timezone")?,
            None => first.timezone.clone(),
        };
        Ok(NewLeague {
            name: text::name(&self.name, "name", text::MAX_NAME)?,
            steam_league_id: self.steam_league_id,
            description: Some(text::markdown(&self.description, "description", text::MAX_DESCRIPTION)?),
            rules: Some(text::markdown(rules, "rules", text::MAX_RULES)?),
            prize_pool: Some(prize_pool(&self.prize_pool)?),
            timezone: Some(timezone),
        })
    }
}

/// Links an organization that is not linked, and logs it.
pub(super) async fn link(
    tx: &mut Tx<'_>,
    league: &LeagueRow,
    organization: &OrganizationRow,
) -> CommandResult<()> {
    let link = LeagueOrganizationRow { league_id: league.id, organization_id: organization.id };
    tx.uow.link(&link).await?;
    let details = about(league, organization);
    log(tx, league.id, (LeagueLogAction::LinkOrganization, None), &details).await
}

/// Details of an entry about a league and an organization.
pub(super) fn about(league: &LeagueRow, organization: &OrganizationRow) -> LogDetails {
    LogDetails {
        organization_id: Some(organization.id),
        organization_name: Some(organization.name.clone()),
        ..LogDetails::named(&league.name)
    }
}
