//! GraphQL: from a request's text to the bytes of its answer.
//!
//! The only module that names `async_graphql`; its seam to transports is [`GraphqlService`], made of plain values.
//! Must not name a database, SQL or an HTTP library.

mod answers;
mod coding;
mod context;
pub mod error;
pub mod execute;
mod feeds;
mod lexer;
pub mod limits;
mod measure;
mod mutation;
mod node;
mod page;
mod query;
mod report;
pub mod request;
mod request_id;
mod rights;
mod scalars;
mod schema;
mod subscription;
#[cfg(test)]
pub(crate) mod toy;
mod types;
mod variables;
mod whole;

pub use context::RequestContext;
pub use error::{ApiError, ErrorCode};
pub use execute::{Executor, Inject};
pub use limits::DocumentLimits;
pub use request::{
    AnswerKind, CacheStatus, Feed, FeedMessage, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo,
    ShapeError, Started,
};
pub use request_id::RequestId;
pub use schema::{ApiSchema, RELAXABLE_FIELDS, build, sdl, service};
