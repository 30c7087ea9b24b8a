//! `teamPlacementSet`.

use serde::Serialize;

use crate::db::models::{TeamChanges, TeamRow};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandError, CommandResult, Rejection};
use crate::service::tournament::locked;
use crate::types::TeamId;

/// Sets the placement of a team by hand (DOMAIN §3.7). It names no winner of the tournament.
#[derive(Clone, Debug, Serialize)]
pub struct TeamPlacementSet {
    /// The team.
    pub team_id: TeamId,
    /// Its place, from 1; `None` for none.
    pub placement: Option<i32>,
    /// The version of the team that the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for TeamPlacementSet {
    const NAME: &'static str = "teamPlacementSet";
    type Outcome = TeamId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TeamId> {
        let missing = || CommandError::from(Rejection::not_found("team", &["teamId"]));
        let seen = tx.uow.get::<TeamRow>(self.team_id).await?.ok_or_else(missing)?;
        locked(tx, seen.tournament_id, Action::TeamPlacementSet, &["teamId"]).await?;
        let row = tx.uow.get::<TeamRow>(self.team_id).await?.ok_or_else(missing)?;
        expect_version(self.expected_version, row.version)?;
        if self.placement.is_some_and(|it| it < 1) {
            return Err(
                Rejection::invalid("a placement is 1 or more, or null for none", &["placement"]).into()
            );
        }
        if row.placement != self.placement {
            let changes = TeamChanges { placement: Some(self.placement), ..TeamChanges::default() };
            tx.uow.update_held(vec![(&row, changes)]).await?;
        }
        Ok(row.id)
    }
}
