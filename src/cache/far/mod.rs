//! The far cache: bytes by key in a store that all processes share.
//!
//! Knows nothing of what the bytes mean or whether they are still valid: entries say that themselves.

mod redis;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

pub use self::redis::RedisFar;

/// The store could not be asked. Never a reason to fail: whoever asked reads the database.
#[derive(Debug, thiserror::Error)]
#[error("the far cache is not reachable")]
pub struct FarError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Bytes to store.
#[derive(Clone, Debug)]
pub struct FarItem {
    /// Under which key.
    pub key: String,
    /// The bytes.
    pub bytes: Bytes,
    /// For how long.
    pub ttl: Duration,
}

/// A store of bytes that all processes share.
pub trait FarStore: fmt::Debug + Send + Sync {
    /// The bytes of each key, in order, by one round trip.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, FarError>>;

    /// Stores all, by one round trip.
    ///
    /// # Errors
    /// The store cannot be reached, or is full.
    fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>>;
}
