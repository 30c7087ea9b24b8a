//! `gameReport` and `gameReportRetract`.

use serde::Serialize;

use crate::domain::policy::Action;
use crate::service::bracket::{BracketOutcome, Chosen, refused};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::{GameId, Slot};

/// Says who won a game, or that it was somebody else, and moves both teams on (DOMAIN §3.6).
///
/// The winner it has already changes nothing. Whether the tournament is over is left to its staff: a decided final
/// names the winner, and nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct GameReport {
    /// The game.
    pub game_id: GameId,
    /// The seat of the team that won.
    pub winner: Slot,
    /// Games that rest on another result are cleared, too.
    pub cascade: bool,
    /// The version of the game that the caller has seen.
    pub expected_version: i32,
}

impl Command for GameReport {
    const NAME: &'static str = "gameReport";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let chosen = Chosen::open(tx, self.game_id, Action::GameReport).await?;
        let after = chosen.board.bracket.report(chosen.key, self.winner, self.cascade);
        // Who reports what is known already changes nothing, whatever they had seen.
        if !after.as_ref().is_ok_and(|it| *it == chosen.board.bracket) {
            expect_version(Some(self.expected_version), chosen.row.version)?;
        }
        let after = after.map_err(|error| refused(&chosen.board, &error, &["cascade"]))?;
        chosen.write(tx, &after).await
    }
}

/// Takes back the result of a game and all that it wrote (DOMAIN §3.6).
#[derive(Clone, Debug, Serialize)]
pub struct GameReportRetract {
    /// The game.
    pub game_id: GameId,
    /// Games that rest on the result are cleared, too.
    pub cascade: bool,
    /// The version of the game that the caller has seen.
    pub expected_version: i32,
}

impl Command for GameReportRetract {
    const NAME: &'static str = "gameReportRetract";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let chosen = Chosen::open(tx, self.game_id, Action::GameReport).await?;
        expect_version(Some(self.expected_version), chosen.row.version)?;
        let after = chosen.board.bracket.retract(chosen.key, self.cascade);
        let after = after.map_err(|error| refused(&chosen.board, &error, &["cascade"]))?;
        chosen.write(tx, &after).await
    }
}
