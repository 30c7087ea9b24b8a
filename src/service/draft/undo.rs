//! `draftUndoPick` and `draftRebuildTeams`.

use serde::Serialize;

use super::DraftOutcome;
use super::board::Board;
use super::refusal::reject;
use crate::domain::draft;
use crate::domain::policy::Refusal;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::types::DraftId;

/// Takes the last pick back (DOMAIN §2.7).
#[derive(Clone, Debug, Serialize)]
pub struct DraftUndoPick {
    /// In which draft.
    pub draft_id: DraftId,
    /// The version of the draft the caller has seen.
    pub expected_version: i32,
}

impl Command for DraftUndoPick {
    const NAME: &'static str = "draftUndoPick";
    type Outcome = DraftOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<DraftOutcome> {
        let board = moderated(tx, self.draft_id).await?;
        expect_version(Some(self.expected_version), board.draft.version)?;
        let applied = draft::undo(&board.state).map_err(reject)?;
        board.store(tx, &applied).await
    }
}

/// Makes the rosters what the picks say they are (DOMAIN §2.8).
#[derive(Clone, Debug, Serialize)]
pub struct DraftRebuildTeams {
    /// Of which draft.
    pub draft_id: DraftId,
    /// The version of the draft the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for DraftRebuildTeams {
    const NAME: &'static str = "draftRebuildTeams";
    type Outcome = DraftOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<DraftOutcome> {
        let board = moderated(tx, self.draft_id).await?;
        expect_version(self.expected_version, board.draft.version)?;
        let dice = tx.dice;
        let applied = draft::rebuild(&board.state, &mut || dice.throw()).map_err(reject)?;
        board.store(tx, &applied).await
    }
}

/// The draft, if the caller may moderate it.
async fn moderated(tx: &mut Tx<'_>, id: DraftId) -> CommandResult<Board> {
    let board = Board::load(tx, id).await?;
    if board.is_moderator(tx).await? { Ok(board) } else { Err(Refusal::Forbidden.into()) }
}
