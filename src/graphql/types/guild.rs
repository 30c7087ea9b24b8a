//! Members of an organization's guild at Discord, and its voice channels, as the API shows them (DOMAIN §7.3).
//!
//! Who may see them is decided where they are asked for. Whether a member has an account here is looked up for a whole
//! page at once.

use std::collections::HashMap;
use std::time::Duration;

use async_graphql::{Context, Object};

use super::User;
use super::order::search_text;
use crate::db::models::{OrganizationRow, UserOfDiscord, UsersOfDiscord};
use crate::db::{Anchor, Slice, SortKey};
use crate::domain::{guild as rules, user};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, connection, slice_of};
use crate::graphql::scalars::DateTime;
use crate::service::CommandError;
use crate::service::guild::{DiscordFailure, GuildError};
use crate::types::GuildMember;

/// When to ask a Discord again that did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A member of a guild, which is what Discord calls a server.
#[derive(Clone, Debug)]
pub(crate) struct DiscordGuildMember {
    member: GuildMember,
    account: Option<UserOfDiscord>,
}

impl DiscordGuildMember {
    /// These members, with their accounts.
    async fn of(ctx: &Context<'_>, members: Vec<GuildMember>) -> ApiResult<Vec<Self>> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let ids = members.iter().map(|it| it.discord_id.clone()).collect();
        let accounts = ctx.loaders().query(UsersOfDiscord(ids)).await?;
        let mut accounts: HashMap<&str, &UserOfDiscord> =
            accounts.iter().map(|it| (it.discord_id.as_str(), it)).collect();
        let with_account = |member: GuildMember| {
            let account = accounts.remove(member.discord_id.as_str()).cloned();
            Self { member, account }
        };
        Ok(members.into_iter().map(with_account).collect())
    }
}

/// A member of a guild, which is what Discord calls a server.
#[Object]
impl DiscordGuildMember {
    /// Discord snowflake. A string: it exceeds 32 bits.
    async fn discord_id(&self) -> &str {
        &self.member.discord_id
    }

    /// Name of the account at Discord.
    async fn username(&self) -> &str {
        &self.member.username
    }

    /// The name they chose to be shown by everywhere.
    async fn global_name(&self) -> Option<&str> {
        self.member.global_name.as_deref()
    }

    /// The name they have on this server alone.
    async fn nick(&self) -> Option<&str> {
        self.member.nick.as_deref()
    }

    /// The nick, else the global name, else the username.
    async fn display_name(&self) -> &str {
        rules::display_name(&self.member)
    }

    /// Picture at Discord's CDN.
    async fn avatar_url(&self) -> Option<String> {
        user::avatar_url(Some(&self.member.discord_id), self.member.avatar.as_deref())
    }

    /// When they joined the server, if Discord tells.
    async fn joined_at(&self) -> Option<DateTime> {
        self.member.joined_at.map(Into::into)
    }

    /// They have an account here, though it may be a deactivated one.
    async fn already_registered(&self) -> bool {
        self.account.is_some()
    }

    /// Their account here. Null for one that was deactivated: nobody is told whose it was.
    async fn user(&self, ctx: &Context<'_>) -> Nullable<User> {
        let account = self.account.as_ref().filter(|it| it.is_active)?;
        User::load(ctx, account.user_id).await.transpose()
    }
}

/// A voice channel of a guild.
#[derive(Clone, Debug)]
pub(crate) struct VoiceChannel {
    id: String,
    name: String,
    members: Vec<DiscordGuildMember>,
}

