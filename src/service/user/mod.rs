//! What people do to their own profile and staff to anybody's: DOMAIN §1.1, §1.2, §6.
//!
//! A user is never deleted: history refers to them. Commands lock an organization before a user, never after.

mod create;
mod create_from_discord;
mod deactivate;
mod default_organization;
mod fields;
mod profile;
mod roles;
mod superusers;
mod update;
mod verify;

pub use create::UserCreate;
pub use create_from_discord::UserCreateFromDiscord;
pub use deactivate::UserDeactivate;
pub use default_organization::DefaultOrganizationSet;
pub use fields::{PositionRanks, ProfileFields};
pub use profile::ProfileUpdate;
pub use roles::UserRolesSet;
pub use update::UserUpdate;
pub use verify::UserVerifyMmr;

use super::command::Tx;
use super::rejection::{CommandResult, Rejection};
use crate::db::models::{UserChanges, UserRow};
use crate::domain::policy::{Refusal, Scope};
use crate::types::UserId;

/// The user, locked until the transaction ends.
///
/// # Errors
/// There is none.
pub(super) async fn locked(tx: &mut Tx<'_>, id: UserId, field: &[&str]) -> CommandResult<UserRow> {
    let row = tx.uow.lock::<UserRow>(id).await?;
    row.ok_or_else(|| Rejection::not_found("user", field).into())
}

/// The caller's own row, locked; for what people do to themselves.
///
/// # Errors
/// The caller was deactivated since they were let in.
async fn locked_self(tx: &mut Tx<'_>) -> CommandResult<UserRow> {
    let row = tx.uow.lock::<UserRow>(tx.actor).await?.filter(|it| it.is_active);
    row.ok_or_else(|| Refusal::Unauthenticated.into())
}

/// A user who is to get a role or a thing to own, locked: nobody can deactivate them meanwhile.
///
/// # Errors
/// There is none, or they were deactivated.
pub(super) async fn locked_active(tx: &mut Tx<'_>, id: UserId, field: &[&str]) -> CommandResult<UserRow> {
    let row = locked(tx, id, field).await?;
    expect_active(&row, field)?;
    Ok(row)
}

fn expect_active(row: &UserRow, field: &[&str]) -> CommandResult<()> {
    if row.is_active {
        return Ok(());
    }
    Err(Rejection::conflict("this user was deactivated").at(field).into())
}

fn scope_of(row: &UserRow) -> Scope<'static> {
    Scope::user(row.id, row.steam_id.is_some())
}

/// Writes what changes; a call that changes nothing writes nothing.
async fn write(tx: &mut Tx<'_>, row: &UserRow, changes: UserChanges) -> CommandResult<()> {
    if changes != UserChanges::default() {
        tx.uow.update_held(vec![(row, changes)]).await?;
    }
    Ok(())
}

/// The value to write, if one is given and differs.
fn differing<T: PartialEq>(current: &T, given: Option<T>) -> Option<T> {
    given.filter(|it| it != current)
}
