//! One game that somebody wants to change, with everything its change may touch.
//!
//! Locks before it reads what counts, and authorizes before it tells anything but that there is no such game.

use super::board::Board;
use super::difference::Target;
use super::outcome::BracketOutcome;
use crate::db::models::{GameRow, TournamentRow};
use crate::domain::bracket::{Bracket, NodeKey, is_free};
use crate::domain::policy::{Action, Scope};
use crate::service::command::Tx;
use crate::service::rejection::{CommandError, CommandResult, Rejection};
use crate::types::GameId;

/// A game under the lock of its tournament, or its own if it has none.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// The bracket it is part of; of a free game, itself.
    pub(crate) board: Board,
    /// Its place there.
    pub(crate) key: NodeKey,
    /// Its row.
    pub(crate) row: GameRow,
}

impl Chosen {
    /// Finds and locks a game, if the caller may do this to it.
    ///
    /// # Errors
    /// There is no such game, or the caller may not.
    pub(crate) async fn open(tx: &mut Tx<'_>, id: GameId, action: Action) -> CommandResult<Self> {
        let Some(seen) = tx.uow.get::<GameRow>(id).await? else { return Err(missing()) };
        let tournament = match seen.tournament_id {
            // Its games go with a tournament, so whoever finds none was too late for the game, too.
            Some(id) => Some(tx.uow.lock::<TournamentRow>(id).await?.ok_or_else(missing)?),
            None => None,
        };
        authorize(tx, &seen, tournament.as_ref(), action).await?;
        // What was seen before the lock counts no more.
        let board = match tournament {
            Some(tournament) if !is_free(seen.tournament_id, seen.bracket_type) => {
                Board::load(tx.uow, tournament).await?
            }
            tournament => {
                let row = tx.uow.lock::<GameRow>(id).await?.ok_or_else(missing)?;
                Board::of_free_game(row, tournament)
            }
        };
        let (key, row) = board.find(id).map(|(key, row)| (key, row.clone())).ok_or_else(missing)?;
        Ok(Self { board, key, row })
    }

    /// Whether it stands outside every bracket.
    pub(crate) fn is_free(&self) -> bool {
        is_free(self.row.tournament_id, self.row.bracket_type)
    }

    /// Makes the rows say what the bracket has become by a change of this game.
    ///
    /// # Errors
    /// A team would play itself, or the database failed.
    pub(crate) async fn write(self, tx: &mut Tx<'_>, after: &Bracket) -> CommandResult<BracketOutcome> {
        let target = Target { reported: Some(self.key), ..Target::new(after) };
        let outcome = self.board.write(tx.uow, target).await?;
        Ok(BracketOutcome { game_id: Some(self.row.id), ..outcome })
    }
}

fn missing() -> CommandError {
    Rejection::not_found("game", &["gameId"]).into()
}

/// A game's own league counts, else its tournament's (DOMAIN §6).
async fn authorize(
    tx: &mut Tx<'_>,
    game: &GameRow,
    tournament: Option<&TournamentRow>,
    action: Action,
) -> CommandResult<()> {
    let league_id = game.league_id.or(tournament.and_then(|it| it.league_id));
    let league = tx.league_rights(league_id).await?;
    tx.authorize(action, &Scope::game(league.as_ref(), None))
}
