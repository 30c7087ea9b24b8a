//! What is asked of Discord: the client, the one list of members, and everything that stands on them.
//!
//! Discord is played by a server of the test's own, which pages, throttles, fails and hangs as told. Waits of the client
//! pass at once and are written down.

mod avatars;
mod client;
mod create;
mod members;
mod refresh;
mod search;
mod secrets;
mod server;
mod stage;
mod time;
mod voice;

pub(crate) use server::{FakeDiscord, Trouble, member};
pub(crate) use time::FakeTime;

use inhouse::cache::{Shared, Ttls};
use inhouse::discord::{Discord, DiscordClient, DiscordSettings};
use inhouse::types::{FixedClock, Jitter, Secret};

/// The token of the bot.
pub(crate) const TOKEN: &str = "the-bot's-token";

/// The settings by which a server of this program asks that Discord.
pub(crate) fn settings(discord: &FakeDiscord) -> DiscordSettings {
    DiscordSettings {
        base_url: discord.url.parse().unwrap(),
        bot_token: Secret::new(TOKEN),
        timeout: std::time::Duration::from_secs(60),
        ..DiscordSettings::default()
    }
}

/// Discord as one process asks it.
pub(crate) fn process(settings: &DiscordSettings, time: &FakeTime, shared: Shared) -> Discord {
    let client = DiscordClient::new(settings, time.waits(), Jitter::fixed(0.5)).unwrap();
    let clock = FixedClock("2026-11-23T12:00:00Z".parse().unwrap()).into();
    Discord::new(client, (shared, Ttls::default()), clock)
}
