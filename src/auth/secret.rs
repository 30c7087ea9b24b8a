//! Secrets that are made here, where they must not be guessed.
//!
//! Stores nothing and compares nothing: what is stored is a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::types::Secret;

/// Bytes of a secret that is made here: 256 bits cannot be guessed, so neither a slow hash nor a lock is needed.
const BYTES: usize = 32;

/// The operating system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness(#[source] getrandom::Error);

impl Secret {
    /// 256 random bits behind `prefix`, in letters that fit a cookie, a header and a URL.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        Ok(Self::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_secret_has_256_bits_and_is_never_the_same() {
        let (one, other) = (Secret::random("inh_").unwrap(), Secret::random("inh_").unwrap());
        assert_ne!(one, other);
        let text = one.expose().strip_prefix("inh_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(text).unwrap().len(), 32);
    }
}
