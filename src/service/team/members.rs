//! `teamMembersSet`, `teamDropinAdd`, `teamDropinRemove` and `teamMemberLeave`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Left, Located, count_up, leave, located, refuse_while_drafting, settle_if};
use crate::db::models::{PlayersOfTournament, UserRow};
use crate::domain::policy::Action;
use crate::domain::team::MAX_TEAM_SIZE;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection, RejectionCode};
use crate::types::{TeamId, TeamMembershipKind, TournamentId, UserId};

/// A team whose people were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberOutcome {
    /// The team; `None` if nobody was left on it, and it was deleted.
    pub team_id: Option<TeamId>,
    /// The tournament it is in.
    pub tournament_id: TournamentId,
}

impl MemberOutcome {
    fn of(located: &Located, left: Left) -> CommandResult<Self> {
        let team_id = (left == Left::Remains).then_some(located.team()?.row.id);
        Ok(Self { team_id, tournament_id: located.tournament.id })
    }
}

/// Makes exactly these people the members of a team. Who leads it is settled by the line of succession (DOMAIN §1.6).
#[derive(Clone, Debug, Serialize)]
pub struct TeamMembersSet {
    /// Which team.
    pub team_id: TeamId,
    /// Its members from now on.
    pub user_ids: Vec<UserId>,
    /// The version of the team the caller has seen.
    pub expected_version: Option<i32>,
    /// Do it although the draft runs.
    pub force: bool,
}

impl Command for TeamMembersSet {
    const NAME: &'static str = "teamMembersSet";
    type Outcome = MemberOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<MemberOutcome> {
        let located = located(tx, self.team_id, Action::TeamUpdate).await?;
        let team = located.team()?;
        expect_version(self.expected_version, team.row.version)?;
        self.expect_fit(tx, &located).await?;
        let gone: BTreeSet<_> =
            team.ids(TeamMembershipKind::Member).filter(|it| !self.user_ids.contains(it)).collect();
        let new: Vec<_> = self.user_ids.iter().copied().filter(|it| !team.has_member(*it)).collect();
        if gone.is_empty() && new.is_empty() {
            return MemberOutcome::of(&located, Left::Remains);
        }
        let draft = refuse_while_drafting(tx, located.tournament.id, self.force).await?;
        // Those who come are there before others go: a team that changes everybody is not empty in between.
        for user in &new {
            // A member neither substitutes for the team nor has left it.
            for kind in [TeamMembershipKind::Dropin, TeamMembershipKind::Left] {
                tx.uow.unlink(&team.link(*user, kind)).await?;
            }
            tx.uow.link(&team.link(*user, TeamMembershipKind::Member)).await?;
        }
        let mut changed = team.clone();
        changed.people.extend(new.iter().map(|it| team.link(*it, TeamMembershipKind::Member)));
        let left = match gone.is_empty() {
            true => count_up(tx, team).await?,
            false => leave(tx, &changed, &gone, false).await?,
        };
        settle_if(tx, draft.is_some(), located.tournament.id).await?;
        MemberOutcome::of(&located, left)
    }
}

impl TeamMembersSet {
    /// Members are registered players of no other team, five at most (DOMAIN §1.6).
    async fn expect_fit(&self, tx: &mut Tx<'_>, located: &Located) -> CommandResult<()> {
        if self.user_ids.len() > MAX_TEAM_SIZE {
            let message = format!("a team has at most {MAX_TEAM_SIZE} members");
            return Err(Rejection::new(RejectionCode::RosterFull, message).at(&["userIds"]).into());
        }
        let registered = tx.uow.children::<PlayersOfTournament>(located.tournament.id).await?;
        for (index, id) in self.user_ids.iter().enumerate() {
            let field = index.to_string();
            let field = ["userIds", field.as_str()];
            if !registered.iter().any(|it| it.user_id == *id) {
                let user = expect_user(tx, *id, &field).await?;
                let message =
                    format!("{} is not registered for this tournament: add them first", user.username);
                return Err(Rejection::conflict(message).at(&field).into());
            }
            if let Some(other) = located.other_team_of(*id) {
                let user = expect_user(tx, *id, &field).await?;
                let message = format!("{} is a member of {}", user.username, other.row.name);
                return Err(Rejection::conflict(message).at(&field).into());
            }
        }
        Ok(())
    }
}

async fn expect_user(tx: &mut Tx<'_>, id: UserId, field: &[&str]) -> CommandResult<UserRow> {
    let user = tx.uow.get::<UserRow>(id).await?;
    user.ok_or_else(|| Rejection::not_found("user", field).into())
}

/// Lets somebody substitute for a team; they count for neither its size nor its MMR.
#[derive(Clone, Debug, Serialize)]
pub struct TeamDropinAdd {
    /// For which team.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
}

impl Command for TeamDropinAdd {
    const NAME: &'static str = "teamDropinAdd";
    type Outcome = MemberOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<MemberOutcome> {
        let located = located(tx, self.team_id, Action::TeamUpdate).await?;
        let team = located.team()?;
        let user = expect_user(tx, self.user_id, &["userId"]).await?;
        if !user.is_active {
            let message = format!("{} is deactivated and cannot play", user.username);
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        if team.has_member(user.id) {
            let message = format!("{} is a member of {} already", user.username, team.row.name);
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        if tx.uow.link(&team.link(user.id, TeamMembershipKind::Dropin)).await? {
            count_up(tx, team).await?;
        }
        MemberOutcome::of(&located, Left::Remains)
    }
}

/// Ends a substitution; of somebody who is no substitute it changes nothing.
#[derive(Clone, Debug, Serialize)]
pub struct TeamDropinRemove {
    /// For which team.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
}

impl Command for TeamDropinRemove {
    const NAME: &'static str = "teamDropinRemove";
    type Outcome = MemberOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<MemberOutcome> {
        let located = located(tx, self.team_id, Action::TeamUpdate).await?;
        expect_user(tx, self.user_id, &["userId"]).await?;
        let team = located.team()?;
        if tx.uow.unlink(&team.link(self.user_id, TeamMembershipKind::Dropin)).await? {
            count_up(tx, team).await?;
        }
        MemberOutcome::of(&located, Left::Remains)
    }
}

/// Takes a member off a team; they stay on record as having left, and registered for the tournament.
#[derive(Clone, Debug, Serialize)]
pub struct TeamMemberLeave {
    /// Which team.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
    /// Do it although the draft runs.
    pub force: bool,
}

impl Command for TeamMemberLeave {
    const NAME: &'static str = "teamMemberLeave";
    type Outcome = MemberOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<MemberOutcome> {
        let located = located(tx, self.team_id, Action::TeamUpdate).await?;
        let team = located.team()?;
        let user = expect_user(tx, self.user_id, &["userId"]).await?;
        if !team.has_member(user.id) {
            let message = format!("{} is no member of {}", user.username, team.row.name);
            return Err(Rejection::conflict(message).at(&["userId"]).into());
        }
        let draft = refuse_while_drafting(tx, located.tournament.id, self.force).await?;
        let left = leave(tx, team, &BTreeSet::from([user.id]), true).await?;
        settle_if(tx, draft.is_some(), located.tournament.id).await?;
        MemberOutcome::of(&located, left)
    }
}
