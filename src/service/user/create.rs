//! `userCreate`.

use serde::Serialize;

use super::fields::{PositionRanks, email, expect_free, mmr, nickname, steam_id, username};
use crate::db::models::{NewUser, UserKey, UserRow};
use crate::domain::policy::{Action, Scope};
use crate::domain::positions::Positions;
use crate::service::command::{Command, Tx};
use crate::service::rejection::CommandResult;
use crate::service::text;
use crate::types::UserId;

/// Makes a user, for somebody who never signed in; without any role.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserCreate {
    /// Unique name.
    pub username: String,
    /// Name to be shown by.
    pub nickname: Option<String>,
    /// Private address.
    pub email: String,
    /// Discord account that may sign in as this user.
    pub discord_id: Option<String>,
    /// Steam id as text, Steam32 or Steam64.
    pub steam_id: Option<String>,
    /// Base MMR.
    pub mmr: Option<i32>,
    /// How much the user likes each role.
    pub positions: PositionRanks,
}

impl Command for UserCreate {
    const NAME: &'static str = "userCreate";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        tx.authorize(Action::UserCreate, &Scope::site())?;
        let new = self.new_user()?;
        let discord_id = new.discord_id.as_deref().map(UserKey::DiscordId);
        let keys = [Some(UserKey::Username(&new.username)), discord_id, new.steam_id.map(UserKey::SteamId)];
        for key in keys.into_iter().flatten() {
            expect_free(tx, key, None).await?;
        }
        Ok(tx.uow.insert::<UserRow>(new).await?.id)
    }
}

impl UserCreate {
    fn new_user(&self) -> CommandResult<NewUser> {
        let ranks = self.positions.over(Positions::default())?;
        let discord_id = self.discord_id.as_deref().map(|it| text::snowflake(it, "discordId")).transpose()?;
        Ok(NewUser {
            username: username(&self.username)?,
            nickname: nickname(self.nickname.as_deref())?,
            email: email(&self.email)?,
            steam_id: steam_id(self.steam_id.as_deref())?,
            mmr: self.mmr.map(mmr).transpose()?,
            carry: ranks.carry,
            mid: ranks.mid,
            offlane: ranks.offlane,
            soft_support: ranks.soft_support,
            hard_support: ranks.hard_support,
            discord_id: discord_id.flatten(),
            ..NewUser::default()
        })
    }
}
