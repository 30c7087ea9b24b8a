//! The checked model of what is to be imported: every reference resolves, every rule of DOMAIN §9.3 holds.
//!
//! Plain values keyed by the predecessor's primary keys; which row of ours they become is not known here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::types::{
    BracketType, DraftStatus, DraftStyle, EliminationType, GameStatus, Slot, TournamentState, TournamentType,
};

use super::error::At;
use super::report::Report;
use super::wire::SourcePk;

/// Everything the given files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportPlan {
    /// Every person of any file once, by primary key.
    pub users: Vec<UserPlan>,
    /// The tournaments, each with its bracket if a file has it, by primary key.
    pub tournaments: Vec<TournamentPlan>,
    /// Brackets of tournaments that none of the files describes: they must have been imported before.
    pub brackets_alone: Vec<BracketPlan>,
    /// What was repaired or left out on the way; no counts but those of skipped games.
    pub report: Report,
}

/// A person (DOMAIN §1.1); what a file does not say is `None` and must not erase what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPlan {
    /// Where the person was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Name of the account; may be taken here by somebody else.
    pub username: String,
    /// Display name.
    pub nickname: Option<String>,
    /// Discord avatar hash.
    pub avatar: Option<String>,
    /// Discord snowflake; unique among the plan's users.
    pub discord_id: Option<String>,
    /// Steam64 id, every digit; unique among the plan's users.
    pub steam_id: Option<i64>,
    /// Base MMR.
    pub mmr: Option<i32>,
    /// Ranks of the five roles.
    pub positions: Option<PositionRanks>,
    /// E-mail address; only the users feed has it.
    pub email: Option<String>,
    /// When the account was made; only the users feed has it.
    pub date_joined: Option<Timestamp>,
    /// Whether the account may be used; only the users feed has it.
    pub is_active: Option<bool>,
    /// Primary key of an organization; only the users feed has it.
    pub default_organization: Option<SourcePk>,
    /// Whether the users feed lists this person: then no tournament need mention them.
    pub is_in_feed: bool,
}

/// Ranks of the five roles, each 0–5: 0 = does not play, 1 = favourite (DOMAIN §1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionRanks {
    /// Position 1.
    pub carry: i32,
    /// Position 2.
    pub mid: i32,
    /// Position 3.
    pub offlane: i32,
    /// Position 4.
    pub soft_support: i32,
    /// Position 5.
    pub hard_support: i32,
}

/// A tournament with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TournamentPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Its name.
    pub name: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// IANA zone in which it is shown.
    pub timezone: String,
    /// Where it stands.
    pub state: TournamentState,
    /// How games lead to a winner.
    pub tournament_type: TournamentType,
    /// Its league.
    pub league: Option<LeaguePlan>,
    /// The registered pool; holds every member of every team.
    pub players: BTreeSet<SourcePk>,
    /// Everybody the tournament mentions in any role: the users its transaction needs.
    pub people: BTreeSet<SourcePk>,
    /// Its teams, by primary key.
    pub teams: Vec<TeamPlan>,
    /// Where the games' structure comes from.
    pub bracket: BracketSource,
    /// Its games, by primary key.
    pub games: Vec<GamePlan>,
    /// Its player draft.
    pub draft: Option<DraftPlan>,
    /// The champion: one of `teams`.
    pub winning_team: Option<SourcePk>,
}

/// Where the structure of a tournament's games comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BracketSource {
    /// A bracket file: nodes and links are the predecessor's own.
    File,
    /// No bracket file: positions are made up and there are no links. Must not replace what an earlier bracket
    /// file gave the same games.
    Guessed,
}

/// The league of a tournament (DOMAIN §1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaguePlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Its name.
    pub name: String,
    /// Valve's number for it; one-to-one with `source_pk` within a plan.
    pub steam_league_id: i32,
    /// Organizations it belongs to.
    pub organizations: Vec<OrganizationPlan>,
}

