//! The one cache of guild members (DOMAIN §7.3): filled by paging until a guild is exhausted, shared by every process,
//! read by [`Discord::guild_members`] alone.
//!
//! There must never be a second one. Whoever needs a member who joined lately has the list filled anew; whoever finds
//! the list too old makes its time a setting, and no copy.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::PAGE;
use super::{DiscordClient, DiscordError, wire};
use crate::cache::{OutsideCache, Shared, TtlClass, Ttls};
use crate::telemetry::chain;
use crate::telemetry::metrics::{self, Outcome};
use crate::types::{Clock, GuildMember, Instant, VoiceChannel};

/// What the key of a guild's list begins with; its snowflake follows.
const KEY: &str = "discord_members_";

/// Most pages of a list: a million members. A guild that has more would be taken for one that never ends.
const MAX_PAGES: usize = 1_000;

/// Longest time that filling a list may take, waits for Discord's limits included.
const MAX_FILL: Duration = Duration::from_secs(600);

/// What Discord is asked for, and what is remembered of it; cheap to clone.
#[derive(Clone, Debug)]
pub struct Discord {
    pub(super) client: DiscordClient,
    members: OutsideCache<MemberList, DiscordError>,
    pub(super) voice: OutsideCache<Vec<VoiceChannel>, DiscordError>,
    clock: Clock,
}

/// All members of a guild, as they were at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberList {
    /// When the list was complete.
    pub filled_at: Instant,
    /// In order of id.
    members: Vec<GuildMember>,
}

impl MemberList {
    /// A list of these members.
    #[must_use]
    pub fn new(mut members: Vec<GuildMember>, filled_at: Instant) -> Self {
        members.sort_by(|a, b| by_number(&a.discord_id).cmp(&by_number(&b.discord_id)));
        members.dedup_by(|a, b| a.discord_id == b.discord_id);
        Self { filled_at, members }
    }

    /// All of them, in order of id.
    #[must_use]
    pub fn members(&self) -> &[GuildMember] {
        &self.members
    }

    /// The member with this id.
    #[must_use]
    pub fn find(&self, discord_id: &str) -> Option<&GuildMember> {
        let found = self.members.binary_search_by(|it| by_number(&it.discord_id).cmp(&by_number(discord_id)));
        found.ok().and_then(|at| self.members.get(at))
    }
}

/// Snowflakes are numbers without leading zeros: the longer one is the larger one.
fn by_number(snowflake: &str) -> (usize, &str) {
    (snowflake.len(), snowflake)
}

impl Discord {
    /// Discord as this client reaches it. Lists of members are kept in the `shared` store if there is one, else in the
    /// process; who sits where is kept in the process, for a moment.
    #[must_use]
    pub fn new(client: DiscordClient, (shared, ttls): (Shared, Ttls), clock: Clock) -> Self {
        Self {
            client,
            members: OutsideCache::new(shared, TtlClass::DiscordMembers, ttls),
            voice: OutsideCache::new(None, TtlClass::OutsideApi, ttls),
            clock,
        }
    }

    /// The members of a guild: the only way to them. An empty list is remembered like any other, a failure is not; of
    /// all who ask at the same time, one fetches.
    ///
    /// # Errors
    /// The list has to be fetched, and Discord is away, refuses, or answers nonsense.
    pub async fn guild_members(&self, guild: &str) -> Result<Arc<MemberList>, DiscordError> {
        metrics::members_read();
        self.members.get_or_fetch(&key(guild), self.clone().fill(guild.to_owned())).await
    }

    /// The members of a guild as they are now, in place of what was remembered of them.
    ///
    /// # Errors
    /// Discord is away, refuses, or answers nonsense; what was remembered stays.
    pub async fn guild_members_anew(&self, guild: &str) -> Result<Arc<MemberList>, DiscordError> {
        self.members.fetch_anew(&key(guild), self.clone().fill(guild.to_owned())).await
    }

    /// What is remembered of a guild's members, without asking Discord.
    pub async fn known_guild_members(&self, guild: &str) -> Option<Arc<MemberList>> {
        self.members.find(&key(guild)).await
    }

    /// The client, for whoever has to know whether it works.
    #[must_use]
    pub fn client(&self) -> &DiscordClient {
        &self.client
    }

    async fn fill(self, guild: String) -> Result<MemberList, DiscordError> {
        let began = tokio::time::Instant::now();
        let mut n_pages = 0_usize;
        let filling = tokio::time::timeout(MAX_FILL, self.page_through(&guild, &mut n_pages)).await;
        let filled = filling.unwrap_or_else(|elapsed| Err(DiscordError::Away(Arc::new(elapsed))));
        let took = began.elapsed();
        let outcome = if filled.is_ok() { Outcome::Succeeded } else { Outcome::Failed };
        metrics::members_filled(outcome, u64::try_from(n_pages).unwrap_or(u64::MAX), took);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match filled {
            Ok(members) => {
                let n_members = members.len();
                tracing::info!(guild, n_members, n_pages, took_ms, "the members of a guild were fetched");
                Ok(MemberList::new(members, self.clock.now()))
            }
            Err(error) => {
                tracing::warn!(
                    guild,
                    n_pages,
                    took_ms,
                    error = %chain(&error),
                    "the members of a guild could not be fetched"
                );
                Err(error)
            }
        }
    }

    async fn page_through(&self, guild: &str, n_pages: &mut usize) -> Result<Vec<GuildMember>, DiscordError> {
        if !wire::is_snowflake(guild) {
            return Err(DiscordError::Missing);
        }
        let mut members: Vec<GuildMember> = Vec::new();
        let mut after: Option<String> = None;
        while *n_pages < MAX_PAGES {
            let page = self.client.guild_member_page(guild, after.as_deref()).await?;
            *n_pages = n_pages.saturating_add(1);
            let is_last = page.len() < PAGE;
            let last = page.iter().map(|it| it.discord_id.as_str()).max_by_key(|it| by_number(it));
            let next = last.map(str::to_owned);
            members.extend(page);
            if is_last {
                return Ok(members);
            }
            let has_advanced = match (&after, &next) {
                (Some(after), Some(next)) => by_number(next) > by_number(after),
                (None, _) => true,
                (Some(_), None) => false,
            };
            if !has_advanced {
                return Err(DiscordError::garbled("a page of members that was there before"));
            }
            after = next;
        }
        Err(DiscordError::garbled("members without end"))
    }
}

fn key(guild: &str) -> String {
    format!("{KEY}{guild}")
}
