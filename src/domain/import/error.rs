//! What can be wrong with a file to import, always with the file and the JSON path.
//!
//! Every text is meant for the person who runs the import; none carries data of a user beyond the value at fault.

use std::fmt;

/// A place in an imported file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct At {
    /// Name of the file as it was given.
    pub file: String,
    /// JSON path, for example `teams[3].members[0].steamid`; empty for the document itself.
    pub path: String,
}

impl At {
    /// The place `path` in `file`.
    #[must_use]
    pub fn new(file: &str, path: impl Into<String>) -> Self {
        Self { file: file.to_owned(), path: path.into() }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.file) } else { write!(f, "{}: {}", self.file, self.path) }
    }
}

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The file is cut off or is not JSON.
    #[error("{at}: {message}")]
    Syntax {
        /// How far reading came.
        at: At,
        /// What the JSON reader says, with line and column.
        message: String,
    },
    /// A value has the wrong type, is out of range or is missing, or the document is of no known kind.
    #[error("{at}: {message}")]
    Shape {
        /// The value at fault.
        at: At,
        /// What was expected instead.
        message: String,
    },
    /// The values are well formed but contradict each other or a rule of DOMAIN §9.3.
    #[error("{at}: {message}")]
    Rule {
        /// The value at fault; of two that contradict each other, the second.
        at: At,
        /// The rule.
        message: String,
    },
}

impl ImportError {
    /// Where the fault is.
    #[must_use]
    pub fn at(&self) -> &At {
        match self {
            Self::Syntax { at, .. } | Self::Shape { at, .. } | Self::Rule { at, .. } => at,
        }
    }
}
