//! Pages of few words, for people who log in: no script, nothing from elsewhere.
//!
//! Every text is escaped here; nobody else writes HTML.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}\
    :root{color-scheme:light dark}ul{list-style:none;padding:0}li{margin:.4rem 0}\
    button{font:inherit;min-width:12rem;padding:.3rem .8rem;text-align:left;cursor:pointer}";

/// A page that is being written.
pub(super) struct Page {
    status: StatusCode,
    title: String,
    body: String,
}

impl Page {
    /// A page with nothing but a title.
    pub(super) fn new(status: StatusCode, title: &str) -> Self {
        Self { status, title: escaped(title), body: String::new() }
    }

    /// Adds a paragraph.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.body.extend(["<p>", &escaped(text), "</p>\n"]);
        self
    }

    /// Adds a paragraph that leads somewhere.
    pub(super) fn link(mut self, to: &str, text: &str) -> Self {
        self.body.extend(["<p><a href=\"", &escaped(to), "\">", &escaped(text), "</a></p>\n"]);
        self
    }

    /// Adds a list of buttons, each with where it posts to, its label, and what is to be said about it.
    pub(super) fn buttons(mut self, buttons: impl Iterator<Item = (String, String, String)>) -> Self {
        self.body.push_str("<form method=\"post\"><ul>\n");
        for (to, label, about) in buttons {
            let (to, label, about) = (escaped(&to), escaped(&label), escaped(&about));
            self.body.push_str(&format!("<li><button formaction=\"{to}\">{label}</button> {about}</li>\n"));
        }
        self.body.push_str("</ul></form>\n");
        self
    }

    /// The response. Its policy lets a form be sent to this site, and its style be what is written above.
    pub(super) fn respond(self) -> Response {
        let Self { status, title, body } = self;
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>inhouse · {title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n{body}</html>\n"
        );
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Without a referrer a browser hides the origin of a form, too, by which an older one is told from others.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        if let Ok(policy) = HeaderValue::from_str(&policy()) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        let page = Page::new(StatusCode::OK, "<t>").text("<p>").link("\"><x>", "<l>");
        let page = page.buttons(std::iter::once(("\"><y>".to_owned(), "<b>".to_owned(), "<c>".to_owned())));
        for tag in ["<t>", "<x>", "<l>", "<y>", "<b>", "<c>", "<p><p>"] {
            assert!(!page.title.contains(tag) && !page.body.contains(tag), "{tag}: {}", page.body);
        }
    }
}
