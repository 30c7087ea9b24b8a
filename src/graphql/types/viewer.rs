//! The logged-in caller: what only they themselves may see.

use std::sync::Arc;

use async_graphql::{Context, Object, Union};

use super::draft_facts::{current_round, load_rounds};
use super::{Draft, DraftRound, Organization, Tournament, User};
use crate::db::models::{
    DraftRoundRow, DraftRow, NextRoundOfCaptain, OrganizationRow, TournamentRow, UserRow,
};
use crate::domain::user as rules;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::error::ApiError;
use crate::types::DraftStatus;

/// The logged-in caller.
#[derive(Clone, Debug)]
pub(crate) struct Viewer(Arc<UserRow>);

/// A draft that waits for the caller.
#[derive(Clone, Union)]
pub(crate) enum ActiveDraft {
    /// A player draft.
    Player(ActivePlayerDraft),
}

/// A player draft in which the caller has a pick to make.
#[derive(Clone)]
pub(crate) struct ActivePlayerDraft {
    draft: Draft,
    tournament: Tournament,
    round: Arc<DraftRoundRow>,
    is_my_turn: bool,
}

impl Viewer {
    /// The caller, if somebody is logged in.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>) -> ApiResult<Option<Self>> {
        let Some(id) = ctx.viewer().user_id else { return Ok(None) };
        Ok(ctx.loaders().one::<UserRow>(id).await?.map(Self))
    }

    /// The caller's next pick in a draft of a tournament in progress (DOMAIN §1.1).
    async fn active_player_draft(&self, ctx: &Context<'_>) -> ApiResult<Option<ActivePlayerDraft>> {
        let loaders = ctx.loaders();
        let id = self.0.id;
        let round = loaders.query(NextRoundOfCaptain(id)).await?;
        let Some(round) = round.as_ref().clone() else { return Ok(None) };
        let draft = loaders.one::<DraftRow>(round.draft_id).await?.ok_or_else(ApiError::changed_meanwhile)?;
        let tournament = loaders.one::<TournamentRow>(draft.tournament_id).await?;
        let rounds = load_rounds(ctx, &draft).await?;
        let is_current = current_round(&rounds).is_some_and(|it| it.id == round.id);
        Ok(Some(ActivePlayerDraft {
            is_my_turn: is_current && draft.status == DraftStatus::Running,
            tournament: Tournament(tournament.ok_or_else(ApiError::changed_meanwhile)?),
            draft: Draft::new(draft),
            round: Arc::new(round),
        }))
    }
}

/// The logged-in caller.
#[Object]
impl Viewer {
    /// The caller as everybody sees them; their private fields answer them.
    async fn user(&self) -> User {
        User(Arc::clone(&self.0))
    }

    /// Works for the site, and may act so by what they present: an API token may be good for less.
    async fn is_staff(&self, ctx: &Context<'_>) -> bool {
        ctx.viewer().is_staff
    }

    /// May do everything, by what they present.
    async fn is_superuser(&self, ctx: &Context<'_>) -> bool {
        ctx.viewer().is_superuser
    }

    /// Private address, or empty.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The declared live MMR is due to be verified.
    async fn needs_mmr_verification(&self, ctx: &Context<'_>) -> bool {
        let verified_at = self.0.dota_mmr_last_verified_at.map(Into::into);
        rules::needs_mmr_verification(self.0.has_active_dota_mmr, verified_at, ctx.now().into())
    }

    /// The organization that pages open with.
    async fn default_organization(&self, ctx: &Context<'_>) -> Nullable<Organization> {
        let row = ctx.loaders().one::<OrganizationRow>(self.0.default_organization_id?).await;
        row.map(|row| row.map(Organization)).map_err(Into::into).transpose()
    }

    /// Drafts that wait for the caller.
    async fn active_drafts(&self, ctx: &Context<'_>) -> ApiResult<Vec<ActiveDraft>> {
        Ok(self.active_player_draft(ctx).await?.map(ActiveDraft::Player).into_iter().collect())
    }
}

/// A player draft in which the caller has a pick to make.
#[Object]
impl ActivePlayerDraft {
    /// The draft.
    async fn draft(&self) -> Draft {
        self.draft.clone()
    }

    /// Its tournament.
    async fn tournament(&self) -> Tournament {
        self.tournament.clone()
    }

    /// The caller's next pick.
    async fn round(&self) -> DraftRound {
        DraftRound(Arc::clone(&self.round))
    }

    /// It is the current pick of a running draft.
    async fn is_my_turn(&self) -> bool {
        self.is_my_turn
    }
}
