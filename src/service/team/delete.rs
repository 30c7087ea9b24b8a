//! `teamDelete`.

use serde::{Deserialize, Serialize};

use super::{TeamFacts, located, refuse_while_drafting, settle_if};
use crate::db::models::{GamesOfTeam, TeamRow};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{TeamId, TournamentId};

/// Deletes a team that is in no game; its members stay registered.
#[derive(Clone, Debug, Serialize)]
pub struct TeamDelete {
    /// Which one.
    pub team_id: TeamId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Do it although the draft runs.
    pub force: bool,
}

/// A team that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamDeleted {
    /// The team.
    pub team_id: TeamId,
    /// The tournament it was in.
    pub tournament_id: TournamentId,
}

impl Command for TeamDelete {
    const NAME: &'static str = "teamDelete";
    type Outcome = TeamDeleted;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TeamDeleted> {
        let located = located(tx, self.team_id, Action::TeamDelete).await?;
        let team = located.team()?;
        expect_version(self.expected_version, team.row.version)?;
        expect_no_games(tx, team, "teamId").await?;
        let draft = refuse_while_drafting(tx, located.tournament.id, self.force).await?;
        remove(tx, team).await?;
        settle_if(tx, draft.is_some(), located.tournament.id).await?;
        Ok(TeamDeleted { team_id: team.row.id, tournament_id: located.tournament.id })
    }
}

/// Makes sure that no game remembers a team: deleting it would erase what was played (DOMAIN §10.2 bug 23).
///
/// # Errors
/// One does.
pub(in crate::service) async fn expect_no_games(
    tx: &mut Tx<'_>,
    team: &TeamFacts,
    field: &str,
) -> CommandResult<()> {
    if tx.uow.find(GamesOfTeam(team.row.id)).await?.is_none() {
        return Ok(());
    }
    let message = format!("{} is in a game and cannot be deleted: reset the bracket first", team.row.name);
    Err(Rejection::conflict(message).at(&[field]).into())
}

/// Deletes a team that no game remembers, with everybody's place on it.
///
/// # Errors
/// The database failed.
pub(in crate::service) async fn remove(tx: &mut Tx<'_>, team: &TeamFacts) -> CommandResult<()> {
    for person in &team.people {
        tx.uow.unlink(person).await?;
    }
    tx.uow.delete::<TeamRow>(team.row.id).await?;
    Ok(())
}
