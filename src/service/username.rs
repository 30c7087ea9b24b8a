//! Finds a username that nobody has, for whoever makes an account.
//!
//! A username is a label: nobody is ever recognised by it.

use crate::db::models::UserKey;
use crate::db::{DbResult, UnitOfWork};
use crate::domain::user::numbered_username;

/// The wanted username, with a number if somebody here has it.
///
/// # Errors
/// The database failed.
pub(super) async fn free(uow: &mut UnitOfWork, wanted: &str) -> DbResult<String> {
    let mut username = wanted.to_owned();
    let mut number: u32 = 1;
    while uow.find(UserKey::Username(&username)).await?.is_some() {
        number = number.saturating_add(1);
        username = numbered_username(wanted, number);
    }
    Ok(username)
}
