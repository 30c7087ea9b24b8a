//! Whether a page of this site caused a request, and whether this very machine did.
//!
//! A browser sends cookies along whoever wrote the link, the form or the script: what changes who is logged in asks here
//! first, and so does what stays open and tells more and more.

use axum::http::header::{FORWARDED, HOST, ORIGIN, VIA};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};

use crate::auth::{SiteUrl, is_loopback_host};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a proxy adds.
const FORWARDING: [HeaderName; 5] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
];

/// A page of this site made the browser send this. Without a browser's word for it, it counts as made elsewhere.
pub(super) fn is_same(head: &Parts, site: Option<&SiteUrl>) -> bool {
    if let Some(said) = head.headers.get(SEC_FETCH_SITE) {
        return said == "same-origin";
    }
    // An older browser.
    head.headers.get(ORIGIN).is_some_and(|it| is_own(it, head, site))
}

/// No page of another site made a browser send this: a page of this one did, or no browser.
///
/// An origin, if there is one, decides: browsers send it with every socket, but not all say of a socket which site it is of.
pub(super) fn is_not_foreign(head: &Parts, site: Option<&SiteUrl>) -> bool {
    match (head.headers.get(ORIGIN), head.headers.get(SEC_FETCH_SITE)) {
        (Some(origin), _) => is_own(origin, head, site),
        // `none` is an address that somebody typed.
        (None, Some(said)) => said == "same-origin" || said == "none",
        (None, None) => true,
    }
}

/// An origin is this site: by its public name, or by the name the request was sent to if that is one of this machine, or
/// if nobody told the public one. Elsewhere the name proves nothing: that of another site may be made to lead here.
///
/// A page that was told to send no referrer has the origin `null`.
fn is_own(origin: &HeaderValue, head: &Parts, site: Option<&SiteUrl>) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    if site.is_some_and(|it| it.to_string() == origin) {
        return true;
    }
    let sent_to = authority(head);
    let is_sent_there = sent_to.is_some() && sent_to == origin.split_once("://").map(|(_, bare)| bare);
    let is_here = sent_to.is_some_and(|it| is_loopback_host(without_port(it)));
    is_sent_there && (is_here || site.is_none())
}

/// Sent to this machine by one of its own names, and not through a proxy as far as can be seen. The name matters: the
/// name of another site may be made to lead here.
pub(super) fn is_at_home(head: &Parts) -> bool {
    let is_direct = !FORWARDING.iter().any(|it| head.headers.contains_key(it));
    is_direct && authority(head).is_some_and(|it| is_loopback_host(without_port(it)))
}

fn authority(head: &Parts) -> Option<&str> {
    text(head, &HOST).or_else(|| head.uri.authority().map(axum::http::uri::Authority::as_str))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // A colon inside brackets is one of the address.
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}

fn text<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn head(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/auth/dev");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn is_same(headers: &[(&str, &str)]) -> bool {
        super::is_same(&head(headers), Some(&"https://inhouse.example.org".parse().unwrap()))
    }

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        let host = ("host", "127.0.0.1:8000");
        assert!(is_same(&[host, ("sec-fetch-site", "same-origin")]));
        for other in ["cross-site", "same-site", "none", ""] {
            let origin = ("origin", "http://127.0.0.1:8000");
            assert!(!is_same(&[host, ("sec-fetch-site", other), origin]), "{other}");
        }
    }

    #[test]
    fn an_older_browser_is_judged_by_its_origin_and_silence_counts_as_elsewhere() {
        let host = ("host", "127.0.0.1:8000");
        assert!(is_same(&[host, ("origin", "http://127.0.0.1:8000")]));
        assert!(is_same(&[("host", "10.0.0.1:81"), ("origin", "https://inhouse.example.org")]));
        for other in ["http://127.0.0.1:9000", "http://evil.example", "null", ""] {
            assert!(!is_same(&[host, ("origin", other)]), "{other}");
        }
        assert!(!is_same(&[host]));
        assert!(!is_same(&[]));
    }

    #[test]
    fn whoever_is_no_browser_is_not_foreign_and_a_browser_is_known_by_its_origin() {
        let is_ours = |site: Option<&str>, headers: &[(&str, &str)]| {
            let site = site.map(|it| it.parse().unwrap());
            super::is_not_foreign(&head(headers), site.as_ref())
        };
        let site = Some("https://inhouse.example.org");
        let (public, here) = (("host", "inhouse.example.org"), ("host", "127.0.0.1:8000"));
        for headers in [
            &[public][..],
            &[public, ("origin", "https://inhouse.example.org")],
            &[public, ("origin", "https://inhouse.example.org"), ("sec-fetch-site", "cross-site")],
            &[here, ("origin", "http://127.0.0.1:8000")],
            &[public, ("sec-fetch-site", "same-origin")],
            &[public, ("sec-fetch-site", "none")],
        ] {
            assert!(is_ours(site, headers), "{headers:?}");
        }
        for headers in [
            &[public, ("origin", "https://evil.example")][..],
            &[public, ("origin", "http://inhouse.example.org:81")],
            &[public, ("origin", "null")],
            &[public, ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[here, ("origin", "http://127.0.0.1:9000")],
            &[("host", "evil.example"), ("origin", "http://evil.example")],
            &[public, ("sec-fetch-site", "cross-site")],
            &[public, ("sec-fetch-site", "same-site")],
            &[("origin", "http://127.0.0.1:8000")],
        ] {
            assert!(!is_ours(site, headers), "{headers:?}");
        }
        let by_address = [("host", "192.168.0.7:8000"), ("origin", "http://192.168.0.7:8000")];
        assert!(is_ours(None, &by_address), "nobody told the public name");
        assert!(!is_ours(site, &by_address));
    }

    #[test]
    fn at_home_is_who_uses_a_name_of_this_machine_and_no_proxy() {
        for host in ["localhost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "[::1]"] {
            assert!(is_at_home(&head(&[("host", host)])), "{host}");
        }
        for host in ["evil.example:8000", "inhouse.example.org", "192.168.0.7:8000", ""] {
            assert!(!is_at_home(&head(&[("host", host)])), "{host}");
        }
        assert!(!is_at_home(&head(&[("host", "localhost"), ("x-forwarded-for", "10.0.0.7")])));
        assert!(!is_at_home(&head(&[])));
    }
}
