//! What people do to their own account.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::error::ApiError;
use crate::graphql::node::parse_id;
use crate::graphql::types::Viewer;
use crate::service::user as service;

/// What people do to their own account.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProfileMutation;

/// How much a user likes each of the five roles; what is left out stays.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub(crate) struct PositionsInput {
    /// Position 1: 1 favourite … 5 least favourite, 0 does not play it.
    carry: Option<i32>,
    /// Position 2, likewise.
    mid: Option<i32>,
    /// Position 3, likewise.
    offlane: Option<i32>,
    /// Position 4, likewise.
    soft_support: Option<i32>,
    /// Position 5, likewise.
    hard_support: Option<i32>,
}

/// What to change of one's own profile; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct ProfileUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// Refused with `STALE_VERSION` if the caller's user is at another version by now.
    expected_version: Option<i32>,
    /// Name to be shown by, at most 100 characters; null for none.
    nickname: MaybeUndefined<String>,
    /// Steam id as text, Steam64 or Steam32; null for none. Can be chosen once, then only staff can change it.
    steam_id: MaybeUndefined<String>,
    /// How much the caller likes each role.
    positions: Option<PositionsInput>,
    /// The caller plays ranked, so that the MMR is to be verified now and then.
    has_active_dota_mmr: Option<bool>,
}

/// Which organization to open with.
#[derive(Debug, InputObject)]
pub(crate) struct DefaultOrganizationSetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The organization; null for none. One of the two must be said.
    organization_id: MaybeUndefined<ID>,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct ViewerPayload {
    /// The caller as they are now; null if nothing was done.
    viewer: Option<Viewer>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What people do to their own account.
#[Object]
impl ProfileMutation {
    /// Changes the caller's own profile. The MMR is set by site staff.
    async fn profile_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ProfileUpdateInput,
    ) -> ApiResult<ViewerPayload> {
        let command = service::ProfileUpdate {
            expected_version: input.expected_version,
            profile: service::ProfileFields {
                nickname: input.nickname.into(),
                steam_id: input.steam_id.into(),
                positions: input.positions.unwrap_or_default().into(),
                has_active_dota_mmr: input.has_active_dota_mmr,
            },
        };
        let answered = run(ctx, input.call, command).await?;
        let viewer = loaded(ctx, answered.outcome.is_some()).await?;
        Ok(ViewerPayload { viewer, report: answered.report })
    }

    /// Chooses the organization that the caller's pages open with.
    async fn default_organization_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DefaultOrganizationSetInput,
    ) -> ApiResult<ViewerPayload> {
        let organization_id = match &input.organization_id {
            MaybeUndefined::Undefined => {
                return Err(ApiError::bad_input(
                    "say which organization: `organizationId`, or null for none",
                ));
            }
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(id) => Some(parse_id(id)?),
        };
        let answered = run(ctx, input.call, service::DefaultOrganizationSet { organization_id }).await?;
        let viewer = loaded(ctx, answered.outcome.is_some()).await?;
        Ok(ViewerPayload { viewer, report: answered.report })
    }
}

async fn loaded(ctx: &Context<'_>, is_done: bool) -> ApiResult<Option<Viewer>> {
    if is_done { Viewer::load(ctx).await } else { Ok(None) }
}

impl From<PositionsInput> for service::PositionRanks {
    fn from(it: PositionsInput) -> Self {
        Self {
            carry: it.carry,
            mid: it.mid,
            offlane: it.offlane,
            soft_support: it.soft_support,
            hard_support: it.hard_support,
        }
    }
}
