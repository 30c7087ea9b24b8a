//! The one connection of a process to Redis, shared by the change log and the far cache.
//!
//! Which server answers, and since when, is what the cache trusts: so there is one plain connection at a time, numbered,
//! and nothing here reconnects, redirects or retries behind the back of who asks. Knows no record and no entry.

mod address;
mod failure;
mod link;
mod locate;
mod server;

pub use address::RedisUrlError;
pub(in crate::cache) use failure::CallError;
pub(in crate::cache) use link::{Link, connect};
pub use server::RedisServer;
pub(in crate::cache) use server::{LEASE, Purpose};
