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
    let _ = writeln!(std::io::stderr(), "error: {}", told(error));
}

/// The error and its causes, without those that their wrapper has told already.
pub(super) fn told(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !line.ends_with(&cause) {
            let separator = if line.is_empty() { "" } else { ": " };
            line.extend([separator, &cause]);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::told;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow!("refused").context("no connection: refused").context("the database is away");
        assert_eq!(told(&error), "the database is away: no connection: refused");
    }
}
