//! The leaf vocabulary every other module speaks: typed ids, the domain's enums, who is asking, what time it is.
//!
//! Nothing here does IO, is async, or knows of a database, GraphQL or HTTP.

mod clock;
mod discord;
mod enums;
mod id;
mod jitter;
mod secret;
mod site_url;
mod viewer;

pub use clock::{Clock, FixedClock, Instant, SystemClock};
pub use discord::{DiscordProfile, GuildMember, VoiceChannel};
pub use enums::{
    BracketType, DraftEventType, DraftStatus, DraftStyle, EliminationType, GameStatus, LeagueLogAction,
    OrganizationLogAction, ParseEnumError, Position, RatingSystem, RoleKind, Slot, TeamMembershipKind,
    TextEnum, TokenScope, TournamentState, TournamentType,
};
pub use id::{
    ApiTokenId, DraftEventId, DraftId, DraftRoundId, EntityId, GameId, GlobalId, LeagueId, LeagueLogId,
    OrganizationId, OrganizationLogId, ParseGlobalIdError, SessionId, TeamId, TournamentId, UserId,
};
pub use jitter::Jitter;
pub use secret::Secret;
pub(crate) use site_url::is_loopback_host;
pub use site_url::{ParseSiteUrlError, SiteUrl};
pub use viewer::{LeagueRights, OrganizationRights, Viewer};
