//! Fetches what an order of seeds needs to know of the teams, and rolls the dice for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::board::Board;
use super::refusal::refused;
use crate::db::models::{MembersOfTeam, TeamRow, UserRow};
use crate::db::{DbResult, UnitOfWork};
use crate::domain::bracket::{self, SeedTeam, seed_order};
use crate::domain::mmr::PlayerMmr;
use crate::service::command::Tx;
use crate::service::rejection::CommandResult;
use crate::types::{TeamId, TeamMembershipKind, UserId};

/// How the teams are ordered, best seed first (DOMAIN §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Seeding {
    /// Highest total MMR first.
    MmrTotal,
    /// Highest MMR of the captain first.
    CaptainMmr,
    /// A fair shuffle.
    Random,
    /// The given order.
    Manual(Vec<TeamId>),
}

impl Seeding {
    /// The teams of a tournament in this order.
    pub(super) async fn order(&self, tx: &mut Tx<'_>, board: &Board) -> CommandResult<Vec<TeamId>> {
        let teams = self.teams(tx.uow, &board.teams).await?;
        let method = match self {
            Self::MmrTotal => bracket::Seeding::MmrTotal,
            Self::CaptainMmr => bracket::Seeding::CaptainMmr,
            Self::Random => bracket::Seeding::Random,
            Self::Manual(order) => bracket::Seeding::Manual(order),
        };
        let dice = tx.dice;
        let order = seed_order(method, &teams, &mut |n| dice.index_below(n));
        Ok(order.map_err(|error| refused(board, &error, &["manualOrder"]))?)
    }

    async fn teams(&self, uow: &mut UnitOfWork, teams: &[TeamRow]) -> DbResult<Vec<SeedTeam>> {
        let mut members: BTreeMap<TeamId, Vec<UserId>> = BTreeMap::new();
        if *self == Self::MmrTotal {
            for team in teams {
                let everybody = uow.children::<MembersOfTeam>(team.id).await?;
                let on_roster = everybody.iter().filter(|it| it.kind == TeamMembershipKind::Member);
                members.insert(team.id, on_roster.map(|it| it.user_id).collect());
            }
        }
        let captains = teams.iter().filter_map(|it| it.captain_id);
        let ids: BTreeSet<UserId> = match self {
            Self::MmrTotal | Self::CaptainMmr => {
                captains.chain(members.values().flatten().copied()).collect()
            }
            Self::Random | Self::Manual(_) => BTreeSet::new(),
        };
        let ids: Vec<_> = ids.into_iter().collect();
        let users = uow.get_many::<UserRow>(&ids).await?;
        let mmr: BTreeMap<_, _> =
            users.iter().map(|it| (it.id, PlayerMmr { id: it.id, mmr: it.mmr })).collect();
        let player = |id: &UserId| mmr.get(id).copied();
        Ok(teams
            .iter()
            .map(|team| SeedTeam {
                id: team.id,
                captain: team.captain_id.as_ref().and_then(player),
                members: members.get(&team.id).into_iter().flatten().filter_map(player).collect(),
            })
            .collect())
    }
}
