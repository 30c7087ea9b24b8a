//! Who holds a role in a league or an organization, as rules on them need it: one statement each.
//!
//! For transactions, which read the database and not the cache. No rule lives here.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::UniqueKey;
use super::super::error::DbResult;
use crate::types::{LeagueId, LeagueRights, OrganizationId, OrganizationRights, RoleKind, UserId};

/// The rights in a league; `None` if there is no such league.
#[derive(Clone, Copy, Debug)]
pub struct RightsInLeague(pub LeagueId);

/// The rights in an organization; `None` if there is no such organization.
#[derive(Clone, Copy, Debug)]
pub struct RightsInOrganization(pub OrganizationId);

/// One role. Without an organization it is one of the league itself; without a role, the owner's.
#[derive(Debug, diesel::QueryableByName)]
struct Held {
    #[diesel(sql_type = Nullable<BigInt>)]
    organization_id: Option<OrganizationId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<RoleKind>,
}

/// The first line is there if and only if the league is. It says the types of the columns, which Postgres would take for
/// texts by two nulls.
const IN_LEAGUE: &str = "
    SELECT CAST(NULL AS bigint) AS organization_id, CAST(NULL AS bigint) AS user_id, CAST(NULL AS text) AS role
        FROM leagues WHERE id = $1
    UNION ALL
    SELECT NULL, user_id, role FROM league_roles WHERE league_id = $1
    UNION ALL
    SELECT organizations.id, organizations.owner_id, NULL FROM organizations
        JOIN league_organizations ON league_organizations.organization_id = organizations.id
        WHERE league_organizations.league_id = $1
    UNION ALL
    SELECT organization_roles.organization_id, organization_roles.user_id, organization_roles.role
        FROM organization_roles
        JOIN league_organizations ON league_organizations.organization_id = organization_roles.organization_id
        WHERE league_organizations.league_id = $1";

const IN_ORGANIZATION: &str = "
    SELECT id AS organization_id, owner_id AS user_id, NULL AS role FROM organizations WHERE id = $1
    UNION ALL
    SELECT organization_id, user_id, role FROM organization_roles WHERE organization_id = $1";

async fn held(conn: &mut DbConn, sql: &str, pk: i64) -> DbResult<Vec<Held>> {
    Ok(on_conn!(conn, c => diesel::sql_query(sql).bind::<BigInt, _>(pk).load(c).await)?)
}

impl UniqueKey for RightsInLeague {
    type Row = LeagueRights;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<LeagueRights>> {
        let lines = held(conn, IN_LEAGUE, self.0.0).await?;
        if lines.is_empty() {
            return Ok(None);
        }
        let mut rights = LeagueRights { id: Some(self.0), ..LeagueRights::default() };
        for line in lines.iter().filter(|it| it.organization_id.is_none()) {
            match (line.user_id, line.role) {
                (Some(user), Some(RoleKind::Admin)) => drop(rights.admins.insert(user)),
                (Some(user), Some(RoleKind::Staff)) => drop(rights.staff.insert(user)),
                (None, _) | (_, None) => {}
            }
        }
        rights.organizations = organizations(&lines);
        Ok(Some(rights))
    }
}

impl UniqueKey for RightsInOrganization {
    type Row = OrganizationRights;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<OrganizationRights>> {
        let lines = held(conn, IN_ORGANIZATION, self.0.0).await?;
        Ok(organizations(&lines).pop())
    }
}

fn organizations(lines: &[Held]) -> Vec<OrganizationRights> {
    let mut found: BTreeMap<OrganizationId, OrganizationRights> = BTreeMap::new();
    for line in lines {
        let Some(id) = line.organization_id else { continue };
        let rights = found.entry(id).or_default();
        rights.id = Some(id);
        match (line.role, line.user_id) {
            (None, owner) => rights.owner_id = owner,
            (Some(role), Some(user)) => drop(rights.roles.insert(user, role)),
            (Some(_), None) => {}
        }
    }
    found.into_values().collect()
}
