//! The pen with which a rule writes into the report while it works on one file.
//!
//! Knows only where the reader is; decides nothing.

use super::error::{At, ImportError};
use super::report::Report;

/// The report, opened at one file.
pub(crate) struct Notes<'a> {
    file: &'a str,
    report: &'a mut Report,
}

impl<'a> Notes<'a> {
    pub(crate) fn new(file: &'a str, report: &'a mut Report) -> Self {
        Self { file, report }
    }

    /// The place `path` of this file.
    pub(crate) fn at(&self, path: impl Into<String>) -> At {
        At::new(self.file, path)
    }

    /// Records something the reader of the report should know.
    pub(crate) fn say(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let at = self.at(path);
        self.report.note(at, message);
    }

    /// The error that a rule is broken at `path`.
    pub(crate) fn refuse(&self, path: impl Into<String>, message: impl Into<String>) -> ImportError {
        ImportError::Rule { at: self.at(path), message: message.into() }
    }
}
