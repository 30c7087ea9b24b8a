//! `userCreateFromDiscord`.
//!
//! Asks nobody: Discord was asked before, outside of any transaction (`service::guild`).

use serde::Serialize;

use super::fields::expect_free;
use crate::db::models::{NewUser, UserKey, UserRow};
use crate::domain::audit::{FieldChange, LogDetails};
use crate::domain::policy::{Action, Scope};
use crate::domain::user::{nickname_from_discord, username_from_discord};
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::{organization, username};
use crate::types::{GuildMember, OrganizationId, OrganizationLogAction, UserId};

/// Makes an account of a member of an organization's guild (DOMAIN §7.2). The first login of that person leads to it.
#[derive(Clone, Debug, Serialize)]
pub struct UserCreateFromDiscord {
    /// Whose guild.
    pub organization_id: OrganizationId,
    /// Snowflake of the member.
    pub discord_id: String,
    /// The guild they were found in, and what it tells of them. What the call found out and no input, so an idempotency
    /// key does not belong to it.
    #[serde(skip)]
    pub found: Option<(String, GuildMember)>,
}

impl Command for UserCreateFromDiscord {
    const NAME: &'static str = "userCreateFromDiscord";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        let (row, _) = organization::locked(tx, self.organization_id, &["organizationId"]).await?;
        tx.authorize(Action::UserCreate, &Scope::site())?;
        let found = self.found.filter(|(guild, _)| row.discord_server_id.as_ref() == Some(guild));
        let Some((_, member)) = found else {
            let message =
                "the organization has another Discord server by now: look at its members again and retry";
            return Err(Rejection::conflict(message).at(&["organizationId"]).into());
        };
        expect_free(tx, UserKey::DiscordId(&member.discord_id), None).await?;
        let Some(wanted) = username_from_discord(&member.username) else {
            let message = "the name at Discord cannot be used: make the account by `userCreate`";
            return Err(Rejection::conflict(message).at(&["discordId"]).into());
        };
        let new = NewUser {
            username: username::free(tx.uow, &wanted).await?,
            nickname: nickname_from_discord(member.nick.as_deref(), member.global_name.as_deref()),
            avatar: member.avatar,
            discord_id: Some(member.discord_id),
            discord_username: Some(member.username),
            discord_nickname: member.global_name,
            guild_nickname: member.nick,
            ..NewUser::default()
        };
        let id = tx.uow.insert::<UserRow>(new).await?.id;
        // The id tells who it is as long as they may be told; their id at Discord would tell for ever.
        let change =
            FieldChange { field: "users".to_owned(), from: None, to: Some("made from Discord".to_owned()) };
        let details = LogDetails { changes: vec![change], ..LogDetails::named(&row.name) };
        organization::log(tx, row.id, (OrganizationLogAction::Update, Some(id)), &details).await?;
        Ok(id)
    }
}
