//! Everything about a draft that is computed from all of it at once: the pool, totals, projections, predictions.
//!
//! `DraftFacts` is loaded once per draft and operation and handed to the domain's rules; no rule here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_graphql::Context;

use super::draft_pool::{AvailablePlayer, DraftTeam, PoolFilter, PoolSort};
use super::order::search_text;
use super::positions::positions_of;
use super::{Team, User};
use crate::db::models::{
    DraftRoundRow, DraftRow, MembersOfTeam, PlayersOfTournament, RoundsOfDraft, TeamMemberRow, TeamRow,
    TeamsOfTournament, UserRow,
};
use crate::db::{Anchor, Slice, SortKey};
use crate::domain::draft as rules;
use crate::domain::mmr::PlayerMmr;
use crate::domain::team::total_mmr;
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::graphql::error::ApiError;
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, connection};
use crate::types::{self, EntityId as _, TeamId, TeamMembershipKind, UserId};

/// All that a draft's computed fields are computed from.
pub(super) struct DraftFacts {
    draft: Arc<DraftRow>,
    /// By pick number, of the current epoch.
    pub(super) rounds: Vec<Arc<DraftRoundRow>>,
    teams: Vec<Arc<TeamRow>>,
    rosters: BTreeMap<TeamId, Vec<UserId>>,
    players: Vec<UserId>,
    users: BTreeMap<UserId, Arc<UserRow>>,
}

/// The rounds of the current epoch, by pick number.
pub(in crate::graphql) async fn load_rounds(
    ctx: &Context<'_>,
    draft: &DraftRow,
) -> ApiResult<Vec<Arc<DraftRoundRow>>> {
    let mut rounds = ctx.loaders().children::<RoundsOfDraft>(draft.id).await?;
    rounds.retain(|round| round.epoch == draft.epoch);
    rounds.sort_by_key(|round| round.pick_number);
    Ok(rounds)
}

/// The open round whose turn it is, of rounds in order.
pub(super) fn current_round(rounds: &[Arc<DraftRoundRow>]) -> Option<&Arc<DraftRoundRow>> {
    let slots: Vec<_> = rounds.iter().map(|it| slot(it)).collect();
    let id = rules::current_round(&slots)?;
    rounds.iter().find(|it| it.id == id)
}

fn slot(round: &DraftRoundRow) -> rules::PickSlot {
    rules::PickSlot { id: round.id, pick_number: round.pick_number, choice_id: round.choice_id }
}

impl DraftFacts {
    pub(super) async fn load(ctx: &Context<'_>, draft: &Arc<DraftRow>) -> ApiResult<Self> {
        let loaders = ctx.loaders();
        let (rounds, teams, registrations) = futures_util::try_join!(
            load_rounds(ctx, draft),
            async { Ok(loaders.children::<TeamsOfTournament>(draft.tournament_id).await?) },
            async { Ok(loaders.related::<PlayersOfTournament>(draft.tournament_id).await?) },
        )?;
        let rosters = teams.iter().map(|team| loaders.related::<MembersOfTeam>(team.id));
        let rosters = futures_util::future::try_join_all(rosters).await?;
        let members = |roster: &Arc<Vec<TeamMemberRow>>| -> Vec<UserId> {
            roster.iter().filter(|it| it.kind == TeamMembershipKind::Member).map(|it| it.user_id).collect()
        };
        let rosters: BTreeMap<TeamId, Vec<UserId>> =
            teams.iter().zip(&rosters).map(|(team, roster)| (team.id, members(roster))).collect();
        let players: Vec<UserId> = registrations.iter().map(|it| it.user_id).collect();
        let everybody: BTreeSet<UserId> = players.iter().chain(rosters.values().flatten()).copied().collect();
        let users = loaders.many::<UserRow>(everybody).await?;
        let users = users.into_iter().map(|row| (row.id, row)).collect();
        Ok(Self { draft: Arc::clone(draft), rounds, teams, rosters, players, users })
    }

    /// A player's MMR as this draft counts it: as of its start, once it has started (DOMAIN §2.4).
    fn mmr(&self, id: UserId) -> PlayerMmr {
        let snapshot = self.draft.mmr_snapshot.as_ref().and_then(|it| it.get(id.to_string()));
        let mmr = match snapshot {
            Some(value) => value.as_i64().and_then(|mmr| i32::try_from(mmr).ok()),
            None => self.users.get(&id).and_then(|user| user.mmr),
        };
        PlayerMmr { id, mmr }
    }

    fn totals(&self) -> Vec<rules::TeamTotal> {
        let total = |team: &Arc<TeamRow>| {
            let members = self.rosters.get(&team.id).map(Vec::as_slice).unwrap_or_default();
            let mmrs: Vec<PlayerMmr> = members.iter().map(|id| self.mmr(*id)).collect();
            rules::TeamTotal {
                id: team.id,
                total_mmr: total_mmr(team.captain_id.map(|id| self.mmr(id)), &mmrs),
                size: members.len(),
            }
        };
        self.teams.iter().map(total).collect()
    }

