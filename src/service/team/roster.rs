//! Who is on the teams of a tournament, as a transaction sees it, and what follows when somebody leaves: DOMAIN §1.6.
//!
//! The tournament's lock is held by whoever uses this.

use std::collections::BTreeSet;

use crate::db::UnitOfWork;
use crate::db::models::{
    DraftOfTournament, DraftRow, GamesOfTeam, MembersOfTeam, TeamChanges, TeamMemberRow, TeamRow,
    TeamsOfTournament, UserRow,
};
use crate::domain::mmr::PlayerMmr;
use crate::domain::team::{Roster, Succession, succession};
use crate::service::command::Tx;
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{DraftStatus, TeamId, TeamMembershipKind, TournamentId, UserId};

/// A team with everybody who is or was on it.
#[derive(Clone, Debug)]
pub(in crate::service) struct TeamFacts {
    pub(in crate::service) row: TeamRow,
    pub(in crate::service) people: Vec<TeamMemberRow>,
}

impl TeamFacts {
    /// Those who belong to the team in this way.
    pub(in crate::service) fn ids(&self, kind: TeamMembershipKind) -> impl Iterator<Item = UserId> {
        self.people.iter().filter(move |it| it.kind == kind).map(|it| it.user_id)
    }

    /// Whether somebody is on the roster.
    pub(in crate::service) fn has_member(&self, id: UserId) -> bool {
        self.ids(TeamMembershipKind::Member).any(|it| it == id)
    }

    /// The row that says that somebody belongs to the team in this way.
    pub(in crate::service) fn link(&self, user_id: UserId, kind: TeamMembershipKind) -> TeamMemberRow {
        TeamMemberRow { team_id: self.row.id, tournament_id: self.row.tournament_id, user_id, kind }
    }
}

/// Every team of a tournament, in order of id.
pub(in crate::service) async fn teams(
    uow: &mut UnitOfWork,
    id: TournamentId,
) -> CommandResult<Vec<TeamFacts>> {
    let rows = uow.children::<TeamsOfTournament>(id).await?;
    let ids: Vec<TeamId> = rows.iter().map(|it| it.id).collect();
    let mut people = uow.children_of_many::<MembersOfTeam>(&ids).await?;
    let mut facts = Vec::with_capacity(rows.len());
    for row in rows {
        let (own, others) = people.into_iter().partition(|it| it.team_id == row.id);
        people = others;
        facts.push(TeamFacts { row, people: own });
    }
    Ok(facts)
}

/// Refuses to touch teams while the draft runs, unless somebody insists (DOMAIN §2.10). Returns the draft that runs.
pub(in crate::service) async fn refuse_while_drafting(
    tx: &mut Tx<'_>,
    id: TournamentId,
    force: bool,
) -> CommandResult<Option<DraftRow>> {
    let drafts = tx.uow.children::<DraftOfTournament>(id).await?;
    let running = drafts.into_iter().find(|it| it.status == DraftStatus::Running);
    match running {
        Some(_) if !force => {
            let message = "the draft is running: finish it first, or say `force: true`";
            Err(Rejection::conflict(message).at(&["force"]).into())
        }
        running => Ok(running),
    }
}

/// What became of a team that people left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Left {
    /// It goes on.
    Remains,
    /// Nobody was left, and no game remembers it.
    Deleted,
}

/// Takes members off a roster and settles who leads it from now on: rules 1–4 of DOMAIN §1.6. They stay on record as
/// having left if `keep` says so.
pub(in crate::service) async fn leave(
    tx: &mut Tx<'_>,
    team: &TeamFacts,
    removed: &BTreeSet<UserId>,
    keep: bool,
) -> CommandResult<Left> {
    let gone: Vec<_> = team.ids(TeamMembershipKind::Member).filter(|it| removed.contains(it)).collect();
    let outcome = succession(&roster(tx, team).await?, removed);
    match outcome {
        Succession::Disband => {
            unlink(tx, team, &gone, false).await?;
            tx.uow.delete::<TeamRow>(team.row.id).await?;
            return Ok(Left::Deleted);
        }
        Succession::Leadership { captain_id, deputy_captain_id } => {
            let changes = TeamChanges {
                captain_id: Some(captain_id),
                deputy_captain_id: Some(deputy_captain_id),
                ..TeamChanges::default()
            };
            tx.uow.update::<TeamRow>(team.row.id, changes).await?;
        }
        Succession::Unchanged => drop(count_up(tx, team).await?),
    }
    unlink(tx, team, &gone, keep).await?;
    Ok(Left::Remains)
}

/// Counts the version of a team up whose people change and nothing else.
pub(in crate::service) async fn count_up(tx: &mut Tx<'_>, team: &TeamFacts) -> CommandResult<Left> {
    tx.uow.update_held::<TeamRow>(vec![(&team.row, TeamChanges::default())]).await?;
    Ok(Left::Remains)
}

async fn unlink(tx: &mut Tx<'_>, team: &TeamFacts, gone: &[UserId], keep: bool) -> CommandResult<()> {
    for user in gone {
        tx.uow.unlink(&team.link(*user, TeamMembershipKind::Member)).await?;
        if keep {
            tx.uow.link(&team.link(*user, TeamMembershipKind::Left)).await?;
        }
    }
    Ok(())
}

async fn roster(tx: &mut Tx<'_>, team: &TeamFacts) -> CommandResult<Roster> {
    let ids: Vec<_> = team.ids(TeamMembershipKind::Member).collect();
    let members = tx.uow.get_many::<UserRow>(&ids).await?;
    Ok(Roster {
        captain_id: team.row.captain_id,
        deputy_captain_id: team.row.deputy_captain_id,
        members: members.iter().map(|it| PlayerMmr { id: it.id, mmr: it.mmr }).collect(),
        has_games: tx.uow.find(GamesOfTeam(team.row.id)).await?.is_some(),
    })
}
