//! Loads the facts that `domain::policy` decides on. No rule lives here.
//!
//! An anonymous caller may do nothing, so for one nothing is loaded.

use async_graphql::Context;

use super::context::{ApiResult, ContextExt as _};
use crate::db::models::{
    OrganizationRow, OrganizationsOfLeague, RolesOfLeague, RolesOfOrganization, TournamentRow,
};
use crate::domain::policy::{self, Action, Scope};
use crate::loader::Loaders;
use crate::types::{LeagueId, LeagueRights, OrganizationRights, RoleKind};

/// Who owns an organization and who holds a role in it.
pub(super) async fn organization_rights(
    loaders: &Loaders,
    organization: &OrganizationRow,
) -> ApiResult<OrganizationRights> {
    let roles = loaders.related::<RolesOfOrganization>(organization.id).await?;
    Ok(OrganizationRights {
        id: Some(organization.id),
        owner_id: organization.owner_id,
        roles: roles.iter().map(|it| (it.user_id, it.role)).collect(),
    })
}

/// Who holds a role in a league or in an organization it is linked to.
pub(super) async fn league_rights(loaders: &Loaders, id: LeagueId) -> ApiResult<LeagueRights> {
    let roles = loaders.related::<RolesOfLeague>(id).await?;
    let linked = loaders.children::<OrganizationsOfLeague>(id).await?;
    let organizations = linked.iter().map(|it| organization_rights(loaders, it));
    let with_role =
        |role: RoleKind| roles.iter().filter(move |it| it.role == role).map(|it| it.user_id).collect();
    Ok(LeagueRights {
        id: Some(id),
        admins: with_role(RoleKind::Admin),
        staff: with_role(RoleKind::Staff),
        organizations: futures_util::future::try_join_all(organizations).await?,
    })
}

/// May the caller do this to a tournament?
pub(super) async fn can_on_tournament(
    ctx: &Context<'_>,
    tournament: &TournamentRow,
    action: Action,
) -> ApiResult<bool> {
    let viewer = ctx.viewer();
    if viewer.user_id.is_none() {
        return Ok(false);
    }
    let league = match tournament.league_id {
        Some(id) => Some(league_rights(ctx.loaders(), id).await?),
        None => None,
    };
    Ok(policy::can(viewer, action, &Scope::tournament(league.as_ref())))
}
