//! Entries of the stream as Redis tells them, and the records in them.

use crate::cache::redis::CallError;
use crate::cache::{Dep, Position, Record};

/// Field of an entry that holds a record.
pub(super) const RECORD: &str = "r";

/// Field of the entry a history begins with.
pub(super) const MARK: &str = "e";

/// An entry as it comes: its id, and its fields.
pub(super) type Entry = (String, Vec<(String, String)>);

/// The answer to `XREAD`: entries by stream; nothing if there are none.
pub(super) type Streams = Option<Vec<(String, Vec<Entry>)>>;

/// The entries of an answer about one stream.
pub(super) fn of_one_stream(streams: Streams) -> Vec<Entry> {
    streams.unwrap_or_default().into_iter().flat_map(|(_key, entries)| entries).collect()
}

pub(super) fn position((id, _): &Entry) -> Result<Position, CallError> {
    id.parse().map_err(|_no_id| CallError::Garbled)
}

/// Whether it begins a history.
pub(super) fn is_mark((_, fields): &Entry) -> bool {
    fields.iter().any(|(name, _)| name == MARK)
}

/// The record of an entry; none in a mark.
pub(super) fn record(entry: &Entry) -> Option<Record> {
    if is_mark(entry) {
        return None;
    }
    let text = entry.1.iter().find(|(name, _)| name == RECORD).map(|(_, text)| text);
    let record = text.and_then(|it| serde_json::from_str(it).ok());
    Some(record.unwrap_or_else(|| {
        // Of another version, or not ours: something changed, and nobody can say what.
        tracing::warn!(id = entry.0, "a change cannot be read; everything is taken for changed");
        Record::Changed { deps: vec![Dep::Everything] }
    }))
}

/// What may have been lost before `oldest`, the oldest entry of the stream, to somebody who had read up to `after`: the
/// position up to which nothing is known. Histories begin with a mark, so where it is, nothing was trimmed.
pub(super) fn forgotten(oldest: &Entry, after: Position) -> Result<Option<Position>, CallError> {
    if is_mark(oldest) || position(oldest)? <= after {
        return Ok(None);
    }
    let before = before(&oldest.0).ok_or(CallError::Garbled)?;
    Ok(Some(before).filter(|it| *it > after))
}

/// The greatest position in front of an id.
fn before(id: &str) -> Option<Position> {
    let (time, number) = id.split_once('-')?;
    let (time, number): (u64, u64) = (time.parse().ok()?, number.parse().ok()?);
    let (time, number) = match number.checked_sub(1) {
        Some(number) => (time, number),
        None => (time.checked_sub(1)?, u64::MAX),
    };
    format!("{time}-{number}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, field: &str, text: &str) -> Entry {
        (id.to_owned(), vec![(field.to_owned(), text.to_owned())])
    }

    fn at(id: &str) -> Position {
        id.parse().unwrap()
    }

    #[test]
    fn a_record_nobody_can_read_changes_everything() {
        let everything = Some(Record::Changed { deps: vec![Dep::Everything] });
        assert_eq!(record(&entry("1-0", RECORD, r#"{"Later":{}}"#)), everything);
        assert_eq!(record(&entry("1-0", "x", "y")), everything);
        assert_eq!(record(&entry("1-0", MARK, "token")), None);
    }

    #[test]
    fn what_was_trimmed_is_forgotten_by_whoever_had_not_read_it() {
        assert_eq!(forgotten(&entry("5-2", RECORD, ""), at("5-1")).unwrap(), None);
        assert_eq!(forgotten(&entry("5-2", RECORD, ""), at("5-0")).unwrap(), Some(at("5-1")));
        assert_eq!(
            forgotten(&entry("5-0", RECORD, ""), at("4-7")).unwrap(),
            Some(at("4-18446744073709551615"))
        );
        assert_eq!(forgotten(&entry("5-0", MARK, ""), Position::ZERO).unwrap(), None);
        assert!(forgotten(&entry("5", RECORD, ""), Position::ZERO).is_err());
    }
}
