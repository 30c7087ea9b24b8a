//! `organizationUpdate`.

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{LeagueRow, LeaguesOfOrganization, OrganizationChanges, OrganizationRow};
use crate::domain::audit::{Diff, LogDetails};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::{LeagueId, OrganizationId, OrganizationLogAction};

/// Changes the settings of an organization; what is `None` stays. Its owner and the roles in it have commands of their
/// own (DOMAIN §10.5 bug 57).
#[derive(Clone, Debug, Serialize)]
pub struct OrganizationUpdate {
    /// Which one.
    pub id: OrganizationId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Name.
    pub name: Option<String>,
    /// About it, in Markdown.
    pub description: Option<String>,
    /// Rules new leagues start with, in Markdown.
    pub rules_template: Option<String>,
    /// URL of a picture, or empty.
    pub logo: Option<String>,
    /// Invitation to the Discord server, or empty.
    pub discord_link: Option<String>,
    /// Snowflake of the Discord server, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discord_server_id: Option<Option<String>>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// League that new tournaments are put in, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_league_id: Option<Option<LeagueId>>,
}

impl Command for OrganizationUpdate {
    const NAME: &'static str = "organizationUpdate";
    type Outcome = OrganizationId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<OrganizationId> {
        let (row, _) = authorized(tx, self.id, Action::OrganizationUpdate, &["id"]).await?;
        expect_version(self.expected_version, row.version)?;
        let (changes, diff) = self.changes(&row)?;
        if let Some(Some(league_id)) = changes.default_league_id {
            expect_linked(tx, row.id, league_id).await?;
        }
        if !diff.is_empty() {
            tx.uow.update_held(vec![(&row, changes)]).await?;
            let details = LogDetails { changes: diff.into_changes(), ..LogDetails::named(&row.name) };
            log(tx, row.id, (OrganizationLogAction::Update, None), &details).await?;
        }
        Ok(row.id)
    }
}

impl OrganizationUpdate {
    fn changes(&self, row: &OrganizationRow) -> CommandResult<(OrganizationChanges, Diff)> {
        let name = self.name.as_deref().map(|it| text::name(it, "name", text::MAX_NAME)).transpose()?;
        let markdown = |text: &Option<String>, field: &str, max| {
            text.as_deref().map(|it| text::markdown(it, field, max)).transpose()
        };
        let url =
            |text: &Option<String>, field: &str| text.as_deref().map(|it| text::url(it, field)).transpose();
        let timezone = self.timezone.as_deref().map(|it| text::timezone(it, "timezone")).transpose()?;
        let mut diff = Diff::default();
        let changes = OrganizationChanges {
            name: diff.note("name", &row.name, name),
            description: diff.note(
                "description",
                &row.description,
                markdown(&self.description, "description", text::MAX_DESCRIPTION)?,
            ),
            rules_template: diff.note(
                "rulesTemplate",
                &row.rules_template,
                markdown(&self.rules_template, "rulesTemplate", text::MAX_RULES)?,
            ),
            logo: diff.note("logo", &row.logo, url(&self.logo, "logo")?),
            discord_link: diff.note(
                "discordLink",
                &row.discord_link,
                url(&self.discord_link, "discordLink")?,
            ),
            discord_server_id: diff.note(
                "discordServerId",
                &row.discord_server_id,
                self.discord_server_id.as_ref().map(|it| server_id(it.as_deref())).transpose()?,
            ),
            timezone: diff.note("timezone", &row.timezone, timezone),
            default_league_id: diff.note("defaultLeagueId", &row.default_league_id, self.default_league_id),
            ..OrganizationChanges::default()
        };
        Ok((changes, diff))
    }
}

fn server_id(text: Option<&str>) -> CommandResult<Option<String>> {
    text.map_or(Ok(None), |it| text::snowflake(it, "discordServerId"))
}

/// New tournaments are put only where the organization's people have rights.
async fn expect_linked(tx: &mut Tx<'_>, id: OrganizationId, league_id: LeagueId) -> CommandResult<()> {
    let field = ["defaultLeagueId"];
    let linked = tx.uow.children::<LeaguesOfOrganization>(id).await?;
    if linked.iter().any(|it| it.id == league_id) {
        return Ok(());
    }
    Err(match tx.uow.get::<LeagueRow>(league_id).await? {
        Some(_) => Rejection::conflict("this league is not linked to the organization").at(&field).into(),
        None => Rejection::not_found("league", &field).into(),
    })
}
