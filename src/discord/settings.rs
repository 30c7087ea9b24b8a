//! What Discord gave out for this application, and how long it may take to answer.
//!
//! Values only; logging in and the bot read the same ones.

use std::time::Duration;

use crate::types::{Secret, SiteUrl};

/// Settings of everything that is asked of Discord.
#[derive(Clone, Debug)]
pub struct DiscordSettings {
    /// Where Discord is.
    pub base_url: SiteUrl,
    /// Number of the application at Discord; empty for no login by Discord.
    pub client_id: String,
    /// What proves to Discord that we are that application.
    pub client_secret: Secret,
    /// What proves to Discord that we are the application's bot; empty for no features that need one.
    pub bot_token: Secret,
    /// How long Discord may take to tell who somebody is, and to answer the bot one question.
    pub timeout: Duration,
}

impl Default for DiscordSettings {
    fn default() -> Self {
        Self {
            base_url: SiteUrl::discord(),
            client_id: String::new(),
            client_secret: Secret::default(),
            bot_token: Secret::default(),
            timeout: Duration::from_secs(8),
        }
    }
}

impl DiscordSettings {
    /// All that it takes to log in by Discord is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.client_id.is_empty() && !self.client_secret.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discord_is_where_it_always_was_and_no_secret_of_it_is_printed() {
        let mut settings = DiscordSettings::default();
        assert_eq!(settings.base_url.to_string(), "https://discord.com");
        settings.client_secret = Secret::new("hunter2");
        settings.bot_token = Secret::new("hunter3");
        assert!(!settings.is_complete());
        settings.client_id = "1234".to_owned();
        assert!(settings.is_complete());
        let printed = format!("{settings:?}");
        assert!(!printed.contains("hunter"), "{printed}");
    }
}
