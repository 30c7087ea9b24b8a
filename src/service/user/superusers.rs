//! That somebody is left who may do everything.

use crate::db::models::{ActiveSuperusers, UserRow};
use crate::service::command::Tx;
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::UserId;

/// Somebody who may be a superuser, locked, and how many others there are.
pub(super) struct AmongSuperusers {
    pub(super) row: UserRow,
    n_others: usize,
}

/// Locks a user and every superuser, in order of id: of two who take the right from each other, the second waits and
/// then finds that nobody else is left.
///
/// # Errors
/// There is no such user.
pub(super) async fn locked_among(
    tx: &mut Tx<'_>,
    id: UserId,
    field: &[&str],
) -> CommandResult<AmongSuperusers> {
    let mut ids = tx.uow.find(ActiveSuperusers).await?.unwrap_or_default();
    ids.push(id);
    ids.sort_unstable();
    ids.dedup();
    let (mut row, mut n_others) = (None, 0_usize);
    for other in ids {
        match tx.uow.lock::<UserRow>(other).await? {
            Some(it) if it.id == id => row = Some(it),
            Some(it) if it.is_superuser && it.is_active => n_others = n_others.saturating_add(1),
            Some(_) | None => {}
        }
    }
    match row {
        Some(row) => Ok(AmongSuperusers { row, n_others }),
        None => Err(Rejection::not_found("user", field).into()),
    }
}

impl AmongSuperusers {
    /// Makes sure that the user can cease to be a superuser.
    ///
    /// # Errors
    /// There is no other.
    pub(super) fn expect_another(&self, field: &[&str]) -> CommandResult<()> {
        if !self.row.is_superuser || !self.row.is_active || self.n_others > 0 {
            return Ok(());
        }
        let message = "this is the last superuser: make somebody else one first";
        Err(Rejection::conflict(message).at(field).into())
    }
}
