//! Subscriptions: opened by running their resolver once to learn what they are about, then run again for each item.
//!
//! In front of the engine and its cache of answers, which know one answer for each request. Holds no socket and no queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::coding::{self, Refusal};
use super::context::caller;
use super::error::ErrorCode;
use super::execute::{Executor, Subscribing};
use super::mutation::Mutation;
use super::query::Query;
use super::request::{
    AnswerKind, FeedMessage, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo, Started,
};
use super::subscription::{Asked, Opening, Subscription, Turn};
use crate::cache::reads::observe;
use crate::cache::{Kind, ScopedKey};
use crate::live::{Encoded, Item, Live, Selection, Unreachable};
use crate::loader::ReadPath;

/// What selections are called in keys.
const NAME: &str = "feed";

/// How long an item may take to be resolved before that is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

type Engine = Executor<Query, Mutation, Subscription>;

/// Answers requests, and keeps answering subscriptions.
pub(super) struct Feeds {
    /// Runs what has one answer.
    answers: Arc<dyn GraphqlService>,
    shared: Arc<Shared>,
    live: Live,
}

struct Shared {
    engine: Arc<Engine>,
    read_path: ReadPath,
    /// Documents that somebody is subscribed by: thousands may watch by one.
    documents: Mutex<HashMap<u128, Weak<Subscribing>>>,
}

/// What one subscriber selects.
struct Selected {
    shared: Arc<Shared>,
    document: Arc<Subscribing>,
    digest: u128,
    info: RequestInfo,
    caller: String,
}

impl Feeds {
    pub(super) fn new(
        answers: Arc<dyn GraphqlService>,
        (engine, read_path): (Arc<Engine>, ReadPath),
        live: Live,
    ) -> Self {
        Self { answers, shared: Arc::new(Shared { engine, read_path, documents: Mutex::default() }), live }
    }

    async fn begin(&self, request: GraphqlRequest, info: RequestInfo) -> Started {
        if !request.query.contains("subscription") {
            return Started::Answered(self.answers.execute(request, info).await);
        }
        match self.shared.engine.subscription(&request) {
            Ok(Some(document)) => match self.subscribe(document, &request, info).await {
                Ok(started) => started,
                Err(answer) => Started::Answered(answer),
            },
            Ok(None) => Started::Answered(self.answers.execute(request, info).await),
            Err(refusal) => Started::Answered(refusal.into_answer(&info.request_id)),
        }
    }

    async fn subscribe(
        &self,
        document: Subscribing,
        request: &GraphqlRequest,
        mut info: RequestInfo,
    ) -> Result<Started, GraphqlAnswer> {
        let Asked { topic, after } = self.open(&document, request, &mut info).await?;
        let key = document.key(&info);
        let document = self.shared.one_of(key.digest(), document);
        let after = info.resume_after.or(after);
        let selection = Selected {
            shared: Arc::clone(&self.shared),
            document,
            digest: key.digest(),
            caller: caller(&info.viewer),
            info: RequestInfo { document: Some(key.digest()), ..info },
        };
        let told = self.live.subscribe(topic, after, Arc::new(selection));
        Ok(Started::Feed(told.map(|it| FeedMessage { seq: it.seq, body: it.body }).boxed()))
    }

    /// Finds out what a subscription is about.
    async fn open(
        &self,
        document: &Subscribing,
        request: &GraphqlRequest,
        info: &mut RequestInfo,
    ) -> Result<Asked, GraphqlAnswer> {
        if info.as_of.is_none() {
            info.as_of = self.shared.read_path.cache().check().await;
        }
        let opening = Arc::new(Opening::default());
        let turn = Turn::Open(Arc::clone(&opening));
        let variables = Some(&request.variables);
        let answer = self.shared.engine.run_once(document, variables, info, |data| data.insert(turn)).await;
        info.as_of = None;
        match answer {
            Some(answer) if !answer.errors.is_empty() => Err(coding::unopened(answer, &info.request_id)),
            _ => opening.asked().ok_or_else(|| {
                let message = "a subscription asks for one feed";
                let refusal =
                    Refusal::new(AnswerKind::ValidationFailed, ErrorCode::GraphqlValidationFailed, message);
                refusal.into_answer(&info.request_id)
            }),
        }
    }
}

impl GraphqlService for Feeds {
    fn execute(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, GraphqlAnswer> {
        self.answers.execute(request, info)
    }

    fn start(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, Started> {
        Box::pin(self.begin(request, info))
    }
}

impl Subscribing {
    /// Names what is selected.
    fn key(&self, info: &RequestInfo) -> ScopedKey {
        let variables = serde_json::to_vec(&self.variables).unwrap_or_default();
        let operation = self.operation_name.as_deref();
        let parts = [
            self.query.as_bytes(),
            &[u8::from(operation.is_some())],
            operation.unwrap_or_default().as_bytes(),
            variables.as_slice(),
        ];
        ScopedKey::new(Kind::Response, NAME, &parts, &caller(&info.viewer))
    }
}

impl Shared {
    /// The document that others are subscribed by already, if it is the same.
    fn one_of(&self, digest: u128, document: Subscribing) -> Arc<Subscribing> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = documents.get(&digest).and_then(Weak::upgrade) {
            return known;
        }
        documents.retain(|_, it| it.strong_count() > 0);
        let document = Arc::new(document);
        documents.insert(digest, Arc::downgrade(&document));
        document
    }
}

impl Selected {
    async fn tell(&self, item: &Item) -> Result<Encoded, Unreachable> {
        // Made after the change was committed, so nothing that is read shows less than the item tells.
        let as_of = self.shared.read_path.cache().check().await;
        let info = RequestInfo { as_of, deadline: Instant::now() + PATIENCE, ..self.info.clone() };
        let turn = Turn::Tell(item.clone());
        let run = self.shared.engine.run_once(&self.document, None, &info, |data| data.insert(turn));
        let (answer, reads) = observe(Arc::default(), run).await;
        let answer = answer.filter(|it| !coding::is_unavailable(it)).ok_or(Unreachable)?;
        let body = coding::executed(answer, false, &info.request_id).body;
        Ok(Encoded { body, is_personal: reads.has_read_viewer() })
    }
}

impl Selection for Selected {
    fn digest(&self) -> u128 {
        self.digest
    }

    fn caller(&self) -> &str {
        &self.caller
    }

    fn encode<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Encoded, Unreachable>> {
        Box::pin(self.tell(item))
    }
}
