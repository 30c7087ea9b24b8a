//! The API of one test: the real schema over the test's own database, without a socket.
//!
//! Requests go through the same service the HTTP layer calls.

use std::sync::Arc;
use std::time::Duration;

use inhouse::cache::Cache;
use inhouse::db::Db;
use inhouse::graphql::{
    AnswerKind, DocumentLimits, Feed, GraphqlRequest, GraphqlService, RequestId, RequestInfo, Started,
};
use inhouse::live::{Live, LiveSettings};
use inhouse::loader::ReadPath;
use inhouse::service::{Commands, Dice, Services};
use inhouse::types::{UserId, Viewer};
use serde_json::{Value, json};

use super::TestDb;

/// The API over a database of its own.
pub(crate) struct TestApi {
    pub(crate) test: Arc<TestDb>,
    pub(crate) read_path: ReadPath,
    service: Arc<dyn GraphqlService>,
    viewer: Viewer,
    /// Every answer tells what the cache did.
    pub(crate) wants_report: bool,
}

impl TestApi {
    pub(crate) async fn start() -> Self {
        Self::over(TestDb::start().await)
    }

    pub(crate) fn over(test: TestDb) -> Self {
        let read_path = test.read_path();
        Self::through(test, read_path)
    }

    /// The API of a process with this read path.
    pub(crate) fn through(test: TestDb, read_path: ReadPath) -> Self {
        Self::rolling(test, read_path, Dice::fair())
    }

    /// The same with these dice.
    pub(crate) fn rolling(test: TestDb, read_path: ReadPath, dice: Dice) -> Self {
        // Runs without a cache hear of nothing, and look.
        let live = LiveSettings { poll: Duration::from_millis(10), ..LiveSettings::default() };
        let db = test.db.clone();
        let commands = Commands::new(db.clone(), dice);
        Self::made((Arc::new(test), db), read_path, commands, live)
    }

    /// The same, which does things through these services.
    pub(crate) fn serving(
        test: impl Into<Arc<TestDb>>,
        read_path: ReadPath,
        services: impl Into<Services>,
    ) -> Self {
        let test = test.into();
        let db = test.db.clone();
        Self::made((test, db), read_path, services, LiveSettings::default())
    }

    /// The same API with other feeds.
    pub(crate) fn with_live(&self, live: LiveSettings) -> Self {
        let test = (Arc::clone(&self.test), self.test.db.clone());
        let commands = Commands::new(self.test.db.clone(), Dice::fair());
        Self::made(test, self.read_path.clone(), commands, live)
    }

    /// The API of another process on the same database, with this cache.
    pub(crate) fn elsewhere(&self, cache: Cache) -> Self {
        self.on(self.test.reopen(), cache, Dice::fair())
    }

    /// The API of another process with this connection to the same database.
    pub(crate) fn on(&self, db: Db, cache: Cache, dice: Dice) -> Self {
        let live = LiveSettings { poll: Duration::from_millis(10), ..LiveSettings::default() };
        let read_path = ReadPath::new(db.clone(), cache);
        let commands = Commands::new(db.clone(), dice);
        Self::made((Arc::clone(&self.test), db), read_path, commands, live)
    }

    fn made(
        (test, db): (Arc<TestDb>, Db),
        read_path: ReadPath,
        services: impl Into<Services>,
        live: LiveSettings,
    ) -> Self {
        let clock = db.clock().clone();
        let live = Live::new(db, read_path.cache().clone(), live);
        let limits = DocumentLimits::default();
        let service = inhouse::graphql::service(read_path.clone(), live, services, clock, limits);
        Self { test, read_path, service, viewer: Viewer::anonymous(), wants_report: false }
    }

    /// The same API, asked by this user.
    pub(crate) fn log_in(&mut self, id: UserId, is_staff: bool) {
        self.viewer = Viewer { user_id: Some(id), is_staff, ..Viewer::anonymous() };
    }

    /// The same API, asked by nobody.
    pub(crate) fn log_out(&mut self) {
        self.viewer = Viewer::anonymous();
    }

    /// Runs a document with variables; the whole answer but for what the cache did, and that.
    pub(crate) async fn reported(&self, query: &str, variables: Value) -> (Value, Value) {
        assert!(self.wants_report, "reports are asked for");
        let (_, mut answer) = self.run(query, variables).await;
        let report = answer["extensions"]["cache"].take();
        answer.as_object_mut().unwrap().remove("extensions");
        (answer, report)
    }

    /// The same API, asked by this superuser.
    pub(crate) fn log_in_as_superuser(&mut self, id: UserId) {
        self.viewer = Viewer { user_id: Some(id), is_superuser: true, ..Viewer::anonymous() };
    }

    /// Runs a document; the whole answer.
    pub(crate) async fn run(&self, query: &str, variables: Value) -> (AnswerKind, Value) {
        self.run_as(&self.viewer, query, variables).await
    }

    /// Runs a document on behalf of somebody; the whole answer.
    pub(crate) async fn run_as(&self, viewer: &Viewer, query: &str, variables: Value) -> (AnswerKind, Value) {
        let answer = self.service.execute(request(query, variables), self.info(viewer)).await;
        (answer.kind, serde_json::from_slice(&answer.body).unwrap())
    }

    /// Subscribes on behalf of somebody; the feed, or what a refusal answers.
    pub(crate) async fn watch(
        &self,
        viewer: &Viewer,
        query: &str,
        variables: Value,
        resume_after: Option<i32>,
    ) -> Result<Feed, Value> {
        let info = RequestInfo { resume_after, ..self.info(viewer) };
        match self.service.start(request(query, variables), info).await {
            Started::Feed(feed) => Ok(feed),
            Started::Answered(answer) => Err(serde_json::from_slice(&answer.body).unwrap()),
        }
    }

    fn info(&self, viewer: &Viewer) -> RequestInfo {
        RequestInfo {
            viewer: viewer.clone(),
            request_id: RequestId::generate(),
            only_query: false,
            as_of: None,
            wants_report: self.wants_report,
            document: None,
            resume_after: None,
            deadline: tokio::time::Instant::now() + Duration::from_secs(30),
        }
    }

    /// Runs a document that must succeed; its data.
    pub(crate) async fn data(&self, query: &str) -> Value {
        self.data_with(query, json!({})).await
    }

    /// Runs a document with variables that must succeed; its data.
    pub(crate) async fn data_with(&self, query: &str, variables: Value) -> Value {
        let (_, answer) = self.run(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// Runs a document that must fail; the code of its first error.
    pub(crate) async fn code(&self, query: &str) -> String {
        let (_, answer) = self.run(query, json!({})).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no coded error: {query}\n{answer:#}")).to_owned()
    }
}

fn request(query: &str, variables: Value) -> GraphqlRequest {
    let Value::Object(variables) = variables else { panic!("variables are an object") };
    GraphqlRequest { query: query.to_owned(), variables, ..GraphqlRequest::default() }
}
