//! Texts that prove who somebody is: kept from being printed, and made where they must not be guessed.
//!
//! Stores nothing and compares nothing: what is stored is a hash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a secret that is made here: 256 bits cannot be guessed, so neither a slow hash nor a lock is needed.
const BYTES: usize = 32;

/// A text that proves identity: never shown by `Debug`, never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

/// The operating system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness(#[source] getrandom::Error);

impl Secret {
    /// Keeps `text` from being printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 256 random bits behind `prefix`, in letters that fit a cookie, a header and a URL.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text itself, to be hashed and compared.
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

    #[test]
    fn a_random_secret_has_256_bits_and_is_never_the_same() {
        let (one, other) = (Secret::random("inh_").unwrap(), Secret::random("inh_").unwrap());
        assert_ne!(one, other);
        let text = one.expose().strip_prefix("inh_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(text).unwrap().len(), 32);
    }
}
