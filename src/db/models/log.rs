//! What was done to organizations and leagues, and by whom: DOMAIN §1.11.
//!
//! Entries are only ever added, and stay when what they are about is deleted.

use serde_json::Value;

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::entity;
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::query::filter;
use super::super::schema::{league_logs, organization_logs};
use super::super::writable::writable;
use super::super::{Direction, PageRequest, Slice};
use crate::cache::Dep;
use crate::types::{
    EntityId as _, Instant, LeagueId, LeagueLogAction, LeagueLogId, OrganizationId, OrganizationLogAction,
    OrganizationLogId, UserId,
};

/// Logs are sorted by when their entries were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOrder;

macro_rules! log {
    (
        $(#[$doc:meta])* $row:ident, $new:ident, $changes:ident, $filter:ident,
        $table:ident.$parent:ident: $parent_id:ty, $id:ty, $action:ty,
        model $model:literal,
        list $list:literal
    ) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "the columns are described in DOMAIN §1.11")]
        #[derive(
            Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
        )]
        #[diesel(table_name = $table)]
        pub struct $row {
            pub id: $id,
            pub $parent: $parent_id,
            pub actor_id: Option<UserId>,
            pub action: $action,
            pub target_user_id: Option<UserId>,
            pub details: Value,
            pub created_at: Instant,
        }

        /// An entry to insert.
        #[expect(missing_docs, reason = "as in the row")]
        #[derive(Clone, Debug, diesel::Insertable)]
        #[diesel(table_name = $table)]
        pub struct $new {
            pub $parent: $parent_id,
            pub actor_id: Option<UserId>,
            pub action: $action,
            pub target_user_id: Option<UserId>,
            pub details: Value,
            pub created_at: Instant,
        }

        /// Entries are never changed.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
        #[diesel(table_name = $table)]
        pub struct $changes {
            actor_id: Option<Option<UserId>>,
        }

        entity!($row, $table, $id, $model {
            fn memberships(&self) -> Vec<Dep> {
                vec![Dep::related($list, self.$parent.pk())]
            }
        });
        writable!(plain $row, $table, $new, $changes);

        /// The log of one parent.
        #[derive(Clone, Copy, Debug)]
        pub struct $filter(pub $parent_id);

        filter!($filter => $row, LogOrder, $list, |it| vec![Dep::related($list, it.0.pk())]);

        impl $row {
            /// A page of a log.
            ///
            /// # Errors
            /// The database failed, or the page starts at an anchor of another order.
            pub async fn list(
                conn: &mut DbConn,
                $filter(parent): &$filter,
                (_, direction): (LogOrder, Direction),
                page: &PageRequest,
            ) -> DbResult<Slice<Self>> {
                let rows: Vec<Self> = on_conn!(conn, c => {
                    let query = $table::table.filter($table::$parent.eq(*parent)).into_boxed();
                    keyset!(query, page, direction, $table::id, $table::id, Int)
                        .select(Self::as_select())
                        .load(c)
                        .await
                })?;
                Ok(Slice::from_fetched(rows, page))
            }

            /// How long a log is.
            ///
            /// # Errors
            /// The database failed.
            pub async fn count(conn: &mut DbConn, $filter(parent): &$filter) -> DbResult<i64> {
                Ok(on_conn!(conn, c => {
                    $table::table.filter($table::$parent.eq(*parent)).count().get_result(c).await
                })?)
            }
        }
    };
}

log! {
    /// A row of `organization_logs`.
    OrganizationLogRow, NewOrganizationLog, OrganizationLogChanges, LogOfOrganization,
    organization_logs.organization_id: OrganizationId, OrganizationLogId, OrganizationLogAction,
    model "organization_log",
    list "organization.logs"
}

log! {
    /// A row of `league_logs`.
    LeagueLogRow, NewLeagueLog, LeagueLogChanges, LogOfLeague,
    league_logs.league_id: LeagueId, LeagueLogId, LeagueLogAction,
    model "league_log",
    list "league.logs"
}
