//! A draft's log as the API shows it: one typed object for each kind of event, DOMAIN §2.10.
//!
//! Names in an event are those of its time; the objects beside them are those of now. Of somebody who was deactivated since,
//! neither name nor picture is shown.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};

use super::draft_round::TieResolution;
use super::enums::{DraftEventType, DraftStyle};
use super::{Draft, Team, User};
use crate::db::models::{DraftEventRow, DraftRow};
use crate::domain::draft::{self, DraftEventPayload};
use crate::graphql::ApiError;
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::scalars::DateTime;
use crate::types::{EntityId as _, UserId};

/// One entry of a draft's log.
#[expect(clippy::duplicated_attributes, reason = "several fields are of one type")]
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Global id, for example `DraftEvent:42`."),
    field(name = "seq", ty = "i32", desc = "Place in the draft's log: no gap, never starts over."),
    field(name = "epoch", ty = "i32", desc = "Which start of the draft it belongs to."),
    field(name = "type", method = "kind", ty = "DraftEventType", desc = "What happened."),
    field(name = "actor", ty = "Nullable<User>", desc = "Who did it; null for the system."),
    field(name = "created_at", ty = "DateTime", desc = "When it happened.")
)]
pub(crate) enum DraftEvent {
    /// The draft was started or started over.
    DraftStarted(DraftStarted),
    /// A player joined a team.
    PlayerPicked(PlayerPicked),
    /// Tied teams rolled dice for the next pick.
    TieRolled(TieRolled),
    /// A captain is on turn: the first of a draft, or one decided during it.
    CaptainAssigned(CaptainAssigned),
    /// The last pick was taken back.
    PickUndone(PickUndone),
    /// No further pick is possible.
    DraftCompleted(DraftCompleted),
}

impl DraftEvent {
    /// The typed event of a row.
    ///
    /// # Errors
    /// The stored payload is not of the event's type.
    pub(in crate::graphql) fn new(row: Arc<DraftEventRow>) -> ApiResult<Self> {
        let payload = DraftEventPayload::parse(row.event_type, &row.payload).map_err(ApiError::internal)?;
        Ok(match payload {
            DraftEventPayload::DraftStarted(payload) => Self::DraftStarted(DraftStarted { row, payload }),
            DraftEventPayload::PlayerPicked(payload) => Self::PlayerPicked(PlayerPicked { row, payload }),
            DraftEventPayload::TieRoll(payload) => Self::TieRolled(TieRolled { row, payload }),
            DraftEventPayload::CaptainAssigned(payload) => {
                Self::CaptainAssigned(CaptainAssigned { row, payload })
            }
            DraftEventPayload::PickUndone(payload) => Self::PickUndone(PickUndone { row, payload }),
            DraftEventPayload::DraftCompleted(payload) => {
                Self::DraftCompleted(DraftCompleted { row, payload })
            }
        })
    }

    /// The dice this event tells of, if it tells of any.
    pub(in crate::graphql) fn tie_resolution(&self) -> Option<TieResolution> {
        match self {
            Self::TieRolled(it) => Some(it.payload.data.clone().into()),
            Self::DraftStarted(_)
            | Self::PlayerPicked(_)
            | Self::CaptainAssigned(_)
            | Self::PickUndone(_)
            | Self::DraftCompleted(_) => None,
        }
    }
}

/// Makes one object of the log: the fields every event has, then its own.
macro_rules! event_object {
    ($(#[doc = $doc:literal])* $name:ident($payload:ty) { $($fields:item)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            row: Arc<DraftEventRow>,
            payload: $payload,
        }

        $(#[doc = $doc])*
        #[Object]
        impl $name {
            /// Global id, for example `DraftEvent:42`.
            pub(crate) async fn id(&self) -> ID {
                self.row.id.to_global().into()
            }

            /// Place in the draft's log: no gap, never starts over.
            async fn seq(&self) -> i32 {
                self.row.seq
            }

            /// Which start of the draft it belongs to.
            async fn epoch(&self) -> i32 {
                self.row.epoch
            }

            /// What happened.
            #[graphql(name = "type")]
            async fn kind(&self) -> DraftEventType {
                self.row.event_type.into()
            }

            /// Who did it; null for the system.
            async fn actor(&self, ctx: &Context<'_>) -> Nullable<User> {
                User::load_optional(ctx, self.row.actor_id).await
            }

            /// When it happened.
            async fn created_at(&self) -> DateTime {
                self.row.created_at.into()
            }

            /// The draft.
            async fn draft(&self, ctx: &Context<'_>) -> ApiResult<Draft> {
                let row = ctx.loaders().one::<DraftRow>(self.row.draft_id).await?;
                row.map(Draft::new).ok_or_else(ApiError::changed_meanwhile)
            }

            $($fields)*
        }
    };
}

event_object! {
    /// The draft was started or started over.
    DraftStarted(draft::DraftStage) {
        /// Who picks when.
        async fn style(&self) -> DraftStyle {
            self.payload.draft_style.into()
        }

        /// How many teams take part.
        async fn team_count(&self) -> i32 {
            self.payload.team_count
        }
    }
}

event_object! {
    /// No further pick is possible.
    DraftCompleted(draft::DraftStage) {
        /// Who picked when.
        async fn style(&self) -> DraftStyle {
            self.payload.draft_style.into()
        }

        /// How many teams took part.
        async fn team_count(&self) -> i32 {
            self.payload.team_count
        }
    }
}

event_object! {
    /// A player joined a team.
    PlayerPicked(draft::PlayerPicked) {
        /// Place of the pick in the draft.
        async fn pick_number(&self) -> i32 {
            self.payload.pick_number
        }

        /// The captain whose turn it was.
        async fn captain(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load_optional(ctx, Some(self.payload.captain_id)).await
        }

        /// The captain's name at that moment.
        async fn captain_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
            name_of(ctx, self.payload.captain_id, &self.payload.captain_name).await
        }

        /// The captain's picture at that moment.
        async fn captain_avatar_url(&self, ctx: &Context<'_>) -> Nullable<String> {
            avatar_of(ctx, self.payload.captain_id, self.payload.captain_avatar_url.as_ref()?).await
        }

        /// The player who was picked.
        async fn picked(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load_optional(ctx, Some(self.payload.picked_id)).await
        }

        /// The player's name at that moment.
        async fn picked_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
            name_of(ctx, self.payload.picked_id, &self.payload.picked_name).await
        }

        /// The player's picture at that moment.
        async fn picked_avatar_url(&self, ctx: &Context<'_>) -> Nullable<String> {
            avatar_of(ctx, self.payload.picked_id, self.payload.picked_avatar_url.as_ref()?).await
        }

        /// The team that picked.
        async fn team(&self, ctx: &Context<'_>) -> Nullable<Team> {
            Team::load_optional(ctx, self.payload.team_id).await
        }

        /// The team's name at that moment.
        async fn team_name(&self) -> Option<&str> {
            self.payload.team_name.as_deref()
        }
    }
}

