//! `gameUpdate`.

use serde::Serialize;

use super::create::GameHome;
use super::opponents;
use crate::db::models::GameRow;
use crate::domain::bracket::{Bracket, BracketError, Link, NodeKey};
use crate::domain::policy::Action;
use crate::service::bracket::{BracketOutcome, Chosen, refused};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{GameId, Slot, TeamId};

/// Changes who meets in a pending game outside every bracket; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct GameUpdate {
    /// The game.
    pub game_id: GameId,
    /// Who plays on Radiant, or nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radiant_team_id: Option<Option<TeamId>>,
    /// Who plays on Dire, or nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dire_team_id: Option<Option<TeamId>>,
    /// The version of the game that the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for GameUpdate {
    const NAME: &'static str = "gameUpdate";
    type Outcome = BracketOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BracketOutcome> {
        let mut chosen = Chosen::open(tx, self.game_id, Action::GameUpdate).await?;
        let home = home(&chosen.row).filter(|_| chosen.is_free());
        let Some(home) = home else {
            let message = "this game is part of a bracket: change its teams by `bracketAssignTeam`";
            return Err(Rejection::conflict(message).at(&["gameId"]).into());
        };
        expect_version(self.expected_version, chosen.row.version)?;
        let radiant = self.radiant_team_id.unwrap_or(chosen.row.radiant_team_id);
        let dire = self.dire_team_id.unwrap_or(chosen.row.dire_team_id);
        opponents::check(tx, home, radiant, dire).await?;
        let bracket = &mut chosen.board.bracket;
        bracket.placements = [radiant, dire].into_iter().flatten().map(|it| (it, None)).collect();
        let after = seated(bracket, chosen.key, [(Slot::Radiant, radiant), (Slot::Dire, dire)]);
        let after = after.map_err(|error| refused(&chosen.board, &error, &["gameId"]))?;
        chosen.write(tx, &after).await
    }
}

/// What a game belongs to.
fn home(row: &GameRow) -> Option<GameHome> {
    row.tournament_id.map(GameHome::Tournament).or(row.league_id.map(GameHome::League))
}

/// The game with these teams, each seat of which changes is emptied first: teams may swap sides.
fn seated(
    bracket: &Bracket,
    node: NodeKey,
    seats: [(Slot, Option<TeamId>); 2],
) -> Result<Bracket, BracketError> {
    let is_moved = |(slot, team): &(Slot, Option<TeamId>)| {
        bracket.nodes.get(&node).is_some_and(|it| it.team(*slot) != *team)
    };
    let moved: Vec<_> = seats.into_iter().filter(is_moved).collect();
    let emptied = moved.iter().map(|(slot, _)| (*slot, None));
    let mut after = bracket.clone();
    for (slot, team) in emptied.chain(moved.iter().copied()) {
        after = after.assign_team(Link { node, slot }, team)?;
    }
    Ok(after)
}
