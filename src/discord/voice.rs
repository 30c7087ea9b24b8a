//! Who of a guild's members sits in which voice channel right now (DOMAIN §7.3).
//!
//! Discord tells it member by member (over REST a guild carries no voice states), so only those are asked about who are
//! handed in. What it told is remembered for a moment, in the process. Members themselves come from `members`.

use std::sync::Arc;

use super::{Discord, DiscordError, wire};
use crate::types::VoiceChannel;

/// Most members who are asked about: at Discord's limits that takes a few seconds.
pub(crate) const MAX_ASKED: usize = 200;

impl Discord {
    /// The voice channels of a guild, in Discord's order, with who of `people` (snowflakes) sits in each. Of more than
    /// `MAX_ASKED` people the rest is not asked about. What was told within the last moments is told again, whoever
    /// was asked about then.
    ///
    /// # Errors
    /// Discord is away, refuses, or answers nonsense.
    pub async fn voice_channels(
        &self,
        guild: &str,
        people: Vec<String>,
    ) -> Result<Arc<Vec<VoiceChannel>>, DiscordError> {
        let (discord, owned) = (self.clone(), guild.to_owned());
        let fetch = async move { discord.ask_around(&owned, people).await };
        self.voice.get_or_fetch(&key(guild), fetch).await
    }

    /// What was told of a guild's voice channels within the last moments.
    pub async fn known_voice_channels(&self, guild: &str) -> Option<Arc<Vec<VoiceChannel>>> {
        self.voice.find(&key(guild)).await
    }

    async fn ask_around(&self, guild: &str, people: Vec<String>) -> Result<Vec<VoiceChannel>, DiscordError> {
        if !wire::is_snowflake(guild) {
            return Err(DiscordError::Missing);
        }
        if people.len() > MAX_ASKED {
            tracing::warn!(
                guild,
                n_people = people.len(),
                MAX_ASKED,
                "not everybody's voice channel is asked for"
            );
        }
        let channels = self.client.voice_channels(guild).await?;
        let asked = people.iter().filter(|it| wire::is_snowflake(it)).take(MAX_ASKED);
        // The client lets few of them go at once.
        let seats = asked.map(async |person| {
            Ok::<_, DiscordError>((self.client.voice_channel_of(guild, person).await?, person))
        });
        let seats = futures_util::future::try_join_all(seats).await?;
        let seated = channels.into_iter().map(|(id, name)| {
            let here = seats.iter().filter(|(channel, _)| channel.as_deref() == Some(&id));
            let discord_ids = here.map(|(_, person)| (*person).clone()).collect();
            VoiceChannel { id, name, discord_ids }
        });
        Ok(seated.collect())
    }
}

fn key(guild: &str) -> String {
    format!("discord_voice_{guild}")
}
