//! What can be chosen about logging in.
//!
//! Values only: what contradicts what is checked where all settings meet.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use super::{Cookies, Secret};

/// Settings of logging in.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// Logging in by Discord.
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

/// Settings of logging in by Discord.
#[derive(Clone, Debug)]
pub struct DiscordSettings {
    /// Where Discord is.
    pub base_url: SiteUrl,
    /// Number of the application at Discord; empty for no login by Discord.
    pub client_id: String,
    /// What proves to Discord that we are that application.
    pub client_secret: Secret,
    /// How long Discord may take to tell who somebody is.
    pub timeout: Duration,
}

/// Where a site is: scheme, host and port, and nothing behind them.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteUrl {
    is_secure: bool,
    host: String,
    /// Unless it is the usual one.
    port: Option<u16>,
}

/// The text is no such URL.
#[derive(Debug, thiserror::Error)]
#[error("the URL of a site is http or https, a host and perhaps a port")]
pub struct ParseSiteUrlError;

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

impl Default for DiscordSettings {
    fn default() -> Self {
        Self {
            base_url: SiteUrl::discord(),
            client_id: String::new(),
            client_secret: Secret::default(),
            timeout: Duration::from_secs(8),
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

impl DiscordSettings {
    /// All that Discord gives out for an application is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.client_id.is_empty() && !self.client_secret.is_empty()
    }
}

impl SiteUrl {
    /// A path of this site, as a whole URL.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        let port = self.port.map(|it| format!(":{it}")).unwrap_or_default();
        format!("{scheme}://{}{port}{path}", self.host)
    }

    /// It is reached by HTTPS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// It is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }

    /// Discord itself.
    fn discord() -> Self {
        Self { is_secure: true, host: "discord.com".to_owned(), port: None }
    }
}

/// Whether a host, without its port, names this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

impl FromStr for SiteUrl {
    type Err = ParseSiteUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Ok(url) = text.parse::<Url>() else { return Err(ParseSiteUrlError) };
        let Some(host) = url.host_str().map(str::to_owned) else { return Err(ParseSiteUrlError) };
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        if !(is_web && is_bare && is_nobodys) {
            return Err(ParseSiteUrlError);
        }
        Ok(Self { is_secure: url.scheme() == "https", host, port: url.port() })
    }
}

impl fmt::Display for SiteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at(""))
    }
}

impl fmt::Debug for SiteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> SiteUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_site_is_a_scheme_a_host_and_perhaps_a_port() {
        assert_eq!(site("https://inhouse.example.org/").at("/auth"), "https://inhouse.example.org/auth");
        assert_eq!(site("http://127.0.0.1:8000").to_string(), "http://127.0.0.1:8000");
        for text in ["", "inhouse.example.org", "ftp://x", "https://x/path", "https://x?a", "https://ann:b@x"]
        {
            assert!(text.parse::<SiteUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_known_by_each_of_its_names() {
        for text in ["http://localhost:8000", "http://LOCALHOST", "http://127.0.0.1", "http://[::1]:8000"] {
            assert!(site(text).is_loopback(), "{text}");
        }
        for text in ["http://192.168.0.7", "https://localhost.example.org", "http://[2001:db8::1]"] {
            assert!(!site(text).is_loopback(), "{text}");
        }
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

    #[test]
    fn discord_is_where_it_always_was_and_no_secret_of_it_is_printed() {
        let mut settings = DiscordSettings::default();
        assert_eq!(settings.base_url.to_string(), "https://discord.com");
        settings.client_secret = Secret::new("hunter2");
        assert!(!settings.is_complete());
        settings.client_id = "1234".to_owned();
        assert!(settings.is_complete());
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
