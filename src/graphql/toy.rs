//! A schema of a few fields that misbehave in every way, for the tests of the engine and of the transports.
//!
//! Hands out plain values and `dyn GraphqlService` only, so that tests outside this module need no library either.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, EmptySubscription, Error, InputObject, Object, Schema, SimpleObject};
use tokio::time::Instant;

use super::{ApiError, DocumentLimits, Executor, GraphqlRequest, GraphqlService, RequestId, RequestInfo};
use crate::types::Viewer;

pub(crate) type Toy = Executor<Query, Mutation, EmptySubscription>;

/// The engine on the toy schema.
pub(crate) fn executor() -> Toy {
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    let inject = |info: &RequestInfo, data: &mut async_graphql::Data| data.insert(info.viewer.clone());
    Executor::new(schema, DocumentLimits::default(), Box::new(inject))
}

/// The same, erased.
pub(crate) fn service() -> Arc<dyn GraphqlService> {
    Arc::new(executor())
}

/// A request for `query` with `variables`, which must be an object.
pub(crate) fn request(query: &str, variables: &serde_json::Value) -> GraphqlRequest {
    let variables = variables.as_object().unwrap().clone();
    GraphqlRequest { query: query.to_owned(), variables, ..Default::default() }
}

/// Information of an anonymous request with id `test`.
pub(crate) fn info() -> RequestInfo {
    RequestInfo {
        as_of: None,
        wants_report: false,
        document: None,
        resume_after: None,
        viewer: Viewer::anonymous(),
        request_id: RequestId::accept("test").unwrap(),
        only_query: false,
        deadline: Instant::now() + Duration::from_secs(10),
    }
}

pub(crate) struct Query;
pub(crate) struct Mutation;

#[derive(SimpleObject)]
pub(crate) struct Items {
    nodes: Vec<Query>,
}

#[derive(InputObject)]
pub(crate) struct Filter {
    name: Option<String>,
}

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn sum(&self, #[graphql(default)] of: Vec<i32>) -> i32 {
        of.iter().sum()
    }

    async fn found(&self, filter: Filter, #[graphql(validator(maximum = 100))] first: Option<i32>) -> String {
        format!("{} {first:?}", filter.name.unwrap_or_default())
    }

    async fn viewer(&self, ctx: &Context<'_>) -> Option<i64> {
        ctx.data_unchecked::<Viewer>().user_id.map(|id| id.0)
    }

    async fn me(&self) -> Query {
        Query
    }

    async fn items(&self, first: Option<usize>) -> Items {
        Items { nodes: (0..first.unwrap_or(2)).map(|_| Query).collect() }
    }

    async fn sleeping(&self) -> bool {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        true
    }

    async fn panicking(&self, #[graphql(default = true)] now: bool) -> bool {
        assert!(!now, "a test panics here");
        now
    }

    async fn forbidden(&self) -> Option<Result<bool, ApiError>> {
        Some(Err(ApiError::forbidden("not for you")))
    }

    async fn forbidden_required(&self) -> Result<bool, ApiError> {
        Err(ApiError::forbidden("not for you"))
    }

    async fn away(&self) -> Option<Result<bool, ApiError>> {
        Some(Err(ApiError::unavailable(1500)))
    }

    async fn broken(&self) -> Option<Result<bool, ApiError>> {
        Some(Err(ApiError::internal(std::io::Error::other("password=hunter2"))))
    }

    async fn leaking(&self) -> Option<Result<bool, Error>> {
        Some(Err(Error::new("SELECT secret FROM users")))
    }

    async fn leaking_source(&self) -> Option<Result<bool, Error>> {
        Some(Err(std::io::Error::other("SELECT secret FROM users").into()))
    }
}

#[Object]
impl Mutation {
    async fn bump(&self) -> i32 {
        1
    }
}
