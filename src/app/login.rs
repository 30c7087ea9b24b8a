//! What the settings mean for logging in: which ways there are, and how cookies are set.
//!
//! Opens nothing; the routes are in `http`.

use anyhow::Context as _;

use crate::auth::{DiscordLogin, SiteUrl};
use crate::config::Settings;
use crate::db::DatabaseUrl;
use crate::http::HttpSettings;

/// The login by Discord, where it is set up.
pub(super) fn discord(settings: &Settings) -> anyhow::Result<Option<DiscordLogin>> {
    let site = settings.auth.site(settings.listen);
    let Some(site) = site.filter(|_| settings.auth.discord.is_complete()) else { return Ok(None) };
    let login = DiscordLogin::new(&settings.auth.discord, &site);
    login.map(Some).context("the login by Discord cannot be prepared (discord.*, public_url)")
}

/// Whether anybody may log in as anybody: only where that is the developer alone. A site that people reach by another
/// name has a proxy in front, and then loopback means nothing.
pub(super) fn may_be_anybody(settings: &Settings) -> bool {
    let is_embedded = matches!(settings.db.url, DatabaseUrl::Sqlite(_));
    let is_here = settings.listen.ip().is_loopback();
    let is_site_here = settings.auth.public_url.as_ref().is_none_or(SiteUrl::is_loopback);
    settings.auth.dev_login && is_embedded && is_here && is_site_here
}

/// The settings of HTTP, with what follows from those of logging in.
pub(super) fn http(settings: &Settings) -> HttpSettings {
    HttpSettings {
        cookies: settings.auth.cookies(),
        tries_per_minute: settings.auth.tries_per_minute,
        site: settings.auth.site(settings.listen),
        ..settings.http.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_be_anybody(change: impl FnOnce(&mut Settings)) -> bool {
        let mut settings = Settings::default();
        change(&mut settings);
        super::may_be_anybody(&settings)
    }

    #[test]
    fn anybody_can_be_anybody_only_on_the_developers_own_machine() {
        assert!(may_be_anybody(|_| {}));
        assert!(may_be_anybody(|it| it.auth.public_url = "http://localhost:8000".parse().ok()));
        assert!(!may_be_anybody(|it| it.auth.dev_login = false));
        assert!(!may_be_anybody(|it| it.listen = "0.0.0.0:8000".parse().unwrap()));
        assert!(!may_be_anybody(|it| it.listen = "192.168.0.7:8000".parse().unwrap()));
        assert!(!may_be_anybody(|it| it.db.url = DatabaseUrl::Postgres("postgres://localhost/x".to_owned())));
        assert!(!may_be_anybody(|it| it.auth.public_url = "https://inhouse.example.org".parse().ok()));
    }
}
