//! The far cache in Redis: plain strings with a time to live, in the namespace of the change log.
//!
//! Asks only while the log's connection stands: nobody waits for a cache. Values from outside are another matter: they
//! spare somebody else's service, so a connection is made for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{FarCopy, FarError, FarItem, FarStats, FarStore};
use crate::cache::redis::{CallError, Link, Purpose, RedisServer};

/// Keys of the namespace that are no entries.
const LOG_KEYS: [&str; 2] = ["changes", "epoch"];

/// Keys that one look goes through, about.
const SCAN_PAGE: usize = 1_000;

/// Most looks: beyond a million keys nobody wants to wait.
const MAX_SCANS: usize = 1_000;

/// Entries in Redis.
#[derive(Debug)]
pub struct RedisFar {
    server: Arc<RedisServer>,
    purpose: Purpose,
}

impl RedisFar {
    /// The store in the namespace of `server`.
    #[must_use]
    pub fn new(server: Arc<RedisServer>) -> Self {
        Self { server, purpose: Purpose::Far }
    }

    /// The store in the namespace of `server`, for values from outside: it connects if need be.
    #[must_use]
    pub fn outside(server: Arc<RedisServer>) -> Self {
        Self { server, purpose: Purpose::Outside }
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CallError> {
        let link = self.server.link(self.purpose).await?;
        let mut commands = redis::pipe();
        commands.cmd("MGET");
        for key in keys {
            commands.arg(self.server.key(key));
        }
        let (found,) = self.server.send(&link, self.purpose, &commands).await?;
        Ok(found)
    }

    async fn first_bytes(&self, key: &str, n_bytes: usize) -> Result<Option<Bytes>, CallError> {
        let link = self.server.link(self.purpose).await?;
        let mut commands = redis::pipe();
        commands.cmd("GETRANGE").arg(self.server.key(key)).arg(0).arg(n_bytes.saturating_sub(1));
        let (found,): (Bytes,) = self.server.send(&link, self.purpose, &commands).await?;
        // Redis takes a key that is not there for an empty text.
        Ok(Some(found).filter(|it| !it.is_empty()))
    }

    async fn store(&self, items: Vec<FarItem>) -> Result<(), CallError> {
        let link = self.server.link(self.purpose).await?;
        let mut commands = redis::Pipeline::with_capacity(items.len());
        for FarItem { key, bytes, ttl } in items {
            // Redis refuses a time to live of nothing.
            let ttl_ms = ttl.as_millis().max(1).to_string();
            commands.cmd("SET").arg(self.server.key(&key)).arg(bytes.as_ref()).arg("PX").arg(ttl_ms).ignore();
        }
        self.server.send(&link, self.purpose, &commands).await
    }
}

/// Looking, which is for people and not for requests.
impl RedisFar {
    async fn look_at(&self, key: &str) -> Result<Option<FarCopy>, CallError> {
        let link = self.server.link(self.purpose).await?;
        let key = self.server.key(key);
        let mut commands = redis::pipe();
        commands.cmd("GET").arg(&key).cmd("PTTL").arg(&key);
        let (bytes, left): (Option<Bytes>, i64) = self.server.send(&link, self.purpose, &commands).await?;
        // Below zero: it has no time, or has gone since.
        let left = u64::try_from(left).ok().map(Duration::from_millis);
        Ok(bytes.map(|bytes| FarCopy { bytes, left }))
    }

    async fn gather(&self, prefix: &str) -> Result<FarStats, CallError> {
        let link = self.server.link(self.purpose).await?;
        let (all, wanted) = (self.server.key(""), self.server.key(prefix));
        let own = LOG_KEYS.map(|name| self.server.key(name));
        let (used_bytes, max_bytes) = self.memory(&link).await?;
        let mut stats = FarStats { used_bytes, max_bytes, ..FarStats::default() };
        let mut cursor = String::from("0");
        for _ in 0..MAX_SCANS {
            let mut commands = redis::pipe();
            commands.cmd("SCAN").arg(&cursor).arg("MATCH").arg(format!("{all}*"));
            commands.arg("COUNT").arg(SCAN_PAGE);
            let ((next, keys),): ((String, Vec<String>),) =
                self.server.send(&link, self.purpose, &commands).await?;
            for key in keys.iter().filter(|it| !own.contains(it)) {
                match key.strip_prefix(&wanted).and_then(|it| it.rsplit_once(':')) {
                    Some((group, _id)) => *stats.n_keys.entry(group.to_owned()).or_default() += 1,
                    None => stats.n_others = stats.n_others.saturating_add(1),
                }
            }
            if next == "0" {
                stats.is_complete = true;
                break;
            }
            cursor = next;
        }
        Ok(stats)
    }

    /// Used and allowed memory, where Redis tells.
    async fn memory(&self, link: &Link) -> Result<(Option<u64>, Option<u64>), CallError> {
        let mut commands = redis::pipe();
        commands.cmd("INFO").arg("memory");
        match self.server.send::<(String,)>(link, self.purpose, &commands).await {
            Ok((info,)) => {
                Ok((number_in(&info, "used_memory:"), number_in(&info, "maxmemory:").filter(|it| *it > 0)))
            }
            // Not allowed to this user.
            Err(CallError::Refused(_)) => Ok((None, None)),
            Err(error) => Err(error),
        }
    }
}

/// The number behind `name` in an answer to `INFO`.
fn number_in(info: &str, name: &str) -> Option<u64> {
    info.lines().find_map(|line| line.trim().strip_prefix(name))?.parse().ok()
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

    fn head(&self, key: String, n_bytes: usize) -> BoxFuture<'_, Result<Option<Bytes>, FarError>> {
        Box::pin(async move { self.first_bytes(&key, n_bytes).await.map_err(|error| FarError(error.into())) })
    }

    fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>> {
        Box::pin(async move {
            if items.is_empty() {
                return Ok(());
            }
            self.store(items).await.map_err(|error| FarError(error.into()))
        })
    }

    fn look(&self, key: String) -> BoxFuture<'_, Result<Option<FarCopy>, FarError>> {
        Box::pin(async move { self.look_at(&key).await.map_err(|error| FarError(error.into())) })
    }

    fn stats(&self, prefix: String) -> BoxFuture<'_, Result<Option<FarStats>, FarError>> {
        Box::pin(async move {
            let stats = self.gather(&prefix).await.map_err(|error| FarError(error.into()))?;
            Ok(Some(stats))
        })
    }
}
