//! What can be chosen about logging in.
//!
//! Values only: what contradicts what is checked where all settings meet.

use std::net::SocketAddr;

use super::Cookies;
use crate::discord::DiscordSettings;
use crate::types::SiteUrl;

/// Settings of logging in.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// What Discord gave out for this application.
    pub discord: DiscordSettings,
    /// Where this site is for those who use it; on loopback it follows from the address that is listened on.
    pub public_url: Option<SiteUrl>,
    /// How many days a session is good.
    pub session_days: u32,
    /// Offer the page that logs in as anybody, where that is safe.
    pub dev_login: bool,
    /// Logins begun, and wrong credentials, of one address in a minute; 0 for no limit.
    pub tries_per_minute: u64,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            discord: DiscordSettings::default(),
            public_url: None,
            session_days: 14,
            dev_login: true,
            tries_per_minute: 60,
        }
    }
}

impl AuthSettings {
    /// Where this site is, if it listens at `address`.
    #[must_use]
    pub fn site(&self, address: SocketAddr) -> Option<SiteUrl> {
        let own = || address.ip().is_loopback().then(|| format!("http://{address}").parse().ok()).flatten();
        self.public_url.clone().or_else(own)
    }

    /// How cookies are set.
    #[must_use]
    pub fn cookies(&self) -> Cookies {
        if self.public_url.as_ref().is_some_and(SiteUrl::is_secure) { Cookies::Host } else { Cookies::Plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> SiteUrl {
        text.parse().unwrap()
    }

    #[test]
    fn on_loopback_the_site_is_where_it_listens_unless_told_otherwise() {
        let mut settings = AuthSettings::default();
        let at = |settings: &AuthSettings, address: &str| {
            settings.site(address.parse().unwrap()).map(|it| it.to_string())
        };
        assert_eq!(at(&settings, "127.0.0.1:8000").as_deref(), Some("http://127.0.0.1:8000"));
        assert_eq!(at(&settings, "[::1]:80").as_deref(), Some("http://[::1]"));
        assert_eq!(at(&settings, "0.0.0.0:8000"), None);
        assert_eq!(settings.cookies(), Cookies::Plain);
        settings.public_url = Some(site("https://inhouse.example.org"));
        assert_eq!(at(&settings, "127.0.0.1:8000").as_deref(), Some("https://inhouse.example.org"));
        assert_eq!(settings.cookies(), Cookies::Host);
    }
}
