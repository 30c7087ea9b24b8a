//! How commands speak: results on standard output, complaints on standard error.
//!
//! A reader that went away (`inhouse schema print | head`) is no error.

use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;

/// Writes a result.
///
/// # Errors
/// Standard output cannot be written, and not because its reader went away.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output cannot be written")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes what went wrong, with its causes, in one line.
pub(super) fn complain(error: &anyhow::Error) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
}
