//! `gameDelete`.

use serde::{Deserialize, Serialize};

use crate::db::models::GameRow;
use crate::domain::policy::Action;
use crate::service::bracket::Chosen;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{GameId, GameStatus, TournamentId};

/// Deletes a game outside every bracket. A bracket loses no single game: it is reset or generated anew.
#[derive(Clone, Debug, Serialize)]
pub struct GameDelete {
    /// The game.
    pub game_id: GameId,
    /// The version of the game that the caller has seen.
    pub expected_version: Option<i32>,
    /// Its result may be lost, too.
    pub confirm_discard_results: bool,
}

/// A game that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameDeleted {
    /// Which it was.
    pub game_id: GameId,
    /// The tournament it was in.
    pub tournament_id: Option<TournamentId>,
}

impl Command for GameDelete {
    const NAME: &'static str = "gameDelete";
    type Outcome = GameDeleted;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<GameDeleted> {
        let chosen = Chosen::open(tx, self.game_id, Action::GameDelete).await?;
        if !chosen.is_free() {
            let message =
                "this game is part of a bracket: start that over by `bracketReset`, or generate it anew";
            return Err(Rejection::conflict(message).at(&["gameId"]).into());
        }
        let row = chosen.row;
        expect_version(self.expected_version, row.version)?;
        if row.status == GameStatus::Completed && !self.confirm_discard_results {
            let message = "this game was played: say `confirmDiscardResults: true` to lose its result";
            return Err(Rejection::conflict(message).at(&["confirmDiscardResults"]).into());
        }
        tx.uow.delete::<GameRow>(row.id).await?;
        Ok(GameDeleted { game_id: row.id, tournament_id: row.tournament_id })
    }
}
