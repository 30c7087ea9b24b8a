//! `tournamentDelete`.

use serde::Serialize;

use super::locked;
use crate::db::models::{GamesOfTournament, LeagueGameOfTournament, TournamentRow};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{GameStatus, TournamentId};

/// Deletes a tournament with its teams, draft and games.
#[derive(Clone, Debug, Serialize)]
pub struct TournamentDelete {
    /// Which one.
    pub id: TournamentId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Results may be lost, too.
    pub confirm_discard_results: bool,
}

impl Command for TournamentDelete {
    const NAME: &'static str = "tournamentDelete";
    type Outcome = TournamentId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TournamentId> {
        let row = locked(tx, self.id, Action::TournamentDelete, &["id"]).await?;
        expect_version(self.expected_version, row.version)?;
        let games = tx.uow.children::<GamesOfTournament>(row.id).await?;
        let has_results = games.iter().any(|it| it.status == GameStatus::Completed && !it.is_bye);
        if has_results && !self.confirm_discard_results {
            let message = "games of this tournament were played: say `confirmDiscardResults: true` to lose their results";
            return Err(Rejection::conflict(message).at(&["confirmDiscardResults"]).into());
        }
        if tx.uow.find(LeagueGameOfTournament(row.id)).await?.is_some() {
            let message =
                "a team of this tournament is in a game of its league alone: delete that game first";
            return Err(Rejection::conflict(message).at(&["id"]).into());
        }
        tx.uow.delete::<TournamentRow>(row.id).await?;
        Ok(row.id)
    }
}
