//! A cached value and what tells whether it is still true, in the process and as bytes.
//!
//! Decides nothing: the freshness table judges.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{DepId, Position};

/// A value that can be cached.
pub trait Cacheable: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Cacheable for T {}

/// What a cached value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A row, by primary key.
    Row,
    /// The link rows of a parent, or another value by a parent's key.
    Related,
    /// The ids of a parent's children.
    Ids,
    /// The ids of a page of a filtered list.
    List,
    /// A computed value.
    Field,
    /// An encoded answer.
    Response,
}

impl Kind {
    /// Its name in keys and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Related => "related",
            Self::Ids => "ids",
            Self::List => "list",
            Self::Field => "field",
            Self::Response => "response",
        }
    }
}

/// The key of an entry; making one allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Name of the model, relation, list or field.
    pub name: &'static str,
    id: u128,
}

impl Key {
    /// By primary key.
    #[must_use]
    pub fn pk(kind: Kind, name: &'static str, pk: i64) -> Self {
        Self { kind, name, id: u128::from(pk.cast_unsigned()) }
    }

    /// By everything that decides what the value is. A digest that nobody can find a second text for: a caller who
    /// could would be served another caller's answer.
    #[must_use]
    pub fn digest(kind: Kind, name: &'static str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        let digest = hasher.finalize();
        let id = digest.first_chunk().copied().map_or(0, u128::from_be_bytes);
        Self { kind, name, id }
    }

    /// The key of the same value as one caller's own.
    pub(super) fn of_caller(&self, caller: &str) -> Self {
        Self::digest(self.kind, self.name, &[b"caller", caller.as_bytes(), &self.id.to_le_bytes()])
    }

    pub(super) fn digest_of(&self) -> u128 {
        self.id
    }

    /// Its text in the far cache.
    pub(super) fn far(&self, epoch: &str, schema: &str) -> String {
        format!("{epoch}:{schema}:{}:{}:{:x}", self.kind.as_str(), self.name, self.id)
    }
}

/// A value of the near cache: decoded, shared, and judged against the table only when the table has changed.
#[derive(Debug)]
pub(super) struct NearEntry {
    pub(super) as_of: Position,
    pub(super) generation: u64,
    /// With the wider ones, so that each is one look-up.
    pub(super) deps: Box<[DepId]>,
    pub(super) deadline: Instant,
    /// `None`: known not to exist.
    pub(super) value: Option<Arc<dyn Any + Send + Sync>>,
    /// Bytes it takes, about.
    pub(super) weight: u32,
    /// The revision of the table by which it was last found valid.
    pub(super) valid_at: AtomicU64,
}

impl NearEntry {
    pub(super) fn is_known_valid(&self, revision: u64) -> bool {
        self.valid_at.load(Ordering::Relaxed) == revision
    }

    pub(super) fn found_valid(&self, revision: u64) {
        self.valid_at.store(revision, Ordering::Relaxed);
    }
}

/// An entry as bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FarEntry {
    pub(super) as_of: Position,
    pub(super) deps: Vec<DepId>,
    /// How long it may be served, from when it was computed.
    pub(super) ttl_ms: u64,
    /// The encoded value; `None`: known not to exist.
    pub(super) value: Option<Bytes>,
}

impl FarEntry {
    pub(super) fn encode(&self) -> Option<Bytes> {
        rmp_serde::to_vec(self).ok().map(Bytes::from)
    }

    /// `None` for bytes of another build, which are as good as none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        rmp_serde::from_slice(bytes).ok()
    }

    pub(super) fn ttl(&self) -> Duration {
        Duration::from_millis(self.ttl_ms)
    }
}

/// The bytes of a value.
pub(super) fn encode<T: Cacheable>(value: &T) -> Option<Bytes> {
    rmp_serde::to_vec(value).ok().map(Bytes::from)
}

/// The value of bytes.
pub(super) fn decode<T: Cacheable>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}

/// How many bytes a value would take, without keeping them.
pub(super) fn encoded_len<T: Cacheable>(value: &T) -> usize {
    struct Count(usize);

    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    // What cannot be written is weighed as far as it went.
    let _ = rmp_serde::encode::write(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Dep;

    #[test]
    fn a_far_entry_is_read_back_and_foreign_bytes_are_none() {
        for value in [None, Some(Bytes::from_static(b"\x00\xffvalue"))] {
            let deps = Dep::object("user", 5).touched_by().collect();
            let entry = FarEntry { as_of: Position::nth(7), deps, ttl_ms: 90, value };
            let read = FarEntry::decode(&entry.encode().unwrap()).unwrap();
            assert_eq!(
                (read.as_of, read.deps, read.ttl_ms, read.value),
                (entry.as_of, entry.deps, 90, entry.value)
            );
        }
        assert!(FarEntry::decode(b"").is_none() && FarEntry::decode(b"garbage").is_none());
    }

    #[test]
    fn a_value_with_free_json_in_it_is_read_back() {
        let value = (7_i64, serde_json::json!({ "4": 4000, "5": null, "list": [1.5, "x"] }), None::<String>);
        let read: (i64, serde_json::Value, Option<String>) = decode(&encode(&value).unwrap()).unwrap();
        assert_eq!(read, value);
        assert_eq!(encoded_len(&value), encode(&value).unwrap().len());
    }

    #[test]
    fn parts_of_a_digest_do_not_run_into_each_other() {
        let key = |parts: &[&[u8]]| Key::digest(Kind::Field, "x", parts);
        assert_ne!(key(&[b"ab", b"c"]), key(&[b"a", b"bc"]));
        assert_eq!(key(&[b"ab"]), key(&[b"ab"]));
    }
}
