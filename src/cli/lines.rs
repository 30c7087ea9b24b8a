//! The lines of `inhouse doctor` and `inhouse cache check`: what was tried, how it went, how long it took, what to do.
//!
//! Tries nothing itself.

use std::fmt::Write as _;
use std::time::Instant;

use serde::Serialize;

use crate::cli::output::told;

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Failed,
    Skipped,
}

/// One attempt.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: &'static str,
    pub(super) status: Status,
    /// None if nothing was tried.
    took_ms: Option<f64>,
    says: String,
    /// What to do about it.
    advice: Option<&'static str>,
}

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) says: String,
    pub(super) advice: &'static str,
}

impl Failure {
    pub(super) fn new(says: impl Into<String>, advice: &'static str) -> Self {
        Self { says: says.into(), advice }
    }

    /// A failure that an error tells of, with its causes.
    pub(super) fn of(error: impl Into<anyhow::Error>, advice: &'static str) -> Self {
        Self::new(told(&error.into()), advice)
    }
}

impl Line {
    /// Tries something.
    pub(super) async fn of(name: &'static str, run: impl Future<Output = Result<String, Failure>>) -> Self {
        let begin = Instant::now();
        let outcome = run.await;
        let took_ms = Some((begin.elapsed().as_secs_f64() * 1e5).round() / 1e2);
        match outcome {
            Ok(says) => Self { name, status: Status::Ok, took_ms, says, advice: None },
            Err(Failure { says, advice }) => {
                Self { name, status: Status::Failed, took_ms, says, advice: Some(advice) }
            }
        }
    }

    /// Something that was not tried, and why.
    pub(super) fn skipped(name: &'static str, why: &str) -> Self {
        Self { name, status: Status::Skipped, took_ms: None, says: why.to_owned(), advice: None }
    }

    pub(super) fn is_failure(&self) -> bool {
        self.status == Status::Failed
    }
}

/// The lines as a table.
pub(super) fn table(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let status = match line.status {
            Status::Ok => "ok",
            Status::Failed => "FAILED",
            Status::Skipped => "-",
        };
        let took = line.took_ms.map(|ms| format!("{ms:.2} ms")).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{status:<7} {:<13} {took:>11}  {}", line.name, line.says);
        if let Some(advice) = line.advice {
            let _ = writeln!(text, "{:34} {advice}", "");
        }
    }
    text
}
