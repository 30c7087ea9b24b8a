//! Entries of a league's log.

use crate::db::models::{LeagueLogRow, NewLeagueLog};
use crate::domain::audit::LogDetails;
use crate::service::command::{Tx, unstorable};
use crate::service::rejection::CommandResult;
use crate::types::{LeagueId, LeagueLogAction, UserId};

/// Notes what the caller does to a league, and to whom.
///
/// # Errors
/// The database failed.
pub(super) async fn log(
    tx: &mut Tx<'_>,
    league_id: LeagueId,
    (action, target_user_id): (LeagueLogAction, Option<UserId>),
    details: &LogDetails,
) -> CommandResult<()> {
    let entry = NewLeagueLog {
        league_id,
        actor_id: Some(tx.actor),
        action,
        target_user_id,
        details: serde_json::to_value(details).map_err(|error| unstorable(&error))?,
        created_at: tx.uow.now(),
    };
    tx.uow.insert::<LeagueLogRow>(entry).await?;
    Ok(())
}
