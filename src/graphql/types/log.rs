//! What was done to organizations and leagues as the API shows it, to their staff: DOMAIN §1.11.
//!
//! Names in an entry are those of its time; the objects beside them are those of now.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::enums::{LeagueLogAction, OrganizationLogAction};
use super::{Organization, User};
use crate::db::models::{
    LeagueLogRow, LeagueRow, LogOfLeague, LogOfOrganization, LogOrder, OrganizationLogRow, OrganizationRow,
};
use crate::db::{Direction, Listing};
use crate::domain::audit::LogDetails;
use crate::domain::policy::{self, Action, Scope};
use crate::graphql::ApiError;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_pk, connection};
use crate::graphql::rights::{league_rights, organization_rights};
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, LeagueId, LeagueLogId, OrganizationId, OrganizationLogId};

/// One field before and after.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct LogFieldChange {
    /// Name of the field, as in this API.
    pub(crate) field: String,
    /// What it was, as text; null for nothing. Of a long text the beginning.
    pub(crate) from: Option<String>,
    /// What it became, as text; null for nothing. Of a long text the beginning.
    pub(crate) to: Option<String>,
}

/// Makes the object of one log: the fields every entry has, then its own.
macro_rules! log_entry {
    ($(#[doc = $doc:literal])* $name:ident($row:ty, $action:ty) { $($fields:item)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            row: Arc<$row>,
            details: LogDetails,
        }

        impl $name {
            fn new(row: Arc<$row>) -> ApiResult<Self> {
                let details = serde_json::from_value(row.details.clone()).map_err(ApiError::internal)?;
                Ok(Self { row, details })
            }
        }

        $(#[doc = $doc])*
        #[Object]
        impl $name {
            /// Global id.
            pub(crate) async fn id(&self) -> ID {
                self.row.id.to_global().into()
            }

            /// Primary key.
            async fn pk(&self) -> i64 {
                self.row.id.pk()
            }

            /// What was done.
            async fn action(&self) -> $action {
                self.row.action.into()
            }

            /// Who did it.
            async fn actor(&self, ctx: &Context<'_>) -> Nullable<User> {
                User::load_optional(ctx, self.row.actor_id).await
            }

            /// To whom it was done, or who got it; null where it was done to nobody.
            async fn target_user(&self, ctx: &Context<'_>) -> Nullable<User> {
                User::load_optional(ctx, self.row.target_user_id).await
            }

            /// When it was done.
            async fn created_at(&self) -> DateTime {
                self.row.created_at.into()
            }

            /// Name at that moment, before the change.
            async fn name(&self) -> &str {
                &self.details.name
            }

            /// Which fields changed, in order.
            async fn changes(&self) -> Vec<LogFieldChange> {
                let changes = self.details.changes.iter().cloned();
                changes.map(|it| LogFieldChange { field: it.field, from: it.from, to: it.to }).collect()
            }

            $($fields)*
        }
    };
}

log_entry! {
    /// Something that was done to an organization.
    OrganizationLogEntry(OrganizationLogRow, OrganizationLogAction) {
        /// Who owned it before, if it was given to another owner.
        async fn previous_owner(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load_optional(ctx, self.details.previous_owner_id).await
        }
    }
}

log_entry! {
    /// Something that was done to a league.
    LeagueLogEntry(LeagueLogRow, LeagueLogAction) {
        /// The organization it was linked to or unlinked from; null if that is no more.
        async fn organization(&self, ctx: &Context<'_>) -> Nullable<Organization> {
            let row = ctx.loaders().one::<OrganizationRow>(self.details.organization_id?).await;
            row.map(|row| row.map(Organization)).map_err(Into::into).transpose()
        }

        /// Name of that organization at that moment.
        async fn organization_name(&self) -> Option<&str> {
            self.details.organization_name.as_deref()
        }
    }
}

impl OrganizationLogEntry {
    /// The entry with this key, if there is one and the caller may see it.
    pub(in crate::graphql) async fn load(
        ctx: &Context<'_>,
        id: OrganizationLogId,
    ) -> ApiResult<Option<Self>> {
        let Some(row) = ctx.loaders().one::<OrganizationLogRow>(id).await? else { return Ok(None) };
        let organization = ctx.loaders().one::<OrganizationRow>(row.organization_id).await?;
        let Some(organization) = organization else { return Ok(None) };
        let rights = organization_rights(ctx.loaders(), &organization).await?;
        let scope = Scope::organization(&rights);
        let may = policy::can(ctx.viewer(), Action::OrganizationLogsRead, &scope);
        may.then(|| Self::new(row)).transpose()
    }
}

impl LeagueLogEntry {
    /// The entry with this key, if there is one and the caller may see it.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: LeagueLogId) -> ApiResult<Option<Self>> {
        let Some(row) = ctx.loaders().one::<LeagueLogRow>(id).await? else { return Ok(None) };
        if ctx.loaders().one::<LeagueRow>(row.league_id).await?.is_none() {
            return Ok(None);
        }
        let rights = league_rights(ctx.loaders(), row.league_id).await?;
        let may = policy::can(ctx.viewer(), Action::LeagueLogsRead, &Scope::league(&rights));
        may.then(|| Self::new(row)).transpose()
    }
}

/// Makes the connection function of one log, newest first.
macro_rules! log_connection {
    ($(#[$doc:meta])* $name:ident($label:literal, $id:ty, $filter:ident, $counted:ident) -> $entry:ident) => {
        $(#[$doc])*
        pub(super) async fn $name(ctx: &Context<'_>, id: $id, args: &PageArgs) -> ApiResult<Paged<$entry>> {
            let list = ListKey::new($label, &id);
            let page = args.parse(&list)?;
            let order = (LogOrder, Direction::Descending);
            let slice =
                ctx.loaders().list(Listing { filter: $filter(id), order, page: page.clone() }).await?;
            let rows = slice.rows.into_iter().map($entry::new).collect::<ApiResult<Vec<_>>>()?;
            Ok(connection(
                crate::db::Slice { rows, has_more: slice.has_more },
                (&list, &page),
                Counted::$counted($filter(id)),
                |entry| by_pk(entry.row.id.pk()),
                |entry| (entry, Default::default()),
            ))
        }
    };
}

log_connection! {
    /// The log of an organization; whether the caller may see it was asked before.
    of_organization("organization.logs", OrganizationId, LogOfOrganization, OrganizationLog) -> OrganizationLogEntry
}

log_connection! {
    /// The log of a league; whether the caller may see it was asked before.
    of_league("league.logs", LeagueId, LogOfLeague, LeagueLog) -> LeagueLogEntry
}
