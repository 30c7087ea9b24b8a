//! The cache engine: entries that say what they were computed from, and a log that says what has changed since.
//!
//! An entry is valid if it was computed at or after the last change of everything it read; stale entries are recognised,
//! not hunted. Knows no entity, table or GraphQL name: models and relations reach it as plain names.
//! `docs/CACHE.md` tells the whole of it.

mod changes;
mod check;
mod dep;
mod engine;
mod entry;
pub mod far;
mod far_writer;
mod freshness;
mod inspect;
mod log;
mod near;
mod outside;
mod policy;
mod read_through;
pub mod reads;
mod record;
mod redis;
mod report;
mod scoped;
mod single_flight;
mod store;
mod token;
mod watch;

pub use self::redis::{RedisServer, RedisUrlError};
pub use changes::Changes;
pub use check::Backlog;
pub use dep::{Dep, DepId, Name, ParseDepError};
pub use engine::{Cache, CacheParts, CacheState};
pub use entry::{Cacheable, Key, Kind};
pub use freshness::{AsOf, OpenTransaction, Stale};
pub use inspect::Inspection;
pub use log::{ChangeLog, ChangeLogError, Elsewhere, Epoch, MemoryLog, RedisLog, Tail};
pub use outside::{CutShort, OutsideCache, Shared};
pub use policy::{CacheSettings, DISCORD_MEMBER_CACHE_TTL, TtlClass, Ttls};
pub use read_through::{Fetched, Known, Source, Space};
pub use record::{ParsePositionError, Position, Record};
pub use report::{Counts, Layer, Lookups, LookupsByName, Report, count_query};
pub use scoped::{Found, ScopedKey};
pub use token::random_token;
pub use watch::Watch;
