//! The domain's enums as the API shows them, converted both ways without a text in between.

use async_graphql::Enum;

use crate::domain::policy;
use crate::types;

/// Where a tournament stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::TournamentState")]
pub(crate) enum TournamentState {
    /// Announced, not begun.
    Future,
    /// Being drafted or played.
    InProgress,
    /// Over.
    Past,
}

/// How a tournament's games lead to a winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::TournamentType")]
pub(crate) enum TournamentType {
    /// A lost series ends a team's run.
    SingleElimination,
    /// A first lost series drops a team to the losers bracket.
    DoubleElimination,
    /// Teams of equal record meet.
    Swiss,
}

/// Who picks when in a player draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::DraftStyle")]
pub(crate) enum DraftStyle {
    /// The order turns round after each phase: 1 2 3 4, 4 3 2 1.
    Snake,
    /// The same order in each phase.
    Normal,
    /// The team with the lowest total MMR picks next, ties by dice.
    Shuffle,
}

/// Where a player draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::DraftStatus")]
pub(crate) enum DraftStatus {
    /// No round exists yet.
    NotStarted,
    /// Captains are picking.
    Running,
    /// No further pick is possible.
    Completed,
}

/// What happened in a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::DraftEventType")]
pub(crate) enum DraftEventType {
    /// The draft was started or started over.
    DraftStarted,
    /// A player joined a team.
    PlayerPicked,
    /// Tied teams rolled dice for the next pick.
    TieRoll,
    /// A captain is on turn: the first of a draft, or one decided during it.
    CaptainAssigned,
    /// The last pick was taken back.
    PickUndone,
    /// No further pick is possible.
    DraftCompleted,
}

/// Which part of a bracket a game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::BracketType")]
pub(crate) enum BracketType {
    /// The winners bracket, or the only one.
    Winners,
    /// The losers bracket.
    Losers,
    /// The last games, between the winners of both brackets.
    GrandFinals,
    /// A Swiss round, or any other game that was paired by hand.
    Swiss,
}

/// What happens to the loser of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::EliminationType")]
pub(crate) enum EliminationType {
    /// The loser is out.
    Single,
    /// The loser goes on in the losers bracket.
    Double,
    /// Records decide.
    Swiss,
}

/// Where a game stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::GameStatus")]
pub(crate) enum GameStatus {
    /// Not begun.
    Pending,
    /// Being played.
    Live,
    /// Decided.
    Completed,
}

/// One of the two seats of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::Slot")]
pub(crate) enum Slot {
    /// The Radiant seat.
    Radiant,
    /// The Dire seat.
    Dire,
}

/// One of the five roles of a Dota 2 team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::Position")]
pub(crate) enum Position {
    /// Position 1.
    Carry,
    /// Position 2.
    Mid,
    /// Position 3.
    Offlane,
    /// Position 4.
    SoftSupport,
    /// Position 5.
    HardSupport,
}

/// The caller's highest role in an organization or a league.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "policy::ViewerRole")]
pub(crate) enum ViewerRole {
    /// Owns the organization.
    Owner,
    /// May change settings and give roles.
    Admin,
    /// May run events.
    Staff,
}

/// How the results of a league change ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::RatingSystem")]
pub(crate) enum RatingSystem {
    /// The more surprising a result, the more points.
    Elo,
    /// The same number of points for every game.
    FixedDelta,
}

/// What was done to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::OrganizationLogAction")]
pub(crate) enum OrganizationLogAction {
    /// Somebody was made admin.
    AddAdmin,
    /// Somebody is admin no more.
    RemoveAdmin,
    /// Somebody was made staff.
    AddStaff,
    /// Somebody is staff no more.
    RemoveStaff,
    /// It was given to another owner.
    TransferOwnership,
    /// It was made.
    Create,
    /// Its settings were changed.
    Update,
    /// It was deleted.
    Delete,
}

/// What was done to a league.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "types::LeagueLogAction")]
pub(crate) enum LeagueLogAction {
    /// Somebody was made admin.
    AddAdmin,
    /// Somebody is admin no more.
    RemoveAdmin,
    /// Somebody was made staff.
    AddStaff,
    /// Somebody is staff no more.
    RemoveStaff,
    /// It was linked to an organization.
    LinkOrganization,
    /// It is linked to an organization no more.
    UnlinkOrganization,
    /// It was made.
    Create,
    /// Its settings were changed.
    Update,
    /// It was deleted.
    Delete,
}

/// What a profile lacks that others need for drafting and seeding.
#[expect(clippy::enum_variant_names, reason = "an issue is something missing")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::user::ProfileIssue")]
pub(crate) enum ProfileIssue {
    /// No MMR is known.
    NoMmr,
    /// No Steam id is known.
    NoSteamId,
    /// No position is played.
    NoPositions,
}
