//! `gameStatusSet`.

use serde::Serialize;

use crate::domain::policy::Action;
use crate::service::bracket::{BracketOutcome, Chosen, refused};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::{GameId, GameStatus};

/// Says that a game is being played, or is not after all.
#[derive(Clone, Debug, Serialize)]
pub struct GameStatusSet {
    /// The game.
    pub game_id: GameId,
    /// Live or pending; a game is completed by its report.
    pub status: GameStatus,
    /// The version of the game that the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for GameStatusSet {
    const NAME: &'static str = "gameStatusSet";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let chosen = Chosen::open(tx, self.game_id, Action::GameUpdate).await?;
        expect_version(self.expected_version, chosen.row.version)?;
        let after = chosen.board.bracket.set_status(chosen.key, self.status);
        let after = after.map_err(|error| refused(&chosen.board, &error, &["status"]))?;
        chosen.write(tx, &after).await
    }
}
