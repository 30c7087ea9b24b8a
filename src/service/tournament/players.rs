//! `tournamentPlayersAdd` and `tournamentPlayersRemove`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::locked;
use crate::db::models::{PlayersOfTournament, TournamentPlayerRow, UserRow};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::draft;
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::team::{TeamFacts, expect_no_games, leave, refuse_while_drafting, remove, teams};
use crate::types::{TeamMembershipKind, TournamentId, UserId};

/// Registers players; those who are registered stay.
#[derive(Clone, Debug, Serialize)]
pub struct TournamentPlayersAdd {
    /// For which tournament.
    pub tournament_id: TournamentId,
    /// Whom.
    pub user_ids: Vec<UserId>,
}

/// Who was registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlayersAdded {
    /// For which tournament.
    pub tournament_id: TournamentId,
    /// Those who were not registered before.
    pub added: Vec<UserId>,
}

impl Command for TournamentPlayersAdd {
    const NAME: &'static str = "tournamentPlayersAdd";
    type Outcome = PlayersAdded;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<PlayersAdded> {
        let row = locked(tx, self.tournament_id, Action::TournamentPlayersAdd, &["tournamentId"]).await?;
        let users = tx.uow.get_many::<UserRow>(&self.user_ids).await?;
        for (index, id) in self.user_ids.iter().enumerate() {
            let field = index.to_string();
            match users.iter().find(|it| it.id == *id) {
                None => return Err(Rejection::not_found("user", &["userIds", &field]).into()),
                Some(user) if !user.is_active => {
                    let message = format!("{} is deactivated and cannot play", user.username);
                    return Err(Rejection::conflict(message).at(&["userIds", &field]).into());
                }
                Some(_) => {}
            }
        }
        let mut added = Vec::new();
        for user_id in self.user_ids {
            if tx.uow.link(&TournamentPlayerRow { tournament_id: row.id, user_id }).await? {
                added.push(user_id);
            }
        }
        Ok(PlayersAdded { tournament_id: row.id, added })
    }
}

/// What becomes of the team of a captain who is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OnCaptain {
    /// The line of succession decides (DOMAIN §1.6).
    Promote,
    /// The team is deleted.
    DeleteTeam,
    /// Nobody is taken out.
    Reject,
}

/// Takes players out of a tournament and off all its teams; those who are not registered are passed over.
#[derive(Clone, Debug, Serialize)]
pub struct TournamentPlayersRemove {
    /// Out of which tournament.
    pub tournament_id: TournamentId,
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// What becomes of a captain's team.
    pub on_captain: OnCaptain,
    /// Do it although the draft runs.
    pub force: bool,
}

/// Who was taken out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlayersRemoved {
    /// Out of which tournament.
    pub tournament_id: TournamentId,
    /// Those who were registered before.
    pub removed: Vec<UserId>,
}

impl Command for TournamentPlayersRemove {
    const NAME: &'static str = "tournamentPlayersRemove";
    type Outcome = PlayersRemoved;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<PlayersRemoved> {
        let row = locked(tx, self.tournament_id, Action::TournamentPlayersRemove, &["tournamentId"]).await?;
        let removed: BTreeSet<UserId> = self.user_ids.iter().copied().collect();
        let teams = teams(tx.uow, row.id).await?;
        let affected: Vec<_> = teams.iter().filter(|it| concerns(it, &removed)).collect();
        // Who is on no team may leave while the draft runs; the pool may be empty then.
        let is_allowed = self.force || affected.is_empty();
        let is_drafting = refuse_while_drafting(tx, row.id, is_allowed).await?;
        for team in affected {
            self.take_off(tx, team, &removed).await?;
        }
        let mut gone = Vec::new();
        let registered = tx.uow.children::<PlayersOfTournament>(row.id).await?;
        for player in registered.into_iter().filter(|it| removed.contains(&it.user_id)) {
            tx.uow.unlink(&player).await?;
            gone.push(player.user_id);
        }
        if is_drafting.is_some() {
            draft::settle(tx, row.id).await?;
        }
        Ok(PlayersRemoved { tournament_id: row.id, removed: gone })
    }
}

impl TournamentPlayersRemove {
    async fn take_off(
        &self,
        tx: &mut Tx<'_>,
        team: &TeamFacts,
        removed: &BTreeSet<UserId>,
    ) -> CommandResult<()> {
        for user in team.ids(TeamMembershipKind::Dropin).filter(|it| removed.contains(it)) {
            tx.uow.unlink(&team.link(user, TeamMembershipKind::Dropin)).await?;
        }
        let loses_captain = team.row.captain_id.is_some_and(|it| removed.contains(&it));
        match self.on_captain {
            OnCaptain::Reject if loses_captain => {
                let message = format!("a captain is among them: {} would lose theirs", team.row.name);
                Err(Rejection::conflict(message).at(&["onCaptain"]).into())
            }
            OnCaptain::DeleteTeam if loses_captain => {
                expect_no_games(tx, team, "onCaptain").await?;
                remove(tx, team).await
            }
            OnCaptain::Promote | OnCaptain::DeleteTeam | OnCaptain::Reject => {
                leave(tx, team, removed, false).await.map(drop)
            }
        }
    }
}

fn concerns(team: &TeamFacts, removed: &BTreeSet<UserId>) -> bool {
    let is_on = |it: &UserId| removed.contains(it);
    team.ids(TeamMembershipKind::Member).any(|it| is_on(&it))
        || team.ids(TeamMembershipKind::Dropin).any(|it| is_on(&it))
}
