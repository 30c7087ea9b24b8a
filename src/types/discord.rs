//! What Discord tells of a person, as far as anybody here needs it.
//!
//! Values only: who asks Discord, and what follows from the answer, is elsewhere.

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
