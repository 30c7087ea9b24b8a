//! Why a command on a draft is refused, in words that tell a person what to do, and the code of each reason.
//!
//! A refusal changes nothing. Who may moderate a draft and who exists at all is settled before a command is called.

use super::tie::TieError;
use crate::types::{DraftRoundId, TeamId, UserId};

/// A refused command (`DOMAIN §2.10`, column "Required").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The caller is neither staff nor a captain of this draft.
    #[error("only the captain on turn and staff can pick")]
    Forbidden,
    /// The caller is the captain of another team, or the round is not the current one.
    #[error("not your turn: only the captain on turn and staff pick, and only in the current round")]
    NotYourTurn {
        /// The round to be picked in now.
        current_round: Option<DraftRoundId>,
    },
    /// The draft has not started or is completed.
    #[error("the draft is not running: start it, or undo the last pick to open it again")]
    NotRunning,
    /// The draft was started over since, or the round is another draft's.
    #[error("the draft has no such round: load the draft again")]
    RoundNotFound,
    /// Somebody was faster.
    #[error("pick {pick_number} is already made: load the draft again")]
    AlreadyPicked {
        /// The round.
        pick_number: i32,
    },
    /// No captain is on turn in the round.
    #[error(
        "nobody is on turn in pick {pick_number}: give its team a captain, rebuild the teams, or start over"
    )]
    NoCaptain {
        /// The round.
        pick_number: i32,
    },
    /// The team has all the members it may have.
    #[error("{team_name} is full: take off a member who was added by hand, or rebuild the teams")]
    RosterFull {
        /// The team.
        team_id: TeamId,
        /// Its name.
        team_name: String,
    },
    /// The player is not in the pool.
    #[error("this player cannot be picked: {reason}")]
    PlayerUnavailable {
        /// The player.
        player_id: UserId,
        /// Why not.
        reason: Unavailable,
    },
    /// No pick was made yet.
    #[error("there is no pick to undo")]
    NothingToUndo,
    /// The player of the last pick has become captain since, and an undo appoints nobody (`DOMAIN §2.7`).
    #[error("the last pick now leads {team_name}: name another captain first")]
    PickLeads {
        /// The team.
        team_id: TeamId,
        /// Its name.
        team_name: String,
    },
    /// A start would discard picks.
    #[error("starting over discards {n_picks} picks: confirm it")]
    NeedsConfirmation {
        /// Picks made so far.
        n_picks: usize,
    },
    /// There is nobody to draft against.
    #[error("a draft needs two teams or more: choose more captains")]
    TooFewTeams,
    /// Some teams have nobody to pick for them.
    #[error("every team needs a captain: name one for {}", names(.teams))]
    TeamsWithoutCaptain {
        /// These teams, with their names.
        teams: Vec<(TeamId, String)>,
    },
    /// One user leads two teams.
    #[error("one captain leads {}: give each team its own", names(.teams))]
    SharedCaptain {
        /// The captain.
        captain_id: UserId,
        /// Their teams, with their names.
        teams: Vec<(TeamId, String)>,
    },
    /// Two teams would pick at the same place.
    #[error("{} have the same draft order: give each its own", names(.teams))]
    SharedDraftOrder {
        /// The order.
        draft_order: i32,
        /// These teams, with their names.
        teams: Vec<(TeamId, String)>,
    },
    /// Nobody is left besides the captains.
    #[error("there is nobody to pick: register players who are no captains")]
    EmptyPool,
    /// The rounds are built for the style they have.
    #[error("the style is fixed once a draft has started: start over with another one")]
    StyleLocked,
    /// The dice are broken.
    #[error("the dice did not settle a tie")]
    Dice(#[from] TieError),
}

/// Why a player is not in the pool (`DOMAIN §2.6` 6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No player of this tournament.
    #[error("they are not registered for this tournament")]
    NotRegistered,
    /// Leads a team.
    #[error("they are captain of {team_name}")]
    IsCaptain {
        /// The team.
        team_id: TeamId,
        /// Its name.
        team_name: String,
    },
    /// Picked by a team or added to it by hand.
    #[error("they are on {team_name} already")]
    OnTeam {
        /// The team.
        team_id: TeamId,
        /// Its name.
        team_name: String,
    },
    /// Picked, and off that team again; an undo brings them back.
    #[error("they were picked in pick {pick_number} and have left that team since")]
    PickedBefore {
        /// The round they were picked in.
        pick_number: i32,
    },
}

impl Unavailable {
    /// The team that has the player.
    #[must_use]
    pub fn taken_by(&self) -> Option<TeamId> {
        match self {
            Self::IsCaptain { team_id, .. } | Self::OnTeam { team_id, .. } => Some(*team_id),
            Self::NotRegistered | Self::PickedBefore { .. } => None,
        }
    }
}

impl DraftError {
    /// The stable code (`DOMAIN §0`, `§2.2`, `§2.10`): `INVALID_INPUT` where the teams or players must be changed
    /// first, `CONFLICT` where the draft itself stands in the way.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden => "FORBIDDEN",
            Self::NotYourTurn { .. } => "NOT_YOUR_TURN",
            Self::NotRunning => "DRAFT_NOT_RUNNING",
            Self::RoundNotFound => "NOT_FOUND",
            Self::RosterFull { .. } => "ROSTER_FULL",
            Self::PlayerUnavailable { .. } => "PLAYER_UNAVAILABLE",
            Self::AlreadyPicked { .. }
            | Self::NoCaptain { .. }
            | Self::NothingToUndo
            | Self::PickLeads { .. }
            | Self::NeedsConfirmation { .. }
            | Self::StyleLocked => "CONFLICT",
            Self::TooFewTeams
            | Self::TeamsWithoutCaptain { .. }
            | Self::SharedCaptain { .. }
            | Self::SharedDraftOrder { .. }
            | Self::EmptyPool => "INVALID_INPUT",
            Self::Dice(_) => "INTERNAL_SERVER_ERROR",
        }
    }
}

fn names(teams: &[(TeamId, String)]) -> String {
    teams.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}
