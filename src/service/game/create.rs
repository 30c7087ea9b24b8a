//! `gameCreate`.

use serde::Serialize;

use super::opponents;
use crate::db::models::{GameRow, GamesOfTournament, NewGame};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::tournament::locked;
use crate::types::{BracketType, EliminationType, GameId, GameStatus, LeagueId, TeamId, TournamentId};

/// What a free game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum GameHome {
    /// A tournament, beside its bracket.
    Tournament(TournamentId),
    /// A league, and no tournament of it.
    League(LeagueId),
}

/// Makes a game outside every bracket: nobody comes to it from another game, nobody goes on from it, and it places
/// nobody (DOMAIN §1.7).
#[derive(Clone, Debug, Serialize)]
pub struct GameCreate {
    /// What it belongs to.
    pub home: GameHome,
    /// Who plays on Radiant.
    pub radiant_team_id: Option<TeamId>,
    /// Who plays on Dire.
    pub dire_team_id: Option<TeamId>,
    /// Round it is shown in, from 1.
    pub round: i32,
}

impl Command for GameCreate {
    const NAME: &'static str = "gameCreate";
    type Outcome = GameId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<GameId> {
        match self.home {
            GameHome::Tournament(id) => drop(locked(tx, id, Action::GameCreate, &["tournamentId"]).await?),
            GameHome::League(id) => {
                let Some(rights) = tx.league_rights(Some(id)).await? else {
                    return Err(Rejection::not_found("league", &["leagueId"]).into());
                };
                tx.authorize(Action::GameCreate, &Scope::league(&rights))?;
            }
        }
        if self.round < 1 {
            return Err(Rejection::invalid("rounds count from 1", &["round"]).into());
        }
        opponents::check(tx, self.home, self.radiant_team_id, self.dire_team_id).await?;
        let position = self.free_position(tx).await?;
        let new = self.new_game(position);
        Ok(tx.uow.insert::<GameRow>(new).await?.id)
    }
}

impl GameCreate {
    /// The first free position of its round; games of a league alone are in nobody's way.
    async fn free_position(&self, tx: &mut Tx<'_>) -> CommandResult<i32> {
        let GameHome::Tournament(id) = self.home else { return Ok(0) };
        let games = tx.uow.children::<GamesOfTournament>(id).await?;
        let is_taken = |position: i32| {
            let place = (BracketType::Swiss, self.round, position);
            games.iter().any(|it| (it.bracket_type, it.round, it.position) == place)
        };
        let free = (0..i32::MAX).find(|it| !is_taken(*it));
        Ok(free.ok_or_else(|| Rejection::conflict("this round is full").at(&["round"]))?)
    }

    fn new_game(&self, position: i32) -> NewGame {
        let (tournament_id, league_id) = match self.home {
            GameHome::Tournament(id) => (Some(id), None),
            GameHome::League(id) => (None, Some(id)),
        };
        NewGame {
            tournament_id,
            league_id,
            round: self.round,
            position,
            // The part that nothing wires: see `domain::bracket::is_free`.
            bracket_type: BracketType::Swiss,
            elimination_type: EliminationType::Swiss,
            swiss_record_wins: 0,
            swiss_record_losses: 0,
            status: GameStatus::Pending,
            is_bye: false,
            steam_match_id: None,
            radiant_team_id: self.radiant_team_id,
            dire_team_id: self.dire_team_id,
            winning_team_id: None,
        }
    }
}
