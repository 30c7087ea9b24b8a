//! People: DOMAIN §1.1, with their positions (§1.2) as columns of the same row.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, UniqueKey, entity};
use super::super::error::DbResult;
use super::super::page::{keyset, keyset_nullable};
use super::super::pool::unicode_lower;
use super::super::query::filter;
use super::super::schema::{team_members, users};
use super::super::writable::writable;
use super::super::{Direction, PageRequest, Slice};
use super::contains_pattern;
use crate::cache::Dep;
use crate::types::{EntityId as _, Instant, OrganizationId, TeamId, UserId};

/// A row of `users`. `email` is private: only the user and site staff may see it (DOMAIN §6).
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.1 and §1.2")]
#[derive(
    Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = users)]
pub struct UserRow {
    pub id: UserId,
    pub version: i32,
    pub username: String,
    pub nickname: Option<String>,
    pub email: String,
    pub is_staff: bool,
    pub is_superuser: bool,
    pub is_active: bool,
    pub steam_id: Option<i64>,
    pub steam_account_id: Option<i64>,
    pub mmr: Option<i32>,
    pub league_mmr: Option<i32>,
    pub has_active_dota_mmr: bool,
    pub dota_mmr_last_verified_at: Option<Instant>,
    pub carry: i32,
    pub mid: i32,
    pub offlane: i32,
    pub soft_support: i32,
    pub hard_support: i32,
    pub avatar: Option<String>,
    pub discord_id: Option<String>,
    pub discord_username: Option<String>,
    pub discord_nickname: Option<String>,
    pub guild_nickname: Option<String>,
    pub default_organization_id: Option<OrganizationId>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A user to insert.
#[expect(missing_docs, reason = "as in `UserRow`")]
#[derive(Clone, Debug, Default, diesel::Insertable)]
#[diesel(table_name = users)]
pub struct NewUser {
    pub username: String,
    pub nickname: Option<String>,
    pub email: String,
    pub is_staff: bool,
    pub is_superuser: bool,
    pub steam_id: Option<i64>,
    pub mmr: Option<i32>,
    pub carry: i32,
    pub mid: i32,
    pub offlane: i32,
    pub soft_support: i32,
    pub hard_support: i32,
    pub avatar: Option<String>,
    pub discord_id: Option<String>,
    pub discord_username: Option<String>,
    pub discord_nickname: Option<String>,
    pub guild_nickname: Option<String>,
    pub default_organization_id: Option<OrganizationId>,
    /// May be used unless this says otherwise.
    pub is_active: Option<bool>,
    /// When the account was made, if not now.
    #[diesel(skip_insertion)]
    pub created_at: Option<Instant>,
}

/// Columns of a user to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `UserRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = users)]
pub struct UserChanges {
    pub username: Option<String>,
    pub nickname: Option<Option<String>>,
    pub email: Option<String>,
    pub is_staff: Option<bool>,
    pub is_superuser: Option<bool>,
    pub is_active: Option<bool>,
    pub steam_id: Option<Option<i64>>,
    pub mmr: Option<Option<i32>>,
    pub has_active_dota_mmr: Option<bool>,
    pub dota_mmr_last_verified_at: Option<Option<Instant>>,
    pub carry: Option<i32>,
    pub mid: Option<i32>,
    pub offlane: Option<i32>,
    pub soft_support: Option<i32>,
    pub hard_support: Option<i32>,
    pub avatar: Option<Option<String>>,
    pub discord_id: Option<Option<String>>,
    pub discord_username: Option<Option<String>>,
    pub discord_nickname: Option<Option<String>>,
    pub guild_nickname: Option<Option<String>>,
    pub default_organization_id: Option<Option<OrganizationId>>,
}

entity!(UserRow, users, UserId, "user" {
    const CASCADES_TO: &'static [&'static str] =
        &["organization", "league", "team", "draft_event", "session", "api_token", "organization_log", "league_log"];
    const PARENT_OF: &'static [&'static str] =
        &["user.teams", "user.tournaments", "user.league_roles", "user.organization_roles"];

