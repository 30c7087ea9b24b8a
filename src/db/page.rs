//! Keyset pages: the rows after (or before) a known one, in an order that ends with the primary key.
//!
//! Knows nothing of GraphQL's cursors: those are made and read in `graphql::page`.

use serde::{Deserialize, Serialize};

use super::error::{DbError, DbResult};
use crate::types::Instant;

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// The sort key of a row: the value of the column a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// The column is null; such rows come last in either direction.
    Null,
    /// A number.
    Int(i64),
    /// A text, compared by code point.
    Text(String),
    /// An instant.
    Instant(Instant),
}

/// The place of one row in an ordered list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its sort key.
    pub key: SortKey,
    /// Its primary key, which decides between equal sort keys.
    pub pk: i64,
}

/// Which stretch of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Most rows to return; at least 1.
    pub limit: u32,
    /// Walk from the end towards the start.
    pub is_backward: bool,
    /// Where to start, that row excluded; `None` starts at the list's end.
    pub from: Option<Anchor>,
}

impl PageRequest {
    /// The first rows of a list.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { limit, is_backward: false, from: None }
    }

    /// Rows to fetch: one more than asked for tells whether there are more.
    pub(super) fn fetch_limit(&self) -> i64 {
        i64::from(self.limit).saturating_add(1)
    }

    /// The order in which the database walks the list.
    pub(super) fn walks_up(&self, direction: Direction) -> bool {
        (direction == Direction::Ascending) != self.is_backward
    }
}

/// A stretch of a list, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// More rows follow in the direction of the walk.
    pub has_more: bool,
}

impl<T> Slice<T> {
    /// Makes a slice of what was fetched with [`PageRequest::fetch_limit`].
    pub(super) fn from_fetched(mut rows: Vec<T>, page: &PageRequest) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if page.is_backward {
            rows.reverse();
        }
        Self { rows, has_more }
    }
}

impl Anchor {
    /// A cursor is text from outside: this refuses what no row can hold and Postgres would not even compare.
    pub(super) fn check(&self) -> DbResult<()> {
        match &self.key {
            SortKey::Text(text) if text.contains('\0') => Err(foreign_anchor()),
            SortKey::Instant(instant) if !instant.is_storable() => Err(foreign_anchor()),
            _ => Ok(()),
        }
    }
}

/// The anchor cannot be from the list it is used in.
pub(super) fn foreign_anchor() -> DbError {
    DbError::Invalid("the anchor is of another order".to_owned())
}

/// Orders a boxed query by a column that is never null and starts it behind the page's anchor.
macro_rules! keyset {
    ($query:expr, $page:expr, $direction:expr, $column:expr, $id:expr, $kind:ident) => {{
        let page: &$crate::db::PageRequest = $page;
        let walks_up = page.walks_up($direction);
        let mut query = $query;
        if let Some(anchor) = &page.from {
            anchor.check()?;
            let $crate::db::SortKey::$kind(key) = anchor.key.clone() else {
                return Err($crate::db::page::foreign_anchor());
            };
            let pk = anchor.pk;
            query = if walks_up {
                query.filter($column.gt(key.clone()).or($column.eq(key).and($id.gt(pk))))
            } else {
                query.filter($column.lt(key.clone()).or($column.eq(key).and($id.lt(pk))))
            };
        }
        let query = if walks_up {
            query.order(($column.asc(), $id.asc()))
        } else {
            query.order(($column.desc(), $id.desc()))
        };
        query.limit(page.fetch_limit())
    }};
}

/// Like [`keyset!`] for a nullable column of `Int` keys; nulls are last in either direction.
macro_rules! keyset_nullable {
    ($query:expr, $page:expr, $direction:expr, $column:expr, $id:expr, $number:ty) => {{
        let page: &$crate::db::PageRequest = $page;
        let walks_up = page.walks_up($direction);
        let mut query = $query;
        if let Some(anchor) = &page.from {
            let pk = anchor.pk;
            query = match (&anchor.key, walks_up, page.is_backward) {
                ($crate::db::SortKey::Int(key), true, is_backward) => {
                    let key = <$number>::try_from(*key).unwrap_or(<$number>::MAX);
                    let beyond = $column.gt(key).or($column.eq(key).and($id.gt(pk)));
                    if is_backward {
                        query.filter(beyond)
                    } else {
                        query.filter(beyond.or($column.is_null()))
                    }
                }
                ($crate::db::SortKey::Int(key), false, is_backward) => {
                    let key = <$number>::try_from(*key).unwrap_or(<$number>::MIN);
                    let beyond = $column.lt(key).or($column.eq(key).and($id.lt(pk)));
                    if is_backward {
                        query.filter(beyond)
                    } else {
                        query.filter(beyond.or($column.is_null()))
                    }
                }
                ($crate::db::SortKey::Null, true, false) => query.filter($column.is_null().and($id.gt(pk))),
                ($crate::db::SortKey::Null, false, false) => query.filter($column.is_null().and($id.lt(pk))),
                ($crate::db::SortKey::Null, true, true) => {
                    query.filter($column.is_not_null().or($column.is_null().and($id.gt(pk))))
                }
                ($crate::db::SortKey::Null, false, true) => {
                    query.filter($column.is_not_null().or($column.is_null().and($id.lt(pk))))
                }
                _ => return Err($crate::db::page::foreign_anchor()),
            };
        }
        let query = match (walks_up, page.is_backward) {
            (true, false) => query.order(($column.is_null().asc(), $column.asc(), $id.asc())),
            (false, false) => query.order(($column.is_null().asc(), $column.desc(), $id.desc())),
            (true, true) => query.order(($column.is_null().desc(), $column.asc(), $id.asc())),
            (false, true) => query.order(($column.is_null().desc(), $column.desc(), $id.desc())),
        };
        query.limit(page.fetch_limit())
    }};
}

pub(super) use {keyset, keyset_nullable};
