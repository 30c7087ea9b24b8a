//! What is done to leagues, to the roles in them and to the organizations they belong to: DOMAIN §1.4, §6. Everything
//! is logged (§1.11).
//!
//! Locks are taken in the order of `service::organization`: a league's after those of its organizations.

mod create;
mod delete;
mod log;
mod organization;
mod rating;
mod role;
mod update;

pub use create::LeagueCreate;
pub use delete::LeagueDelete;
pub use organization::{LeagueOrganizationLink, LeagueOrganizationUnlink};
pub use rating::LeagueRatingSettingsUpdate;
pub use role::{LeagueAdminAdd, LeagueAdminRemove, LeagueStaffAdd, LeagueStaffRemove};
pub use update::LeagueUpdate;

pub(super) use role::take_role;

use log::log;

use super::command::Tx;
use super::rejection::{CommandResult, Rejection};
use crate::db::models::{LeagueRow, SteamLeagueKey};
use crate::domain::policy::{Action, Scope};
use crate::types::{LeagueId, LeagueRights};

/// Longest text about what can be won (DOMAIN §1.4).
const MAX_PRIZE_POOL: usize = 100;

/// The league, locked until the transaction ends, and who has which right in it.
///
/// # Errors
/// There is none.
async fn locked(tx: &mut Tx<'_>, id: LeagueId, field: &[&str]) -> CommandResult<(LeagueRow, LeagueRights)> {
    let row = tx.uow.lock::<LeagueRow>(id).await?;
    let rights = tx.league_rights(Some(id)).await?;
    row.zip(rights).ok_or_else(|| Rejection::not_found("league", field).into())
}

/// The same, if the caller may do this to it.
///
/// # Errors
/// There is none, or the caller may not.
async fn authorized(
    tx: &mut Tx<'_>,
    id: LeagueId,
    action: Action,
    field: &[&str],
) -> CommandResult<(LeagueRow, LeagueRights)> {
    let (row, rights) = locked(tx, id, field).await?;
    tx.authorize(action, &Scope::league(&rights))?;
    Ok((row, rights))
}

/// What can be won: a line of text, or nothing.
fn prize_pool(text: &str) -> CommandResult<String> {
    match text.trim() {
        "" => Ok(String::new()),
        text => super::text::name(text, "prizePool", MAX_PRIZE_POOL),
    }
}

/// Makes sure that a Steam league can be this league's; `None` for a new one.
///
/// # Errors
/// It is no such id, or another league's.
async fn expect_free_steam_league(
    tx: &mut Tx<'_>,
    steam_league_id: i32,
    owner: Option<LeagueId>,
) -> CommandResult<()> {
    let field = ["steamLeagueId"];
    if steam_league_id < 1 {
        return Err(Rejection::invalid("a Steam league id is above 0", &field).into());
    }
    match tx.uow.find(SteamLeagueKey(steam_league_id)).await? {
        Some(row) if Some(row.id) != owner => {
            Err(Rejection::conflict("this Steam league id belongs to another league").at(&field).into())
        }
        Some(_) | None => Ok(()),
    }
}
