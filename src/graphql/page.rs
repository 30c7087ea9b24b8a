//! Relay connections over keyset pages: arguments in, cursors and page info out.
//!
//! A cursor belongs to one list with one filter and one order; anything else is `INVALID_CURSOR`.

use std::cmp::Ordering;

use async_graphql::connection::{
    Connection, ConnectionNameType, DefaultConnectionName, DefaultEdgeName, Edge, EdgeNameType, EmptyFields,
};
use async_graphql::{Context, Enum, Object, ObjectType, OutputType};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::context::{ApiResult, ContextExt as _};
use super::error::ApiError;
use crate::db::models::{
    GameFilter, LeagueFilter, LogOfLeague, LogOfOrganization, OrganizationFilter, TournamentFilter,
    UserFilter,
};
use crate::db::{Anchor, CountOf, Direction, PageRequest, Slice, SortKey};

/// Rows of a page when neither `first` nor `last` is given.
pub(super) const DEFAULT_PAGE: u32 = 25;

/// Most rows of a page.
pub(super) const MAX_PAGE: u32 = 100;

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum OrderDirection {
    /// Smallest, earliest or alphabetically first comes first.
    Asc,
    /// Largest, latest or alphabetically last comes first.
    Desc,
}

impl From<OrderDirection> for Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Ascending,
            OrderDirection::Desc => Self::Descending,
        }
    }
}

/// The paging arguments of a connection, as given.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArgs {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArgs {
    /// Arguments of a connection that walks forward only.
    pub(super) fn forward(first: Option<i32>, after: Option<String>) -> Self {
        Self { first, after, last: None, before: None }
    }

    /// Checks the arguments against the list they are for.
    pub(super) fn parse(&self, list: &ListKey) -> ApiResult<PageRequest> {
        let is_backward = self.last.is_some() || (self.before.is_some() && self.first.is_none());
        if is_backward && (self.first.is_some() || self.after.is_some()) {
            return Err(ApiError::bad_input(
                "a page goes forward (`first`, `after`) or backward (`last`, `before`)",
            ));
        }
        if !is_backward && self.before.is_some() {
            return Err(ApiError::bad_input("`before` goes with `last`"));
        }
        let (name, size, cursor) = match is_backward {
            true => ("last", self.last, &self.before),
            false => ("first", self.first, &self.after),
        };
        let from = cursor.as_deref().map(|text| list.read(text)).transpose()?;
        Ok(PageRequest { limit: page_size(name, size)?, is_backward, from })
    }
}

fn page_size(name: &str, size: Option<i32>) -> ApiResult<u32> {
    let Some(size) = size else { return Ok(DEFAULT_PAGE) };
    u32::try_from(size)
        .ok()
        .filter(|size| (1..=MAX_PAGE).contains(size))
        .ok_or_else(|| ApiError::bad_input(format!("`{name}` must be between 1 and {MAX_PAGE}")))
}

/// Names one list with its filter and order, so that a cursor of another one is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListKey(String);

#[derive(Serialize, Deserialize)]
struct Cursor {
    list: String,
    at: Anchor,
}

impl ListKey {
    /// The key of list `name`; `scope` holds whatever else decides what is in it and in which order.
    pub(super) fn new(name: &str, scope: &impl std::fmt::Debug) -> Self {
        let digest = Sha256::digest(format!("{name}\n{scope:?}"));
        Self(URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default()))
    }

    /// The cursor of a row of this list.
    pub(super) fn cursor(&self, at: Anchor) -> String {
        let cursor = Cursor { list: self.0.clone(), at };
        // A map of strings and numbers always serialises.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }

    /// The place a cursor of this list names.
    pub(super) fn read(&self, text: &str) -> ApiResult<Anchor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor
            .filter(|cursor| cursor.list == self.0)
            .map(|cursor| cursor.at)
            .ok_or_else(ApiError::invalid_cursor)
    }
}

/// What `totalCount` of a connection counts, when somebody asks.
#[derive(Clone, Debug)]
pub(crate) enum Counted {
    /// Users that match.
    Users(UserFilter),
    /// Organizations that match.
    Organizations(OrganizationFilter),
    /// Leagues that match.
    Leagues(LeagueFilter),
    /// Tournaments that match.
    Tournaments(TournamentFilter),
    /// Games that match.
    Games(GameFilter),
    /// Entries of an organization's log.
    OrganizationLog(LogOfOrganization),
    /// Entries of a league's log.
    LeagueLog(LogOfLeague),
    /// As many as are known already.
    Known(usize),
}

/// The lazy part of every connection.
#[derive(Clone, Debug)]
pub(crate) struct TotalCount(pub(super) Counted);

