//! The numbers of the home page.

use async_graphql::SimpleObject;

use crate::db::models::SiteStats;

/// How much there is of what.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct HomeStats {
    /// All tournaments.
    pub tournament_count: i64,
    /// All games.
    pub game_count: i64,
    /// All organizations.
    pub organization_count: i64,
    /// All leagues.
    pub league_count: i64,
}

impl From<SiteStats> for HomeStats {
    fn from(stats: SiteStats) -> Self {
        Self {
            tournament_count: stats.n_tournaments,
            game_count: stats.n_games,
            organization_count: stats.n_organizations,
            league_count: stats.n_leagues,
        }
    }
}
