//! When a tournament begins: an instant, or what a clock on the wall shows there.
//!
//! The predecessor took the latter for UTC (DOMAIN §10.2 bug 30).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::Instant;

/// When a tournament begins, as somebody says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum StartsAt {
    /// An instant.
    Instant(Instant),
    /// Date and time of day in the tournament's zone, for example `2026-11-22T19:00`.
    Local(String),
}

impl StartsAt {
    /// The instant, in this zone.
    ///
    /// # Errors
    /// The text is no date with a time, or the zone is unknown.
    pub(super) fn instant(&self, timezone: &str) -> CommandResult<Instant> {
        let local = match self {
            Self::Instant(instant) => return Ok(*instant),
            Self::Local(local) => local,
        };
        let malformed = || {
            let message = "a local time looks like `2026-11-22T19:00`, without a zone";
            Rejection::invalid(message, &["startsAtLocal"])
        };
        // A `Z` or an offset would say something else than the zone.
        let is_plain =
            local.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'-' | b':' | b'.' | b'T' | b' '));
        let local: DateTime = if is_plain {
            local.trim().parse().map_err(|_no_date| malformed())?
        } else {
            return Err(malformed().into());
        };
        let name = text::timezone(timezone, "timezone")?;
        let zone = TimeZone::get(&name).map_err(|_unknown| malformed())?;
        // A time that a change of the clock skips or repeats is what it would have been without the change.
        let zoned = zone.to_zoned(local).map_err(|_out_of_range| malformed())?;
        let instant = Some(Instant::from(zoned.timestamp())).filter(|it| it.is_storable());
        instant.ok_or_else(|| malformed().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(local: &str, zone: &str) -> Option<String> {
        StartsAt::Local(local.to_owned()).instant(zone).ok().map(|it| it.timestamp().to_string())
    }

    // DOMAIN §10.2 bug 30
    #[test]
    fn a_local_time_is_one_of_the_tournaments_zone_and_not_utc() {
        assert_eq!(instant("2026-11-22T19:00", "America/New_York").as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!(instant("2026-07-01 19:00:30", "Europe/Berlin").as_deref(), Some("2026-07-01T17:00:30Z"));
    }

    #[test]
    fn what_is_no_local_time_is_refused() {
        for local in [
            "",
            "tomorrow",
            "2026-11-22T19:00Z",
            "2026-11-22T19:00+01:00",
            "2026-13-01T00:00",
            "-000001-06-01T00:00",
            "19:00",
        ] {
            assert_eq!(instant(local, "UTC"), None, "{local}");
        }
        assert_eq!(instant("2026-11-22T19:00", "Mars/Olympus"), None);
    }
}
