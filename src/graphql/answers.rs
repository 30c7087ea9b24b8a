//! Whole answers from the cache: what was answered before and is still true goes out without being computed again.
//!
//! Wraps an engine and knows nothing of schemas. Stores answers to queries only, and none with errors; whose an answer
//! is, and what it depends on, is found out by watching it being computed.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::context::caller;
use super::execute::root_fields;
use super::limits::DocumentLimits;
use super::report::Summary;
use super::request::{AnswerKind, CacheStatus, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo};
use crate::cache::reads::observe;
use crate::cache::{AsOf, Kind, Layer, Report, ScopedKey, TtlClass};
use crate::loader::ReadPath;

/// What answers are called in keys and counts.
const NAME: &str = "graphql";

/// A relaxed field may be answered by what was last heard, if that is younger.
const RELAXED_AGE: Duration = Duration::from_secs(1);

/// An engine with a cache of its answers in front.
pub(super) struct Answers {
    engine: Arc<dyn GraphqlService>,
    read_path: ReadPath,
    limits: DocumentLimits,
}

/// An answer as it is cached.
#[derive(Debug, Serialize, Deserialize)]
struct StoredAnswer {
    body: Bytes,
    /// Every root field is relaxed.
    is_relaxed: bool,
}

impl Answers {
    pub(super) fn new(engine: Arc<dyn GraphqlService>, read_path: ReadPath, limits: DocumentLimits) -> Self {
        Self { engine, read_path, limits }
    }

    async fn answer(&self, request: GraphqlRequest, mut info: RequestInfo) -> GraphqlAnswer {
        let cache = self.read_path.cache();
        let report = Arc::new(Report::default());
        let wants_report = info.wants_report || cache.settings().always_report;
        let key = key_of(&request, &info);
        let is_relaxed = self.is_relaxed(&request, &key);
        if info.as_of.is_none() && !is_mutation(&request.query) {
            info.as_of =
                if is_relaxed { cache.check_relaxed(RELAXED_AGE).await } else { cache.check().await };
        }
        info.document = Some(key.digest());
        let as_of = info.as_of.clone();
        let mut answer = match self.stored(as_of.as_ref(), &key, &request, &report).await {
            Some(answer) => answer,
            None => {
                let running = self.engine.execute(request, info);
                let (mut answer, reads) = observe(Arc::clone(&report), running).await;
                answer.cache = match &as_of {
                    Some(as_of) if self.is_storable(&answer) => {
                        let stored = StoredAnswer { body: answer.body.clone(), is_relaxed };
                        cache.keep(as_of, &key, &reads, Arc::new(stored), TtlClass::Default);
                        CacheStatus::Stored
                    }
                    Some(_) => CacheStatus::Miss,
                    None => CacheStatus::Bypass,
                };
                answer
            }
        };
        cache.count(&report);
        if wants_report && answer.kind == AnswerKind::Executed {
            let summary = Summary::new(answer.cache, &report, as_of.as_ref());
            answer.body = with_report(&answer.body, &summary);
        }
        answer
    }

    async fn stored(
        &self,
        as_of: Option<&AsOf>,
        key: &ScopedKey,
        request: &GraphqlRequest,
        report: &Arc<Report>,
    ) -> Option<GraphqlAnswer> {
        let cache = self.read_path.cache();
        if !cache.settings().responses || is_mutation(&request.query) {
            return None;
        }
        let (found, _) = observe(Arc::clone(report), cache.find::<StoredAnswer>(as_of?, key)).await;
        let found = found?;
        let cache = if found.layer == Layer::Near { CacheStatus::Near } else { CacheStatus::Far };
        Some(GraphqlAnswer {
            body: found.value.body.clone(),
            kind: AnswerKind::Executed,
            has_errors: false,
            is_query: true,
            retry_after_ms: None,
            cache,
        })
    }

    fn is_storable(&self, answer: &GraphqlAnswer) -> bool {
        let is_good = answer.kind == AnswerKind::Executed && !answer.has_errors;
        self.read_path.cache().settings().responses && is_good && answer.is_query
    }

    /// Whether the operator allowed every root field of the request to be answered by what was last heard.
    fn is_relaxed(&self, request: &GraphqlRequest, key: &ScopedKey) -> bool {
        let cache = self.read_path.cache();
        let relaxed = &cache.settings().relaxed_fields;
        if relaxed.is_empty() {
            return false;
        }
        if let Some(known) = cache.peek::<StoredAnswer>(key) {
            return known.is_relaxed;
        }
        let fields = root_fields(request, &self.limits);
        fields.is_some_and(|fields| fields.iter().all(|it| relaxed.contains(it)))
    }
}

impl GraphqlService for Answers {
    fn execute(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, GraphqlAnswer> {
        Box::pin(self.answer(request, info))
    }
}

fn key_of(request: &GraphqlRequest, info: &RequestInfo) -> ScopedKey {
    let variables = serde_json::to_vec(&request.variables).unwrap_or_default();
    let operation = request.operation_name.as_deref();
    let parts = [
        request.query.as_bytes(),
        &[u8::from(operation.is_some())],
        operation.unwrap_or_default().as_bytes(),
        variables.as_slice(),
    ];
    ScopedKey::new(Kind::Response, NAME, &parts, &caller(&info.viewer))
}

/// Spares most mutations a look-up that cannot succeed; nothing depends on it.
fn is_mutation(document: &str) -> bool {
    document.trim_start().starts_with("mutation")
}

/// The answer with `extensions.cache` put in front of its last brace.
fn with_report(body: &Bytes, summary: &Summary) -> Bytes {
    let Some(open) = body.strip_suffix(b"}") else { return body.clone() };
    let Ok(summary) = serde_json::to_vec(summary) else { return body.clone() };
    let mut text = BytesMut::with_capacity(body.len().saturating_add(summary.len()).saturating_add(32));
    text.put_slice(open);
    text.put_slice(b",\"extensions\":{\"cache\":");
    text.put_slice(&summary);
    text.put_slice(b"}}");
    text.freeze()
}
