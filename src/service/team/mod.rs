//! What is done to teams and to who is on them: DOMAIN §1.6, §2.1, §2.12.
//!
//! Every command takes the tournament's lock first. While the draft runs, whatever touches a roster, a captain or the
//! order of picks is refused unless somebody insists; the draft is brought in line then.

mod balance;
mod captain;
mod delete;
mod members;
mod roster;
mod update;

pub use balance::{BalancedTeams, ProposedTeam, TeamsAutoBalance};
pub use captain::TeamCreateFromCaptain;
pub use delete::{TeamDelete, TeamDeleted};
pub use members::{MemberOutcome, TeamDropinAdd, TeamDropinRemove, TeamMemberLeave, TeamMembersSet};
pub use update::TeamUpdate;

pub(super) use captain::team_name;
pub(super) use delete::{expect_no_games, remove};
pub(super) use roster::{Left, TeamFacts, count_up, leave, refuse_while_drafting, teams};

use super::command::Tx;
use super::draft;
use super::rejection::{CommandResult, Rejection};
use super::tournament::authorize;
use crate::db::models::{TeamRow, TournamentRow};
use crate::domain::policy::Action;
use crate::types::{TeamId, TournamentId, UserId};

/// A team to work on, with all teams of its tournament.
pub(super) struct Located {
    pub(super) tournament: TournamentRow,
    pub(super) teams: Vec<TeamFacts>,
    at: usize,
}

impl Located {
    /// The team itself.
    pub(super) fn team(&self) -> CommandResult<&TeamFacts> {
        self.teams.get(self.at).ok_or_else(|| Rejection::not_found("team", &["teamId"]).into())
    }

    /// The other team of the tournament this user is a member of.
    fn other_team_of(&self, user: UserId) -> Option<&TeamFacts> {
        let others = self.teams.iter().enumerate().filter(|(at, _)| *at != self.at);
        others.map(|(_, it)| it).find(|it| it.has_member(user))
    }
}

/// The team with this key, its tournament locked, if the caller may do this to it.
async fn located(tx: &mut Tx<'_>, id: TeamId, action: Action) -> CommandResult<Located> {
    let located = find(tx, id).await?;
    authorize(tx, &located.tournament, action).await?;
    Ok(located)
}

/// The team with this key, its tournament locked.
async fn find(tx: &mut Tx<'_>, id: TeamId) -> CommandResult<Located> {
    let missing = || Rejection::not_found("team", &["teamId"]);
    let row = tx.uow.get::<TeamRow>(id).await?.ok_or_else(missing)?;
    let tournament = tx.uow.lock::<TournamentRow>(row.tournament_id).await?.ok_or_else(missing)?;
    let teams = teams(tx.uow, tournament.id).await?;
    // It may have gone while the lock was waited for.
    let at = teams.iter().position(|it| it.row.id == id).ok_or_else(missing)?;
    Ok(Located { tournament, teams, at })
}

/// Brings the draft in line after teams were changed while it runs.
async fn settle_if(tx: &mut Tx<'_>, is_drafting: bool, id: TournamentId) -> CommandResult<()> {
    if is_drafting { draft::settle(tx, id).await } else { Ok(()) }
}
