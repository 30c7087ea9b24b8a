//! What people do with the members of an organization's guild at Discord: read them, fetch them anew, see who sits where,
//! make an account of one (DOMAIN §7.3).
//!
//! The only part of `service` that asks Discord, and never from inside a transaction: it asks first, and hands what it
//! was told to a command as a value.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::command::{Commands, Done};
use super::organization::{DiscordMembersRefresh, Refreshed};
use super::rejection::{CommandError, CommandResult, Rejection};
use super::text;
use super::user::UserCreateFromDiscord;
use crate::db::models::{LeaseClaim, OrganizationRow, RightsInOrganization, Taken, UserRow};
use crate::db::{Db, DbError, DbResult, Entity as _, UniqueKey as _};
use crate::discord::{Discord, DiscordError, MemberList};
use crate::domain::policy::{self, Action, Refusal, Scope};
use crate::telemetry::{chain, spawn};
use crate::types::{GuildMember, OrganizationId, UserId, Viewer};

/// How long an organization's members are not fetched anew after they were (DOMAIN §7.3).
pub const REFRESH_COOLDOWN: SignedDuration = SignedDuration::from_mins(5);

/// Discord ids of one look-up.
const LOOK_UP: usize = 5_000;

/// The guilds of organizations; cheap to clone.
#[derive(Clone, Debug)]
pub struct Guilds {
    commands: Commands,
    /// None where nobody set up a bot.
    discord: Option<Discord>,
}

/// A voice channel and who of a guild's members sits in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffedChannel {
    /// Snowflake.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who sits in it.
    pub members: Vec<GuildMember>,
}

/// Something with a guild was not done.
#[derive(Debug, thiserror::Error)]
pub enum GuildError {
    /// Nobody set up a bot.
    #[error("no bot is set up")]
    NotConfigured,
    /// It was done a moment ago.
    #[error("it is too early to do this again")]
    CoolingDown {
        /// After how long it may be done again.
        retry_after: Duration,
    },
    /// Discord did not tell.
    #[error(transparent)]
    Discord(#[from] DiscordError),
    /// The caller may not, it makes no sense, or the database failed.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// What a failure of Discord means to whoever waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscordFailure {
    /// It may answer later; after how long, if it said.
    Later(Option<Duration>),
    /// It does not know the guild, or does not let this bot see it.
    NotForUs,
    /// It answered something else than was asked.
    Nonsense,
}

impl From<&DiscordError> for DiscordFailure {
    fn from(error: &DiscordError) -> Self {
        match error {
            DiscordError::Away(_) => Self::Later(None),
            DiscordError::Busy { retry_after } => Self::Later(*retry_after),
            DiscordError::Refused { .. } | DiscordError::Missing => Self::NotForUs,
            DiscordError::Garbled { .. } => Self::Nonsense,
        }
    }
}

impl From<DbError> for GuildError {
    fn from(error: DbError) -> Self {
        Self::Command(error.into())
    }
}

impl From<Refusal> for GuildError {
    fn from(refusal: Refusal) -> Self {
        Self::Command(refusal.into())
    }
}

impl From<Rejection> for GuildError {
    fn from(rejection: Rejection) -> Self {
        Self::Command(rejection.into())
    }
}

impl Guilds {
    /// The guilds that `discord` knows; without it everything here is [`GuildError::NotConfigured`], for whoever may.
    #[must_use]
    pub fn new(commands: Commands, discord: Option<Discord>) -> Self {
        Self { commands, discord }
    }

    /// Makes sure that there is a bot.
    ///
    /// # Errors
    /// There is none.
    pub fn expect_bot(&self) -> Result<(), GuildError> {
        self.discord().map(drop)
    }

    /// The members of a guild. Whoever calls has made sure that the caller may see them.
    ///
    /// # Errors
    /// No bot is set up, or Discord does not tell.
    pub async fn members(&self, guild: &str) -> Result<Arc<MemberList>, GuildError> {
        Ok(self.discord()?.guild_members(guild).await?)
    }

    /// Who of a guild's members who have an account here sits in which voice channel. Whoever calls has made sure that
    /// the caller may see it.
    ///
    /// # Errors
    /// No bot is set up, Discord does not tell, or the database failed.
    pub async fn voice_channels(&self, guild: &str) -> Result<Vec<StaffedChannel>, GuildError> {
        let discord = self.discord()?;
        let members = discord.guild_members(guild).await?;
        let channels = match discord.known_voice_channels(guild).await {
            Some(known) => known,
            None => discord.voice_channels(guild, self.with_account(&members).await?).await?,
        };
        let staffed = channels.iter().map(|channel| StaffedChannel {
            id: channel.id.clone(),
            name: channel.name.clone(),
            members: channel.discord_ids.iter().filter_map(|id| members.find(id)).cloned().collect(),
        });
        Ok(staffed.collect())
    }

