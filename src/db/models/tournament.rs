//! Tournaments and who is registered for them: DOMAIN §1.5.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, Relation, entity, has_many};
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::pool::unicode_lower;
use super::super::query::filter;
use super::super::schema::{league_organizations, tournament_players, tournaments};
use super::super::writable::{linkable, writable};
use super::super::{Direction, PageRequest, Slice};
use super::{LeaguesOfOrganization, contains_pattern};
use crate::cache::{Dep, TtlClass};
use crate::types::{
    EntityId as _, Instant, LeagueId, OrganizationId, TeamId, TournamentId, TournamentState, TournamentType,
    UserId,
};

/// A row of `tournaments`.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.5")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = tournaments)]
pub struct TournamentRow {
    pub id: TournamentId,
    pub version: i32,
    pub name: String,
    pub starts_at: Instant,
    pub timezone: String,
    pub state: TournamentState,
    pub tournament_type: TournamentType,
    /// Overrides the Steam league of `league_id` when set.
    pub steam_league_id: Option<i32>,
    pub league_id: Option<LeagueId>,
    pub winning_team_id: Option<TeamId>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The losers bracket's winner must win twice (DOMAIN §3.3).
    pub has_grand_final_reset: bool,
}

/// A tournament to insert.
#[expect(missing_docs, reason = "as in `TournamentRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = tournaments)]
pub struct NewTournament {
    pub name: String,
    pub starts_at: Instant,
    pub timezone: String,
    pub state: TournamentState,
    pub tournament_type: TournamentType,
    pub league_id: Option<LeagueId>,
}

/// Columns of a tournament to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `TournamentRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = tournaments)]
pub struct TournamentChanges {
    pub name: Option<String>,
    pub starts_at: Option<Instant>,
    pub timezone: Option<String>,
    pub state: Option<TournamentState>,
    pub tournament_type: Option<TournamentType>,
    pub steam_league_id: Option<Option<i32>>,
    pub league_id: Option<Option<LeagueId>>,
    pub winning_team_id: Option<Option<TeamId>>,
    pub has_grand_final_reset: Option<bool>,
}

entity!(TournamentRow, tournaments, TournamentId, "tournament" {
    fn ttl(&self) -> TtlClass {
        if self.state == TournamentState::InProgress { TtlClass::Live } else { TtlClass::Default }
    }

    const CASCADES_TO: &'static [&'static str] = &["team", "draft", "draft_round", "draft_event", "game", "user"];
    const PARENT_OF: &'static [&'static str] =
        &["tournament.players", "tournament.teams", "tournament.games", "tournament.draft"];

    fn memberships(&self) -> Vec<Dep> {
        self.league_id.map(|id| Dep::related("league.tournaments", id.pk())).into_iter().collect()
    }

    fn embedded_in(&self) -> Vec<Dep> {
        self.league_id.map(|id| Dep::object("league", id.pk())).into_iter().collect()
    }
});
writable!(versioned TournamentRow, tournaments, NewTournament, TournamentChanges);

/// A row of `tournament_players`: one registration.
#[expect(missing_docs, reason = "both ends of a link")]
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    diesel::Queryable,
    diesel::Selectable,
    diesel::Insertable,
    serde::Serialize,
    serde::Deserialize,
)]
#[diesel(table_name = tournament_players)]
pub struct TournamentPlayerRow {
    pub tournament_id: TournamentId,
    pub user_id: UserId,
}

linkable!(TournamentPlayerRow, tournament_players(tournament_id, user_id), |it| [
    Dep::object("tournament", it.tournament_id.pk()),
    Dep::related("tournament.players", it.tournament_id.pk()),
    Dep::object("user", it.user_id.pk()),
    Dep::related("user.tournaments", it.user_id.pk()),
]);

has_many!(
    /// The registrations of a tournament, in order of user id.
    PlayersOfTournament("tournament.players"):
        TournamentId => TournamentPlayerRow, tournament_players.tournament_id, order user_id
);

/// How many tournaments a league has; no item when it has none.
#[derive(Clone, Copy, Debug)]
pub struct TournamentCountOfLeague;

