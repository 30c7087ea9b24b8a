//! The far cache: bytes by key in a store that all processes share.
//!
//! Knows nothing of what the bytes mean or whether they are still valid: entries say that themselves.

mod redis;

use std::collections::BTreeMap;
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

/// Bytes that are stored, for people who look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarCopy {
    /// The bytes.
    pub bytes: Bytes,
    /// For how long yet, if the store can tell.
    pub left: Option<Duration>,
}

/// What a store holds, for people who look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FarStats {
    /// How many keys of each group: what stands between the prefix asked for and the last colon.
    pub n_keys: BTreeMap<String, u64>,
    /// How many other keys of the namespace, the change log's aside: nobody reads them any more.
    pub n_others: u64,
    /// Every key was looked at; else there are too many.
    pub is_complete: bool,
    /// Memory in use, if the store can tell.
    pub used_bytes: Option<u64>,
    /// Memory it may use; none for all there is.
    pub max_bytes: Option<u64>,
}

/// A store of bytes that all processes share.
pub trait FarStore: fmt::Debug + Send + Sync {
    /// The bytes of each key, in order, by one round trip.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, FarError>>;

    /// The first bytes of a key, at most so many; none if there is no such key.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn head(&self, key: String, n_bytes: usize) -> BoxFuture<'_, Result<Option<Bytes>, FarError>> {
        Box::pin(async move {
            let found = self.get(&[key]).await?.into_iter().next().flatten();
            Ok(found.map(|bytes| bytes.slice(..n_bytes.min(bytes.len()))))
        })
    }

    /// Stores all, by one round trip.
    ///
    /// # Errors
    /// The store cannot be reached, or is full.
    fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>>;

    /// The bytes of a key and how long they stay.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn look(&self, key: String) -> BoxFuture<'_, Result<Option<FarCopy>, FarError>> {
        Box::pin(async move {
            let found = self.get(&[key]).await?.into_iter().next().flatten();
            Ok(found.map(|bytes| FarCopy { bytes, left: None }))
        })
    }

    /// What it holds, grouped by what follows `prefix`; none from a store that cannot list its keys. Costs the store
    /// as much as it has keys, within a bound.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn stats(&self, _prefix: String) -> BoxFuture<'_, Result<Option<FarStats>, FarError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