/// A voice channel of a guild.
#[Object]
impl VoiceChannel {
    /// Discord snowflake of the channel.
    async fn discord_id(&self) -> &str {
        &self.id
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Who of those with an account here sits in it.
    async fn members(&self) -> &[DiscordGuildMember] {
        &self.members
    }
}

/// A page of the members of an organization's guild; nothing if it names none.
pub(super) async fn members(
    ctx: &Context<'_>,
    organization: &OrganizationRow,
    search: Option<String>,
    (first, after): (Option<i32>, Option<String>),
) -> ApiResult<Option<Paged<DiscordGuildMember>>> {
    let search = search_text(search)?.map(|text| text.to_lowercase());
    if search.as_ref().is_some_and(|it| it.chars().count() < rules::MIN_SEARCH) {
        return Err(ApiError::bad_input(format!("`search` needs {} characters", rules::MIN_SEARCH)));
    }
    if first.is_some_and(|it| it > rules::MAX_PAGE) {
        return Err(ApiError::bad_input(format!("`first` must be between 1 and {}", rules::MAX_PAGE)));
    }
    let guild = organization.discord_server_id.as_deref();
    let list = ListKey::new("organization.discordMembers", &(guild, &search));
    let page = PageArgs::forward(first, after).parse(&list)?;
    let guilds = ctx.guilds();
    let Some(guild) = guild else { return guilds.expect_bot().map(|()| None).map_err(ApiError::from) };
    let all = guilds.members(guild).await?;
    let mut found: Vec<(String, &GuildMember)> =
        all.members().iter().filter_map(|it| Some((rules::place(it, search.as_deref())?, it))).collect();
    found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let counted = Counted::Known(found.len());
    let slice = slice_of(found, &page, |(place, _), anchor| match &anchor.key {
        SortKey::Text(text) => place.as_str().cmp(text),
        SortKey::Null | SortKey::Int(_) | SortKey::Instant(_) => std::cmp::Ordering::Equal,
    });
    let (places, rows): (Vec<String>, Vec<GuildMember>) =
        slice.rows.into_iter().map(|(place, member)| (place, member.clone())).unzip();
    let shown = DiscordGuildMember::of(ctx, rows).await?;
    let slice = Slice { rows: places.into_iter().zip(shown).collect::<Vec<_>>(), has_more: slice.has_more };
    let anchor =
        |(place, _): &(String, DiscordGuildMember)| Anchor { key: SortKey::Text(place.clone()), pk: 0 };
    Ok(Some(connection(slice, (&list, &page), counted, anchor, |(_, shown)| (shown, Default::default()))))
}

/// The voice channels of an organization's guild; nothing if it names none.
pub(super) async fn voice_channels(
    ctx: &Context<'_>,
    organization: &OrganizationRow,
) -> ApiResult<Option<Vec<VoiceChannel>>> {
    let guilds = ctx.guilds();
    let Some(guild) = organization.discord_server_id.as_deref() else {
        return guilds.expect_bot().map(|()| None).map_err(ApiError::from);
    };
    let mut channels = Vec::new();
    for channel in guilds.voice_channels(guild).await? {
        let members = DiscordGuildMember::of(ctx, channel.members).await?;
        channels.push(VoiceChannel { id: channel.id, name: channel.name, members });
    }
    Ok(Some(channels))
}

impl From<GuildError> for ApiError {
    fn from(error: GuildError) -> Self {
        let told = |code, message: &str, wait: Option<Duration>| Self::Client {
            code,
            message: message.to_owned(),
            retry_after_ms: wait.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        };
        match error {
            GuildError::NotConfigured => {
                let message = "this site has no bot at Discord: whoever runs it sets discord.bot_token";
                told(ErrorCode::DiscordNotConfigured, message, None)
            }
            GuildError::CoolingDown { retry_after } => {
                let message = "the members were fetched a moment ago: try again later";
                told(ErrorCode::RateLimited, message, Some(retry_after))
            }
            GuildError::Discord(error) => {
                let (message, wait) = match DiscordFailure::from(&error) {
                    DiscordFailure::Later(wait) => {
                        ("Discord does not answer right now", Some(wait.unwrap_or(RETRY_AFTER)))
                    }
                    DiscordFailure::NotForUs => (
                        "Discord does not let the bot see this server: is it a member there, may it see the members \
                         (server members intent), and is discordServerId right?",
                        None,
                    ),
                    DiscordFailure::Nonsense => ("Discord answered something unexpected", None),
                };
                told(ErrorCode::Unavailable, message, wait)
            }
            GuildError::Command(CommandError::Refused(refusal)) => refusal.into(),
            GuildError::Command(CommandError::Rejected(rejection)) => Self::bad_input(rejection.message),
            GuildError::Command(CommandError::Db(error)) => error.into(),
        }
    }
}
