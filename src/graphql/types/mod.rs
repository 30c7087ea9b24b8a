//! One file per object of the API: how a row, or a value computed from rows, looks to a client.
//!
//! Objects hold a loaded row and load what else a query selects. Derived values come from `domain`; no rule here.

mod draft;
mod draft_event;
mod draft_facts;
mod draft_pool;
mod draft_round;
mod enums;
mod game;
mod guild;
mod home_stats;
mod league;
mod log;
mod order;
mod organization;
mod positions;
mod team;
mod tournament;
mod tournament_players;
mod user;
mod viewer;

pub(super) use draft::Draft;
pub(super) use draft_event::{
    CaptainAssigned, DraftCompleted, DraftEvent, DraftStarted, PickUndone, PlayerPicked, TieRolled,
};
pub(super) use draft_facts::load_rounds;
pub(super) use draft_pool::AvailablePlayer;
pub(super) use draft_round::{DraftRound, TieResolution};
pub(super) use enums::{DraftStyle, GameStatus, RatingSystem, Slot, TournamentState, TournamentType};
pub(super) use game::Game;
pub(super) use guild::DiscordGuildMember;
pub(super) use home_stats::HomeStats;
pub(super) use league::League;
pub(super) use log::{LeagueLogEntry, OrganizationLogEntry};
pub(super) use order::{
    LeagueFilterInput, LeagueOrder, OrganizationFilterInput, OrganizationOrder, TournamentFilterInput,
    TournamentOrder, UserFilterInput, UserOrder,
};
pub(super) use organization::Organization;
pub(super) use team::Team;
pub(super) use tournament::Tournament;
pub(super) use tournament_players::TournamentPlayers;
pub(super) use user::User;
pub(super) use viewer::Viewer;
