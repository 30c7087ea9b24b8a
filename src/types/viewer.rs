//! Who is asking, as far as rules need to know it: identity, site roles, and roles in organizations and leagues.
//!
//! Facts only: what a viewer may do is decided in `domain::policy`.

use std::collections::{BTreeMap, BTreeSet};

use super::{LeagueId, OrganizationId, RoleKind, UserId};

/// The caller of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// The logged-in user; `None` for an anonymous caller.
    pub user_id: Option<UserId>,
    /// Site staff (`users.is_staff`).
    pub is_staff: bool,
    /// Site superuser (`users.is_superuser`).
    pub is_superuser: bool,
    /// By what they present, they may look and change nothing.
    pub is_read_only: bool,
}

impl Viewer {
    /// A caller without credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Site staff or superuser.
    #[must_use]
    pub fn is_site_staff(&self) -> bool {
        self.is_staff || self.is_superuser
    }
}

/// The facts about one organization that rules on it need: who owns it and who holds a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationRights {
    /// Key of the organization.
    pub id: Option<OrganizationId>,
    /// Its owner.
    pub owner_id: Option<UserId>,
    /// Users with a role in it.
    pub roles: BTreeMap<UserId, RoleKind>,
}

/// The facts about one league that rules on it need: its own roles and those of every linked organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeagueRights {
    /// Key of the league.
    pub id: Option<LeagueId>,
    /// Users with the admin role of the league.
    pub admins: BTreeSet<UserId>,
    /// Users with the staff role of the league.
    pub staff: BTreeSet<UserId>,
    /// Every organization the league is linked to.
    pub organizations: Vec<OrganizationRights>,
}
