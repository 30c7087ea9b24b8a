//! Leagues, their roles, and the organizations they belong to: DOMAIN §1.4.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, Relation as _, UniqueKey, entity, has_many, many_to_many};
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::pool::unicode_lower;
use super::super::query::filter;
use super::super::schema::{games, league_organizations, league_roles, leagues, organizations};
use super::super::writable::{linkable, writable};
use super::super::{Direction, PageRequest, Slice};
use super::{OrganizationRow, contains_pattern};
use crate::cache::Dep;
use crate::types::{
    EntityId as _, GameStatus, Instant, LeagueId, OrganizationId, RatingSystem, RoleKind, UserId,
};

/// A row of `leagues`.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.4")]
#[derive(
    Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = leagues)]
pub struct LeagueRow {
    pub id: LeagueId,
    pub version: i32,
    pub name: String,
    pub steam_league_id: i32,
    pub description: String,
    pub rules: String,
    pub prize_pool: String,
    pub timezone: String,
    pub last_synced_at: Option<Instant>,
    pub rating_system: RatingSystem,
    pub k_factor_default: f64,
    pub k_factor_placement: f64,
    pub placement_games: i32,
    pub fixed_delta: f64,
    pub age_decay_enabled: bool,
    pub age_decay_half_life_days: i32,
    pub age_decay_minimum: f64,
    pub recalc_max_age_days: i32,
    pub recalc_mmr_threshold: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A league to insert; its rating settings start at their defaults.
#[expect(missing_docs, reason = "as in `LeagueRow`")]
#[derive(Clone, Debug, Default, diesel::Insertable)]
#[diesel(table_name = leagues)]
pub struct NewLeague {
    pub name: String,
    pub steam_league_id: i32,
    pub description: Option<String>,
    pub rules: Option<String>,
    pub prize_pool: Option<String>,
    pub timezone: Option<String>,
}

/// Columns of a league to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `LeagueRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = leagues)]
pub struct LeagueChanges {
    pub name: Option<String>,
    pub steam_league_id: Option<i32>,
    pub description: Option<String>,
    pub rules: Option<String>,
    pub prize_pool: Option<String>,
    pub timezone: Option<String>,
    pub rating_system: Option<RatingSystem>,
    pub k_factor_default: Option<f64>,
    pub k_factor_placement: Option<f64>,
    pub placement_games: Option<i32>,
    pub fixed_delta: Option<f64>,
    pub age_decay_enabled: Option<bool>,
    pub age_decay_half_life_days: Option<i32>,
    pub age_decay_minimum: Option<f64>,
    pub recalc_max_age_days: Option<i32>,
    pub recalc_mmr_threshold: Option<i32>,
}

entity!(LeagueRow, leagues, LeagueId, "league" {
    const CASCADES_TO: &'static [&'static str] = &["organization", "tournament", "game", "user"];
    const PARENT_OF: &'static [&'static str] =
        &["league.organizations", "league.roles", "league.tournaments", "league.games"];

    async fn embedded_in_stored(conn: &mut DbConn, ids: &[LeagueId]) -> DbResult<Vec<Dep>> {
        let organizations: Vec<OrganizationId> = on_conn!(conn, c => {
            league_organizations::table
                .filter(league_organizations::league_id.eq_any(ids.to_vec()))
                .select(league_organizations::organization_id)
                .distinct()
                .load(c)
                .await
        })?;
        Ok(organizations.into_iter().map(|it| Dep::object("organization", it.pk())).collect())
    }
});
writable!(versioned LeagueRow, leagues, NewLeague, LeagueChanges);

/// Valve's number of a league.
#[derive(Clone, Copy, Debug)]
pub struct SteamLeagueKey(pub i32);

impl UniqueKey for SteamLeagueKey {
    type Row = LeagueRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<LeagueRow>> {
        LeagueRow::find_by_steam_league_id(conn, self.0).await
    }
}

/// How many decided games hang on a league directly and go with it; for transactions.
#[derive(Clone, Copy, Debug)]
pub struct DecidedGamesOfLeague(pub LeagueId);

impl UniqueKey for DecidedGamesOfLeague {
    type Row = i64;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<i64>> {
        let count = on_conn!(conn, c => {
            games::table
                .filter(games::league_id.eq(self.0))
                .filter(games::status.eq(GameStatus::Completed))
                .count()
                .get_result(c)
                .await
        })?;
        Ok(Some(count))
    }
}

