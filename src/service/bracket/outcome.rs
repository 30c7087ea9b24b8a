//! What came of a change of a bracket, as ids.

use serde::{Deserialize, Serialize};

use crate::types::{GameId, TeamId, TournamentId};

/// What came of a change of a bracket or of a free game.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BracketOutcome {
    /// The tournament; `None` for a game of a league alone.
    pub tournament_id: Option<TournamentId>,
    /// The game the call was about, if it was about one.
    pub game_id: Option<GameId>,
    /// Games that were made or changed, in the order of the bracket.
    pub games: Vec<GameId>,
    /// Games that are no more.
    pub deleted_games: Vec<GameId>,
    /// Teams whose placement changed.
    pub teams: Vec<TeamId>,
}
