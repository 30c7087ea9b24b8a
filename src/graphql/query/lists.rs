//! The root lists as connections: the database layer's list queries with cursors made of their sort keys.
//!
//! Each function pairs a list with the anchor its order needs; no filter or order is decided here.

use std::sync::Arc;

use async_graphql::Context;

use crate::db::Listing;
use crate::db::models::{
    LeagueFilter, LeagueOrder as LeagueBy, LeagueRow, OrganizationFilter,
    OrganizationOrder as OrganizationBy, OrganizationRow, TournamentFilter, TournamentOrder as TournamentBy,
    TournamentRow, UserFilter, UserOrder as UserBy, UserRow,
};
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_instant, by_number, by_text, connection};
use crate::graphql::types::{
    League, LeagueOrder, Organization, OrganizationOrder, Tournament, TournamentOrder, User, UserOrder,
};
use crate::types::EntityId as _;

/// Makes the connection function of one list.
macro_rules! list {
    (
        $(#[$doc:meta])* $vis:vis fn $name:ident($label:literal, $filter:ty, $order:ty) -> $node:ident of $row:ident,
        counted by $counted:ident, anchored by |$it:ident, $by:ident| $anchor:expr
    ) => {
        $(#[$doc])*
        $vis async fn $name(
            ctx: &Context<'_>,
            filter: $filter,
            order_by: $order,
            args: &PageArgs,
        ) -> ApiResult<Paged<$node>> {
            let list = ListKey::new($label, &(&filter, order_by));
            let page = args.parse(&list)?;
            let ($by, direction) = order_by.into();
            let listing = Listing { filter: filter.clone(), order: ($by, direction), page: page.clone() };
            let slice = ctx.loaders().list(listing).await?;
            Ok(connection(
                slice,
                (&list, &page),
                Counted::$counted(filter),
                |$it: &Arc<$row>| $anchor,
                |row| ($node(row), Default::default()),
            ))
        }
    };
}

list! {
    /// Users that match.
    pub(super) fn users("users", UserFilter, UserOrder) -> User of UserRow,
    counted by Users, anchored by |row, by| match by {
        UserBy::Name => by_text(&row.username, row.id.pk()),
        UserBy::Mmr => by_number(row.mmr, row.id.pk()),
        UserBy::CreatedAt => by_instant(row.created_at, row.id.pk()),
    }
}

list! {
    /// Organizations that match.
    pub(super) fn organizations("organizations", OrganizationFilter, OrganizationOrder) -> Organization of OrganizationRow,
    counted by Organizations, anchored by |row, by| match by {
        OrganizationBy::Name => by_text(&row.name, row.id.pk()),
        OrganizationBy::CreatedAt => by_instant(row.created_at, row.id.pk()),
    }
}

list! {
    /// Leagues that match.
    pub(super) fn leagues("leagues", LeagueFilter, LeagueOrder) -> League of LeagueRow,
    counted by Leagues, anchored by |row, by| match by {
        LeagueBy::Name => by_text(&row.name, row.id.pk()),
        LeagueBy::CreatedAt => by_instant(row.created_at, row.id.pk()),
    }
}

list! {
    /// Tournaments that match.
    pub(in crate::graphql) fn tournament_connection("tournaments", TournamentFilter, TournamentOrder) -> Tournament of TournamentRow,
    counted by Tournaments, anchored by |row, by| match by {
        TournamentBy::StartsAt => by_instant(row.starts_at, row.id.pk()),
        TournamentBy::Name => by_text(&row.name, row.id.pk()),
        TournamentBy::CreatedAt => by_instant(row.created_at, row.id.pk()),
    }
}
