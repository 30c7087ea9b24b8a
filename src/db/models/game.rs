//! Games, the nodes of brackets: DOMAIN §1.7.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, Relation as _, UniqueKey, entity, has_many};
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::query::filter;
use super::super::schema::{games, team_members, teams, tournaments};
use super::super::writable::{writable, writable_in_bulk};
use super::super::{Direction, PageRequest, Slice};
use super::{TeamsOfUser, TournamentRow};
use crate::cache::Dep;
use crate::types::{
    BracketType, EliminationType, EntityId as _, GameId, GameStatus, Instant, LeagueId, Slot, TeamId,
    TournamentId, UserId,
};

/// A row of `games`.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.7")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = games)]
pub struct GameRow {
    pub id: GameId,
    pub version: i32,
    pub tournament_id: Option<TournamentId>,
    pub league_id: Option<LeagueId>,
    pub round: i32,
    pub position: i32,
    pub bracket_type: BracketType,
    pub elimination_type: EliminationType,
    pub next_game_id: Option<GameId>,
    pub next_game_slot: Option<Slot>,
    pub loser_next_game_id: Option<GameId>,
    pub loser_next_game_slot: Option<Slot>,
    pub swiss_record_wins: i32,
    pub swiss_record_losses: i32,
    pub status: GameStatus,
    pub is_bye: bool,
    pub steam_match_id: Option<i64>,
    pub radiant_team_id: Option<TeamId>,
    pub dire_team_id: Option<TeamId>,
    pub winning_team_id: Option<TeamId>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A game to insert.
#[expect(missing_docs, reason = "as in `GameRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = games, treat_none_as_default_value = false)]
pub struct NewGame {
    pub tournament_id: Option<TournamentId>,
    pub league_id: Option<LeagueId>,
    pub round: i32,
    pub position: i32,
    pub bracket_type: BracketType,
    pub elimination_type: EliminationType,
    pub swiss_record_wins: i32,
    pub swiss_record_losses: i32,
    pub status: GameStatus,
    pub is_bye: bool,
    pub steam_match_id: Option<i64>,
    pub radiant_team_id: Option<TeamId>,
    pub dire_team_id: Option<TeamId>,
    pub winning_team_id: Option<TeamId>,
}

/// Columns of a game to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `GameRow`")]
#[derive(Clone, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
#[diesel(table_name = games)]
pub struct GameChanges {
    pub round: Option<i32>,
    pub position: Option<i32>,
    pub bracket_type: Option<BracketType>,
    pub elimination_type: Option<EliminationType>,
    pub next_game_id: Option<Option<GameId>>,
    pub next_game_slot: Option<Option<Slot>>,
    pub loser_next_game_id: Option<Option<GameId>>,
    pub loser_next_game_slot: Option<Option<Slot>>,
    pub swiss_record_wins: Option<i32>,
    pub swiss_record_losses: Option<i32>,
    pub status: Option<GameStatus>,
    pub is_bye: Option<bool>,
    pub steam_match_id: Option<Option<i64>>,
    pub radiant_team_id: Option<Option<TeamId>>,
    pub dire_team_id: Option<Option<TeamId>>,
    pub winning_team_id: Option<Option<TeamId>>,
}

entity!(GameRow, games, GameId, "game" {
    const CASCADES_TO: &'static [&'static str] = &["game"];

    fn memberships(&self) -> Vec<Dep> {
        let tournament = self.tournament_id.map(|id| Dep::related("tournament.games", id.pk()));
        let league = self.league_id.map(|id| Dep::related("league.games", id.pk()));
        [tournament, league].into_iter().flatten().collect()
    }

    fn embedded_in(&self) -> Vec<Dep> {
        let tournament = self.tournament_id.map(|id| Dep::object("tournament", id.pk()));
        let league = self.league_id.map(|id| Dep::object("league", id.pk()));
        let teams = [self.radiant_team_id, self.dire_team_id, self.winning_team_id];
        let teams = teams.into_iter().flatten().map(|id| Dep::object("team", id.pk()));
        [tournament, league].into_iter().flatten().chain(teams).collect()
    }
});
writable!(versioned GameRow, games, NewGame, GameChanges);
writable_in_bulk!(versioned GameRow, games);

