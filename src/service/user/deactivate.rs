//! `userDeactivate`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::superusers::locked_among;
use super::{scope_of, write};
use crate::db::models::{
    LeagueRolesOfUser, OrganizationRolesOfUser, OrganizationsOwnedBy, RevokeApiTokens, RevokeSessions,
    TeamChanges, TeamRow, TeamsNamed, TournamentRow, UserChanges, UserRow,
};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::team::team_name;
use crate::service::{league, organization, username};
use crate::types::UserId;

/// Takes somebody off the site: they cannot sign in any more, hold no role, and nothing tells who they were. What they
/// played stays, with the MMR it was balanced by (DOMAIN §1.1).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct UserDeactivate {
    /// Whom.
    pub user_id: UserId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for UserDeactivate {
    const NAME: &'static str = "userDeactivate";
    type Outcome = UserId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<UserId> {
        lock_tournaments(tx, self.user_id).await?;
        let among = locked_among(tx, self.user_id, &["userId"]).await?;
        let row = &among.row;
        tx.authorize(Action::UserDeactivate, &scope_of(row))?;
        if row.is_staff || row.is_superuser {
            // It takes these roles from them.
            tx.authorize(Action::UserRolesSet, &scope_of(row))?;
        }
        expect_version(self.expected_version, row.version)?;
        if !row.is_active {
            return Ok(row.id);
        }
        among.expect_another(&["userId"])?;
        expect_no_organization(tx, row.id).await?;
        take_roles(tx, row.id).await?;
        tx.uow.bulk(RevokeSessions(row.id)).await?;
        tx.uow.bulk(RevokeApiTokens(row.id)).await?;
        let username = username::free(tx.uow, &format!("deactivated-{}", row.id)).await?;
        for team in tx.uow.find(TeamsNamed(&team_name(&row.username))).await?.unwrap_or_default() {
            let name = Some(team_name(&username));
            tx.uow.update::<TeamRow>(team.id, TeamChanges { name, ..TeamChanges::default() }).await?;
        }
        write(tx, row, anonymous(username)).await?;
        Ok(row.id)
    }
}

/// Locks the tournaments of the teams that are named after somebody: before the person, as everybody does.
async fn lock_tournaments(tx: &mut Tx<'_>, id: UserId) -> CommandResult<()> {
    let Some(row) = tx.uow.get::<UserRow>(id).await? else { return Ok(()) };
    let teams = tx.uow.find(TeamsNamed(&team_name(&row.username))).await?.unwrap_or_default();
    let tournaments: BTreeSet<_> = teams.iter().map(|it| it.tournament_id).collect();
    for id in tournaments {
        tx.uow.lock::<TournamentRow>(id).await?;
    }
    Ok(())
}

/// An organization always has an owner who can act (DOMAIN §1.1, §10.2 bug 31).
async fn expect_no_organization(tx: &mut Tx<'_>, id: UserId) -> CommandResult<()> {
    let owned = tx.uow.find(OrganizationsOwnedBy(id)).await?.unwrap_or_default();
    if owned.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = owned.iter().map(|it| it.name.as_str()).collect();
    let message = format!("this user owns {}: give it to somebody else first", names.join(", "));
    Err(Rejection::conflict(message).at(&["userId"]).into())
}

async fn take_roles(tx: &mut Tx<'_>, id: UserId) -> CommandResult<()> {
    for role in tx.uow.children::<OrganizationRolesOfUser>(id).await? {
        organization::take_role(tx, &role).await?;
    }
    for role in tx.uow.children::<LeagueRolesOfUser>(id).await? {
        league::take_role(tx, &role).await?;
    }
    Ok(())
}

/// What of a person is forgotten. The Discord id stays, and is shown to nobody: by it they are known when they come back,
/// and it is all that keeps them out.
fn anonymous(username: String) -> UserChanges {
    UserChanges {
        username: Some(username),
        nickname: Some(None),
        email: Some(String::new()),
        is_staff: Some(false),
        is_superuser: Some(false),
        is_active: Some(false),
        steam_id: Some(None),
        has_active_dota_mmr: Some(false),
        dota_mmr_last_verified_at: Some(None),
        avatar: Some(None),
        discord_username: Some(None),
        discord_nickname: Some(None),
        guild_nickname: Some(None),
        default_organization_id: Some(None),
        ..UserChanges::default()
    }
}