    async fn embedded_in_stored(conn: &mut DbConn, ids: &[UserId]) -> DbResult<Vec<Dep>> {
        let teams: Vec<TeamId> = on_conn!(conn, c => {
            team_members::table
                .filter(team_members::user_id.eq_any(ids.to_vec()))
                .select(team_members::team_id)
                .distinct()
                .load(c)
                .await
        })?;
        Ok(teams.into_iter().map(|team| Dep::object("team", team.pk())).collect())
    }
});
writable!(backdated UserRow, users, NewUser, UserChanges);

/// What tells a user from all others, besides the primary key.
#[derive(Clone, Copy, Debug)]
pub enum UserKey<'a> {
    /// Name of the account.
    Username(&'a str),
    /// Discord snowflake.
    DiscordId(&'a str),
    /// Steam64 id.
    SteamId(i64),
}

impl UniqueKey for UserKey<'_> {
    type Row = UserRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<UserRow>> {
        match self {
            Self::Username(it) => UserRow::find_by_username(conn, it).await,
            Self::DiscordId(it) => UserRow::find_by_discord_id(conn, it).await,
            Self::SteamId(it) => UserRow::find_by_steam_id(conn, it).await,
        }
    }
}

/// Everybody who may do everything, in order of id; for transactions.
#[derive(Clone, Copy, Debug)]
pub struct ActiveSuperusers;

impl UniqueKey for ActiveSuperusers {
    type Row = Vec<UserId>;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Vec<UserId>>> {
        let ids = on_conn!(conn, c => {
            users::table
                .filter(users::is_superuser.eq(true))
                .filter(users::is_active.eq(true))
                .order(users::id)
                .select(users::id)
                .load(c)
                .await
        })?;
        Ok(Some(ids))
    }
}

/// Which users a list holds; all conditions must be met.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Part of the username or nickname, whatever its case.
    pub search: Option<String>,
    /// At least this MMR.
    pub mmr_at_least: Option<i32>,
    /// At most this MMR.
    pub mmr_at_most: Option<i32>,
}

/// What a list of users is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOrder {
    /// Username.
    Name,
    /// MMR; users without one come last.
    Mmr,
    /// When they joined.
    CreatedAt,
}

filter!(UserFilter => UserRow, UserOrder, "users", |_it| vec![Dep::rows(UserRow::MODEL)]);

/// The query of a list of active users; a macro because its type differs by backend.
macro_rules! listed {
    ($filter:expr) => {{
        let filter: &UserFilter = $filter;
        let mut query = users::table.filter(users::is_active.eq(true)).into_boxed();
        if let Some(search) = &filter.search {
            let pattern = contains_pattern(search);
            let nickname = unicode_lower(users::nickname.assume_not_null());
            query = query.filter(
                unicode_lower(users::username)
                    .like(pattern.clone())
                    .escape('\\')
                    .or(users::nickname.is_not_null().and(nickname.like(pattern).escape('\\'))),
            );
        }
        if let Some(mmr) = filter.mmr_at_least {
            query = query.filter(users::mmr.ge(mmr));
        }
        if let Some(mmr) = filter.mmr_at_most {
            query = query.filter(users::mmr.le(mmr));
        }
        query
    }};
}

impl UserRow {
    /// A page of the active users that match.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        filter: &UserFilter,
        (order, direction): (UserOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            let query = listed!(filter);
            let query = match order {
                UserOrder::Name => keyset!(query, page, direction, users::username, users::id, Text),
                UserOrder::Mmr => keyset_nullable!(query, page, direction, users::mmr, users::id, i32),
                UserOrder::CreatedAt => keyset!(query, page, direction, users::created_at, users::id, Instant),
            };
            query.select(Self::as_select()).load(c).await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// How many active users match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, filter: &UserFilter) -> DbResult<i64> {
        Ok(on_conn!(conn, c => listed!(filter).count().get_result(c).await)?)
    }

    /// The user with this Discord id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_by_discord_id(conn: &mut DbConn, discord_id: &str) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            users::table
                .filter(users::discord_id.eq(discord_id))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }

    /// The user with this Steam64 id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_by_steam_id(conn: &mut DbConn, steam_id: i64) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            users::table
                .filter(users::steam_id.eq(steam_id))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }

    /// The user with this username.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_by_username(conn: &mut DbConn, username: &str) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            users::table
                .filter(users::username.eq(username))
                .select(Self::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}
