//! The predecessor's three documents as they stand on the wire (DOMAIN §9.2).
//!
//! Shape only: a value here is well formed, but nothing says yet that two of them agree. Fields that are not
//! named are ignored; role flags are left out on purpose (DOMAIN §9.3 rule 2).

use serde::Deserialize;

use crate::types::{BracketType, DraftStyle, EliminationType, Slot, TournamentState, TournamentType};

use super::scalar::{Instant, Played, SourcePk, StatusWord, SteamId, Text, Whole, Word, ZoneName};

/// A tournament with everything in it but the structure of its bracket.
#[derive(Debug, Deserialize)]
pub(crate) struct Tournament {
    pub(crate) pk: SourcePk,
    pub(crate) name: Text<255>,
    pub(crate) date_played: Played,
    pub(crate) timezone: ZoneName,
    pub(crate) state: Word<TournamentState>,
    pub(crate) tournament_type: Word<TournamentType>,
    pub(crate) users: Vec<User>,
    #[serde(default)]
    pub(crate) captains: Vec<User>,
    pub(crate) teams: Vec<Team>,
    pub(crate) winning_team: Option<SourcePk>,
    pub(crate) league: Option<League>,
    pub(crate) games: Vec<Game>,
    pub(crate) draft: Option<Draft>,
}

/// A person; the last four fields come only with the users feed.
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) pk: SourcePk,
    pub(crate) username: Text<150>,
    pub(crate) nickname: Option<Text<100>>,
    pub(crate) avatar: Option<Text<255>>,
    #[serde(rename = "discordId")]
    pub(crate) discord_id: Option<Text<20>>,
    pub(crate) steamid: Option<SteamId>,
    pub(crate) mmr: Option<i32>,
    pub(crate) positions: Option<Positions>,
    pub(crate) email: Option<Text<254>>,
    pub(crate) date_joined: Option<Instant>,
    pub(crate) is_active: Option<bool>,
    pub(crate) default_organization: Option<SourcePk>,
}

/// Ranks of the five roles, unchecked: the predecessor never checked them either.
#[derive(Debug, Deserialize)]
pub(crate) struct Positions {
    pub(crate) carry: i32,
    pub(crate) mid: i32,
    pub(crate) offlane: i32,
    pub(crate) soft_support: i32,
    pub(crate) hard_support: i32,
}

/// A team; the same shape stands in games, draft rounds and the bracket.
#[derive(Debug, Deserialize)]
pub(crate) struct Team {
    pub(crate) pk: SourcePk,
    pub(crate) name: Text<255>,
    pub(crate) captain: Option<User>,
    pub(crate) deputy_captain: Option<User>,
    pub(crate) members: Vec<User>,
    #[serde(default)]
    pub(crate) dropin_members: Vec<User>,
    #[serde(default)]
    pub(crate) left_members: Vec<User>,
    pub(crate) draft_order: Option<Whole<0>>,
    pub(crate) placement: Option<Whole<0>>,
}

/// The league of a tournament.
#[derive(Debug, Deserialize)]
pub(crate) struct League {
    pub(crate) pk: SourcePk,
    pub(crate) name: Text<255>,
    pub(crate) steam_league_id: Whole<1>,
    #[serde(default)]
    pub(crate) organizations: Vec<Organization>,
}

/// An organization a league belongs to.
#[derive(Debug, Deserialize)]
pub(crate) struct Organization {
    pub(crate) pk: SourcePk,
    pub(crate) name: Text<255>,
    pub(crate) logo: Option<Text<2000>>,
    pub(crate) created_at: Option<Instant>,
}

/// A game without its place in the bracket.
#[derive(Debug, Deserialize)]
pub(crate) struct Game {
    pub(crate) pk: SourcePk,
    pub(crate) radiant_team: Option<Team>,
    pub(crate) dire_team: Option<Team>,
    pub(crate) winning_team: Option<Team>,
    pub(crate) gameid: Option<i64>,
    pub(crate) round: Whole<1>,
}

/// A player draft.
#[derive(Debug, Deserialize)]
pub(crate) struct Draft {
    pub(crate) pk: SourcePk,
    pub(crate) draft_style: Word<DraftStyle>,
    pub(crate) draft_rounds: Vec<DraftRound>,
    #[serde(default)]
    pub(crate) users_remaining: Vec<User>,
}

/// One pick slot of a draft.
#[derive(Debug, Deserialize)]
pub(crate) struct DraftRound {
    pub(crate) pk: SourcePk,
    pub(crate) pick_number: Whole<1>,
    pub(crate) pick_phase: Option<i32>,
    pub(crate) captain: Option<User>,
    pub(crate) choice: Option<User>,
    pub(crate) team: Option<Team>,
}

/// The bracket of one tournament.
#[derive(Debug, Deserialize)]
pub(crate) struct Bracket {
    #[serde(rename = "tournamentId")]
    pub(crate) tournament_id: SourcePk,
    pub(crate) matches: Vec<Match>,
}

/// A game with its place in the bracket.
#[derive(Debug, Deserialize)]
pub(crate) struct Match {
    pub(crate) pk: SourcePk,
    pub(crate) round: Whole<1>,
    pub(crate) position: Whole<0>,
    pub(crate) bracket_type: Word<BracketType>,
    pub(crate) elimination_type: Word<EliminationType>,
    pub(crate) radiant_team: Option<Team>,
    pub(crate) dire_team: Option<Team>,
    pub(crate) winning_team: Option<Team>,
    pub(crate) status: StatusWord,
    pub(crate) next_game: Option<SourcePk>,
    pub(crate) next_game_slot: Option<Word<Slot>>,
    pub(crate) loser_next_game: Option<SourcePk>,
    pub(crate) loser_next_game_slot: Option<Word<Slot>>,
    pub(crate) swiss_record_wins: Option<Whole<0>>,
    pub(crate) swiss_record_losses: Option<Whole<0>>,
    pub(crate) gameid: Option<i64>,
}
