//! `cacheInvalidate`: what `inhouse cache invalidate` does, for superusers.

use async_graphql::{
    Context, CustomValidator, InputObject, InputValueError, Object, OneofObject, SimpleObject,
};

use super::call::{CallInput, CallReport, run};
use crate::cache::{Dep, Name};
use crate::graphql::context::ApiResult;
use crate::service::cache::CacheInvalidate;

/// What is done to the cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CacheMutation;

/// What was changed past this server.
#[derive(Debug, InputObject)]
pub(crate) struct CacheInvalidateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// What was changed.
    target: CacheTargetInput,
}

/// What to invalidate, from everything to one object. Models are named as in the reports of the cache: `tournament`,
/// `draft_round`; an unknown one is answered with the list of those there are.
#[derive(Debug, OneofObject)]
pub(crate) enum CacheTargetInput {
    /// All there is; the value must be `true`.
    #[graphql(validator(custom = "IsTrue"))]
    Everything(bool),
    /// All of a model: its objects, its lists, and what is related to its objects.
    Model(String),
    /// Filtered lists of a model, and what was counted of it; not its objects.
    Rows(String),
    /// One object.
    Object(CacheObjectInput),
    /// A list of one object's children: who is in it.
    Related(CacheRelatedInput),
}

/// One object of a model.
#[derive(Debug, InputObject)]
pub(crate) struct CacheObjectInput {
    /// Name of the model, for example `tournament`.
    model: String,
    /// Primary key of the object.
    pk: i32,
}

/// A list of one object's children.
#[derive(Debug, InputObject)]
pub(crate) struct CacheRelatedInput {
    /// Name of the relation, for example `team.members`.
    relation: String,
    /// Primary key of the parent.
    pk: i32,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct CacheInvalidatePayload {
    /// What is invalid now, as `inhouse cache invalidate` would take it, for example `object tournament 5`; null if
    /// nothing is.
    invalidated: Option<String>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What is done to the cache.
#[Object]
impl CacheMutation {
    /// Says that something was changed past this server, for example by SQL: whatever was read of it before is not
    /// served any more, on any server. For superusers.
    async fn cache_invalidate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was changed.")] input: CacheInvalidateInput,
    ) -> ApiResult<CacheInvalidatePayload> {
        let field = input.target.path();
        let answered = run(ctx, input.call, CacheInvalidate { dep: input.target.into(), field }).await?;
        let invalidated = answered.outcome.map(|dep| dep.to_string());
        Ok(CacheInvalidatePayload { invalidated, report: answered.report })
    }
}

impl CacheTargetInput {
    /// Where in the input the name is.
    fn path(&self) -> &'static [&'static str] {
        match self {
            Self::Everything(_) => &["target", "everything"],
            Self::Model(_) => &["target", "model"],
            Self::Rows(_) => &["target", "rows"],
            Self::Object(_) => &["target", "object", "model"],
            Self::Related(_) => &["target", "related", "relation"],
        }
    }
}

/// `false` would name nothing.
struct IsTrue;

impl CustomValidator<bool> for IsTrue {
    fn check(&self, value: &bool) -> Result<(), InputValueError<bool>> {
        if *value { Ok(()) } else { Err("`everything` must be true, or something else must be named".into()) }
    }
}

impl From<CacheTargetInput> for Dep {
    fn from(target: CacheTargetInput) -> Self {
        match target {
            CacheTargetInput::Everything(_) => Self::Everything,
            CacheTargetInput::Model(model) => Self::Model(Name::Owned(model)),
            CacheTargetInput::Rows(model) => Self::Rows(Name::Owned(model)),
            CacheTargetInput::Object(it) => Self::Object(Name::Owned(it.model), it.pk.into()),
            CacheTargetInput::Related(it) => Self::Related(Name::Owned(it.relation), it.pk.into()),
        }
    }
}