event_object! {
    /// Tied teams rolled dice for the next pick.
    TieRolled(draft::TieRolled) {
        /// The pick that was rolled for.
        async fn pick_number(&self) -> i32 {
            self.payload.pick_number
        }

        /// The dice.
        async fn resolution(&self) -> TieResolution {
            self.payload.data.clone().into()
        }

        /// Name of the winning team's captain at that moment.
        async fn winner_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
            let team = Team::load_some(ctx, Some(self.payload.data.winner_id)).await?;
            match team.and_then(|it| it.captain_id()) {
                Some(captain) => name_of(ctx, captain, &self.payload.winner_name).await,
                None => Ok(self.payload.winner_name.clone()),
            }
        }
    }
}

event_object! {
    /// A captain is on turn: the first of a draft, or one decided during it.
    CaptainAssigned(draft::CaptainAssigned) {
        /// The pick the captain is to make.
        async fn pick_number(&self) -> i32 {
            self.payload.pick_number
        }

        /// The captain.
        async fn captain(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load_optional(ctx, Some(self.payload.captain_id)).await
        }

        /// The captain's name at that moment.
        async fn captain_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
            name_of(ctx, self.payload.captain_id, &self.payload.captain_name).await
        }

        /// The captain's picture at that moment.
        async fn captain_avatar_url(&self, ctx: &Context<'_>) -> Nullable<String> {
            avatar_of(ctx, self.payload.captain_id, self.payload.captain_avatar_url.as_ref()?).await
        }

        /// The team.
        async fn team(&self, ctx: &Context<'_>) -> Nullable<Team> {
            Team::load_optional(ctx, Some(self.payload.team_id)).await
        }

        /// The team's name at that moment.
        async fn team_name(&self) -> Option<&str> {
            // As nullable as that of other events, so that one selection fits them all.
            Some(&self.payload.team_name)
        }

        /// The team's total MMR at that moment: the lowest of the teams that were not full.
        async fn team_mmr(&self) -> i64 {
            self.payload.team_mmr
        }
    }
}

event_object! {
    /// The last pick was taken back.
    PickUndone(draft::PickUndone) {
        /// Place of the pick in the draft.
        async fn pick_number(&self) -> i32 {
            self.payload.pick_number
        }

        /// The player who went back to the pool.
        async fn undone_player(&self, ctx: &Context<'_>) -> Nullable<User> {
            User::load_optional(ctx, Some(self.payload.undone_player_id)).await
        }

        /// The player's name at that moment.
        async fn undone_player_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
            name_of(ctx, self.payload.undone_player_id, &self.payload.undone_player_name).await
        }

        /// The team the player left.
        async fn team(&self, ctx: &Context<'_>) -> Nullable<Team> {
            Team::load_optional(ctx, self.payload.team_id).await
        }

        /// The team's name at that moment.
        async fn team_name(&self) -> Option<&str> {
            self.payload.team_name.as_deref()
        }
    }
}

/// A name as it was then, unless the account was deactivated since: then what is left of it (`DOMAIN §1.1`).
async fn name_of(ctx: &Context<'_>, id: UserId, then: &str) -> ApiResult<String> {
    let user = User::load(ctx, id).await?;
    let forgotten = user.filter(|it| !it.0.is_active).map(|it| it.0.username.clone());
    Ok(forgotten.unwrap_or_else(|| then.to_owned()))
}

/// A picture as it was then, unless the account was deactivated since: its address names the Discord account.
async fn avatar_of(ctx: &Context<'_>, id: UserId, then: &str) -> Nullable<String> {
    let user = User::load(ctx, id).await;
    let is_forgotten = user.map(|it| it.is_some_and(|it| !it.0.is_active));
    is_forgotten.map(|is| (!is).then(|| then.to_owned())).transpose()
}
