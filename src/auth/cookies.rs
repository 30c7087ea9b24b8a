//! The two cookies of a login: what they are called, how they are set and cleared, how they are read.
//!
//! Texts only: knows no HTTP library, and no secret but those it is handed.

use super::Secret;

/// Which of the two cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Who is logged in in this browser.
    Session,
    /// Which login this browser has begun: an answer of Discord counts only where it was asked for.
    Login,
}

/// How cookies are set (`API.md`, "Who is asking").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cookies {
    /// On HTTPS. A `__Host-` cookie comes from this very host over HTTPS: no other site of the domain can have set it.
    Host,
    /// On plain-http loopback, where a browser takes no `__Host-` cookie.
    #[default]
    Plain,
}

impl Cookies {
    /// The text of a header `Set-Cookie` that a browser keeps for so many seconds.
    #[must_use]
    pub fn set(self, cookie: Cookie, secret: &Secret, max_age_seconds: i64) -> String {
        self.header(cookie, secret.expose(), max_age_seconds)
    }

    /// The text of a header `Set-Cookie` by which a browser forgets it.
    #[must_use]
    pub fn clear(self, cookie: Cookie) -> String {
        self.header(cookie, "", 0)
    }

    /// The session of a header `Cookie`.
    #[must_use]
    pub fn session(self, header: &str) -> Option<Secret> {
        self.read(Cookie::Session, header)
    }

    /// A cookie of a header `Cookie`. On HTTPS a plain one does not count: another site of the domain could have set it,
    /// to have somebody act in an account that is not theirs.
    #[must_use]
    pub fn read(self, cookie: Cookie, header: &str) -> Option<Secret> {
        let named = |wanted: &str| {
            header
                .split(';')
                .filter_map(|pair| pair.trim().split_once('='))
                .find(|(name, value)| *name == wanted && !value.is_empty())
                .map(|(_, value)| Secret::new(value))
        };
        let strong = named(Self::Host.name(cookie));
        if self == Self::Host { strong } else { strong.or_else(|| named(self.name(cookie))) }
    }

    fn name(self, cookie: Cookie) -> &'static str {
        match (self, cookie) {
            (Self::Host, Cookie::Session) => "__Host-session",
            (Self::Host, Cookie::Login) => "__Host-login",
            (Self::Plain, Cookie::Session) => "session",
            (Self::Plain, Cookie::Login) => "login",
        }
    }

    fn header(self, cookie: Cookie, value: &str, max_age_seconds: i64) -> String {
        let secure = if self == Self::Host { " Secure;" } else { "" };
        let name = self.name(cookie);
        format!("{name}={value}; Path=/; Max-Age={max_age_seconds};{secure} HttpOnly; SameSite=Lax")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_on_https_is_bound_to_its_host_and_never_shown_to_scripts() {
        assert_eq!(
            Cookies::Host.set(Cookie::Session, &Secret::new("abc"), 1_209_600),
            "__Host-session=abc; Path=/; Max-Age=1209600; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            Cookies::Host.clear(Cookie::Login),
            "__Host-login=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn a_cookie_on_plain_http_has_neither_prefix_nor_secure() {
        let set = Cookies::Plain.set(Cookie::Session, &Secret::new("abc"), 60);
        assert_eq!(set, "session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn the_host_cookie_wins_and_on_https_no_other_counts() {
        let both = "a=b; session=weak; __Host-session=strong";
        for cookies in [Cookies::Host, Cookies::Plain] {
            assert_eq!(cookies.session(both), Some(Secret::new("strong")));
        }
        assert_eq!(Cookies::Plain.session("session=weak"), Some(Secret::new("weak")));
        assert_eq!(Cookies::Host.session("session=weak"), None);
    }
}