    /// Fetches the members of an organization's guild anew. That takes a while and is finished whether the caller waits or
    /// not; if Discord fails, the old list stays and the next try need not wait.
    ///
    /// # Errors
    /// The caller may not, no bot is set up, it was done within the last five minutes, or Discord or the database failed.
    pub async fn refresh(
        &self,
        viewer: &Viewer,
        key: Option<&str>,
        organization_id: OrganizationId,
    ) -> Result<Done<Refreshed>, GuildError> {
        let guild = self.guild_to_refresh(viewer, organization_id).await?;
        let command = DiscordMembersRefresh { organization_id, counts: None };
        if let Some(done) = self.commands.replay(viewer, key, &command).await? {
            return Ok(done);
        }
        let guild = named(guild)?;
        let discord = self.discord()?.clone();
        let cooldown = self.take_cooldown(organization_id).await?;
        let (this, viewer, key) = (self.clone(), viewer.clone(), key.map(str::to_owned));
        let refreshing = spawn(async move {
            let n_before = discord.known_guild_members(&guild).await.map(|it| it.members().len());
            match discord.guild_members_anew(&guild).await {
                Ok(members) => {
                    let counts = Some((n_before, members.members().len()));
                    let command = DiscordMembersRefresh { organization_id, counts };
                    Ok(this.commands.run(&viewer, key.as_deref(), command).await?)
                }
                Err(error) => {
                    this.give_back(&cooldown).await;
                    Err(error.into())
                }
            }
        });
        refreshing.await.map_err(|error| {
            tracing::error!(%error, "the task of a refresh died; its cooldown ends by itself");
            CommandError::Db(DbError::Aborted)
        })?
    }

    /// Makes an account of a member of an organization's guild, for somebody who never signed in.
    ///
    /// # Errors
    /// The caller may not, no bot is set up, there is no such member, they have an account, or Discord or the database
    /// failed.
    pub async fn create_user(
        &self,
        viewer: &Viewer,
        key: Option<&str>,
        (organization_id, discord_id): (OrganizationId, &str),
    ) -> Result<Done<UserId>, GuildError> {
        policy::authorize(viewer, Action::UserCreate, &Scope::site())?;
        let field = ["discordId"];
        let snowflake = text::snowflake(discord_id, "discordId")?;
        let discord_id =
            snowflake.ok_or_else(|| Rejection::invalid("`discordId` must not be empty", &field))?;
        let mut command = UserCreateFromDiscord { organization_id, discord_id, found: None };
        if let Some(done) = self.commands.replay(viewer, key, &command).await? {
            return Ok(done);
        }
        let guild = named(self.guild_of(organization_id).await?)?;
        let members = self.discord()?.guild_members(&guild).await?;
        let Some(member) = members.find(&command.discord_id) else {
            let message =
                "nobody with this id is in the list of the Discord server: if they joined lately, refresh it";
            return Err(Rejection::not_found("member", &field).saying(message).into());
        };
        command.found = Some((guild, member.clone()));
        Ok(self.commands.run(viewer, key, command).await?)
    }

    fn discord(&self) -> Result<&Discord, GuildError> {
        self.discord.as_ref().ok_or(GuildError::NotConfigured)
    }

    fn db(&self) -> &Db {
        self.commands.db()
    }

    /// Those of the members who have an account here and can use it.
    async fn with_account(&self, members: &MemberList) -> DbResult<Vec<String>> {
        let mut found = Vec::new();
        for part in members.members().chunks(LOOK_UP) {
            let ids: Vec<String> = part.iter().map(|it| it.discord_id.clone()).collect();
            let known = self.db().read(async |conn| UserRow::avatars_of(conn, &ids).await).await?;
            let known: HashSet<String> = known.into_iter().map(|it| it.discord_id).collect();
            found.extend(ids.into_iter().filter(|it| known.contains(it)));
        }
        Ok(found)
    }

    /// The guild that an organization names, if the caller may have its members fetched anew.
    async fn guild_to_refresh(
        &self,
        viewer: &Viewer,
        id: OrganizationId,
    ) -> Result<Option<String>, GuildError> {
        if viewer.user_id.is_none() {
            return Err(Refusal::Unauthenticated.into());
        }
        let rights = self.db().read(async |conn| RightsInOrganization(id).find(conn).await).await?;
        let rights = rights.ok_or_else(|| Rejection::not_found("organization", &["organizationId"]))?;
        policy::authorize(viewer, Action::GuildMembersRefresh, &Scope::organization(&rights))?;
        self.guild_of(id).await
    }

    async fn guild_of(&self, id: OrganizationId) -> Result<Option<String>, GuildError> {
        let row = self.db().read(async |conn| OrganizationRow::select(conn, &[id]).await).await?.pop();
        let row = row.ok_or_else(|| Rejection::not_found("organization", &["organizationId"]))?;
        Ok(row.discord_server_id)
    }

    /// Takes the cooldown of an organization: of several who try at once, in whatever process, one gets it.
    async fn take_cooldown(&self, id: OrganizationId) -> Result<LeaseClaim, GuildError> {
        let claim = LeaseClaim::new(format!("cooldown:discord_members_refresh:{id}"), REFRESH_COOLDOWN);
        let taking =
            self.db().write(async |uow| Ok::<_, DbError>((uow.take_lease(&claim).await?, uow.now())));
        match taking.await?.0 {
            (Taken::Ours, _) => Ok(claim),
            (Taken::Theirs { expires_at }, now) => {
                let left = expires_at.timestamp().duration_since(now.timestamp());
                // Given back at this very moment: still no reason to be asked again at once.
                let retry_after = Duration::try_from(left).unwrap_or_default().max(Duration::from_millis(1));
                Err(GuildError::CoolingDown { retry_after })
            }
        }
    }

    async fn give_back(&self, cooldown: &LeaseClaim) {
        let given = self.db().write(async |uow| uow.give_back_lease(cooldown).await);
        if let Err(error) = given.await.map(drop).map_err(|error: DbError| error) {
            tracing::warn!(error = %chain(&error), "a cooldown cannot be given back; it ends by itself");
        }
    }
}

/// The guild, if the organization names one.
fn named(guild: Option<String>) -> CommandResult<String> {
    guild.ok_or_else(|| {
        let message = "the organization names no Discord server: set its `discordServerId` first";
        Rejection::conflict(message).at(&["organizationId"]).into()
    })
}
