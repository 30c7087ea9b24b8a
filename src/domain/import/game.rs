//! The result of one game, made to agree with itself (DOMAIN §9.3 rule 6).
//!
//! Knows nothing of brackets: where the game stands and what follows it is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::types::GameStatus;

use super::error::ImportError;
use super::notes::Notes;
use super::wire::{Game, Match, SourcePk, StatusWord, Team};

/// What a document says about who played and who won.
pub(crate) struct RawResult {
    pub(crate) radiant: Option<SourcePk>,
    pub(crate) dire: Option<SourcePk>,
    pub(crate) winner: Option<SourcePk>,
    /// The tournament document has no status: a winner then means completed.
    pub(crate) status: Option<StatusWord>,
    pub(crate) match_id: Option<i64>,
}

/// Who played and who won, without contradictions: a winner exactly when completed.
pub(crate) struct GameResult {
    pub(crate) radiant: Option<SourcePk>,
    pub(crate) dire: Option<SourcePk>,
    pub(crate) winner: Option<SourcePk>,
    pub(crate) status: GameStatus,
    pub(crate) is_bye: bool,
}

impl From<&Game> for RawResult {
    fn from(it: &Game) -> Self {
        let (radiant, dire) = (pk(it.radiant_team.as_ref()), pk(it.dire_team.as_ref()));
        Self { radiant, dire, winner: pk(it.winning_team.as_ref()), status: None, match_id: it.gameid }
    }
}

impl From<&Match> for RawResult {
    fn from(it: &Match) -> Self {
        let (radiant, dire) = (pk(it.radiant_team.as_ref()), pk(it.dire_team.as_ref()));
        let status = Some(it.status);
        Self { radiant, dire, winner: pk(it.winning_team.as_ref()), status, match_id: it.gameid }
    }
}

fn pk(team: Option<&Team>) -> Option<SourcePk> {
    team.map(|it| it.pk)
}

impl RawResult {
    /// The result of the game at `path`; `teams` are those that may play in it, if they are known.
    pub(crate) fn check(
        &self,
        path: &str,
        teams: Option<&BTreeSet<SourcePk>>,
        notes: &mut Notes<'_>,
    ) -> Result<GameResult, ImportError> {
        for (team, field) in [(self.radiant, "radiant_team"), (self.dire, "dire_team")] {
            if let (Some(team), Some(teams)) = (team, teams)
                && !teams.contains(&team)
            {
                let message = format!("team {team} is no team of this tournament");
                return Err(notes.refuse(format!("{path}.{field}"), message));
            }
        }
        if let (Some(radiant), true) = (self.radiant, self.radiant == self.dire) {
            return Err(
                notes.refuse(format!("{path}.dire_team"), format!("team {radiant} plays against itself"))
            );
        }
        if let Some(winner) = self.winner
            && ![self.radiant, self.dire].contains(&Some(winner))
        {
            let message = format!("winner {winner} is neither the radiant nor the dire team");
            return Err(notes.refuse(format!("{path}.winning_team"), message));
        }
        let (radiant, dire, winner) = (self.radiant, self.dire, self.winner);
        let is_bye = winner.is_some() && radiant.is_some() != dire.is_some();
        Ok(GameResult { radiant, dire, winner, status: self.checked_status(path, notes), is_bye })
    }

    fn checked_status(&self, path: &str, notes: &mut Notes<'_>) -> GameStatus {
        let has_winner = self.winner.is_some();
        let Some(word) = self.status else {
            return if has_winner { GameStatus::Completed } else { GameStatus::Pending };
        };
        let path = format!("{path}.status");
        match word.status {
            GameStatus::Completed if !has_winner => {
                notes.say(path, "completed without a winner, imported as pending");
                GameStatus::Pending
            }
            GameStatus::Pending | GameStatus::Live if has_winner => {
                notes.say(path, "not completed but has a winner, imported as completed");
                GameStatus::Completed
            }
            status => {
                if word.was_scheduled {
                    notes.say(path, "status scheduled is imported as pending");
                }
                status
            }
        }
    }
}

/// Dota 2 matches already tied to a game: one match belongs to one game (DOMAIN §1.7).
#[derive(Debug, Default)]
pub(crate) struct SteamMatches(BTreeMap<i64, SourcePk>);

impl SteamMatches {
    /// The match of `game`, unless the number is none or belongs to an earlier game.
    pub(crate) fn claim(
        &mut self,
        game: SourcePk,
        match_id: Option<i64>,
        path: &str,
        notes: &mut Notes<'_>,
    ) -> Option<i64> {
        let id = match_id?;
        let path = format!("{path}.gameid");
        if id <= 0 {
            notes.say(path, format!("{id} is no match id, imported without match"));
            return None;
        }
        match *self.0.entry(id).or_insert(game) {
            owner if owner == game => Some(id),
            owner => {
                notes.say(path, format!("match {id} belongs to game {owner}, imported without match"));
                None
            }
        }
    }
}