impl Relation for TournamentCountOfLeague {
    type Parent = LeagueId;
    type Item = i64;
    const NAME: &'static str = "league.tournaments";

    async fn select(conn: &mut DbConn, parents: &[LeagueId]) -> DbResult<Vec<(LeagueId, i64)>> {
        let rows: Vec<(Option<LeagueId>, i64)> = on_conn!(conn, c => {
            tournaments::table
                .filter(tournaments::league_id.eq_any(parents.to_vec()))
                .group_by(tournaments::league_id)
                .select((tournaments::league_id, diesel::dsl::count_star()))
                .load(c)
                .await
        })?;
        Ok(rows.into_iter().filter_map(|(league, count)| Some((league?, count))).collect())
    }
}

/// Which tournaments a list holds; all conditions must be met.
#[derive(Clone, Debug, Default)]
pub struct TournamentFilter {
    /// Part of the name, whatever its case.
    pub search: Option<String>,
    /// In one of these states; empty means any.
    pub states: Vec<TournamentState>,
    /// Of this league.
    pub league_id: Option<LeagueId>,
    /// Of a league of this organization.
    pub organization_id: Option<OrganizationId>,
    /// With this player registered.
    pub player_id: Option<UserId>,
    /// Starting at or after this instant.
    pub starts_from: Option<Instant>,
    /// Starting before this instant.
    pub starts_before: Option<Instant>,
}

/// What a list of tournaments is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TournamentOrder {
    /// When it is played.
    StartsAt,
    /// Name.
    Name,
    /// When it was made.
    CreatedAt,
}

filter!(TournamentFilter => TournamentRow, TournamentOrder, "tournaments", |it| {
    let linked = it.organization_id.map(|id| Dep::related(LeaguesOfOrganization::NAME, id.pk()));
    let played = it.player_id.map(|id| Dep::related("user.tournaments", id.pk()));
    [Some(Dep::rows(TournamentRow::MODEL)), linked, played].into_iter().flatten().collect()
});

macro_rules! listed {
    ($filter:expr) => {{
        let filter: &TournamentFilter = $filter;
        let mut query = tournaments::table.into_boxed();
        if let Some(search) = &filter.search {
            query =
                query.filter(unicode_lower(tournaments::name).like(contains_pattern(search)).escape('\\'));
        }
        if !filter.states.is_empty() {
            query = query.filter(tournaments::state.eq_any(filter.states.clone()));
        }
        if let Some(id) = filter.league_id {
            query = query.filter(tournaments::league_id.eq(id));
        }
        if let Some(id) = filter.organization_id {
            let leagues = league_organizations::table
                .filter(league_organizations::organization_id.eq(id))
                .select(league_organizations::league_id.nullable());
            query = query.filter(tournaments::league_id.eq_any(leagues));
        }
        if let Some(id) = filter.player_id {
            let played = tournament_players::table
                .filter(tournament_players::user_id.eq(id))
                .select(tournament_players::tournament_id);
            query = query.filter(tournaments::id.eq_any(played));
        }
        if let Some(instant) = filter.starts_from {
            query = query.filter(tournaments::starts_at.ge(instant));
        }
        if let Some(instant) = filter.starts_before {
            query = query.filter(tournaments::starts_at.lt(instant));
        }
        query
    }};
}

impl TournamentRow {
    /// A page of the tournaments that match.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        filter: &TournamentFilter,
        (order, direction): (TournamentOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            let query = listed!(filter);
            let query = match order {
                TournamentOrder::StartsAt => {
                    keyset!(query, page, direction, tournaments::starts_at, tournaments::id, Instant)
                }
                TournamentOrder::Name => keyset!(query, page, direction, tournaments::name, tournaments::id, Text),
                TournamentOrder::CreatedAt => {
                    keyset!(query, page, direction, tournaments::created_at, tournaments::id, Instant)
                }
            };
            query.select(Self::as_select()).load(c).await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// How many tournaments match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, filter: &TournamentFilter) -> DbResult<i64> {
        Ok(on_conn!(conn, c => listed!(filter).count().get_result(c).await)?)
    }
}
