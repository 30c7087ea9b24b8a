//! Texts that prove who somebody is, kept from being printed.
//!
//! Makes none, stores none and compares none: those who do, say how.

use std::fmt;

/// A text that proves identity: never shown by `Debug`, never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, to be hashed, compared or sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// There is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret()" } else { "Secret(…)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("inh_abc")), "Secret(…)");
    }
}
