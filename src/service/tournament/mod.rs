//! What is done to tournaments and to who is registered for them: DOMAIN §1.5, §6.
//!
//! Every command on a tournament, its teams, its draft or its bracket takes the lock of the tournament's row first, so
//! that no two of them ever run at once.

mod create;
mod delete;
mod players;
mod start;
mod update;

pub use create::TournamentCreate;
pub use delete::TournamentDelete;
pub use players::{OnCaptain, PlayersAdded, PlayersRemoved, TournamentPlayersAdd, TournamentPlayersRemove};
pub use start::StartsAt;
pub use update::TournamentUpdate;

use super::command::Tx;
use super::rejection::{CommandResult, Rejection};
use crate::db::models::TournamentRow;
use crate::domain::policy::{Action, Scope};
use crate::types::TournamentId;

/// The tournament, locked until the transaction ends, if the caller may do this to it.
///
/// # Errors
/// There is none, or the caller may not.
pub(super) async fn locked(
    tx: &mut Tx<'_>,
    id: TournamentId,
    action: Action,
    field: &[&str],
) -> CommandResult<TournamentRow> {
    let Some(row) = tx.uow.lock::<TournamentRow>(id).await? else {
        return Err(Rejection::not_found("tournament", field).into());
    };
    authorize(tx, &row, action).await?;
    Ok(row)
}

/// Makes sure that the caller may do this to a tournament, or to its teams, draft or bracket.
///
/// # Errors
/// The caller may not.
pub(super) async fn authorize(tx: &mut Tx<'_>, row: &TournamentRow, action: Action) -> CommandResult<()> {
    let league = tx.league_rights(row.league_id).await?;
    tx.authorize(action, &Scope::tournament(league.as_ref()))
}
