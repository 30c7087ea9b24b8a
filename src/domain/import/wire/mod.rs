//! Reads one file as one of the predecessor's documents, told apart by the JSON's own shape.
//!
//! Answers with the document or with an error that names file, path, line and column; no rule of §9.3 lives here.

mod document;
mod scalar;

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::{At, ImportError};

pub use scalar::SourcePk;

pub(crate) use document::{
    Bracket, Draft, DraftRound, Game, League, Match, Organization, Positions, Team, Tournament, User,
};
pub(crate) use scalar::{Played, StatusWord};

/// One imported file.
#[derive(Debug)]
pub(crate) enum Document {
    /// A tournament.
    Tournament(Box<Tournament>),
    /// The bracket of a tournament.
    Bracket(Bracket),
    /// The list of all users.
    Users(Vec<User>),
}

/// Reads `bytes` as one of the three documents.
pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Document, ImportError> {
    // A byte order mark is no JSON, but editors like to leave one.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match outline(file, bytes)? {
        Outline::List => typed(file, bytes).map(Document::Users),
        Outline::Object(keys) if keys.contains("matches") || keys.contains("tournamentId") => {
            typed(file, bytes).map(Document::Bracket)
        }
        Outline::Object(keys) if keys.contains("teams") || keys.contains("date_played") => {
            typed(file, bytes).map(|it| Document::Tournament(Box::new(it)))
        }
        Outline::Object(_) | Outline::Other => {
            Err(ImportError::Shape { at: At::new(file, ""), message: UNKNOWN_DOCUMENT.to_owned() })
        }
    }
}

const UNKNOWN_DOCUMENT: &str = "expected a tournament (an object with `teams` and `date_played`), a bracket \
     (an object with `tournamentId` and `matches`) or a users feed (a list)";

/// What a document looks like from outside.
enum Outline {
    List,
    Object(BTreeSet<String>),
    Other,
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OutlineVisitor)
    }
}

struct OutlineVisitor;

impl<'de> Visitor<'de> for OutlineVisitor {
    type Value = Outline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Outline, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Outline::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Outline, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, IgnoredAny)) = object.next_entry::<String, IgnoredAny>()? {
            keys.insert(key);
        }
        Ok(Outline::Object(keys))
    }

    fn visit_unit<E>(self) -> Result<Outline, E> {
        Ok(Outline::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Outline, E> {
        Ok(Outline::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Outline, E> {
        Ok(Outline::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Outline, E> {
        Ok(Outline::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Outline, E> {
        Ok(Outline::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Outline, E> {
        Ok(Outline::Other)
    }
}

/// Reads the whole file once without keeping anything, so that broken JSON is told apart from a wrong value.
fn outline(file: &str, bytes: &[u8]) -> Result<Outline, ImportError> {
    serde_json::from_slice(bytes).map_err(|error| {
        // Read again, this time with the path, for the message only.
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let path = serde_path_to_error::deserialize::<_, serde_json::Value>(&mut reader)
            .err()
            .map(|it| path_text(it.path()))
            .unwrap_or_default();
        let fault = if error.is_eof() { "the file is cut off" } else { "the file is not JSON" };
        ImportError::Syntax { at: At { file: file.to_owned(), path }, message: format!("{fault}: {error}") }
    })
}

fn typed<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, ImportError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| ImportError::Shape {
        at: At { file: file.to_owned(), path: path_text(error.path()) },
        message: error.inner().to_string(),
    })
}

/// The path as we print it: the document itself is the empty path.
fn path_text(path: &serde_path_to_error::Path) -> String {
    if path.iter().next().is_none() { String::new() } else { path.to_string() }
}
