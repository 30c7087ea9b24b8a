//! The engine: limits → parse → choose the operation → measure → validate and run → code, mask and write.
//!
//! Generic over the schema, erased behind [`GraphqlService`]. Limits come before every step whose cost they bound.

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Data, ObjectType, Request, Response, Schema, ServerError, SubscriptionType, Variables};
use async_graphql_value::Value as InputValue;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Map, Value};

use super::coding::{self, Refusal};
use super::error::ErrorCode;
use super::limits::{DocumentLimits, refuse_unscanned};
use super::request::{AnswerKind, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo};
use super::{lexer, variables};

/// Puts what resolvers need of a request (viewer, loaders, …) into the data of their context.
pub type Inject = Box<dyn Fn(&RequestInfo, &mut Data) + Send + Sync>;

/// Runs requests against one schema.
pub struct Executor<Q, M, S> {
    schema: Schema<Q, M, S>,
    limits: DocumentLimits,
    inject: Inject,
}

/// A request that may run.
struct Prepared {
    request: Request,
    is_query: bool,
}

/// A subscription that was found good: run again for each item of its feed.
pub(super) struct Subscribing {
    pub(super) query: String,
    document: ExecutableDocument,
    pub(super) operation_name: Option<String>,
    /// Where it begins is taken out, if that can be.
    pub(super) variables: Map<String, Value>,
}

impl<Q, M, S> Executor<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// An engine for `schema`, whose own limits should be left at their defaults.
    #[must_use]
    pub fn new(schema: Schema<Q, M, S>, limits: DocumentLimits, inject: Inject) -> Self {
        Self { schema, limits, inject }
    }

    /// The document, bounded and parsed.
    fn parse(&self, query: &str) -> Result<ExecutableDocument, Refusal> {
        lexer::scan(query, &self.limits).map_err(|error| refuse_unscanned(error, &self.limits))?;
        async_graphql::parser::parse_query(query).map_err(|error| Refusal::unparsable(&error))
    }

    /// Everything before the library's turn.
    fn prepare(&self, request: GraphqlRequest, info: &mut RequestInfo) -> Result<Prepared, Refusal> {
        // Parsed here and kept inside, so that the library does not parse again.
        let document = self.parse(&request.query)?;
        let mut prepared = Request::new(request.query);
        let operation = choose(&document, request.operation_name.as_deref())?;
        let is_query = operation.ty == OperationType::Query;
        may_run(operation.ty, info)?;
        if !is_query {
            // What was true before a mutation says nothing about what it answers.
            info.as_of = None;
        }
        self.limits.check(&document, operation, &request.variables)?;
        variables::check(operation, &request.variables)?;
        prepared.set_parsed_query(document);
        prepared.operation_name = request.operation_name;
        prepared.variables = Variables::from_json(Value::Object(request.variables));
        (self.inject)(info, &mut prepared.data);
        Ok(Prepared { request: prepared, is_query })
    }

    /// The subscription that a request is, if it is one.
    pub(super) fn subscription(&self, request: &GraphqlRequest) -> Result<Option<Subscribing>, Refusal> {
        let document = self.parse(&request.query)?;
        let operation = choose(&document, request.operation_name.as_deref())?;
        if operation.ty != OperationType::Subscription {
            return Ok(None);
        }
        self.limits.check(&document, operation, &request.variables)?;
        variables::check(operation, &request.variables)?;
        let variables = match resume_variable(operation, &request.query) {
            // Where a subscriber begins says nothing of what it selects.
            Some(name) if request.variables.contains_key(&name) => {
                let mut variables = request.variables.clone();
                variables.insert(name, Value::from(0));
                variables
            }
            _ => request.variables.clone(),
        };
        let operation_name = request.operation_name.clone();
        Ok(Some(Subscribing { query: request.query.clone(), document, operation_name, variables }))
    }

    /// Runs a subscription's resolver once, in the data that `add` puts beside what every request gets. `variables` stand in
    /// for the subscription's own.
    pub(super) async fn run_once(
        &self,
        subscribing: &Subscribing,
        variables: Option<&Map<String, Value>>,
        info: &RequestInfo,
        add: impl FnOnce(&mut Data),
    ) -> Option<Response> {
        let mut request = Request::new(subscribing.query.clone());
        request.set_parsed_query(subscribing.document.clone());
        request.operation_name.clone_from(&subscribing.operation_name);
        let variables = variables.unwrap_or(&subscribing.variables);
        request.variables = Variables::from_json(Value::Object(variables.clone()));
        (self.inject)(info, &mut request.data);
        add(&mut request.data);
        let mut answers = self.schema.execute_stream(request);
        let running = AssertUnwindSafe(answers.next()).catch_unwind();
        match tokio::time::timeout_at(info.deadline, running).await {
            Ok(Ok(answer)) => answer,
            // The panic hook has told text and place.
            Ok(Err(_panic)) => Some(failed(ErrorCode::InternalServerError, "internal error")),
            Err(_elapsed) => Some(failed(ErrorCode::Timeout, "it took too long to show what happened")),
        }
    }

    async fn answer(&self, request: GraphqlRequest, mut info: RequestInfo) -> GraphqlAnswer {
        let request_id = info.request_id.clone();
        let prepared = match self.prepare(request, &mut info) {
            Ok(prepared) => prepared,
            Err(refusal) => return refusal.into_answer(&request_id),
        };
        let is_query = prepared.is_query;
        let running = AssertUnwindSafe(self.schema.execute(prepared.request)).catch_unwind();
        let response = match tokio::time::timeout_at(info.deadline, running).await {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => {
                // The panic hook has told text and place.
                return Refusal::internal("a resolver panicked", &request_id).into_answer(&request_id);
            }
            Err(_elapsed) => return timed_out().into_answer(&request_id),
        };
        let is_refused = !response.errors.is_empty() && !response.errors.iter().any(coding::is_field_error);
        if is_refused {
            return Refusal::of_library(response.errors).into_answer(&request_id);
        }
        coding::executed(response, is_query, &request_id)
    }
}

