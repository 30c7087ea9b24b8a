//! The engine: limits → parse → choose the operation → measure → validate and run → code, mask and write.
//!
//! Generic over the schema, erased behind [`GraphqlService`]. Limits come before every step whose cost they bound.

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Data, ObjectType, Request, Schema, SubscriptionType, Variables};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

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

    /// Everything before the library's turn.
    fn prepare(&self, request: GraphqlRequest, info: &mut RequestInfo) -> Result<Prepared, Refusal> {
        lexer::scan(&request.query, &self.limits).map_err(|error| refuse_unscanned(error, &self.limits))?;
        let mut prepared = Request::new(request.query);
        // Parsed here and kept inside, so that the library does not parse again.
        let document = match async_graphql::parser::parse_query(&prepared.query) {
            Ok(document) => document,
            Err(error) => return Err(Refusal::unparsable(&error)),
        };
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
            "a subscription cannot be answered by a single response",
        )),
    }
}

fn timed_out() -> Refusal {
    Refusal::new(AnswerKind::TimedOut, ErrorCode::Timeout, "the request took too long")
}

#[cfg(test)]
mod tests;
