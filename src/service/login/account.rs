//! What an account takes over from Discord at a login (DOMAIN §1.1, §6 Login).
//!
//! Is told which account it is: nobody is recognised here, least of all by a name.

use super::LoginError;
use crate::db::models::{NewUser, UserChanges, UserKey, UserRow};
use crate::db::{DbResult, UnitOfWork};
use crate::domain::user::username_from_discord;
use crate::service::username;
use crate::types::{DiscordProfile, UserId};

/// Makes the account of somebody who was never here; if their name is taken, it gets a number.
pub(super) async fn register(uow: &mut UnitOfWork, profile: &DiscordProfile) -> Result<UserId, LoginError> {
    let wanted = username_from_discord(&profile.username).ok_or(LoginError::Nameless)?;
    let new = NewUser {
        username: username::free(uow, &wanted).await?,
        avatar: profile.avatar.clone(),
        discord_id: Some(profile.id.clone()),
        discord_username: Some(profile.username.clone()),
        discord_nickname: profile.global_name.clone(),
        ..NewUser::default()
    };
    Ok(uow.insert::<UserRow>(new).await?.id)
}

/// Brings an account up to date; where nothing changed at Discord, the row stays as it is.
pub(super) async fn refresh(
    uow: &mut UnitOfWork,
    user: &UserRow,
    profile: &DiscordProfile,
) -> Result<UserId, LoginError> {
    let discord_username = Some(profile.username.clone());
    let changes = UserChanges {
        username: new_username(uow, user, profile).await?,
        avatar: differing(&user.avatar, &profile.avatar),
        discord_username: differing(&user.discord_username, &discord_username),
        discord_nickname: differing(&user.discord_nickname, &profile.global_name),
        ..UserChanges::default()
    };
    if changes != UserChanges::default() {
        uow.update::<UserRow>(user.id, changes).await?;
    }
    Ok(user.id)
}

/// The name at Discord, if it is another one than here and nobody else has it. Else the old one stays: it is unique, and
/// a number that changes with every login would be worse than a name that is out of date.
async fn new_username(
    uow: &mut UnitOfWork,
    user: &UserRow,
    profile: &DiscordProfile,
) -> DbResult<Option<String>> {
    let wanted = username_from_discord(&profile.username).filter(|it| *it != user.username);
    let Some(wanted) = wanted else { return Ok(None) };
    let is_taken = uow.find(UserKey::Username(&wanted)).await?.is_some();
    Ok(Some(wanted).filter(|_| !is_taken))
}

fn differing(before: &Option<String>, now: &Option<String>) -> Option<Option<String>> {
    (before != now).then(|| now.clone())
}
