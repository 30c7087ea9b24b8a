//! Who there is to be, for development: every active user with what they may do, so that one finds a captain quickly.
//!
//! For a page that only exists on the developer's own machine; nothing of it is cached.

use std::collections::BTreeMap;

use crate::db::models::{
    LeagueFilter, LeagueOrder, LeagueRow, NextRoundOfCaptain, OrganizationFilter, OrganizationOrder,
    OrganizationRow, RolesOfLeague, RolesOfOrganization, UserFilter, UserOrder, UserRow,
};
use crate::db::{DbConn, DbResult, Direction, PageRequest, Query as _, Relation as _};
use crate::types::{RoleKind, UserId};

/// Most users, organizations and leagues that are looked at.
const MAX_ROWS: u32 = 200;

/// Somebody to log in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Key of the user.
    pub id: UserId,
    /// Name of the account.
    pub username: String,
    /// What they may do beyond what everybody may, in words.
    pub hints: Vec<String>,
}

type Hints = BTreeMap<UserId, Vec<String>>;

pub(super) async fn all(conn: &mut DbConn) -> DbResult<Vec<Person>> {
    let (filter, page) = (UserFilter::default(), PageRequest::first(MAX_ROWS));
    let users = UserRow::list(conn, &filter, (UserOrder::Name, Direction::Ascending), &page).await?;
    let mut hints = Hints::new();
    of_organizations(conn, &mut hints).await?;
    of_leagues(conn, &mut hints).await?;
    let mut people = Vec::new();
    for user in users.rows {
        let ranks = [(user.is_superuser, "superuser"), (user.is_staff, "site staff")];
        let mut own: Vec<String> =
            ranks.iter().filter(|(has_it, _)| *has_it).map(|(_, rank)| (*rank).to_owned()).collect();
        own.extend(hints.remove(&user.id).unwrap_or_default());
        if NextRoundOfCaptain(user.id).run(conn).await?.is_some() {
            own.push("captain with a pick to make".to_owned());
        }
        people.push(Person { id: user.id, username: user.username, hints: own });
    }
    Ok(people)
}

async fn of_organizations(conn: &mut DbConn, hints: &mut Hints) -> DbResult<()> {
    let (filter, page) = (OrganizationFilter::default(), PageRequest::first(MAX_ROWS));
    let order = (OrganizationOrder::Name, Direction::Ascending);
    let rows = OrganizationRow::list(conn, &filter, order, &page).await?.rows;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let roles = RolesOfOrganization::select(conn, &ids).await?;
    for row in rows {
        if let Some(owner) = row.owner_id {
            hints.entry(owner).or_default().push(format!("owner of {}", row.name));
        }
        for (_, role) in roles.iter().filter(|(id, _)| *id == row.id) {
            hints.entry(role.user_id).or_default().push(hint(role.role, &row.name));
        }
    }
    Ok(())
}

async fn of_leagues(conn: &mut DbConn, hints: &mut Hints) -> DbResult<()> {
    let (filter, page) = (LeagueFilter::default(), PageRequest::first(MAX_ROWS));
    let rows = LeagueRow::list(conn, &filter, (LeagueOrder::Name, Direction::Ascending), &page).await?.rows;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let roles = RolesOfLeague::select(conn, &ids).await?;
    for row in rows {
        for (_, role) in roles.iter().filter(|(id, _)| *id == row.id) {
            hints.entry(role.user_id).or_default().push(hint(role.role, &row.name));
        }
    }
    Ok(())
}

fn hint(role: RoleKind, of: &str) -> String {
    match role {
        RoleKind::Admin => format!("admin of {of}"),
        RoleKind::Staff => format!("staff of {of}"),
    }
}
