//! Imports people (DOMAIN §9.3 rule 2): by mapping, else by Discord id, else by Steam id, else as a new account.
//!
//! A username alone never merges accounts. A Discord id is what people sign in with: it is filled in where there is
//! none and never replaced, so that no file can hand an account to somebody else.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{differing, stated};
use super::failure::Fault;
use super::organization::organization;
use super::work::{Work, fate};
use crate::db::models::{NewUser, UserChanges, UserKey, UserRow};
use crate::domain::import::{Change, SourcePk, UserPlan};
use crate::service::username;
use crate::types::{Instant, OrganizationId, UserId};

/// Imports everybody the users feeds list.
pub(super) async fn feed(work: &mut Work<'_, '_>) -> Result<(), Fault> {
    let listed = work.run.users.values().filter(|it| it.is_in_feed).map(|it| it.source_pk).collect();
    users(work, &listed).await
}

/// Imports these people, unless this run already did.
pub(super) async fn users(work: &mut Work<'_, '_>, people: &BTreeSet<SourcePk>) -> Result<(), Fault> {
    let plans: Vec<&UserPlan> = people.iter().filter_map(|pk| work.run.users.get(pk).copied()).collect();
    let mut known = known_rows(work, &plans).await?;
    let outside = work.at.clone();
    for plan in plans {
        if work.begin::<UserRow>(plan.source_pk, &plan.at) {
            let id = work.run.mappings.id::<UserRow>(plan.source_pk);
            let row = id.and_then(|it| known.remove(&it));
            let change = user(work, plan, row).await?;
            work.count::<UserRow>(change);
            work.run.step(1, &plan.at.file);
        }
    }
    work.at = outside;
    Ok(())
}

/// The rows of those who were imported before, in one statement.
async fn known_rows(
    work: &mut Work<'_, '_>,
    plans: &[&UserPlan],
) -> Result<BTreeMap<UserId, UserRow>, Fault> {
    let ids: Vec<UserId> =
        plans.iter().filter_map(|it| work.run.mappings.id::<UserRow>(it.source_pk)).collect();
    let rows = work.uow.get_many::<UserRow>(&ids).await?;
    Ok(rows.into_iter().map(|it| (it.id, it)).collect())
}

async fn user(work: &mut Work<'_, '_>, plan: &UserPlan, known: Option<UserRow>) -> Result<Change, Fault> {
    let organization = default_organization(work, plan).await?;
    if let Some(row) = known {
        if !row.is_active && plan.is_active != Some(false) {
            work.say("", "skipped: the account was deactivated here, and what it forgot stays forgotten");
            return Ok(Change::Skipped);
        }
        let changes = changes(work, plan, &row, organization).await?;
        return Ok(fate(work.amend::<UserRow>(row.id, changes).await?.is_some()));
    }
    if let Some(row) = account_of(work, plan).await? {
        work.tie::<UserRow>(plan.source_pk, row.id).await?;
        let changes = changes(work, plan, &row, organization).await?;
        work.amend::<UserRow>(row.id, changes).await?;
        return Ok(Change::Matched);
    }
    let ranks = plan.positions.unwrap_or_default();
    let new = NewUser {
        username: free_username(work, &plan.username).await?,
        nickname: plan.nickname.clone(),
        email: plan.email.clone().unwrap_or_default(),
        steam_id: steam_id(work, plan, None).await?,
        mmr: plan.mmr,
        carry: ranks.carry,
        mid: ranks.mid,
        offlane: ranks.offlane,
        soft_support: ranks.soft_support,
        hard_support: ranks.hard_support,
        avatar: plan.avatar.clone(),
        discord_id: discord_id(work, plan, None).await?,
        default_organization_id: organization,
        is_active: plan.is_active,
        created_at: plan.date_joined.map(Instant::from),
        ..NewUser::default()
    };
    work.create::<UserRow>(plan.source_pk, new).await?;
    Ok(Change::Created)
}

