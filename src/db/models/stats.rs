//! The four numbers of the home page (DOMAIN §8.1).

use super::super::Query;
use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::Entity as _;
use super::super::error::DbResult;
use super::super::schema::{games, leagues, organizations, tournaments, users};
use super::{GameRow, LeagueRow, OrganizationRow, TournamentRow};
use crate::cache::Dep;

/// How much there is of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SiteStats {
    /// Tournaments.
    pub n_tournaments: i64,
    /// Games.
    pub n_games: i64,
    /// Organizations.
    pub n_organizations: i64,
    /// Leagues.
    pub n_leagues: i64,
}

impl SiteStats {
    /// Whether there is no user and no tournament yet.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_blank(conn: &mut DbConn) -> DbResult<bool> {
        let n_rows: i64 = on_conn!(conn, c => {
            users::table.count().get_result::<i64>(c).await?
                + tournaments::table.count().get_result::<i64>(c).await?
        });
        Ok(n_rows == 0)
    }

    /// Counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn) -> DbResult<Self> {
        on_conn!(conn, c => Ok(Self {
            n_tournaments: tournaments::table.count().get_result(c).await?,
            n_games: games::table.count().get_result(c).await?,
            n_organizations: organizations::table.count().get_result(c).await?,
            n_leagues: leagues::table.count().get_result(c).await?,
        }))
    }
}

/// Asks for the [`SiteStats`].
#[derive(Clone, Copy, Debug)]
pub struct CountSite;

impl Query for CountSite {
    type Value = SiteStats;
    const NAME: &'static str = "site.stats";

    fn deps(&self) -> Vec<Dep> {
        [GameRow::MODEL, LeagueRow::MODEL, OrganizationRow::MODEL, TournamentRow::MODEL].map(Dep::rows).into()
    }

    async fn run(&self, conn: &mut DbConn) -> DbResult<SiteStats> {
        SiteStats::count(conn).await
    }
}
