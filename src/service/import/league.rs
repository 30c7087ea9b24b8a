//! Imports leagues and ties them to their organizations (DOMAIN §1.4): by mapping, else by Valve's number.
//!
//! Links to organizations are only added: who owns a league is often settled here.

use super::diff::differing;
use super::failure::Fault;
use super::organization::organization;
use super::work::{Work, fate};
use crate::db::models::{LeagueChanges, LeagueOrganizationRow, LeagueRow, NewLeague, SteamLeagueKey};
use crate::domain::import::{Change, LeaguePlan};
use crate::types::LeagueId;

/// The league, imported with its organizations.
pub(super) async fn league(work: &mut Work<'_, '_>, plan: &LeaguePlan) -> Result<LeagueId, Fault> {
    let pk = plan.source_pk;
    let (plan, organizations) =
        work.run.leagues.get(&pk).map_or((plan, None), |(it, of)| (*it, Some(of.clone())));
    let outside = work.at.clone();
    if work.begin::<LeagueRow>(pk, &plan.at) {
        let mut owners = Vec::new();
        for owner in organizations.into_iter().flatten() {
            owners.extend(organization(work, owner).await?);
        }
        let (row, change) = write(work, plan).await?;
        let mut is_linked = false;
        for organization_id in owners {
            let link = LeagueOrganizationRow { league_id: row.id, organization_id };
            is_linked |= work.uow.link(&link).await?;
        }
        let change = if change == Change::Unchanged { fate(is_linked) } else { change };
        work.count::<LeagueRow>(change);
    }
    work.at = outside;
    work.expect_id::<LeagueRow>(pk, "league")
}

async fn write(work: &mut Work<'_, '_>, plan: &LeaguePlan) -> Result<(LeagueRow, Change), Fault> {
    let (pk, steam_league_id) = (plan.source_pk, plan.steam_league_id);
    let namesake = work.uow.find(SteamLeagueKey(steam_league_id)).await?;
    if let Some(row) = work.mapped::<LeagueRow>(pk).await? {
        let owner = namesake.filter(|it| it.id != row.id);
        if let Some(owner) = &owner {
            let message = format!("skipped: Steam league {steam_league_id} is league {} here", owner.id);
            work.say("steam_league_id", message);
        }
        let changes = LeagueChanges {
            name: differing(&row.name, plan.name.clone()),
            steam_league_id: differing(&row.steam_league_id, steam_league_id).filter(|_| owner.is_none()),
            ..LeagueChanges::default()
        };
        let is_changed = work.amend::<LeagueRow>(row.id, changes).await?.is_some();
        return Ok((row, fate(is_changed)));
    }
    let Some(row) = namesake else {
        let new = NewLeague { name: plan.name.clone(), steam_league_id, ..NewLeague::default() };
        return Ok((work.create::<LeagueRow>(pk, new).await?, Change::Created));
    };
    if let Some(other) = work.run.mappings.pk::<LeagueRow>(row.id) {
        let message = format!("Steam league {steam_league_id} was imported as league {other} before");
        return Err(work.refuse("steam_league_id", message));
    }
    work.tie::<LeagueRow>(pk, row.id).await?;
    let changes = LeagueChanges { name: differing(&row.name, plan.name.clone()), ..LeagueChanges::default() };
    work.amend::<LeagueRow>(row.id, changes).await?;
    Ok((row, Change::Matched))
}
