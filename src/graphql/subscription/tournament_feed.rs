//! What `tournamentFeed` tells: DOMAIN §8.3.
//!
//! Objects are those of now, and all that may have changed; those that were removed are named.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Union};

use crate::db::models::{
    DraftEventRow, DraftOfTournament, GameRow, TeamRow, TournamentEventRow, TournamentRow,
};
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::graphql::error::ApiError;
use crate::graphql::scalars::DateTime;
use crate::graphql::types::{Draft, DraftEvent, Game, Team, Tournament};
use crate::graphql::whole::Whole;
use crate::live::Item;
use crate::types::{EntityId as _, TournamentId};

/// One item of a tournament's feed.
#[derive(Union)]
pub(crate) enum TournamentFeedItem {
    /// How everything is.
    Snapshot(TournamentSnapshot),
    /// Something changed.
    Changed(TournamentChanged),
    /// Nothing changed.
    Heartbeat(TournamentHeartbeat),
}

/// The whole tournament: the first item.
#[derive(SimpleObject)]
pub(crate) struct TournamentSnapshot {
    /// The newest change; the snapshot shows it, and maybe more.
    pub(crate) seq: i32,
    /// The feed could not go on behind `after`: forget what is kept of it.
    pub(crate) resync: bool,
    /// The tournament.
    pub(crate) tournament: Whole<Tournament>,
    /// When this was told.
    pub(crate) server_time: DateTime,
}

/// Sent when nothing changes: a client whose newest `seq` is lower has lost something, and subscribes again.
#[derive(SimpleObject)]
pub(crate) struct TournamentHeartbeat {
    /// The newest change.
    pub(crate) seq: i32,
    /// When this was told.
    pub(crate) server_time: DateTime,
}

/// A part of a tournament.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum TournamentPart {
    /// Name, time, state, winner, …
    Details,
    /// Who is registered.
    Players,
    /// Teams: names, rosters, placements, …
    Teams,
    /// The draft.
    Draft,
    /// Games of the bracket.
    Games,
}

/// What one mutation changed: everything that may look different now.
pub(crate) struct TournamentChanged(Arc<TournamentEventRow>);

/// What one mutation changed: everything that may look different now.
#[Object]
impl TournamentChanged {
    /// The change's place in the tournament's log: no gap, never starts over.
    async fn seq(&self) -> i32 {
        self.0.seq
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Parts that may look different.
    async fn parts(&self) -> Vec<TournamentPart> {
        let change = &self.0.change;
        let has_draft = change.draft || !change.draft_events.is_empty();
        let parts = [
            (change.details, TournamentPart::Details),
            (change.players, TournamentPart::Players),
            (!change.teams.is_empty(), TournamentPart::Teams),
            (has_draft, TournamentPart::Draft),
            (!change.games.is_empty(), TournamentPart::Games),
        ];
        parts.into_iter().filter(|(has_changed, _)| *has_changed).map(|(_, part)| part).collect()
    }

    /// The tournament as it is now.
    async fn tournament(&self, ctx: &Context<'_>) -> ApiResult<Whole<Tournament>> {
        tournament(ctx, self.0.tournament_id).await
    }

    /// The draft as it is now, if it changed.
    async fn draft(&self, ctx: &Context<'_>) -> ApiResult<Option<Whole<Draft>>> {
        if !self.0.change.draft && self.0.change.draft_events.is_empty() {
            return Ok(None);
        }
        let drafts = ctx.loaders().children::<DraftOfTournament>(self.0.tournament_id).await?;
        Ok(drafts.into_iter().next().map(|it| Whole(Draft::new(it))))
    }

    /// New entries of the draft's log.
    async fn draft_events(&self, ctx: &Context<'_>) -> ApiResult<Vec<DraftEvent>> {
        let rows = ctx.loaders().many::<DraftEventRow>(self.0.change.draft_events.iter().copied()).await?;
        rows.into_iter().map(DraftEvent::new).collect()
    }

    /// Teams that may look different, as they are now.
    async fn teams(&self, ctx: &Context<'_>) -> ApiResult<Vec<Whole<Team>>> {
        Ok(self.team_rows(ctx).await?.into_iter().map(|it| Whole(Team(it))).collect())
    }

    /// Games that may look different, as they are now.
    async fn games(&self, ctx: &Context<'_>) -> ApiResult<Vec<Game>> {
        Ok(self.game_rows(ctx).await?.into_iter().map(Game::new).collect())
    }

    /// Teams and games of it that exist no more.
    async fn removed_ids(&self, ctx: &Context<'_>) -> ApiResult<Vec<ID>> {
        let (teams, games) = futures_util::try_join!(self.team_rows(ctx), self.game_rows(ctx))?;
        let gone_teams = self.0.change.teams.iter().filter(|id| !teams.iter().any(|it| it.id == **id));
        let gone_games = self.0.change.games.iter().filter(|id| !games.iter().any(|it| it.id == **id));
        let ids = gone_teams.map(|it| it.to_global()).chain(gone_games.map(|it| it.to_global()));
        Ok(ids.map(ID).collect())
    }

    /// When this was told.
    async fn server_time(&self, ctx: &Context<'_>) -> DateTime {
        ctx.now().into()
    }
}

impl TournamentChanged {
    /// A change may be about several tournaments: each feed shows its own.
    async fn team_rows(&self, ctx: &Context<'_>) -> ApiResult<Vec<Arc<TeamRow>>> {
        let mut rows = ctx.loaders().many::<TeamRow>(self.0.change.teams.iter().copied()).await?;
        rows.retain(|it| it.tournament_id == self.0.tournament_id);
        Ok(rows)
    }

    async fn game_rows(&self, ctx: &Context<'_>) -> ApiResult<Vec<Arc<GameRow>>> {
        let mut rows = ctx.loaders().many::<GameRow>(self.0.change.games.iter().copied()).await?;
        rows.retain(|it| it.tournament_id == Some(self.0.tournament_id));
        Ok(rows)
    }
}

async fn tournament(ctx: &Context<'_>, id: TournamentId) -> ApiResult<Whole<Tournament>> {
    let row = ctx.loaders().one::<TournamentRow>(id).await?;
    row.map(|it| Whole(Tournament(it))).ok_or_else(ApiError::changed_meanwhile)
}

impl TournamentFeedItem {
    /// An item of the feed of `id` as the API shows it.
    ///
    /// # Errors
    /// The database failed, or the tournament is gone.
    pub(super) async fn new(ctx: &Context<'_>, id: TournamentId, item: &Item) -> ApiResult<Self> {
        let server_time = ctx.now().into();
        Ok(match item {
            Item::Snapshot { seq, is_resync, .. } => {
                let tournament = tournament(ctx, id).await?;
                Self::Snapshot(TournamentSnapshot { seq: *seq, resync: *is_resync, tournament, server_time })
            }
            Item::Tournament(row) => Self::Changed(TournamentChanged(Arc::clone(row))),
            Item::Heartbeat { seq, .. } => Self::Heartbeat(TournamentHeartbeat { seq: *seq, server_time }),
            Item::Draft(_) => return Err(ApiError::wrong_feed()),
        })
    }
}
