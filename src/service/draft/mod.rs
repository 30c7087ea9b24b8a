//! The player draft: DOMAIN §2. Each command reads the draft as one value, lets `domain::draft` decide, and writes the
//! difference with its events, all under the tournament's lock.
//!
//! No rule lives here: who picks when and who can be picked is the domain's.

mod board;
mod pick;
mod refusal;
mod start;
mod store;
mod undo;

use serde::{Deserialize, Serialize};

pub use pick::DraftPick;
pub use start::{DraftConfigure, DraftStart};
pub use undo::{DraftRebuildTeams, DraftUndoPick};

use self::board::Board;
use super::command::Tx;
use super::rejection::CommandResult;
use crate::cache::Dep;
use crate::db::models::{DraftOfTournament, TournamentRow};
use crate::domain::draft;
use crate::types::{DraftEventId, DraftId, EntityId as _, TournamentId};

/// What came of a command on a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOutcome {
    /// The draft.
    pub draft_id: DraftId,
    /// What was logged, in order.
    pub events: Vec<DraftEventId>,
}

/// Brings a running draft in line with teams or players that were changed by hand.
///
/// # Errors
/// The database failed.
pub(super) async fn settle(tx: &mut Tx<'_>, id: TournamentId) -> CommandResult<()> {
    let Some(draft) = tx.uow.children::<DraftOfTournament>(id).await?.pop() else { return Ok(()) };
    let Some(tournament) = tx.uow.get::<TournamentRow>(id).await? else { return Ok(()) };
    let board = Board::load_with(tx, tournament, draft).await?;
    let dice = tx.dice.clone();
    let applied = draft::settle(&board.state, &mut || dice.throw()).map_err(refusal::reject)?;
    // More than its events say: rounds and rosters of others may have changed with what was edited.
    tx.uow.touch(Dep::related("tournament.teams", id.pk()));
    board.store(tx, &applied).await.map(drop)
}
