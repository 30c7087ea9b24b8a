//! What the settings mean for the bot at Discord: whether there is one, and where what it was told is shared.
//!
//! Asks Discord nothing.

use anyhow::Context as _;
use rand::Rng as _;

use super::Store;
use crate::config::Settings;
use crate::discord::{Discord, DiscordClient, Waits};
use crate::types::Jitter;

/// Discord as this process asks it, where a bot is set up.
///
/// # Errors
/// The token fits no header, or the system offers no TLS.
pub(crate) fn bot(settings: &Settings, store: &Store) -> anyhow::Result<Option<Discord>> {
    let discord = &settings.auth.discord;
    if discord.bot_token.is_empty() {
        return Ok(None);
    }
    let client = DiscordClient::new(discord, Waits::real(), jitter());
    let client = client.context("the bot at Discord cannot be prepared")?;
    let kept = (store.outside(), settings.cache.ttl);
    Ok(Some(Discord::new(client, kept, store.db.clock().clone())))
}

/// Spreads waits by chance.
pub(crate) fn jitter() -> Jitter {
    Jitter::new(|| rand::rng().random::<f64>())
}
