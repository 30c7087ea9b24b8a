//! Feeds: every event to everybody who watches, in order, whatever happens in between.

mod draft;
mod faults;
mod kept;
mod sharing;
mod subscribers;
mod tournament;
mod watcher;
