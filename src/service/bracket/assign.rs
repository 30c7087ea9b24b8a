//! `bracketAssignTeam`.

use serde::Serialize;

use super::chosen::Chosen;
use super::outcome::BracketOutcome;
use super::refusal::refused;
use crate::domain::bracket::Link;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{GameId, Slot, TeamId};

/// Seats a team in a pending game of a bracket, or empties the seat (DOMAIN §3.5).
#[derive(Clone, Debug, Serialize)]
pub struct BracketAssignTeam {
    /// The game.
    pub game_id: GameId,
    /// Which seat.
    pub slot: Slot,
    /// Who is to sit there; `None` for nobody.
    pub team_id: Option<TeamId>,
    /// The version of the game that the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for BracketAssignTeam {
    const NAME: &'static str = "bracketAssignTeam";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let chosen = Chosen::open(tx, self.game_id, Action::BracketManage).await?;
        if chosen.is_free() {
            let message = "this game is in no bracket: change its teams by `gameUpdate`";
            return Err(Rejection::conflict(message).at(&["gameId"]).into());
        }
        expect_version(self.expected_version, chosen.row.version)?;
        let seat = Link { node: chosen.key, slot: self.slot };
        let after = chosen.board.bracket.assign_team(seat, self.team_id);
        let after = after.map_err(|error| refused(&chosen.board, &error, &["teamId"]))?;
        chosen.write(tx, &after).await
    }
}
