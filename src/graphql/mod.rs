//! GraphQL: from a request's text to the bytes of its answer.
//!
//! The only module that names `async_graphql`. Must not name a database, SQL or an HTTP library.

pub mod error;
mod context;
mod node;
mod page;
mod query;
mod rights;
mod scalars;
mod schema;
mod types;

pub use context::RequestContext;
pub use error::{ApiError, ErrorCode};
pub use schema::{ApiSchema, build, sdl};