impl<Q, M, S> GraphqlService for Executor<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn execute(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, GraphqlAnswer> {
        Box::pin(self.answer(request, info))
    }
}

/// The names of the root fields of a request, if it is a query that names them all itself.
pub(super) fn root_fields(request: &GraphqlRequest, limits: &DocumentLimits) -> Option<Vec<String>> {
    lexer::scan(&request.query, limits).ok()?;
    let document = async_graphql::parser::parse_query(&request.query).ok()?;
    let operation = choose(&document, request.operation_name.as_deref()).ok()?;
    if operation.ty != OperationType::Query {
        return None;
    }
    let names = operation.selection_set.node.items.iter().map(|item| match &item.node {
        Selection::Field(field) => Some(field.node.name.node.to_string()),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    });
    names.collect()
}

/// The operation to run, chosen as the specification says.
fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Refusal> {
    let unresolved = |message: String| {
        Refusal::new(AnswerKind::OperationUnresolved, ErrorCode::OperationResolutionFailure, message)
    };
    let unknown = |name: &str| unresolved(format!("there is no operation named \"{name}\""));
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(&only.node),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(name)),
        (DocumentOperations::Multiple(all), Some(name)) => {
            all.get(name).map(|operation| &operation.node).ok_or_else(|| unknown(name))
        }
        (DocumentOperations::Multiple(all), None) => match (all.len(), all.values().next()) {
            (1, Some(only)) => Ok(&only.node),
            _ => Err(unresolved("the document has several operations: name one".to_owned())),
        },
    }
}

fn may_run(operation: OperationType, info: &RequestInfo) -> Result<(), Refusal> {
    match operation {
        OperationType::Query => Ok(()),
        OperationType::Mutation if info.only_query => Err(Refusal::new(
            AnswerKind::MethodNotAllowed,
            ErrorCode::BadUserInput,
            "a mutation must be sent by POST",
        )),
        OperationType::Mutation if info.viewer.is_read_only => Err(Refusal::new(
            AnswerKind::Forbidden,
            ErrorCode::Forbidden,
            "this API token may only read: make one with the scope `write`",
        )),
        OperationType::Mutation => Ok(()),
        OperationType::Subscription => Err(Refusal::new(
            AnswerKind::OperationUnresolved,
            ErrorCode::OperationResolutionFailure,
            "a subscription cannot be answered by a single response: use a WebSocket or accept text/event-stream",
        )),
    }
}

/// The variable that says where a subscription begins, if it is used for nothing else.
fn resume_variable(operation: &OperationDefinition, query: &str) -> Option<String> {
    let [root] = operation.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(field) = &root.node else { return None };
    let InputValue::Variable(name) = &field.node.get_argument("after")?.node else { return None };
    let name = name.to_string();
    let is_name = |it: char| it == '_' || it.is_ascii_alphanumeric();
    let uses = query.match_indices('$').filter(|(at, _)| {
        let rest = query.get(at.saturating_add(1)..).unwrap_or_default().trim_start();
        rest.strip_prefix(name.as_str()).is_some_and(|it| !it.starts_with(is_name))
    });
    // Where it is declared, and there.
    (uses.count() == 2).then_some(name)
}

fn failed(code: ErrorCode, message: &str) -> Response {
    Response::from_errors(vec![coding::coded(ServerError::new(message, None), code)])
}

fn timed_out() -> Refusal {
    Refusal::new(AnswerKind::TimedOut, ErrorCode::Timeout, "the request took too long")
}

#[cfg(test)]
mod tests;
