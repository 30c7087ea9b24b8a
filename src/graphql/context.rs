//! What every resolver can reach: who asks, the operation's loaders, its instant.
//!
//! Built once per operation; holds no state that outlives it.

use async_graphql::Context;

use super::error::ApiError;
use crate::loader::{LoadError, Loaders};
use crate::types::{Instant, Viewer};

/// Milliseconds after which a caller may try again when the database is away.
const RETRY_AFTER_MS: u64 = 1_000;

/// The context of one operation.
#[derive(Clone, Debug)]
pub struct RequestContext {
    viewer: Viewer,
    loaders: Loaders,
    now: Instant,
}

impl RequestContext {
    /// The context of an operation by `viewer` at instant `now`, with loaders that know nothing yet.
    #[must_use]
    pub fn new(viewer: Viewer, loaders: Loaders, now: Instant) -> Self {
        Self { viewer, loaders, now }
    }
}

/// Short names for what resolvers need of a context.
pub(super) trait ContextExt {
    /// The operation's loaders.
    fn loaders(&self) -> &Loaders;
    /// Who asks.
    fn viewer(&self) -> &Viewer;
    /// The operation's instant.
    fn now(&self) -> Instant;
}

impl ContextExt for Context<'_> {
    fn loaders(&self) -> &Loaders {
        &self.data_unchecked::<RequestContext>().loaders
    }

    fn viewer(&self) -> &Viewer {
        &self.data_unchecked::<RequestContext>().viewer
    }

    fn now(&self) -> Instant {
        self.data_unchecked::<RequestContext>().now
    }
}

/// Result of a resolver.
pub(super) type ApiResult<T> = Result<T, ApiError>;

/// Result of a nullable field: only an error inside makes the field itself null.
pub(super) type Nullable<T> = Option<Result<T, ApiError>>;

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(error = super::error::chain(&error), "the database is not reachable");
            Self::unavailable(RETRY_AFTER_MS)
        } else {
            Self::internal(error)
        }
    }
}