/// What differs; a field that the file lacks changes nothing.
async fn changes(
    work: &mut Work<'_, '_>,
    plan: &UserPlan,
    row: &UserRow,
    organization: Option<OrganizationId>,
) -> Result<UserChanges, Fault> {
    let ranks = plan.positions;
    Ok(UserChanges {
        nickname: stated(row.nickname.as_ref(), plan.nickname.clone()),
        email: plan.email.clone().and_then(|it| differing(&row.email, it)),
        steam_id: steam_id(work, plan, Some(row)).await?.map(Some),
        mmr: stated(row.mmr.as_ref(), plan.mmr),
        carry: ranks.and_then(|it| differing(&row.carry, it.carry)),
        mid: ranks.and_then(|it| differing(&row.mid, it.mid)),
        offlane: ranks.and_then(|it| differing(&row.offlane, it.offlane)),
        soft_support: ranks.and_then(|it| differing(&row.soft_support, it.soft_support)),
        hard_support: ranks.and_then(|it| differing(&row.hard_support, it.hard_support)),
        avatar: stated(row.avatar.as_ref(), plan.avatar.clone()),
        discord_id: discord_id(work, plan, Some(row)).await?.map(Some),
        default_organization_id: stated(row.default_organization_id.as_ref(), organization),
        ..UserChanges::default()
    })
}

/// The account of a person who was never imported; one that somebody else of this source became is not theirs.
async fn account_of(work: &mut Work<'_, '_>, plan: &UserPlan) -> Result<Option<UserRow>, Fault> {
    let discord_id = plan.discord_id.as_deref().map(UserKey::DiscordId);
    let steam_id = plan.steam_id.map(UserKey::SteamId);
    for key in [discord_id, steam_id].into_iter().flatten() {
        if let Some(row) = work.uow.find(key).await?
            && work.run.mappings.pk::<UserRow>(row.id).is_none()
        {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The Discord id to write, if it is new and may be written.
async fn discord_id(
    work: &mut Work<'_, '_>,
    plan: &UserPlan,
    row: Option<&UserRow>,
) -> Result<Option<String>, Fault> {
    let Some(planned) = plan.discord_id.as_ref() else { return Ok(None) };
    let current = row.and_then(|it| it.discord_id.as_ref());
    if current == Some(planned) {
        return Ok(None);
    }
    if current.is_some() {
        work.say("discordId", "skipped: the account has another Discord id here, which stays");
        return Ok(None);
    }
    // Whoever has that Discord account could log in as this one.
    if row.is_some_and(|it| it.is_staff || it.is_superuser) {
        work.say("discordId", "skipped: the account has a site role here, so its Discord id is not imported");
        return Ok(None);
    }
    if let Some(owner) = work.uow.find(UserKey::DiscordId(planned)).await? {
        work.say("discordId", format!("skipped: Discord id {planned} is user {}'s here", owner.id));
        return Ok(None);
    }
    Ok(Some(planned.clone()))
}

/// The Steam id to write, if it is new and may be written.
async fn steam_id(
    work: &mut Work<'_, '_>,
    plan: &UserPlan,
    row: Option<&UserRow>,
) -> Result<Option<i64>, Fault> {
    let Some(planned) = plan.steam_id else { return Ok(None) };
    if row.and_then(|it| it.steam_id) == Some(planned) {
        return Ok(None);
    }
    if let Some(owner) = work.uow.find(UserKey::SteamId(planned)).await? {
        work.say("steamid", format!("skipped: Steam id {planned} is user {}'s here", owner.id));
        return Ok(None);
    }
    Ok(Some(planned))
}

async fn default_organization(
    work: &mut Work<'_, '_>,
    plan: &UserPlan,
) -> Result<Option<OrganizationId>, Fault> {
    let Some(pk) = plan.default_organization else { return Ok(None) };
    let id = organization(work, pk).await?;
    if id.is_none() {
        let message = format!("skipped: organization {pk} is in none of the files and was never imported");
        work.say("default_organization", message);
    }
    Ok(id)
}

/// The wanted username, with a number if somebody here has it.
async fn free_username(work: &mut Work<'_, '_>, wanted: &str) -> Result<String, Fault> {
    let username = username::free(work.uow, wanted).await?;
    if username != wanted {
        work.say("username", format!("{wanted} is taken here, imported as {username}"));
    }
    Ok(username)
}