/// A row of `league_organizations`.
#[expect(missing_docs, reason = "both ends of a link")]
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
#[diesel(table_name = league_organizations)]
pub struct LeagueOrganizationRow {
    pub league_id: LeagueId,
    pub organization_id: OrganizationId,
}

linkable!(LeagueOrganizationRow, league_organizations(league_id, organization_id), |it| [
    Dep::object("league", it.league_id.pk()),
    Dep::related("league.organizations", it.league_id.pk()),
    Dep::object("organization", it.organization_id.pk()),
    Dep::related("organization.leagues", it.organization_id.pk()),
]);

many_to_many!(
    /// The organizations a league belongs to, in order of id.
    OrganizationsOfLeague("league.organizations"):
        LeagueId => OrganizationRow, league_organizations.league_id to organizations
);
many_to_many!(
    /// The leagues of an organization, in order of id.
    LeaguesOfOrganization("organization.leagues"):
        OrganizationId => LeagueRow, league_organizations.organization_id to leagues
);

/// A row of `league_roles`: at most one role for a user in a league.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.4")]
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
#[diesel(table_name = league_roles)]
pub struct LeagueRoleRow {
    pub league_id: LeagueId,
    pub user_id: UserId,
    pub role: RoleKind,
}

linkable!(LeagueRoleRow, league_roles(league_id, user_id), |it| [
    Dep::object("league", it.league_id.pk()),
    Dep::related("league.roles", it.league_id.pk()),
    Dep::object("user", it.user_id.pk()),
    Dep::related("user.league_roles", it.user_id.pk()),
]);

has_many!(
    /// Who holds a role in a league.
    RolesOfLeague("league.roles"): LeagueId => LeagueRoleRow, league_roles.league_id, order user_id
);

has_many!(
    /// The roles a user holds in leagues.
    LeagueRolesOfUser("user.league_roles"): UserId => LeagueRoleRow, league_roles.user_id, order league_id
);

/// Which leagues a list holds; all conditions must be met.
#[derive(Clone, Debug, Default)]
pub struct LeagueFilter {
    /// Part of the name, whatever its case.
    pub search: Option<String>,
    /// Linked to this organization.
    pub organization_id: Option<OrganizationId>,
}

/// What a list of leagues is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeagueOrder {
    /// Name.
    Name,
    /// When it was made.
    CreatedAt,
}

filter!(LeagueFilter => LeagueRow, LeagueOrder, "leagues", |it| {
    let linked = it.organization_id.map(|id| Dep::related(LeaguesOfOrganization::NAME, id.pk()));
    [Some(Dep::rows(LeagueRow::MODEL)), linked].into_iter().flatten().collect()
});

macro_rules! listed {
    ($filter:expr) => {{
        let filter: &LeagueFilter = $filter;
        let mut query = leagues::table.into_boxed();
        if let Some(search) = &filter.search {
            query = query.filter(unicode_lower(leagues::name).like(contains_pattern(search)).escape('\\'));
        }
        if let Some(id) = filter.organization_id {
            let linked = league_organizations::table
                .filter(league_organizations::organization_id.eq(id))
                .select(league_organizations::league_id);
            query = query.filter(leagues::id.eq_any(linked));
        }
        query
    }};
}

impl LeagueRow {
    /// A page of the leagues that match.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        filter: &LeagueFilter,
        (order, direction): (LeagueOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            let query = listed!(filter);
            let query = match order {
                LeagueOrder::Name => keyset!(query, page, direction, leagues::name, leagues::id, Text),
                LeagueOrder::CreatedAt => {
                    keyset!(query, page, direction, leagues::created_at, leagues::id, Instant)
                }
            };
            query.select(Self::as_select()).load(c).await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// How many leagues match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, filter: &LeagueFilter) -> DbResult<i64> {
        Ok(on_conn!(conn, c => listed!(filter).count().get_result(c).await)?)
    }

    /// The league with this Steam league id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_by_steam_league_id(conn: &mut DbConn, steam_league_id: i32) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            leagues::table
                .filter(leagues::steam_league_id.eq(steam_league_id))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}