/// The lazy part of every connection.
#[Object]
impl TotalCount {
    /// How many items the list has over all its pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> ApiResult<i64> {
        let loaders = ctx.loaders();
        Ok(match self.0.clone() {
            Counted::Users(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::Organizations(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::Leagues(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::Tournaments(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::Games(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::OrganizationLog(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::LeagueLog(filter) => *loaders.query(CountOf(filter)).await?,
            Counted::Known(count) => i64::try_from(count).unwrap_or(i64::MAX),
        })
    }
}

/// A connection of this API: string cursors, `nodes`, lazy `totalCount`.
pub(super) type Paged<
    Node,
    EdgeFields = EmptyFields,
    Name = DefaultConnectionName,
    EdgeName = DefaultEdgeName,
> = Connection<String, Node, TotalCount, EdgeFields, Name, EdgeName>;

/// Makes a connection of a slice of rows.
pub(super) fn connection<Row, Node, EdgeFields, Name, EdgeName>(
    slice: Slice<Row>,
    (list, page): (&ListKey, &PageRequest),
    counted: Counted,
    anchor: impl Fn(&Row) -> Anchor,
    node: impl Fn(Row) -> (Node, EdgeFields),
) -> Paged<Node, EdgeFields, Name, EdgeName>
where
    Node: OutputType,
    EdgeFields: ObjectType,
    Name: ConnectionNameType,
    EdgeName: EdgeNameType,
{
    let came_from = page.from.is_some();
    // A first page that is the whole list has counted it.
    let is_whole = !came_from && !slice.has_more;
    let counted = if is_whole { Counted::Known(slice.rows.len()) } else { counted };
    let (has_previous, has_next) =
        if page.is_backward { (slice.has_more, came_from) } else { (came_from, slice.has_more) };
    let mut connection = Connection::with_additional_fields(has_previous, has_next, TotalCount(counted));
    connection.edges.extend(slice.rows.into_iter().map(|row| {
        let cursor = list.cursor(anchor(&row));
        let (node, fields) = node(row);
        Edge::with_additional_fields(cursor, node, fields)
    }));
    connection
}

/// The stretch of a list that is in memory, sorted; `order` compares a row with an anchor.
pub(super) fn slice_of<Row>(
    mut rows: Vec<Row>,
    page: &PageRequest,
    order: impl Fn(&Row, &Anchor) -> Ordering,
) -> Slice<Row> {
    if let Some(anchor) = &page.from {
        let wanted = if page.is_backward { Ordering::Less } else { Ordering::Greater };
        rows.retain(|row| order(row, anchor) == wanted);
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let n_left = rows.len().saturating_sub(limit);
    if page.is_backward {
        rows.drain(..n_left);
    } else {
        rows.truncate(limit);
    }
    Slice { rows, has_more: n_left > 0 }
}

/// The anchor of a row sorted by an instant.
pub(super) fn by_instant(instant: crate::types::Instant, pk: i64) -> Anchor {
    Anchor { key: SortKey::Instant(instant), pk }
}

/// The anchor of a row sorted by a text.
pub(super) fn by_text(text: &str, pk: i64) -> Anchor {
    Anchor { key: SortKey::Text(text.to_owned()), pk }
}

/// The anchor of a row sorted by a number that may be missing.
pub(super) fn by_number(number: Option<i32>, pk: i64) -> Anchor {
    Anchor { key: number.map_or(SortKey::Null, |it| SortKey::Int(i64::from(it))), pk }
}

/// The anchor of a row sorted by its key alone.
pub(super) fn by_pk(pk: i64) -> Anchor {
    Anchor { key: SortKey::Int(pk), pk }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ListKey {
        ListKey::new("users", &"order by name")
    }

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_only() {
        let cursor = list().cursor(by_text("ann", 7));
        assert_eq!(list().read(&cursor).unwrap(), by_text("ann", 7));
        assert!(ListKey::new("users", &"order by mmr").read(&cursor).is_err());
    }

    #[test]
    fn no_arguments_ask_for_the_first_default_page() {
        assert_eq!(PageArgs::default().parse(&list()).unwrap(), PageRequest::first(DEFAULT_PAGE));
    }

    #[test]
    fn pages_that_are_empty_negative_or_huge_are_refused() {
        for first in [0, -1, 101, 100_000, i32::MIN, i32::MAX] {
            assert!(PageArgs::forward(Some(first), None).parse(&list()).is_err(), "{first}");
        }
    }

    #[test]
    fn a_page_has_one_direction() {
        let args = PageArgs { first: Some(1), last: Some(1), ..PageArgs::default() };
        assert!(args.parse(&list()).is_err());
        let args = PageArgs { last: Some(3), ..PageArgs::default() };
        assert!(args.parse(&list()).unwrap().is_backward);
    }

    #[test]
    fn garbage_is_no_cursor() {
        for text in ["", "x", "AAAA", "eyJsaXN0IjoiIn0"] {
            assert!(list().read(text).is_err(), "{text}");
        }
    }
}
