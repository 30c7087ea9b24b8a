//! `organizationCreate`.

use serde::Serialize;

use super::log;
use crate::db::models::{NewOrganization, OrganizationRow};
use crate::domain::audit::LogDetails;
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::rejection::CommandResult;
use crate::service::{text, user};
use crate::types::{OrganizationId, OrganizationLogAction, UserId};

/// Makes an organization. It belongs to whoever is named, else to the caller.
#[derive(Clone, Debug, Serialize)]
pub struct OrganizationCreate {
    /// Name.
    pub name: String,
    /// About it, in Markdown.
    pub description: String,
    /// Rules new leagues start with, in Markdown.
    pub rules_template: String,
    /// URL of a picture, or empty.
    pub logo: String,
    /// Invitation to the Discord server, or empty.
    pub discord_link: String,
    /// Snowflake of the Discord server.
    pub discord_server_id: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// Its owner; the caller unless told.
    pub owner_id: Option<UserId>,
}

impl Command for OrganizationCreate {
    const NAME: &'static str = "organizationCreate";
    type Outcome = OrganizationId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<OrganizationId> {
        tx.authorize(Action::OrganizationCreate, &Scope::site())?;
        let server = self.discord_server_id.as_deref();
        let server = server.map(|it| text::snowflake(it, "discordServerId")).transpose()?;
        let new = NewOrganization {
            name: text::name(&self.name, "name", text::MAX_NAME)?,
            description: text::markdown(&self.description, "description", text::MAX_DESCRIPTION)?,
            rules_template: Some(text::markdown(&self.rules_template, "rulesTemplate", text::MAX_RULES)?),
            logo: text::url(&self.logo, "logo")?,
            discord_link: Some(text::url(&self.discord_link, "discordLink")?),
            discord_server_id: server.flatten(),
            timezone: text::timezone(&self.timezone, "timezone")?,
            owner_id: Some(self.owner_id.unwrap_or(tx.actor)),
            created_at: None,
        };
        let owner = user::locked_active(tx, self.owner_id.unwrap_or(tx.actor), &["ownerId"]).await?;
        let row = tx.uow.insert::<OrganizationRow>(new).await?;
        let what = (OrganizationLogAction::Create, Some(owner.id));
        log(tx, row.id, what, &LogDetails::named(&row.name)).await?;
        Ok(row.id)
    }
}
