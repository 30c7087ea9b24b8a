//! Where a site is, as its operator writes it: our own, or one that is asked.
//!
//! A value only: opens no connection.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

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
    #[must_use]
    pub fn discord() -> Self {
        Self { is_secure: true, host: "discord.com".to_owned(), port: None }
    }
}

/// Whether a host, without its port, names this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    // Outside of a URL an address of IPv6 may come without its brackets.
    let is_bare = host.contains(':') && !host.starts_with('[');
    let host = if is_bare { Host::parse(&format!("[{host}]")) } else { Host::parse(host) };
    match host {
        Ok(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
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
}
