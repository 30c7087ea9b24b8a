//! `leagueDelete`.

use serde::Serialize;

use super::{authorized, log};
use crate::db::models::{DecidedGamesOfLeague, LeagueRow, OrganizationRow, OrganizationsOfLeague};
use crate::domain::audit::LogDetails;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{LeagueId, LeagueLogAction};

/// Deletes a league with the games that belong to no tournament. Its tournaments stay, of no league; so does the log.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LeagueDelete {
    /// Which one.
    pub id: LeagueId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Results may be lost, too.
    pub confirm_discard_results: bool,
}

impl Command for LeagueDelete {
    const NAME: &'static str = "leagueDelete";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        // The database takes it from those that have it as default.
        for organization in tx.uow.children::<OrganizationsOfLeague>(self.id).await? {
            tx.uow.lock::<OrganizationRow>(organization.id).await?;
        }
        let (row, _) = authorized(tx, self.id, Action::LeagueDelete, &["id"]).await?;
        expect_version(self.expected_version, row.version)?;
        let n_decided = tx.uow.find(DecidedGamesOfLeague(row.id)).await?.unwrap_or_default();
        if n_decided > 0 && !self.confirm_discard_results {
            let message =
                "games of this league were played: say `confirmDiscardResults: true` to lose their results";
            return Err(Rejection::conflict(message).at(&["confirmDiscardResults"]).into());
        }
        log(tx, row.id, (LeagueLogAction::Delete, None), &LogDetails::named(&row.name)).await?;
        tx.uow.delete::<LeagueRow>(row.id).await?;
        Ok(row.id)
    }
}
