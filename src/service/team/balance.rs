//! `teamsAutoBalance`: teams of about equal strength without a draft (DOMAIN §2.12).
//!
//! Chance decides who is left over and which of many good splits it is; a seed says which chance, so that what was shown
//! by a dry run is what is made.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::delete::{expect_no_games, remove};
use super::{refuse_while_drafting, teams};
use crate::db::models::{NewTeam, SeatingOf, TeamMemberRow, TeamRow, TournamentRow};
use crate::domain::balance::{BalancedTeam, balanced_teams};
use crate::domain::mmr::PlayerMmr;
use crate::domain::policy::Action;
use crate::domain::team::MAX_TEAM_SIZE;
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::tournament::locked;
use crate::types::{TeamId, TeamMembershipKind, TournamentId, UserId};

/// Seeds are below this, so that a client can carry one as a number.
const SEEDS: usize = 1 << 31;

/// Splits the registered players into balanced teams, which replace those there are.
#[derive(Clone, Debug, Serialize)]
pub struct TeamsAutoBalance {
    /// Of which tournament.
    pub tournament_id: TournamentId,
    /// Members of each team.
    pub team_size: i32,
    /// Propose only.
    pub dry_run: bool,
    /// Which chance; that of an earlier proposal to make just that one.
    pub seed: Option<i32>,
}

/// A proposed or made team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedTeam {
    /// Its name.
    pub name: String,
    /// The team, if it was made.
    pub team_id: Option<TeamId>,
    /// The member with the highest MMR.
    pub captain_id: UserId,
    /// Members, the captain first.
    pub member_ids: Vec<UserId>,
    /// Total MMR, null as 0.
    pub total_mmr: i64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancedTeams {
    /// In which tournament.
    pub tournament_id: TournamentId,
    /// The teams, strongest first.
    pub teams: Vec<ProposedTeam>,
    /// Registered players for whom no full team was left.
    pub left_over: Vec<UserId>,
    /// Which chance it was.
    pub seed: i32,
}

impl Command for TeamsAutoBalance {
    const NAME: &'static str = "teamsAutoBalance";
    type Outcome = BalancedTeams;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<BalancedTeams> {
        let tournament = locked(tx, self.tournament_id, Action::TeamCreate, &["tournamentId"]).await?;
        let size = self.team_size()?;
        let seed = self.seed(tx)?;
        let people = tx.uow.find(SeatingOf(tournament.id)).await?.unwrap_or_default().people;
        let players: Vec<_> = people.iter().map(|it| PlayerMmr { id: it.id, mmr: it.mmr }).collect();
        let balanced = balanced_teams(&players, size, &mut index_below(seed));
        if balanced.is_empty() {
            let message = format!("{} registered players make no team of {size}", players.len());
            return Err(Rejection::conflict(message).at(&["teamSize"]).into());
        }
        let mut proposed: Vec<_> = (1..).zip(&balanced).map(|(number, it)| proposal(number, it)).collect();
        let is_placed = |id: &UserId| proposed.iter().any(|it| it.member_ids.contains(id));
        let left_over = players.iter().map(|it| it.id).filter(|it| !is_placed(it)).collect();
        if !self.dry_run {
            clear(tx, &tournament).await?;
            make(tx, &tournament, &mut proposed).await?;
        }
        Ok(BalancedTeams { tournament_id: tournament.id, teams: proposed, left_over, seed })
    }
}

impl TeamsAutoBalance {
    fn team_size(&self) -> CommandResult<usize> {
        let size = usize::try_from(self.team_size).ok().filter(|it| (2..=MAX_TEAM_SIZE).contains(it));
        size.ok_or_else(|| {
            let message = format!("a team has 2 to {MAX_TEAM_SIZE} members");
            Rejection::invalid(message, &["teamSize"]).into()
        })
    }

    fn seed(&self, tx: &Tx<'_>) -> CommandResult<i32> {
        match self.seed {
            Some(seed) if seed < 0 => {
                Err(Rejection::invalid("a seed is what an earlier proposal told", &["seed"]).into())
            }
            Some(seed) => Ok(seed),
            None => Ok(i32::try_from(tx.dice.index_below(SEEDS)).unwrap_or_default()),
        }
    }
}

fn index_below(seed: i32) -> impl FnMut(usize) -> usize {
    let mut random = StdRng::seed_from_u64(u64::from(seed.unsigned_abs()));
    move |n| if n == 0 { 0 } else { random.random_range(0..n) }
}

fn proposal(number: usize, team: &BalancedTeam) -> ProposedTeam {
    ProposedTeam {
        name: format!("Team {number}"),
        team_id: None,
        captain_id: team.captain_id,
        member_ids: team.members.iter().map(|it| it.id).collect(),
        total_mmr: team.total_mmr,
    }
}

/// Deletes the teams there are; none of them may have played, and no draft may be making them.
async fn clear(tx: &mut Tx<'_>, tournament: &TournamentRow) -> CommandResult<()> {
    refuse_while_drafting(tx, tournament.id, false).await?;
    for team in teams(tx.uow, tournament.id).await? {
        expect_no_games(tx, &team, "tournamentId").await?;
        remove(tx, &team).await?;
    }
    Ok(())
}

async fn make(
    tx: &mut Tx<'_>,
    tournament: &TournamentRow,
    proposed: &mut [ProposedTeam],
) -> CommandResult<()> {
    for (draft_order, team) in (1..).zip(proposed) {
        let new = NewTeam {
            name: team.name.clone(),
            tournament_id: tournament.id,
            captain_id: Some(team.captain_id),
            deputy_captain_id: None,
            draft_order: Some(draft_order),
            placement: None,
        };
        let row = tx.uow.insert::<TeamRow>(new).await?;
        team.team_id = Some(row.id);
        for user_id in &team.member_ids {
            let kind = TeamMembershipKind::Member;
            let (team_id, tournament_id, user_id) = (row.id, tournament.id, *user_id);
            tx.uow.link(&TeamMemberRow { team_id, tournament_id, user_id, kind }).await?;
        }
    }
    Ok(())
}
