//! Typed primary keys, so that a team's id can never be passed where a user's is meant, and their global form.
//!
//! Knows the textual form `Type:pk` of a global id; must not know whether a row with that key exists.

use std::fmt;
use std::str::FromStr;

/// What every typed id offers to the generic code that loads and caches by primary key.
pub trait EntityId:
    Copy + Eq + Ord + std::hash::Hash + fmt::Debug + fmt::Display + Send + Sync + 'static
{
    /// Name of the GraphQL object this id belongs to, the first half of its global form.
    const TYPE_NAME: &'static str;

    /// The id of primary key `pk`, unchecked.
    fn from_pk(pk: i64) -> Self;

    /// The primary key.
    fn pk(self) -> i64;

    /// The global form, for example `Tournament:42`.
    fn to_global(self) -> String {
        format!("{}:{}", Self::TYPE_NAME, self.pk())
    }
}

macro_rules! entity_ids {
    ($($(#[$doc:meta])* $name:ident => $type_name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl EntityId for $name {
            const TYPE_NAME: &'static str = $type_name;

            fn from_pk(pk: i64) -> Self {
                Self(pk)
            }

            fn pk(self) -> i64 {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", $type_name, self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )+};
}

entity_ids! {
    /// Key of a user.
    UserId => "User";
    /// Key of an organization.
    OrganizationId => "Organization";
    /// Key of a league.
    LeagueId => "League";
    /// Key of a tournament.
    TournamentId => "Tournament";
    /// Key of a team.
    TeamId => "Team";
    /// Key of a player draft.
    DraftId => "Draft";
    /// Key of one pick slot of a draft.
    DraftRoundId => "DraftRound";
    /// Key of one entry of a draft's log.
    DraftEventId => "DraftEvent";
    /// Key of a game: one node of a bracket.
    GameId => "Game";
    /// Key of one entry of an organization's log.
    OrganizationLogId => "OrganizationLogEntry";
    /// Key of one entry of a league's log.
    LeagueLogId => "LeagueLogEntry";
    /// Key of a browser session.
    SessionId => "Session";
    /// Key of an API token.
    ApiTokenId => "ApiToken";
}

/// A global id taken apart: the name of an object type and a primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalId {
    /// Name of the GraphQL object type.
    pub type_name: String,
    /// Primary key within that type.
    pub pk: i64,
}

/// The text is not of the form `Type:number`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an id looks like `Tournament:42`")]
pub struct ParseGlobalIdError;

impl FromStr for GlobalId {
    type Err = ParseGlobalIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (type_name, pk) = text.split_once(':').ok_or(ParseGlobalIdError)?;
        let is_name = !type_name.is_empty() && type_name.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_name {
            return Err(ParseGlobalIdError);
        }
        Ok(Self { type_name: type_name.to_owned(), pk: parse_pk(pk).ok_or(ParseGlobalIdError)? })
    }
}

impl GlobalId {
    /// The typed id, if this global id is of type `I`; a bare number is accepted as an id of any type.
    ///
    /// # Errors
    /// The text is neither a positive number nor the global id of an `I`.
    pub fn parse_as<I: EntityId>(text: &str) -> Result<I, ParseGlobalIdError> {
        if let Some(pk) = parse_pk(text) {
            return Ok(I::from_pk(pk));
        }
        let id: Self = text.parse()?;
        if id.type_name == I::TYPE_NAME { Ok(I::from_pk(id.pk)) } else { Err(ParseGlobalIdError) }
    }
}

/// A primary key in canonical form: digits only, no sign, no leading zero.
fn parse_pk(text: &str) -> Option<i64> {
    let is_canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if is_canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_survives_a_round_trip() {
        let id = TournamentId(42);
        assert_eq!(GlobalId::parse_as::<TournamentId>(&id.to_global()), Ok(id));
    }

    #[test]
    fn a_bare_number_is_an_id_of_any_type() {
        assert_eq!(GlobalId::parse_as::<TeamId>("7"), Ok(TeamId(7)));
    }

    #[test]
    fn an_id_of_another_type_is_refused() {
        assert_eq!(GlobalId::parse_as::<TeamId>("User:7"), Err(ParseGlobalIdError));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            ":",
            "Team:",
            "Team:-1",
            "Team:+1",
            "Team:007",
            "7.0",
            "-7",
            "Team:7:8",
            "99999999999999999999",
            "0",
        ] {
            assert_eq!(GlobalId::parse_as::<TeamId>(text), Err(ParseGlobalIdError), "{text}");
        }
    }
}
