//! The games and teams of a tournament as rows, and the bracket they make as one value.
//!
//! Reads only; what a changed bracket means for the rows is `difference`.

use std::collections::BTreeMap;

use crate::db::models::{GameRow, GamesOfTournament, TeamRow, TeamsOfTournament, TournamentRow};
use crate::db::{DbResult, UnitOfWork};
use crate::domain::bracket::{Bracket, Link, Node, NodeKey, is_free};
use crate::types::{BracketType, GameId, Slot};

/// A bracket with the rows it was made of, read under the lock of what they belong to.
#[derive(Debug)]
pub(crate) struct Board {
    /// The value.
    pub(crate) bracket: Bracket,
    /// Whose bracket it is; `None` for a game of a league alone.
    pub(super) tournament: Option<TournamentRow>,
    /// The tournament's teams; none for a free game, which places nobody.
    pub(super) teams: Vec<TeamRow>,
    /// Every game there is, also those that are not part of `bracket`.
    pub(super) rows: BTreeMap<NodeKey, GameRow>,
}

impl Board {
    /// The bracket of a tournament that is locked; its free games are no part of it.
    pub(super) async fn load(uow: &mut UnitOfWork, tournament: TournamentRow) -> DbResult<Self> {
        let games = uow.children::<GamesOfTournament>(tournament.id).await?;
        let teams = uow.children::<TeamsOfTournament>(tournament.id).await?;
        let rows: BTreeMap<_, _> = games.into_iter().map(|row| (place(&row), row)).collect();
        let places: BTreeMap<_, _> = rows.iter().map(|(key, row)| (row.id, *key)).collect();
        let nodes = rows.iter().filter(|(_, row)| !is_free(row.tournament_id, row.bracket_type));
        let bracket = Bracket {
            nodes: nodes.map(|(key, row)| (*key, node(row, &places))).collect(),
            placements: teams.iter().map(|it| (it.id, it.placement)).collect(),
            winner: tournament.winning_team_id,
            has_grand_final_reset: tournament.has_grand_final_reset,
        };
        Ok(Self { bracket, tournament: Some(tournament), teams, rows })
    }

    /// A free game as a bracket of its own; it is locked, or its tournament is.
    pub(super) fn of_free_game(row: GameRow, tournament: Option<TournamentRow>) -> Self {
        // In a part of the bracket that means nothing to anybody, whatever part an older row names.
        let key = NodeKey { bracket_type: BracketType::Swiss, ..place(&row) };
        let node = node(&row, &BTreeMap::new());
        let bracket = Bracket { nodes: BTreeMap::from([(key, node)]), ..Bracket::default() };
        Self { bracket, tournament, teams: Vec::new(), rows: BTreeMap::from([(key, row)]) }
    }

    /// The row of a game and its place.
    pub(super) fn find(&self, id: GameId) -> Option<(NodeKey, &GameRow)> {
        self.rows.iter().find(|(_, row)| row.id == id).map(|(key, row)| (*key, row))
    }

    /// The rows at these places.
    pub(super) fn ids(&self, keys: &[NodeKey]) -> Vec<GameId> {
        keys.iter().filter_map(|key| self.rows.get(key)).map(|row| row.id).collect()
    }
}

/// Where a game stands.
pub(super) fn place(row: &GameRow) -> NodeKey {
    NodeKey::new(row.bracket_type, row.round, row.position)
}

fn node(row: &GameRow, places: &BTreeMap<GameId, NodeKey>) -> Node {
    // A link to a game of nobody here leads nowhere.
    let link =
        |id: Option<GameId>, slot: Option<Slot>| Some(Link { node: places.get(&id?).copied()?, slot: slot? });
    Node {
        elimination_type: row.elimination_type,
        next: link(row.next_game_id, row.next_game_slot),
        loser_next: link(row.loser_next_game_id, row.loser_next_game_slot),
        status: row.status,
        is_bye: row.is_bye,
        radiant: row.radiant_team_id,
        dire: row.dire_team_id,
        winner: row.winning_team_id,
    }
}
