//! How much a user likes each role: DOMAIN §1.2.

use async_graphql::SimpleObject;

use crate::db::models::UserRow;
use crate::domain::positions as rules;

/// How much a user likes each of the five roles: 0 does not play it, 1 favourite … 5 least favourite.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct Positions {
    /// Position 1.
    pub(crate) carry: i32,
    /// Position 2.
    pub(crate) mid: i32,
    /// Position 3.
    pub(crate) offlane: i32,
    /// Position 4.
    pub(crate) soft_support: i32,
    /// Position 5.
    pub(crate) hard_support: i32,
}

/// The ranks of a user as the domain's rules take them.
pub(super) fn positions_of(row: &UserRow) -> rules::Positions {
    rules::Positions {
        carry: row.carry,
        mid: row.mid,
        offlane: row.offlane,
        soft_support: row.soft_support,
        hard_support: row.hard_support,
    }
}

impl From<rules::Positions> for Positions {
    fn from(it: rules::Positions) -> Self {
        Self {
            carry: it.carry,
            mid: it.mid,
            offlane: it.offlane,
            soft_support: it.soft_support,
            hard_support: it.hard_support,
        }
    }
}
