//! The API of one test: the real schema over the test's own database, without a socket.
//!
//! Requests go through the same service the HTTP layer calls.

use std::sync::Arc;
use std::time::Duration;

use inhouse::graphql::{AnswerKind, DocumentLimits, GraphqlRequest, GraphqlService, RequestId, RequestInfo};
use inhouse::loader::ReadPath;
use inhouse::service::{Commands, Dice, Services};
use inhouse::types::{UserId, Viewer};
use serde_json::{Value, json};

use super::TestDb;

/// The API over a database of its own.
pub(crate) struct TestApi {
    pub(crate) test: TestDb,
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
        let commands = Commands::new(test.db.clone(), dice);
        Self::serving(test, read_path, commands)
    }

    /// The same, which does things through these services.
    pub(crate) fn serving(test: TestDb, read_path: ReadPath, services: impl Into<Services>) -> Self {
        let clock = test.db.clock().clone();
        let service =
            inhouse::graphql::service(read_path.clone(), services, clock, DocumentLimits::default());
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
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        let request = GraphqlRequest { query: query.to_owned(), variables, ..GraphqlRequest::default() };
        let info = RequestInfo {
            viewer: viewer.clone(),
            request_id: RequestId::generate(),
            only_query: false,
            as_of: None,
            wants_report: self.wants_report,
            document: None,
            deadline: tokio::time::Instant::now() + Duration::from_secs(30),
        };
        let answer = self.service.execute(request, info).await;
        (answer.kind, serde_json::from_slice(&answer.body).unwrap())
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
