//! The numbers of the home page.

use async_graphql::SimpleObject;

use crate::db::models::SiteStats;

/// How much there is of what.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct HomeStats {
    /// All tournaments.
    pub(crate) tournament_count: i64,
    /// All games.
    pub(crate) game_count: i64,
    /// All organizations.
    pub(crate) organization_count: i64,
    /// All leagues.
    pub(crate) league_count: i64,
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
