//! The id that ties an answer to the lines of the log.
//!
//! Comes from the caller or is made up; never a secret, never a key of anything.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest request id that is taken over from a caller.
const MAX_REQUEST_ID: usize = 64;

/// The id by which a request is found in the log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new id, different from every other with overwhelming likelihood. Not a secret.
    #[must_use]
    pub fn generate() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // `RandomState` is seeded by the operating system once a thread and differs on each call.
        let number = RandomState::new().hash_one(COUNT.fetch_add(1, Ordering::Relaxed));
        Self(format!("{number:016x}").into())
    }

    /// Takes over a caller's id if it is short and of harmless characters.
    #[must_use]
    pub fn accept(text: &str) -> Option<Self> {
        let is_harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        let is_sane = !text.is_empty() && text.len() <= MAX_REQUEST_ID && text.bytes().all(is_harmless);
        is_sane.then(|| Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_request_id_is_taken_over_only_if_it_is_harmless() {
        assert_eq!(RequestId::accept("a-1_b.c:d").unwrap().as_str(), "a-1_b.c:d");
        for text in ["", "a b", "a\"b", "é", &"x".repeat(65)] {
            assert_eq!(RequestId::accept(text), None, "{text}");
        }
        assert_ne!(RequestId::generate(), RequestId::generate());
    }
}