/// An organization a league belongs to (DOMAIN §1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Its name.
    pub name: String,
    /// Address of its logo, or empty.
    pub logo: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// A team (DOMAIN §1.6): captain and deputy are members, nobody is a member of two teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Its name.
    pub name: String,
    /// Its captain, one of `members`.
    pub captain: Option<SourcePk>,
    /// First in the line of succession; one of `members`, never the captain.
    pub deputy: Option<SourcePk>,
    /// The roster.
    pub members: Vec<SourcePk>,
    /// Substitutes; none of them in `members`.
    pub dropins: Vec<SourcePk>,
    /// People who left; none of them in `members` or `dropins`.
    pub left: Vec<SourcePk>,
    /// Place in the draft, from 1; unique in the tournament.
    pub draft_order: i32,
    /// Final place, from 1.
    pub placement: Option<i32>,
}

/// A player draft (DOMAIN §1.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Who picks when.
    pub style: DraftStyle,
    /// `NotStarted` exactly when there are no rounds; `Running` only on request (`PlanOptions::resume_drafts`).
    pub status: DraftStatus,
    /// Whether open rounds and a pool remain, so that a draft that is not `Running` was closed by the import.
    pub is_unfinished: bool,
    /// Rounds by pick number, no number twice, no choice twice.
    pub rounds: Vec<DraftRoundPlan>,
}

/// One pick slot of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRoundPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Place in the whole draft, from 1.
    pub pick_number: i32,
    /// Block of as many picks as there are teams, from 1.
    pub pick_phase: i32,
    /// Whose turn; open in rounds of a shuffle draft that are not decided yet.
    pub captain: Option<SourcePk>,
    /// The captain's team.
    pub team: Option<SourcePk>,
    /// Who was picked; only with a captain.
    pub choice: Option<SourcePk>,
}

/// A game (DOMAIN §1.7): node unique in the tournament, winner one of the two teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GamePlan {
    /// Where it was read.
    pub at: At,
    /// Primary key at the predecessor.
    pub source_pk: SourcePk,
    /// Part of the bracket.
    pub bracket_type: BracketType,
    /// Round within that part, from 1.
    pub round: i32,
    /// Place within the round, from 0.
    pub position: i32,
    /// What happens to the loser.
    pub elimination_type: EliminationType,
    /// Team in the Radiant seat.
    pub radiant: Option<SourcePk>,
    /// Team in the Dire seat.
    pub dire: Option<SourcePk>,
    /// The winner; set exactly when `status` is `Completed`.
    pub winner: Option<SourcePk>,
    /// Where the game stands.
    pub status: GameStatus,
    /// Dota 2 match; no match twice in a plan.
    pub steam_match_id: Option<i64>,
    /// The winner's path.
    pub next: Option<GameLink>,
    /// The loser's path.
    pub loser_next: Option<GameLink>,
    /// Wins on entering a Swiss game.
    pub swiss_wins: i32,
    /// Losses on entering a Swiss game.
    pub swiss_losses: i32,
    /// Completed with a single team.
    pub is_bye: bool,
}

/// A seat of a later game; no seat has two feeders, links form no cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GameLink {
    /// Primary key of the later game, in the same list of games.
    pub game: SourcePk,
    /// The seat.
    pub slot: Slot,
}

/// The bracket of a tournament that the files do not describe.
#[derive(Clone, Debug, PartialEq)]
pub struct BracketPlan {
    /// Where it was read.
    pub at: At,
    /// Primary key of the tournament at the predecessor.
    pub tournament: SourcePk,
    /// Its games, by primary key. That their teams are the tournament's own is left to check.
    pub games: Vec<GamePlan>,
    /// Winner of a decided bracket.
    pub champion: Option<SourcePk>,
    /// Final places of a decided bracket, complete or empty.
    pub placements: BTreeMap<SourcePk, i32>,
}
