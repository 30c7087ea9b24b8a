//! `bracketReset`.

use serde::Serialize;

use super::board::Board;
use super::difference::Target;
use super::outcome::BracketOutcome;
use super::refusal::refused_unconfirmed;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::CommandResult;
use crate::service::tournament::locked;
use crate::types::TournamentId;

/// Takes the bracket of a tournament back to where nothing was played (DOMAIN §3.5). Free games stay as they are.
#[derive(Clone, Debug, Serialize)]
pub struct BracketReset {
    /// Whose bracket.
    pub tournament_id: TournamentId,
    /// Results, placements and the winner may be lost.
    pub confirm_discard_results: bool,
}

impl Command for BracketReset {
    const NAME: &'static str = "bracketReset";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let tournament = locked(tx, self.tournament_id, Action::BracketManage, &["tournamentId"]).await?;
        let board = Board::load(tx.uow, tournament).await?;
        let after = board.bracket.reset(self.confirm_discard_results);
        let after = after.map_err(|error| refused_unconfirmed(&board, &error, &["tournamentId"]))?;
        board.write(tx.uow, Target::new(&after)).await
    }
}
