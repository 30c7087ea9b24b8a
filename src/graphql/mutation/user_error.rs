//! Failures that a person can act on: part of a payload, with HTTP 200.
//!
//! Missing rights, limits and faults of the server are no such thing: see `graphql::error`.

use async_graphql::{Context, Enum, Interface, Object};

use crate::db::models::DraftRoundRow;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::types::{DraftRound, Game, Team, User};
use crate::service::{Detail, Rejection, RejectionCode};
use crate::types::{DraftRoundId, GameId, TeamId, UserId};

/// Why a mutation was not done, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ErrorCode", remote = "RejectionCode")]
pub(crate) enum UserErrorCode {
    /// The input is of the right form and makes no sense.
    InvalidInput,
    /// Something the input names does not exist.
    NotFound,
    /// It contradicts what is there already.
    Conflict,
    /// Somebody else changed it meanwhile: look at it again.
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

/// An expected failure of a mutation: part of the contract, never in the top-level errors.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "code", ty = "UserErrorCode", desc = "For programs."),
    field(name = "message", ty = "&String", desc = "For people: what is wrong and what to do."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "Path inside the input, for example `[\"players\", \"3\", \"mmr\"]`; null if no part of it is to blame."
    )
)]
pub(crate) enum UserError {
    /// A failure about which there is no more to say.
    Generic(GenericError),
    /// Somebody else changed it meanwhile.
    StaleVersion(StaleVersionError),
    /// Somebody else picks now.
    NotYourTurn(NotYourTurnError),
    /// The player cannot be picked.
    PlayerUnavailable(PlayerUnavailableError),
    /// Games that are live or completed are in the way.
    ResultsInTheWay(ResultsInTheWayError),
}

/// What every failure tells.
#[derive(Clone, Debug)]
struct Told {
    code: UserErrorCode,
    message: String,
    field: Option<Vec<String>>,
}

macro_rules! user_errors {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($fields:tt)* } { $($extra:item)* }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            told: Told,
            $($fields)*
        }

        $(#[$doc])*
        #[Object]
        impl $name {
            /// For programs.
            async fn code(&self) -> UserErrorCode {
                self.told.code
            }

            /// For people: what is wrong and what to do.
            async fn message(&self) -> &String {
                &self.told.message
            }

            /// Path inside the input; null if no part of it is to blame.
            async fn field(&self) -> &Option<Vec<String>> {
                &self.told.field
            }

            $($extra)*
        }
    )+};
}

user_errors! {
    /// A failure about which there is no more to say.
    GenericError {} {}

    /// Somebody else changed it meanwhile: look at it again and retry.
    StaleVersionError { expected: i32, current: i32, } {
        /// The version the caller had seen.
        async fn expected_version(&self) -> i32 {
            self.expected
        }

        /// The version there is.
        async fn current_version(&self) -> i32 {
            self.current
        }
    }

    /// Somebody else picks now.
    NotYourTurnError { current_round: Option<DraftRoundId>, } {
        /// The round to be picked in now.
        async fn current_round(&self, ctx: &Context<'_>) -> Nullable<DraftRound> {
            let row = ctx.loaders().one::<DraftRoundRow>(self.current_round?).await;
            row.map(|row| row.map(DraftRound)).map_err(Into::into).transpose()
        }
    }

    /// The player cannot be picked: not registered, a captain, or on a team already.
    PlayerUnavailableError { player: UserId, taken_by: Option<TeamId>, } {
        /// The player.
        async fn player(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load(ctx, self.player).await.transpose()
        }

        /// The team that has them; null if none has.
        async fn taken_by(&self, ctx: &Context<'_>) -> Nullable<Team> {
            Team::load_optional(ctx, self.taken_by).await
        }
    }

    /// Games that are live or completed are in the way. `cascade: true` or `confirmDiscardResults: true`, whichever the
    /// call takes, gives up their results.
    ResultsInTheWayError { games: Vec<GameId>, } {
        /// The games, in order of play.
        async fn games(&self, ctx: &Context<'_>) -> ApiResult<Vec<Game>> {
            Game::load_many(ctx, self.games.iter().copied()).await
        }
    }
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, message, field, detail } = rejection;
        let told = Told { code: code.into(), message, field: (!field.is_empty()).then_some(field) };
        match detail {
            Detail::None => Self::Generic(GenericError { told }),
            Detail::StaleVersion { expected, current } => {
                Self::StaleVersion(StaleVersionError { told, expected, current })
            }
            Detail::NotYourTurn { current_round } => {
                Self::NotYourTurn(NotYourTurnError { told, current_round })
            }
            Detail::PlayerUnavailable { player, taken_by } => {
                Self::PlayerUnavailable(PlayerUnavailableError { told, player, taken_by })
            }
            Detail::ResultsInTheWay { games } => Self::ResultsInTheWay(ResultsInTheWayError { told, games }),
        }
    }
}
