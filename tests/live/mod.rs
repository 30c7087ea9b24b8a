//! Feeds: every event to everybody who watches, in order, whatever happens in between.

mod draft;
mod kept;
mod sharing;
mod tournament;
mod watcher;
