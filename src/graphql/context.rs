//! What every resolver can reach: who asks, the operation's loaders, its instant.
//!
//! Built once per operation; holds no state that outlives it. Whoever asks a context who asks, or what time it is, is
//! noted: that decides whose cached result it may become.

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};

use async_graphql::Context;

use super::error::ApiError;
use crate::cache::{Cacheable, TtlClass, reads};
use crate::db::Entity;
use crate::loader::{LoadError, Loaders, ReadPath};
use crate::service::Commands;
use crate::service::guild::Guilds;
use crate::types::{Instant, Viewer};

/// Milliseconds after which a caller may try again when the database is away.
const RETRY_AFTER_MS: u64 = 1_000;

/// The context of one operation.
#[derive(Debug)]
pub struct RequestContext {
    viewer: Viewer,
    /// The viewer's name in the cache.
    caller: String,
    /// Names the document with its variables; none if nothing of the operation is to be cached.
    document: Option<u128>,
    loaders: Generation,
    now: Instant,
}

/// Loaders, and those that took their place. Mutations run one after the other, and each is answered by loaders that have
/// seen nothing of what was before it.
#[derive(Debug)]
struct Generation {
    loaders: Loaders,
    next: OnceLock<Box<Self>>,
}

impl Generation {
    fn new(loaders: Loaders) -> Self {
        Self { loaders, next: OnceLock::new() }
    }

    fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        newest
    }
}

impl RequestContext {
    /// The context of an operation by `viewer` at instant `now`, with loaders that know nothing yet.
    #[must_use]
    pub fn new(viewer: Viewer, loaders: Loaders, now: Instant) -> Self {
        Self { caller: caller(&viewer), viewer, document: None, loaders: Generation::new(loaders), now }
    }

    /// The same for a document of this name, the objects of which may be cached as wholes.
    #[must_use]
    pub fn of_document(self, document: Option<u128>) -> Self {
        Self { document, ..self }
    }

    pub(super) fn document(&self) -> Option<u128> {
        self.document
    }

    pub(super) fn caller(&self) -> &str {
        &self.caller
    }

    pub(super) fn loaders(&self) -> &Loaders {
        &self.loaders.newest().loaders
    }

    fn renew(&self, loaders: Loaders) {
        // Taken only if two mutations of one operation ran at once, which they never do.
        let _ = self.loaders.newest().next.set(Box::new(Generation::new(loaders)));
    }
}

/// Short names for what resolvers need of a context.
pub(super) trait ContextExt {
    /// The operation's loaders.
    fn loaders(&self) -> &Loaders;
    /// What mutations write through.
    fn commands(&self) -> &Commands;
    /// The guilds of organizations. What they tell comes from outside, and is true at this instant only.
    fn guilds(&self) -> &Guilds;
    /// Gives the operation loaders that see what was committed up to now.
    fn renew_loaders(&self) -> impl Future<Output = ()> + Send;
    /// Who asks. Whatever is computed from it is this caller's alone.
    fn viewer(&self) -> &Viewer;
    /// The operation's instant. Whatever is computed from it is true at this instant only.
    fn now(&self) -> Instant;
    /// A computed value of the object `owner`: cached, or computed and cached. It may be computed from `owner`, from the
    /// viewer, and from whatever is loaded meanwhile; from nothing else of the object at hand.
    fn cached<'a, E: Entity, T: Cacheable>(
        &'a self,
        name: &'static str,
        ttl: TtlClass,
        owner: &'a E,
        compute: impl Future<Output = ApiResult<T>> + Send + 'a,
    ) -> impl Future<Output = ApiResult<Arc<T>>> + Send + 'a;
}

impl ContextExt for Context<'_> {
    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<RequestContext>().loaders()
    }

    fn commands(&self) -> &Commands {
        self.data_unchecked::<Commands>()
    }

    fn guilds(&self) -> &Guilds {
        // Nothing that is written here tells when it changes, so no answer with it in it may be stored.
        reads::record_clock();
        self.data_unchecked::<Guilds>()
    }

    async fn renew_loaders(&self) {
        let read_path = self.data_unchecked::<ReadPath>();
        let as_of = read_path.cache().check().await;
        self.data_unchecked::<RequestContext>().renew(read_path.loaders(as_of));
    }

    fn viewer(&self) -> &Viewer {
        reads::record_viewer();
        &self.data_unchecked::<RequestContext>().viewer
    }

    fn now(&self) -> Instant {
        reads::record_clock();
        self.data_unchecked::<RequestContext>().now
    }

    fn cached<'a, E: Entity, T: Cacheable>(
        &'a self,
        name: &'static str,
        ttl: TtlClass,
        owner: &'a E,
        compute: impl Future<Output = ApiResult<T>> + Send + 'a,
    ) -> impl Future<Output = ApiResult<Arc<T>>> + Send + 'a {
        let context = self.data_unchecked::<RequestContext>();
        async move { context.loaders().cached((name, ttl), (owner, &context.caller), compute).await }
    }
}

/// Names a caller with everything that is known of them, so that one who lost a right is another one.
pub(super) fn caller(viewer: &Viewer) -> String {
    format!("{viewer:?}")
}

/// Result of a resolver.
pub(super) type ApiResult<T> = Result<T, ApiError>;

/// Result of a nullable field: only an error inside makes the field itself null.
pub(super) type Nullable<T> = Option<Result<T, ApiError>>;

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        Self::of_database(error.is_unavailable(), error)
    }
}

impl ApiError {
    /// A failure of the database: one that may be over soon is told as such.
    pub(super) fn of_database(is_unavailable: bool, error: impl StdError + Send + Sync + 'static) -> Self {
        if is_unavailable {
            tracing::warn!(error = super::error::chain(&error), "the database is not reachable");
            Self::unavailable(RETRY_AFTER_MS)
        } else {
            Self::internal(error)
        }
    }
}
