//! What the change log holds, and where in it.
//!
//! Values only: how a log stores them is its own business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Dep;

/// A place in a change log. Later records have greater positions; positions of two epochs say nothing about each
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(u64, u64);

impl Position {
    /// Before every record.
    pub const ZERO: Self = Self(0, 0);

    /// The place numbered `n` of a log that counts its records.
    #[must_use]
    pub fn nth(n: u64) -> Self {
        Self(0, n)
    }

    /// The number of a place in a log that counts its records.
    #[must_use]
    pub fn count(self) -> u64 {
        self.1
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// The text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position looks like `1732567890123-0`")]
pub struct ParsePositionError;

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<u64>().map_err(|_not_a_number| ParsePositionError);
        let (major, minor) = text.split_once('-').ok_or(ParsePositionError)?;
        Ok(Self(number(major)?, number(minor)?))
    }
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A transaction is about to commit these changes.
    Begin {
        /// Key of its outbox row.
        tx: i64,
        /// What the database calls it, so that it can be asked what became of it.
        xid: u64,
        /// What it invalidates if it commits.
        deps: Vec<Dep>,
    },
    /// A transaction committed these changes, or was rolled back.
    End {
        /// Key of its outbox row.
        tx: i64,
        /// What it invalidates.
        deps: Vec<Dep>,
    },
    /// Something changed outside any transaction of this program.
    Changed {
        /// What is invalid from now on.
        deps: Vec<Dep>,
    },
}

impl Record {
    /// What it is about.
    #[must_use]
    pub fn deps(&self) -> &[Dep] {
        match self {
            Self::Begin { deps, .. } | Self::End { deps, .. } | Self::Changed { deps } => deps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_ordered_by_number_not_by_text() {
        let read = |text: &str| text.parse::<Position>().unwrap();
        assert!(read("9-0") < read("10-0") && read("10-2") < read("10-11"));
        assert_eq!(read("10-2").to_string(), "10-2");
        for text in ["", "5", "5-", "-5", "a-b", "5-5-5"] {
            assert_eq!(text.parse::<Position>(), Err(ParsePositionError), "{text}");
        }
    }
}
