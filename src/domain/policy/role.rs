//! Effective roles: what a caller counts as towards one scope, once all ways of holding a role are added up.
//!
//! The only place that says who inherits what; the table of actions only names roles.

use super::Scope;
use crate::types::{LeagueRights, OrganizationRights, RoleKind, UserId, Viewer};

/// What a caller can count as (`DOMAIN §6`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everyone, logged in or not.
    Anyone,
    /// Site superuser.
    Superuser,
    /// Site staff or superuser.
    SiteStaff,
    /// The user acted on.
    Oneself,
    /// The user acted on, while they have no Steam id.
    OneselfWithoutSteamId,
    /// Owner of the organization.
    OrganizationOwner,
    /// Superuser, owner, or admin of the organization.
    OrganizationAdmin,
    /// Organization admin, or staff of the organization.
    OrganizationStaff,
    /// Organization admin of each named organization, at least one; a superuser needs to name none.
    AdminOfNamedOrganizations,
    /// Organization admin of any organization linked to the league.
    LinkedOrganizationAdmin,
    /// Superuser, league admin, or organization admin of any linked organization.
    LeagueAdmin,
    /// League admin, league staff, or organization staff of any linked organization.
    LeagueStaff,
    /// Site staff, or league admin of the tournament's league: `edit_tournament`.
    TournamentEditor,
    /// The same, of the league the tournament moves to.
    TargetTournamentEditor,
    /// Site staff, or league staff of the game's league: `manage_game`.
    GameManager,
    /// One of the captains the action belongs to.
    Captain,
}

/// Whether the caller counts as `role` here. Without a league only site staff hold its roles (`DOMAIN §6`).
#[must_use]
pub fn has_role(viewer: &Viewer, role: Role, scope: &Scope<'_>) -> bool {
    let league = scope.league;
    match role {
        Role::Anyone => true,
        Role::Superuser => viewer.is_superuser,
        Role::SiteStaff => viewer.is_site_staff(),
        Role::Oneself => is_user(viewer, scope.subject),
        Role::OneselfWithoutSteamId => is_user(viewer, scope.subject) && !scope.subject_has_steam_id,
        Role::OrganizationOwner => scope.organization.is_some_and(|it| is_user(viewer, it.owner_id)),
        Role::OrganizationAdmin => scope.organization.is_some_and(|it| is_org_admin(viewer, it)),
        Role::OrganizationStaff => scope.organization.is_some_and(|it| is_org_staff(viewer, it)),
        Role::AdminOfNamedOrganizations => {
            let named = scope.named_organizations;
            viewer.is_superuser || (!named.is_empty() && named.iter().all(|it| is_org_admin(viewer, it)))
        }
        Role::LinkedOrganizationAdmin => league.is_some_and(|it| is_linked_org_admin(viewer, it)),
        Role::LeagueAdmin => league.is_some_and(|it| is_league_admin(viewer, it)),
        Role::LeagueStaff => league.is_some_and(|it| is_league_staff(viewer, it)),
        Role::TournamentEditor => is_tournament_editor(viewer, league),
        Role::TargetTournamentEditor => is_tournament_editor(viewer, scope.target_league),
        Role::GameManager => viewer.is_site_staff() || league.is_some_and(|it| is_league_staff(viewer, it)),
        Role::Captain => scope.captains.iter().any(|it| is_user(viewer, Some(*it))),
    }
}

/// The role a caller is shown to have in an organization or a league (`DOMAIN §8.1`, `viewerRole`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerRole {
    /// Owns the organization; no league has an owner.
    Owner,
    /// May change settings and give roles.
    Admin,
    /// May run events.
    Staff,
}

/// The caller's highest effective role in an organization; a superuser who is not the owner is an admin.
#[must_use]
pub fn organization_role(viewer: &Viewer, rights: &OrganizationRights) -> Option<ViewerRole> {
    if is_user(viewer, rights.owner_id) {
        Some(ViewerRole::Owner)
    } else if is_org_admin(viewer, rights) {
        Some(ViewerRole::Admin)
    } else {
        is_org_staff(viewer, rights).then_some(ViewerRole::Staff)
    }
}

/// The caller's highest effective role in a league, roles in linked organizations included.
#[must_use]
pub fn league_role(viewer: &Viewer, rights: &LeagueRights) -> Option<ViewerRole> {
    if is_league_admin(viewer, rights) {
        Some(ViewerRole::Admin)
    } else {
        is_league_staff(viewer, rights).then_some(ViewerRole::Staff)
    }
}

/// An anonymous caller is nobody, not even the missing owner of an organization without one.
fn is_user(viewer: &Viewer, user: Option<UserId>) -> bool {
    user.is_some() && viewer.user_id == user
}

fn holds(viewer: &Viewer, rights: &OrganizationRights, kinds: &[RoleKind]) -> bool {
    let kind = viewer.user_id.and_then(|id| rights.roles.get(&id));
    kind.is_some_and(|it| kinds.contains(it))
}

fn is_org_admin(viewer: &Viewer, rights: &OrganizationRights) -> bool {
    viewer.is_superuser || is_user(viewer, rights.owner_id) || holds(viewer, rights, &[RoleKind::Admin])
}

fn is_org_staff(viewer: &Viewer, rights: &OrganizationRights) -> bool {
    is_org_admin(viewer, rights) || holds(viewer, rights, &[RoleKind::Staff])
}

fn is_linked_org_admin(viewer: &Viewer, rights: &LeagueRights) -> bool {
    rights.organizations.iter().any(|it| is_org_admin(viewer, it))
}

fn is_league_admin(viewer: &Viewer, rights: &LeagueRights) -> bool {
    let is_listed = viewer.user_id.is_some_and(|id| rights.admins.contains(&id));
    viewer.is_superuser || is_listed || is_linked_org_admin(viewer, rights)
}

fn is_league_staff(viewer: &Viewer, rights: &LeagueRights) -> bool {
    let is_listed = viewer.user_id.is_some_and(|id| rights.staff.contains(&id));
    let is_linked_staff = rights.organizations.iter().any(|it| is_org_staff(viewer, it));
    is_league_admin(viewer, rights) || is_listed || is_linked_staff
}

fn is_tournament_editor(viewer: &Viewer, league: Option<&LeagueRights>) -> bool {
    viewer.is_site_staff() || league.is_some_and(|it| is_league_admin(viewer, it))
}
