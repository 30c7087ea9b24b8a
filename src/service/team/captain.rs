//! `teamCreateFromCaptain`.

use serde::Serialize;

use super::{TeamFacts, refuse_while_drafting, settle_if, teams};
use crate::db::models::{
    NewTeam, PlayersOfTournament, TeamChanges, TeamMemberRow, TeamRow, TournamentRow, UserRow,
};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::tournament::locked;
use crate::types::{TeamId, TeamMembershipKind, TournamentId, UserId};

/// Highest place in the order of picks.
const MAX_DRAFT_ORDER: i32 = 1_000;

/// Makes a player captain of a new team; one who captains a team already gets the place in the order (DOMAIN §2.1).
#[derive(Clone, Debug, Serialize)]
pub struct TeamCreateFromCaptain {
    /// In which tournament.
    pub tournament_id: TournamentId,
    /// Whom.
    pub user_id: UserId,
    /// Place in the order of picks, from 1.
    pub draft_order: Option<i32>,
    /// Do it although the draft runs.
    pub force: bool,
}

impl Command for TeamCreateFromCaptain {
    const NAME: &'static str = "teamCreateFromCaptain";
    type Outcome = TeamId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TeamId> {
        let tournament = locked(tx, self.tournament_id, Action::TeamCreate, &["tournamentId"]).await?;
        let Some(user) = tx.uow.get::<UserRow>(self.user_id).await? else {
            return Err(Rejection::not_found("user", &["userId"]).into());
        };
        let teams = teams(tx.uow, tournament.id).await?;
        let own = teams.iter().find(|it| it.row.captain_id == Some(user.id));
        let draft_order = self.draft_order.map(draft_order).transpose()?;
        if let Some(order) = draft_order {
            expect_free_order(order, &teams, own.map(|it| it.row.id))?;
        }
        if let Some(own) = own
            && draft_order.is_none_or(|it| Some(it) == own.row.draft_order)
        {
            return Ok(own.row.id);
        }
        let draft = refuse_while_drafting(tx, tournament.id, self.force).await?;
        let id = match own {
            Some(own) => {
                let changes = TeamChanges { draft_order: Some(draft_order), ..TeamChanges::default() };
                tx.uow.update_held(vec![(&own.row, changes)]).await?;
                own.row.id
            }
            None => create(tx, &tournament, &user, &teams, draft_order).await?,
        };
        settle_if(tx, draft.is_some(), tournament.id).await?;
        Ok(id)
    }
}

async fn create(
    tx: &mut Tx<'_>,
    tournament: &TournamentRow,
    user: &UserRow,
    teams: &[TeamFacts],
    draft_order: Option<i32>,
) -> CommandResult<TeamId> {
    let registered = tx.uow.children::<PlayersOfTournament>(tournament.id).await?;
    if !registered.iter().any(|it| it.user_id == user.id) {
        let message = format!("{} is not registered for this tournament: add them first", user.username);
        return Err(Rejection::conflict(message).at(&["userId"]).into());
    }
    if let Some(team) = teams.iter().find(|it| it.has_member(user.id)) {
        let message = format!("{} is a member of {}", user.username, team.row.name);
        return Err(Rejection::conflict(message).at(&["userId"]).into());
    }
    let new = NewTeam {
        name: team_name(&user.username),
        tournament_id: tournament.id,
        captain_id: Some(user.id),
        deputy_captain_id: None,
        draft_order,
        placement: None,
    };
    let team = tx.uow.insert::<TeamRow>(new).await?;
    let kind = TeamMembershipKind::Member;
    let (team_id, tournament_id, user_id) = (team.id, tournament.id, user.id);
    tx.uow.link(&TeamMemberRow { team_id, tournament_id, user_id, kind }).await?;
    Ok(team.id)
}

/// What a team is called that its captain has given no name (DOMAIN §2.1).
pub(in crate::service) fn team_name(captain: &str) -> String {
    format!("{captain}'s Team")
}

/// A place in the order of picks.
///
/// # Errors
/// It is none.
pub(super) fn draft_order(order: i32) -> CommandResult<i32> {
    if (1..=MAX_DRAFT_ORDER).contains(&order) {
        return Ok(order);
    }
    let message = format!("a place in the draft order is from 1 to {MAX_DRAFT_ORDER}");
    Err(Rejection::invalid(message, &["draftOrder"]).into())
}

/// Makes sure that no other team has this place: the order of picks would be undefined (DOMAIN §10.1 bug 17).
///
/// # Errors
/// Another team has it.
pub(super) fn expect_free_order(order: i32, teams: &[TeamFacts], own: Option<TeamId>) -> CommandResult<()> {
    let holder = teams.iter().find(|it| it.row.draft_order == Some(order) && Some(it.row.id) != own);
    match holder {
        Some(team) => {
            let message = format!("{} has place {order} in the draft order: choose another", team.row.name);
            Err(Rejection::conflict(message).at(&["draftOrder"]).into())
        }
        None => Ok(()),
    }
}
