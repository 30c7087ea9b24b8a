//! Everything that is asked of Discord but logging in: members of guilds and who of them sits in which voice channel.
//!
//! Holds the one cache of guild members (DOMAIN §7.3): whoever needs a member asks [`Discord::guild_members`]. Calls
//! nobody from inside a transaction, and decides no permission. What logging in shares with it is here, too.

mod avatars;
mod client;
mod error;
mod http;
mod members;
mod rate_limit;
mod settings;
mod voice;
mod waits;
mod wire;

pub use avatars::{AvatarRefresh, AvatarRefreshError, AvatarReport};
pub use client::DiscordClient;
pub use error::{DiscordError, DiscordSetupError};
pub(crate) use http::{client as http_client, read_body};
pub use members::{Discord, MemberList};
pub use settings::DiscordSettings;
pub use waits::Waits;
pub(crate) use wire::profile_of;
