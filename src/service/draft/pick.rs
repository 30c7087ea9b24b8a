//! `draftPick`.

use serde::Serialize;

use super::DraftOutcome;
use super::board::Board;
use super::refusal::reject;
use crate::db::models::UserRow;
use crate::domain::draft::{self, Caller};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{DraftId, DraftRoundId, UserId};

/// Picks a player: the captain on turn may, and who moderates the draft (DOMAIN §2.6).
#[derive(Clone, Debug, Serialize)]
pub struct DraftPick {
    /// In which draft.
    pub draft_id: DraftId,
    /// In which round.
    pub round_id: DraftRoundId,
    /// Whom.
    pub user_id: UserId,
    /// The version of the draft the caller has seen.
    pub expected_version: i32,
}

impl Command for DraftPick {
    const NAME: &'static str = "draftPick";
    type Outcome = DraftOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<DraftOutcome> {
        let board = Board::load(tx, self.draft_id).await?;
        self.expect_to_exist(tx, &board).await?;
        let round = board.state.rounds.iter().find(|it| it.id == Some(self.round_id));
        let is_on_turn = round.and_then(|it| board.state.captain_of(it)) == Some(tx.actor);
        // A captain on turn needs no other right, so theirs are not looked up.
        let is_moderator = !is_on_turn && board.is_moderator(tx).await?;
        let caller = Caller { user_id: tx.actor, is_moderator };
        let dice = tx.dice;
        let applied = draft::pick(&board.state, caller, self.round_id, self.user_id, &mut || dice.throw())
            .map_err(reject)?;
        // Last: whoever lost a race is told what happened to their round, which says more than that something did.
        expect_version(Some(self.expected_version), board.draft.version)?;
        board.store(tx, &applied).await
    }
}

impl DraftPick {
    /// Somebody who is not registered is no player to be had; somebody who does not exist is a mistake.
    async fn expect_to_exist(&self, tx: &mut Tx<'_>, board: &Board) -> CommandResult<()> {
        let is_registered = board.state.players.iter().any(|it| it.id == self.user_id);
        if !is_registered && tx.uow.get::<UserRow>(self.user_id).await?.is_none() {
            return Err(Rejection::not_found("user", &["userId"]).into());
        }
        Ok(())
    }
}