    /// The players who can be picked (DOMAIN §1.8).
    fn pool(&self) -> BTreeSet<UserId> {
        let choices: Vec<UserId> = self.rounds.iter().filter_map(|it| it.choice_id).collect();
        let captains: Vec<UserId> = self.teams.iter().filter_map(|it| it.captain_id).collect();
        let members: Vec<UserId> = self.rosters.values().flatten().copied().collect();
        let facts = rules::PoolFacts {
            players: &self.players,
            choices: &choices,
            captains: &captains,
            members: &members,
        };
        rules::users_remaining(&facts).into_iter().collect()
    }

    /// The team on turn and what a pick would do to it; only a running shuffle draft projects.
    fn turn(&self) -> Option<rules::Turn> {
        let is_projecting = self.draft.style == types::DraftStyle::Shuffle
            && self.draft.status == types::DraftStatus::Running;
        let on_turn = current_round(&self.rounds)?.team_id?;
        if is_projecting { rules::Turn::new(&self.totals(), on_turn) } else { None }
    }

    pub(super) fn standings(&self) -> Vec<DraftTeam> {
        let open: Vec<TeamId> =
            self.rounds.iter().filter(|it| it.choice_id.is_none()).filter_map(|it| it.team_id).collect();
        let on_turn = current_round(&self.rounds).and_then(|it| it.team_id);
        let is_over = self.draft.status == types::DraftStatus::Completed;
        let upcoming = match self.draft.style {
            types::DraftStyle::Shuffle if !is_over => rules::Upcoming::LowestTotal { on_turn },
            types::DraftStyle::Snake | types::DraftStyle::Normal if !is_over => {
                rules::Upcoming::Rounds(&open)
            }
            _ => rules::Upcoming::Rounds(&[]),
        };
        let standings = rules::standings(&self.totals(), upcoming);
        let with_team = |(team, it): (&Arc<TeamRow>, rules::TeamStanding)| DraftTeam {
            team: Team(Arc::clone(team)),
            total_mmr: it.total_mmr,
            size: it.size,
            is_full: it.is_full,
            pick_position: it.pick_position,
        };
        self.teams.iter().zip(standings).map(with_team).collect()
    }

    pub(super) fn predictions(&self) -> Vec<rules::Prediction> {
        let teams: Vec<rules::PredictedTeam> = self
            .teams
            .iter()
            .filter_map(|team| {
                let captain = self.mmr(team.captain_id?);
                Some(rules::PredictedTeam { id: team.id, draft_order: team.draft_order, captain })
            })
            .collect();
        let players: Vec<PlayerMmr> = self.players.iter().map(|id| self.mmr(*id)).collect();
        rules::predictions(self.draft.style, &teams, &players).distinct()
    }

    /// The players who can be picked, in order of id.
    pub(super) fn available_ids(&self) -> BTreeSet<UserId> {
        self.pool()
    }

    /// A page of the available players.
    pub(super) fn available(
        &self,
        filter: PoolFilter,
        sort: PoolSort,
        args: &PageArgs,
    ) -> ApiResult<Paged<AvailablePlayer>> {
        let list = ListKey::new("draft.available", &(self.draft.id, &filter, sort));
        let page = args.parse(&list)?;
        let everybody = self.everybody();
        let turn = self.turn();
        let filter = rules::PoolFilter {
            search: search_text(filter.search)?,
            position: filter.position.map(Into::into),
            only_double_pick: filter.only_double_pick,
            only_keeps_first: filter.only_keeps_first,
        };
        let sort = match sort {
            PoolSort::Mmr => rules::PoolSort::Mmr,
            PoolSort::Username => rules::PoolSort::Username,
        };
        // Ordered with those who were picked meanwhile, so that a cursor of one of them still has its place.
        let ordered = rules::available(&everybody, &filter, sort, turn.as_ref());
        let start = page.from.as_ref().map_or(Ok(0), |anchor| behind(&ordered, anchor))?;
        let pool = self.pool();
        let is_free = |it: &&rules::PoolEntry<'_>| pool.contains(&it.player.id);
        let n_free = ordered.iter().filter(is_free).count();
        let mut rows: Vec<_> = ordered.iter().skip(start).filter(is_free).collect();
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let rows: Vec<(Arc<UserRow>, Option<rules::PickProjection>)> = rows
            .into_iter()
            .filter_map(|it| Some((Arc::clone(self.users.get(&it.player.id)?), it.projection)))
            .collect();
        Ok(connection(
            Slice { rows, has_more },
            (&list, &page),
            Counted::Known(n_free),
            |(user, _)| Anchor { key: SortKey::Null, pk: user.id.pk() },
            |(user, projection)| {
                let node = AvailablePlayer { user: User(user), projection: projection.map(Into::into) };
                (node, Default::default())
            },
        ))
    }

    fn everybody(&self) -> Vec<rules::PoolPlayer> {
        let player = |id: &UserId| {
            let row = self.users.get(id)?;
            Some(rules::PoolPlayer {
                id: *id,
                username: row.username.clone(),
                nickname: row.nickname.clone(),
                mmr: self.mmr(*id).mmr,
                positions: positions_of(row),
            })
        };
        self.players.iter().filter_map(player).collect()
    }
}

/// The index behind the player whom a cursor names.
fn behind(ordered: &[rules::PoolEntry<'_>], anchor: &Anchor) -> ApiResult<usize> {
    let place = ordered.iter().position(|it| it.player.id.pk() == anchor.pk);
    place.map(|it| it.saturating_add(1)).ok_or_else(ApiError::invalid_cursor)
}
