//! What feeds may be told.

use std::time::Duration;

/// Times and bounds of feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// How often a subscriber hears something, whatever happens; also how often a feed looks at the database unasked.
    pub heartbeat: Duration,
    /// How often a feed looks at the database while nobody can tell it of changes.
    pub poll: Duration,
    /// So many events a subscriber may have missed; behind more, a snapshot tells less.
    pub max_replay: i32,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(10), poll: Duration::from_secs(1), max_replay: 10_000 }
    }
}
