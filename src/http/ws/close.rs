//! Why a socket ends: the codes of the protocol and of WebSocket, each with the reason that is told.
//!
//! Never 1002 or 1011. The JavaScript client (`graphql-ws`) takes every code from 1000 to 1999 for final but 1000, 1001,
//! 1005, 1006, 1012, 1013 and 1014, after which it connects again; of those above 4000 it takes 4400, 4401, 4406, 4409 and
//! 4429 for final, not 4403 and 4408.

use std::borrow::Cow;
use std::time::Duration;

/// Longest reason that fits a close frame, in bytes.
const LONGEST_REASON: usize = 123;

/// Why the server closes a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: Cow<'static, str>,
}

impl Close {
    /// The server is about to stop; another one, or its successor, goes on.
    pub(super) const SERVICE_RESTART: Self = Self::new(1012, "Service Restart");
    /// Rights of the viewer have changed, and what runs may show too much or too little.
    pub(super) const RIGHTS_CHANGED: Self = Self::new(1012, "your rights changed: connect again");
    /// The client does not take what it is sent.
    pub(super) const TOO_SLOW: Self = Self::new(1013, "you read too slowly: connect again");
    /// The store of sessions does not answer.
    pub(super) const UNCHECKED: Self =
        Self::new(1013, "credentials cannot be checked right now: try again later");
    /// The address has tried too many wrong ones.
    pub(super) const THROTTLED: Self =
        Self::new(1013, "too many wrong credentials from your address: try again later");
    /// Binary data.
    pub(super) const BINARY: Self = Self::new(4400, "messages are texts, not binary data");
    /// Text that is none.
    pub(super) const NOT_UTF_8: Self = Self::new(4400, "a message is not UTF-8");
    /// What the client sends is no WebSocket.
    pub(super) const NO_WEBSOCKET: Self = Self::new(4400, "frames do not follow RFC 6455");
    /// An operation before the acknowledgement.
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    /// Credentials that are wrong, or good no more.
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    /// The client speaks another protocol.
    pub(super) const SUBPROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    /// The client did not say hello.
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    /// It said hello twice.
    pub(super) const INIT_AGAIN: Self = Self::new(4429, "Too many initialisation requests");
    /// It sends too much.
    pub(super) const TOO_MANY_MESSAGES: Self = Self::new(4429, "Too many requests");
    /// The user has too many sockets.
    pub(super) const TOO_MANY_SOCKETS: Self = Self::new(4429, "Too many connections");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// A message that is not of the protocol.
    pub(super) fn bad_message(why: &impl std::fmt::Display) -> Self {
        Self { code: 4400, reason: Cow::Owned(why.to_string()) }
    }

    /// A message that is too long.
    pub(super) fn too_long(most: usize) -> Self {
        Self { code: 1009, reason: Cow::Owned(format!("a message may have {most} bytes at most")) }
    }

    /// An id that is in use.
    pub(super) fn taken(id: &str) -> Self {
        // What is told at the end must not be lost to the limit.
        const ROOM: usize = LONGEST_REASON - "Subscriber for  already exists".len();
        Self {
            code: 4409,
            reason: Cow::Owned(format!("Subscriber for {} already exists", shortened(id, ROOM))),
        }
    }

    /// Nothing was heard of the client for so long.
    pub(super) fn silent(for_: Duration) -> Self {
        Self { code: 1001, reason: Cow::Owned(format!("nothing was heard of you for {} s", for_.as_secs())) }
    }

    /// What is told, cut to what fits.
    pub(super) fn reason(&self) -> &str {
        shortened(&self.reason, LONGEST_REASON)
    }
}

/// The longest beginning that has at most `most` bytes.
fn shortened(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_a_frame_whatever_it_is_about() {
        for text in ["x".repeat(200), "ü".repeat(200), "日本".repeat(60)] {
            let close = Close::bad_message(&text);
            assert!(close.reason().len() <= 123 && close.reason().len() > 119, "{}", close.reason());
            let taken = Close::taken(&text);
            assert!(taken.reason().len() <= 123, "{}", taken.reason());
            assert!(taken.reason().ends_with(" already exists"), "{}", taken.reason());
        }
        assert_eq!(Close::taken("7").reason(), "Subscriber for 7 already exists");
    }
}
