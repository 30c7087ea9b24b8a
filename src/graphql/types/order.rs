//! What lists can be filtered and ordered by. All conditions of a filter must be met.

use async_graphql::{Enum, ID, InputObject};

use super::enums::TournamentState;
use crate::db::Direction;
use crate::db::models;
use crate::graphql::context::ApiResult;
use crate::graphql::node::parse_id;
use crate::graphql::page::OrderDirection;
use crate::graphql::scalars::DateTime;

/// Longest text that can be searched for.
const MAX_SEARCH: usize = 100;

/// A search text that is worth searching for.
pub(super) fn search_text(text: Option<String>) -> ApiResult<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    if text.chars().count() > MAX_SEARCH {
        let message = format!("`search` may be {MAX_SEARCH} characters long");
        return Err(crate::graphql::ApiError::bad_input(message));
    }
    Ok(if text.is_empty() { None } else { Some(text.to_owned()) })
}

/// Which users to list.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct UserFilterInput {
    /// Part of the username or nickname, whatever its case.
    pub(crate) search: Option<String>,
    /// Only users with at least this MMR.
    pub(crate) mmr_at_least: Option<i32>,
    /// Only users with at most this MMR.
    pub(crate) mmr_at_most: Option<i32>,
}

impl UserFilterInput {
    /// The filter of the database layer.
    pub(in crate::graphql) fn parse(self) -> ApiResult<models::UserFilter> {
        Ok(models::UserFilter {
            search: search_text(self.search)?,
            mmr_at_least: self.mmr_at_least,
            mmr_at_most: self.mmr_at_most,
        })
    }
}

/// Which organizations to list.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct OrganizationFilterInput {
    /// Part of the name, whatever its case.
    pub(crate) search: Option<String>,
}

impl OrganizationFilterInput {
    /// The filter of the database layer.
    pub(in crate::graphql) fn parse(self) -> ApiResult<models::OrganizationFilter> {
        Ok(models::OrganizationFilter { search: search_text(self.search)? })
    }
}

/// Which leagues to list.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct LeagueFilterInput {
    /// Part of the name, whatever its case.
    pub(crate) search: Option<String>,
    /// Only leagues linked to this organization.
    pub(crate) organization_id: Option<ID>,
}

impl LeagueFilterInput {
    /// The filter of the database layer.
    pub(in crate::graphql) fn parse(self) -> ApiResult<models::LeagueFilter> {
        Ok(models::LeagueFilter {
            search: search_text(self.search)?,
            organization_id: self.organization_id.as_ref().map(parse_id).transpose()?,
        })
    }
}

/// Which tournaments to list.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct TournamentFilterInput {
    /// Part of the name, whatever its case.
    pub(crate) search: Option<String>,
    /// Only tournaments in this state.
    pub(crate) state: Option<TournamentState>,
    /// Only tournaments in one of these states; goes with `state`.
    pub(crate) states: Option<Vec<TournamentState>>,
    /// Only tournaments of this league.
    pub(crate) league_id: Option<ID>,
    /// Only tournaments of leagues linked to this organization.
    pub(crate) organization_id: Option<ID>,
    /// Only tournaments this user is registered for.
    pub(crate) player_id: Option<ID>,
    /// Only tournaments that start at this instant or later.
    pub(crate) starts_from: Option<DateTime>,
    /// Only tournaments that start before this instant.
    pub(crate) starts_before: Option<DateTime>,
}

impl TournamentFilterInput {
    /// The filter of the database layer. `state` and `states` together leave what both allow.
    pub(in crate::graphql) fn parse(self) -> ApiResult<models::TournamentFilter> {
        let states = match (self.state, self.states) {
            (Some(state), Some(states)) if !states.contains(&state) => {
                return Err(crate::graphql::ApiError::bad_input("`state` is not among `states`"));
            }
            (Some(state), _) => vec![state],
            (None, Some(states)) if states.is_empty() => {
                return Err(crate::graphql::ApiError::bad_input("`states` must not be empty"));
            }
            (None, states) => states.unwrap_or_default(),
        };
        Ok(models::TournamentFilter {
            search: search_text(self.search)?,
            states: states.into_iter().map(Into::into).collect(),
            league_id: self.league_id.as_ref().map(parse_id).transpose()?,
            organization_id: self.organization_id.as_ref().map(parse_id).transpose()?,
            player_id: self.player_id.as_ref().map(parse_id).transpose()?,
            starts_from: self.starts_from.map(|it| it.0),
            starts_before: self.starts_before.map(|it| it.0),
        })
    }
}

/// What users can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "models::UserOrder")]
pub(crate) enum UserOrderField {
    /// Username, by code point.
    Name,
    /// MMR; users without one come last in either direction.
    Mmr,
    /// When they joined.
    CreatedAt,
}

/// What organizations can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "models::OrganizationOrder")]
pub(crate) enum OrganizationOrderField {
    /// Name, by code point.
    Name,
    /// When they were made.
    CreatedAt,
}

/// What leagues can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "models::LeagueOrder")]
pub(crate) enum LeagueOrderField {
    /// Name, by code point.
    Name,
    /// When they were made.
    CreatedAt,
}

/// What tournaments can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "models::TournamentOrder")]
pub(crate) enum TournamentOrderField {
    /// When they are played.
    StartsAt,
    /// Name, by code point.
    Name,
    /// When they were made.
    CreatedAt,
}

macro_rules! order_inputs {
    ($($(#[$doc:meta])* $name:ident($field:ident => $order:ty, default $default:ident $direction:ident);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, InputObject)]
        pub(crate) struct $name {
            /// What to order by.
            pub(crate) field: $field,
            /// Which way.
            pub(crate) direction: OrderDirection,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { field: $field::$default, direction: OrderDirection::$direction }
            }
        }

        impl From<$name> for ($order, Direction) {
            fn from(order: $name) -> Self {
                (order.field.into(), order.direction.into())
            }
        }
    )+};
}

order_inputs! {
    /// How to order users.
    UserOrder(UserOrderField => models::UserOrder, default Name Asc);
    /// How to order organizations.
    OrganizationOrder(OrganizationOrderField => models::OrganizationOrder, default Name Asc);
    /// How to order leagues.
    LeagueOrder(LeagueOrderField => models::LeagueOrder, default Name Asc);
    /// How to order tournaments.
    TournamentOrder(TournamentOrderField => models::TournamentOrder, default StartsAt Desc);
}
