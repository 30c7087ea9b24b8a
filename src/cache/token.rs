//! Tokens: texts that name one making of something and are never made again.
//!
//! No secrets: whoever sees some may guess more.

use std::hash::{BuildHasher as _, RandomState};

/// 128 bits nobody else comes up with. The hashers of std are keyed by the random numbers of the operating system, and
/// no two of them alike: unique is all a token has to be.
#[must_use]
pub fn random_token() -> String {
    let random = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_are_unique() {
        let tokens: HashSet<_> = (0..1000).map(|_| random_token()).collect();
        assert_eq!(tokens.len(), 1000);
    }
}
