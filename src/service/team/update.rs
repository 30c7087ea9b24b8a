//! `teamUpdate`.

use serde::Serialize;

use super::captain::{draft_order, expect_free_order};
use super::{Located, find, refuse_while_drafting, settle_if};
use crate::db::models::{TeamChanges, TeamRow};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::{TeamId, UserId};

/// Changes a team; what is `None` stays. Its captain may rename it.
#[derive(Clone, Debug, Serialize)]
pub struct TeamUpdate {
    /// Which one.
    pub team_id: TeamId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Name.
    pub name: Option<String>,
    /// Who leads it: a member. A deputy who becomes captain is deputy no more.
    pub captain_id: Option<UserId>,
    /// First in the line of succession: another member, or nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy_captain_id: Option<Option<UserId>>,
    /// Place in the order of picks, from 1, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft_order: Option<Option<i32>>,
    /// Do it although the draft runs.
    pub force: bool,
}

impl Command for TeamUpdate {
    const NAME: &'static str = "teamUpdate";
    type Outcome = TeamId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TeamId> {
        let located = find(tx, self.team_id).await?;
        let row = &located.team()?.row;
        self.authorize(tx, &located, row).await?;
        expect_version(self.expected_version, row.version)?;
        let changes = self.changes(&located, row)?;
        let only_name = TeamChanges { name: changes.name.clone(), ..TeamChanges::default() };
        if changes == TeamChanges::default() {
            return Ok(row.id);
        }
        let draft = match changes == only_name {
            true => None,
            false => refuse_while_drafting(tx, located.tournament.id, self.force).await?,
        };
        tx.uow.update_held::<TeamRow>(vec![(row, changes)]).await?;
        settle_if(tx, draft.is_some(), located.tournament.id).await?;
        Ok(row.id)
    }
}

impl TeamUpdate {
    async fn authorize(&self, tx: &mut Tx<'_>, located: &Located, row: &TeamRow) -> CommandResult<()> {
        let is_renaming =
            self.captain_id.is_none() && self.deputy_captain_id.is_none() && self.draft_order.is_none();
        let action = if is_renaming { Action::TeamRename } else { Action::TeamUpdate };
        let league = tx.league_rights(located.tournament.league_id).await?;
        let captains: Vec<_> = row.captain_id.into_iter().collect();
        tx.authorize(action, &Scope::tournament(league.as_ref()).with_captains(&captains))
    }

    /// The columns that differ.
    fn changes(&self, located: &Located, row: &TeamRow) -> CommandResult<TeamChanges> {
        let name = self.name.as_deref().map(|it| text::name(it, "name", text::MAX_NAME)).transpose()?;
        let captain_id = self.captain_id.map_or(row.captain_id, Some);
        let deputy_captain_id = match self.deputy_captain_id {
            Some(deputy) => deputy,
            None => row.deputy_captain_id.filter(|it| Some(*it) != captain_id),
        };
        let order = match self.draft_order {
            Some(order) => order.map(draft_order).transpose()?,
            None => row.draft_order,
        };
        expect_member(located, self.captain_id, "captainId")?;
        expect_member(located, self.deputy_captain_id.flatten(), "deputyCaptainId")?;
        if deputy_captain_id.is_some() && deputy_captain_id == captain_id {
            let message = "the captain cannot be deputy, too";
            return Err(Rejection::invalid(message, &["deputyCaptainId"]).into());
        }
        if let Some(order) = order {
            expect_free_order(order, &located.teams, Some(row.id))?;
        }
        Ok(TeamChanges {
            name: name.filter(|it| *it != row.name),
            captain_id: (captain_id != row.captain_id).then_some(captain_id),
            deputy_captain_id: (deputy_captain_id != row.deputy_captain_id).then_some(deputy_captain_id),
            draft_order: (order != row.draft_order).then_some(order),
            placement: None,
        })
    }
}

fn expect_member(located: &Located, user: Option<UserId>, field: &str) -> CommandResult<()> {
    let Some(user) = user else { return Ok(()) };
    let team = located.team()?;
    if team.has_member(user) {
        return Ok(());
    }
    let message = format!("only a member of {} can be this: put them on the team first", team.row.name);
    Err(Rejection::conflict(message).at(&[field]).into())
}