has_many!(
    /// The games of a tournament, in order of id.
    GamesOfTournament("tournament.games"): TournamentId => GameRow, games.tournament_id, order id
);

/// A game that a team is in or has won, if there is any: such a team cannot be deleted.
#[derive(Clone, Copy, Debug)]
pub struct GamesOfTeam(pub TeamId);

impl UniqueKey for GamesOfTeam {
    type Row = GameRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<GameRow>> {
        let id = self.0;
        let is_named =
            games::radiant_team_id.eq(id).or(games::dire_team_id.eq(id)).or(games::winning_team_id.eq(id));
        Ok(on_conn!(conn, c => {
            games::table.filter(is_named).order(games::id).select(GameRow::as_select()).first(c).await.optional()
        })?)
    }
}

/// A game of a league alone that a team of this tournament is in, if there is any: it outlives the tournament.
#[derive(Clone, Copy, Debug)]
pub struct LeagueGameOfTournament(pub TournamentId);

impl UniqueKey for LeagueGameOfTournament {
    type Row = GameRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<GameRow>> {
        let teams = || teams::table.filter(teams::tournament_id.eq(self.0)).select(teams::id.nullable());
        let is_in = games::radiant_team_id.eq_any(teams()).or(games::dire_team_id.eq_any(teams()));
        let query = games::table.filter(games::tournament_id.is_null()).filter(is_in).order(games::id);
        Ok(on_conn!(conn, c => query.select(GameRow::as_select()).first(c).await.optional())?)
    }
}

/// The Dota 2 match a game is linked to.
#[derive(Clone, Copy, Debug)]
pub struct SteamMatchKey(pub i64);

impl UniqueKey for SteamMatchKey {
    type Row = GameRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<GameRow>> {
        Ok(on_conn!(conn, c => {
            games::table
                .filter(games::steam_match_id.eq(self.0))
                .select(GameRow::as_select())
                .get_result(c)
                .await
                .optional()
        })?)
    }
}

/// Which games a list holds; all conditions must be met.
#[derive(Clone, Debug, Default)]
pub struct GameFilter {
    /// Of this league, directly or through one of its tournaments.
    pub league_id: Option<LeagueId>,
    /// Of this tournament.
    pub tournament_id: Option<TournamentId>,
    /// Played by a team this user is a member of.
    pub player_id: Option<UserId>,
    /// Linked to a Steam match.
    pub is_linked: bool,
}

/// Games are sorted by when they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GameOrder;

filter!(GameFilter => GameRow, GameOrder, "games", |it| {
    let of_league = it.league_id.map(|_| Dep::rows(TournamentRow::MODEL));
    let played = it.player_id.map(|id| Dep::related(TeamsOfUser::NAME, id.pk()));
    [Some(Dep::rows(GameRow::MODEL)), of_league, played].into_iter().flatten().collect()
});

macro_rules! listed {
    ($filter:expr) => {{
        let filter: &GameFilter = $filter;
        let mut query = games::table.into_boxed();
        if let Some(id) = filter.league_id {
            let played =
                tournaments::table.filter(tournaments::league_id.eq(id)).select(tournaments::id.nullable());
            query = query.filter(games::league_id.eq(id).or(games::tournament_id.eq_any(played)));
        }
        if let Some(id) = filter.tournament_id {
            query = query.filter(games::tournament_id.eq(id));
        }
        if let Some(id) = filter.player_id {
            let teams = team_members::table
                .filter(team_members::member_id.eq(id))
                .select(team_members::team_id.nullable());
            query = query.filter(games::radiant_team_id.eq_any(teams).or(games::dire_team_id.eq_any(teams)));
        }
        if filter.is_linked {
            query = query.filter(games::steam_match_id.is_not_null());
        }
        query
    }};
}

impl GameRow {
    /// A page of the games that match, by id.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        filter: &GameFilter,
        (_, direction): (GameOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            keyset!(listed!(filter), page, direction, games::id, games::id, Int)
                .select(Self::as_select())
                .load(c)
                .await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// How many games match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, filter: &GameFilter) -> DbResult<i64> {
        Ok(on_conn!(conn, c => listed!(filter).count().get_result(c).await)?)
    }
}
