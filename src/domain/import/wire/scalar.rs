//! The single values of the predecessor's JSON, each refused at its own path when it is not what it must be.
//!
//! Whole numbers never pass through a float: every Steam id lies above 2^53 (DOMAIN §0, §9.3 rule 2).

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::types::{self, GameStatus, TextEnum};

/// The Steam64 id of account number 0 (DOMAIN §1.1).
const STEAM64_BASE: i64 = 76_561_197_960_265_728;

/// A primary key of the predecessor; never one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct SourcePk(pub i64);

impl TryFrom<i64> for SourcePk {
    type Error = String;

    fn try_from(pk: i64) -> Result<Self, String> {
        if pk > 0 { Ok(Self(pk)) } else { Err(format!("expected a primary key above zero, got {pk}")) }
    }
}

impl fmt::Display for SourcePk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A whole number of at least `MIN` that fits 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Whole<const MIN: i32>(pub(crate) i32);

impl<const MIN: i32> TryFrom<i64> for Whole<MIN> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match i32::try_from(number) {
            Ok(it) if it >= MIN => Ok(Self(it)),
            _ => Err(format!("expected a whole number between {MIN} and {}, got {number}", i32::MAX)),
        }
    }
}

/// A text of at most `MAX` characters that both databases can store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text<const MAX: usize>(pub(crate) String);

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let n_chars = text.chars().count();
        if n_chars > MAX {
            return Err(format!("expected a text of at most {MAX} characters, got {n_chars}"));
        }
        if text.contains('\0') {
            return Err("expected a text without NUL characters".to_owned());
        }
        Ok(Self(text))
    }
}

/// A text out of one of the domain's closed sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<E>(pub(crate) E);

impl<'de, E: TextEnum> Deserialize<'de> for Word<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_word(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

fn parse_word<E: TextEnum>(text: &str) -> Result<E, String> {
    E::parse(text).map_err(|error| {
        let known: Vec<&str> = E::ALL.iter().map(|it| it.as_str()).collect();
        format!("{error}, expected one of: {}", known.join(", "))
    })
}

/// The status of a game, where the predecessor also writes `scheduled` (DOMAIN §9.3 rule 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusWord {
    pub(crate) status: GameStatus,
    pub(crate) was_scheduled: bool,
}

impl<'de> Deserialize<'de> for StatusWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "scheduled" {
            return Ok(Self { status: GameStatus::Pending, was_scheduled: true });
        }
        let status = parse_word(&text).map_err(de::Error::custom)?;
        Ok(Self { status, was_scheduled: false })
    }
}

/// The name of a time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ZoneName(pub(crate) String);

impl TryFrom<String> for ZoneName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        // The database inside the binary: no file of the machine is asked.
        match TimeZoneDatabase::bundled().get(&name) {
            Ok(_) => Ok(Self(name)),
            Err(_) => Err(format!("unknown time zone `{name}`, expected a name like Europe/Berlin")),
        }
    }
}

/// An instant, cut to the resolution of the databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Instant(pub(crate) Timestamp);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse::<Timestamp>() {
            Ok(instant) => Ok(Self(types::Instant::from(instant).timestamp())),
            Err(_) => Err(format!("expected an instant like 2026-11-22T19:00:00Z, got `{text}`")),
        }
    }
}

/// When a tournament is played: an instant or only a day (DOMAIN §9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Played {
    /// An instant.
    At(Timestamp),
    /// A day in the tournament's zone.
    On(Date),
}

impl TryFrom<String> for Played {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Ok(Instant(instant)) = Instant::try_from(text.clone()) {
            return Ok(Self::At(instant));
        }
        // A date is exactly ten characters; a longer text is an instant that lacks its offset.
        match text.parse() {
            Ok(date) if text.len() == 10 => Ok(Self::On(date)),
            _ => Err(format!(
                "expected an instant like 2026-11-22T19:00:00Z or a day like 2026-11-22, got `{text}`"
            )),
        }
    }
}

/// A Steam64 id; a Steam32 account number on the wire has the base added (DOMAIN §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SteamId(pub(crate) i64);

impl<'de> Deserialize<'de> for SteamId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SteamIdVisitor)
    }
}

/// Takes integers as the JSON reader found them; a fraction or exponent arrives as a float and is refused.
struct SteamIdVisitor;

impl SteamIdVisitor {
    fn normalized<E: de::Error>(number: i64) -> Result<SteamId, E> {
        match number {
            ..=0 => Err(E::custom(format!("expected a Steam id above zero, got {number}"))),
            STEAM64_BASE.. => Ok(SteamId(number)),
            _ if u32::try_from(number).is_ok() => Ok(SteamId(STEAM64_BASE.saturating_add(number))),
            _ => {
                Err(E::custom(format!("{number} is neither a Steam32 nor a Steam64 id, has it lost digits?")))
            }
        }
    }
}

impl Visitor<'_> for SteamIdVisitor {
    type Value = SteamId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Steam id written as a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<SteamId, E> {
        Self::normalized(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<SteamId, E> {
        match i64::try_from(number) {
            Ok(number) => Self::normalized(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SteamId, E> {
        let is_digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_digits => Self::normalized(number),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}
