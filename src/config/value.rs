//! How the text of a setting becomes a value, and what to tell whoever wrote another one.
//!
//! Judges one text alone; what settings say about each other is checked where they meet.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::auth::{Secret, SiteUrl};
use crate::db::DatabaseUrl;
use crate::telemetry::LogFormat;

/// A type that a setting may have.
pub(super) trait Value: Sized {
    /// What the text should be; ends the sentence "… is not".
    const EXPECTED: &'static str;

    /// The text must not be shown.
    const IS_SECRET: bool = false;

    fn read(text: &str) -> Option<Self>;
}

impl Value for SocketAddr {
    const EXPECTED: &'static str =
        "an address with a port: write 127.0.0.1:8000, [::1]:8000 or localhost:8000";

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}").parse().ok(),
            None => text.parse().ok(),
        }
    }
}

impl Value for DatabaseUrl {
    const EXPECTED: &'static str =
        "a database URL: write postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH";
    const IS_SECRET: bool = true;

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }
}

impl Value for String {
    const EXPECTED: &'static str = "a text";

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }
}

/// Where Redis is; empty for nowhere. Holds a password, so it is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RedisUrl(pub String);

impl std::fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "RedisUrl()" } else { "RedisUrl(…)" })
    }
}

impl Value for RedisUrl {
    const EXPECTED: &'static str = "a Redis URL: write redis://HOST:PORT, redis+sentinel://HOST:PORT,…/NAME or \
                                    redis+cluster://HOST:PORT,…";
    const IS_SECRET: bool = true;

    fn read(text: &str) -> Option<Self> {
        (text.is_empty() || text.starts_with("redis")).then(|| Self(text.to_owned()))
    }
}

/// Names, with commas between.
pub(super) struct Names(pub(super) Vec<String>);

impl Value for Names {
    const EXPECTED: &'static str = "a list of names with commas between";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()))
    }
}

impl Value for LogFormat {
    const EXPECTED: &'static str = "a form of the log: write text or json";

    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Sizes: none of them means anything at 0.
impl Value for usize {
    const EXPECTED: &'static str = "a whole number above 0";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|it| *it > 0)
    }
}

/// Limits: 0 forbids.
impl Value for u64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Days that a browser keeps a cookie: none keeps one for longer.
pub(super) struct Days(pub(super) u32);

impl Value for Days {
    const EXPECTED: &'static str = "a whole number of days from 1 to 400";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|it| (1..=400).contains(it)).map(Self)
    }
}

impl Value for SiteUrl {
    const EXPECTED: &'static str =
        "where a site is: write https://HOST or http://HOST:PORT, and nothing behind that";
    // Whoever puts a password into it made a mistake that no log should repeat.
    const IS_SECRET: bool = true;

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for Secret {
    const EXPECTED: &'static str = "a text";
    const IS_SECRET: bool = true;

    fn read(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }
}

/// Something that need not be there.
impl<T: Value> Value for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const IS_SECRET: bool = T::IS_SECRET;

    fn read(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::read(text).map(Some) }
    }
}

/// Milliseconds.
impl Value for Duration {
    const EXPECTED: &'static str = "a whole number of milliseconds, at most a day";

    fn read(text: &str) -> Option<Self> {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        text.parse().ok().map(Self::from_millis).filter(|it| *it <= DAY)
    }
}
