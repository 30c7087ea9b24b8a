//! What Discord tells of a person, as far as anybody here needs it.
//!
//! Values only: who asks Discord, and what follows from the answer, is elsewhere.

use serde::{Deserialize, Serialize};

use super::Instant;

/// A person as Discord knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordProfile {
    /// Snowflake: never changes, never used again. The only thing an account is recognised by (`DOMAIN §6`, Login).
    pub id: String,
    /// Unique at any moment, and somebody else's tomorrow.
    pub username: String,
    /// The name they chose to be shown by.
    pub global_name: Option<String>,
    /// Hash of their picture.
    pub avatar: Option<String>,
}

/// A person as a member of one guild, which is what Discord calls a server (`DOMAIN §7.2`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildMember {
    /// Snowflake of the person.
    pub discord_id: String,
    /// Unique at any moment.
    pub username: String,
    /// The name they chose to be shown by everywhere.
    pub global_name: Option<String>,
    /// The name they have in this guild alone.
    pub nick: Option<String>,
    /// Hash of their picture; not the one some have in a single guild.
    pub avatar: Option<String>,
    /// When they joined the guild, if Discord tells.
    pub joined_at: Option<Instant>,
}

/// A voice channel of a guild, and who sits in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceChannel {
    /// Snowflake.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Snowflakes of the people in it.
    pub discord_ids: Vec<String>,
}
