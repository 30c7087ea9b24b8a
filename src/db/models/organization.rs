//! Organizations and who holds a role in them: DOMAIN §1.3.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, UniqueKey, entity, has_many};
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::pool::unicode_lower;
use super::super::query::filter;
use super::super::schema::{organization_roles, organizations};
use super::super::writable::{linkable, writable};
use super::super::{Direction, PageRequest, Slice};
use super::contains_pattern;
use crate::cache::Dep;
use crate::types::{EntityId as _, Instant, LeagueId, OrganizationId, RoleKind, UserId};

/// A row of `organizations`.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.3")]
#[derive(
    Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = organizations)]
pub struct OrganizationRow {
    pub id: OrganizationId,
    pub version: i32,
    pub name: String,
    pub description: String,
    pub rules_template: String,
    pub logo: String,
    pub discord_link: String,
    pub discord_server_id: Option<String>,
    pub timezone: String,
    pub owner_id: Option<UserId>,
    pub default_league_id: Option<LeagueId>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// An organization to insert.
#[expect(missing_docs, reason = "as in `OrganizationRow`")]
#[derive(Clone, Debug, Default, diesel::Insertable)]
#[diesel(table_name = organizations)]
pub struct NewOrganization {
    pub name: String,
    pub description: String,
    pub rules_template: Option<String>,
    pub logo: String,
    pub discord_link: Option<String>,
    pub discord_server_id: Option<String>,
    pub timezone: String,
    pub owner_id: Option<UserId>,
    /// When it was made, if not now.
    #[diesel(skip_insertion)]
    pub created_at: Option<Instant>,
}

/// Columns of an organization to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `OrganizationRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = organizations)]
pub struct OrganizationChanges {
    pub name: Option<String>,
    pub description: Option<String>,
    pub rules_template: Option<String>,
    pub logo: Option<String>,
    pub discord_link: Option<String>,
    pub discord_server_id: Option<Option<String>>,
    pub timezone: Option<String>,
    pub owner_id: Option<Option<UserId>>,
    pub default_league_id: Option<Option<LeagueId>>,
}

entity!(OrganizationRow, organizations, OrganizationId, "organization" {
    const CASCADES_TO: &'static [&'static str] = &["league", "user"];
    const PARENT_OF: &'static [&'static str] = &["organization.leagues", "organization.roles"];
});
writable!(backdated OrganizationRow, organizations, NewOrganization, OrganizationChanges);

/// A row of `organization_roles`: at most one role for a user in an organization.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.3")]
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    diesel::Queryable,
    diesel::Selectable,
    diesel::Insertable,
    serde::Serialize,
    serde::Deserialize,
)]
#[diesel(table_name = organization_roles)]
pub struct OrganizationRoleRow {
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub role: RoleKind,
}

linkable!(OrganizationRoleRow, organization_roles(organization_id, user_id), |it| [
    Dep::object("organization", it.organization_id.pk()),
    Dep::related("organization.roles", it.organization_id.pk()),
    Dep::object("user", it.user_id.pk()),
    Dep::related("user.organization_roles", it.user_id.pk()),
]);

has_many!(
    /// Who holds a role in an organization.
    RolesOfOrganization("organization.roles"):
        OrganizationId => OrganizationRoleRow, organization_roles.organization_id, order user_id
);

has_many!(
    /// The roles a user holds in organizations.
    OrganizationRolesOfUser("user.organization_roles"):
        UserId => OrganizationRoleRow, organization_roles.user_id, order organization_id
);

/// The organizations that a user owns, in order of id; for transactions.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationsOwnedBy(pub UserId);

impl UniqueKey for OrganizationsOwnedBy {
    type Row = Vec<OrganizationRow>;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Vec<OrganizationRow>>> {
        let rows = on_conn!(conn, c => {
            organizations::table
                .filter(organizations::owner_id.eq(self.0))
                .order(organizations::id)
                .select(OrganizationRow::as_select())
                .load(c)
                .await
        })?;
        Ok(Some(rows))
    }
}

/// Which organizations a list holds.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFilter {
    /// Part of the name, whatever its case.
    pub search: Option<String>,
}

/// What a list of organizations is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationOrder {
    /// Name.
    Name,
    /// When it was made.
    CreatedAt,
}

filter!(
    OrganizationFilter => OrganizationRow, OrganizationOrder, "organizations",
    |_it| vec![Dep::rows(OrganizationRow::MODEL)]
);

macro_rules! listed {
    ($filter:expr) => {{
        let filter: &OrganizationFilter = $filter;
        let mut query = organizations::table.into_boxed();
        if let Some(search) = &filter.search {
            query =
                query.filter(unicode_lower(organizations::name).like(contains_pattern(search)).escape('\\'));
        }
        query
    }};
}

impl OrganizationRow {
    /// A page of the organizations that match.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        filter: &OrganizationFilter,
        (order, direction): (OrganizationOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            let query = listed!(filter);
            let query = match order {
                OrganizationOrder::Name => {
                    keyset!(query, page, direction, organizations::name, organizations::id, Text)
                }
                OrganizationOrder::CreatedAt => {
                    keyset!(query, page, direction, organizations::created_at, organizations::id, Instant)
                }
            };
            query.select(Self::as_select()).load(c).await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// The guilds that organizations name, each once, in order of text; for jobs.
    ///
    /// # Errors
    /// The database failed.
    pub async fn guilds(conn: &mut DbConn) -> DbResult<Vec<String>> {
        let guilds: Vec<Option<String>> = on_conn!(conn, c => {
            organizations::table
                .filter(organizations::discord_server_id.is_not_null())
                .select(organizations::discord_server_id)
                .distinct()
                .load(c)
                .await
        })?;
        let mut guilds: Vec<String> = guilds.into_iter().flatten().collect();
        // Databases sort texts differently.
        guilds.sort_unstable();
        Ok(guilds)
    }

    /// How many organizations match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, filter: &OrganizationFilter) -> DbResult<i64> {
        Ok(on_conn!(conn, c => listed!(filter).count().get_result(c).await)?)
    }
}
