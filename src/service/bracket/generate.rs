//! `bracketGenerate` and `bracketReseed`.

use serde::Serialize;

use super::board::Board;
use super::difference::Target;
use super::outcome::BracketOutcome;
use super::refusal::{refused, refused_unconfirmed};
use super::seeding::Seeding;
use crate::domain::bracket::BracketPlan;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::CommandResult;
use crate::service::tournament::locked;
use crate::types::{TournamentId, TournamentType};

/// Makes the bracket of a tournament, in place of the one there is (DOMAIN §3.3, §3.5). Free games stay.
#[derive(Clone, Debug, Serialize)]
pub struct BracketGenerate {
    /// Whose bracket.
    pub tournament_id: TournamentId,
    /// Who is seeded where.
    pub seeding: Seeding,
    /// Single or double elimination, which becomes the tournament's type; `None` for the type it has.
    pub format: Option<TournamentType>,
    /// Whether the final is played again when the team of the losers bracket wins it.
    pub has_grand_final_reset: bool,
    /// Results, placements and the winner may be lost.
    pub confirm_discard_results: bool,
}

impl Command for BracketGenerate {
    const NAME: &'static str = "bracketGenerate";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let tournament = locked(tx, self.tournament_id, Action::BracketManage, &["tournamentId"]).await?;
        let format = self.format.unwrap_or(tournament.tournament_type);
        let board = Board::load(tx.uow, tournament).await?;
        let order = self.seeding.order(tx, &board).await?;
        let plan = BracketPlan { format, order: &order, has_grand_final_reset: self.has_grand_final_reset };
        let after = board
            .bracket
            .generate(&plan, self.confirm_discard_results)
            .map_err(|error| refused_unconfirmed(&board, &error, &["manualOrder"]))?;
        board.write(tx.uow, Target { tournament_type: Some(format), ..Target::new(&after) }).await
    }
}

/// Seeds the bracket of a tournament anew, as long as nothing was played (DOMAIN §3.5).
#[derive(Clone, Debug, Serialize)]
pub struct BracketReseed {
    /// Whose bracket.
    pub tournament_id: TournamentId,
    /// Who is seeded where.
    pub seeding: Seeding,
}

impl Command for BracketReseed {
    const NAME: &'static str = "bracketReseed";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let tournament = locked(tx, self.tournament_id, Action::BracketManage, &["tournamentId"]).await?;
        let board = Board::load(tx.uow, tournament).await?;
        let order = self.seeding.order(tx, &board).await?;
        let after =
            board.bracket.reseed(&order).map_err(|error| refused(&board, &error, &["manualOrder"]))?;
        board.write(tx.uow, Target::new(&after)).await
    }
}
