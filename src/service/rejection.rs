//! Why a command was not done, in terms a person can act on, and the error every command returns.
//!
//! A rejection is part of the contract with clients: its text tells what is wrong and what to do, and nothing of it comes
//! from a database.

use crate::db::DbError;
use crate::domain::policy::Refusal;
use crate::types::{DraftRoundId, GameId, TeamId, UserId};

/// Why a command was not done, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionCode {
    /// The input is of the right form and makes no sense.
    InvalidInput,
    /// Something the input names does not exist.
    NotFound,
    /// It contradicts what is there already.
    Conflict,
    /// What was to be changed was changed by somebody else meanwhile.
    StaleVersion,
    /// This idempotency key belongs to another call.
    IdempotencyMismatch,
    /// The draft is not running.
    DraftNotRunning,
    /// Somebody else picks now.
    NotYourTurn,
    /// The player cannot be picked.
    PlayerUnavailable,
    /// The team is full.
    RosterFull,
}

/// What is known of a rejection beside its code and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Which versions differ.
    StaleVersion {
        /// The version the caller had seen.
        expected: i32,
        /// The version there is.
        current: i32,
    },
    /// Who picks instead.
    NotYourTurn {
        /// The round to be picked in now.
        current_round: Option<DraftRoundId>,
    },
    /// Which player cannot be picked.
    PlayerUnavailable {
        /// The player.
        player: UserId,
        /// The team that has them.
        taken_by: Option<TeamId>,
    },
    /// Games that are live or completed, whose results would be lost.
    ResultsInTheWay {
        /// The games, in order of play.
        games: Vec<GameId>,
    },
}

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// For programs.
    pub code: RejectionCode,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// Path inside the input; empty if no part of it is to blame.
    pub field: Vec<String>,
    /// What else is known.
    pub detail: Detail,
}

impl Rejection {
    /// A rejection that blames no part of the input.
    #[must_use]
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: Vec::new(), detail: Detail::None }
    }

    /// The part of the input at `path` makes no sense.
    #[must_use]
    pub fn invalid(message: impl Into<String>, path: &[&str]) -> Self {
        Self::new(RejectionCode::InvalidInput, message).at(path)
    }

    /// What the input names at `path` does not exist.
    #[must_use]
    pub fn not_found(what: &str, path: &[&str]) -> Self {
        Self::new(RejectionCode::NotFound, format!("there is no such {what}")).at(path)
    }

    /// It contradicts what is there already.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(RejectionCode::Conflict, message)
    }

    /// The same, blaming the part of the input at `path`.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        Self { field: path.iter().map(|it| (*it).to_owned()).collect(), ..self }
    }

    /// The same in other words.
    #[must_use]
    pub fn saying(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The same, with what else is known.
    #[must_use]
    pub fn with(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

/// A command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It makes no sense here and now.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] DbError),
}

/// Result of a command.
pub type CommandResult<T> = Result<T, CommandError>;

impl From<Rejection> for CommandError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}

/// Unique keys two commands can race for although each looked first, with what to say to the one that lost. Postgres tells
/// the name of the constraint, SQLite its columns.
const UNIQUE: [(&str, &str, &str); 8] = [
    ("users_username_key", "users.username", "this username is taken"),
    ("users_steam_id_key", "users.steam_id", "this Steam id belongs to another user"),
    ("users_discord_id_key", "users.discord_id", "this Discord account belongs to another user"),
    (
        "leagues_steam_league_id_key",
        "leagues.steam_league_id",
        "this Steam league id belongs to another league",
    ),
    (
        "teams_tournament_id_captain_id_key",
        "teams.tournament_id, teams.captain_id",
        "this user captains another team",
    ),
    (
        "teams_tournament_id_draft_order_key",
        "teams.tournament_id, teams.draft_order",
        "another team has this place in the draft order",
    ),
    (
        "team_members_tournament_id_member_id_key",
        "team_members.tournament_id, team_members.member_id",
        "this player is a member of another team",
    ),
    (
        "games_node_key",
        "games.tournament_id, games.bracket_type, games.round, games.position",
        "there is a game at this place of the bracket",
    ),
];

impl From<DbError> for CommandError {
    fn from(error: DbError) -> Self {
        let known = error.violated_unique().and_then(|violated| {
            UNIQUE.iter().find(|(name, columns, _)| violated == *name || violated.ends_with(columns))
        });
        match known {
            Some((_, _, message)) => Rejection::conflict(*message).into(),
            // What a command found was deleted before it wrote, or is used since.
            None if error.is_dangling() => {
                tracing::warn!(
                    error = %crate::telemetry::chain(&error),
                    "a command lost a race for what it refers to"
                );
                Rejection::conflict(
                    "something this refers to was changed meanwhile: look at it again and retry",
                )
                .into()
            }
            None => Self::Db(error),
        }
    }
}
