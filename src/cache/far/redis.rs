//! The far cache in Redis: plain strings with a time to live, in the namespace of the change log.
//!
//! Asks only while the log's connection stands: nobody waits for a cache.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{FarError, FarItem, FarStore};
use crate::cache::redis::{CallError, Purpose, RedisServer};

/// Entries in Redis.
#[derive(Debug)]
pub struct RedisFar {
    server: Arc<RedisServer>,
}

impl RedisFar {
    /// The store in the namespace of `server`.
    #[must_use]
    pub fn new(server: Arc<RedisServer>) -> Self {
        Self { server }
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CallError> {
        let link = self.server.link(Purpose::Far).await?;
        let mut commands = redis::pipe();
        commands.cmd("MGET");
        for key in keys {
            commands.arg(self.server.key(key));
        }
        let (found,) = self.server.send(&link, Purpose::Far, &commands).await?;
        Ok(found)
    }

    async fn store(&self, items: Vec<FarItem>) -> Result<(), CallError> {
        let link = self.server.link(Purpose::Far).await?;
        let mut commands = redis::Pipeline::with_capacity(items.len());
        for FarItem { key, bytes, ttl } in items {
            // Redis refuses a time to live of nothing.
            let ttl_ms = ttl.as_millis().max(1).to_string();
            commands.cmd("SET").arg(self.server.key(&key)).arg(bytes.as_ref()).arg("PX").arg(ttl_ms).ignore();
        }
        self.server.send(&link, Purpose::Far, &commands).await
    }
}

impl FarStore for RedisFar {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, FarError>> {
        Box::pin(async move {
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            self.fetch(keys).await.map_err(|error| FarError(error.into()))
        })
    }

    fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>> {
        Box::pin(async move {
            if items.is_empty() {
                return Ok(());
            }
            self.store(items).await.map_err(|error| FarError(error.into()))
        })
    }
}
