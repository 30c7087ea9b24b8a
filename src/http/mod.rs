//! The HTTP side: routes, the layers around them, and how a GraphQL answer becomes a response, a stream of events, or
//! messages of a socket.
//!
//! The only module that names `axum` and `tower`. Knows GraphQL through `dyn GraphqlService` alone and no database; only
//! `auth` calls a service.

mod app;
mod auth;
mod caching;
mod caller;
mod embedded;
mod error;
mod graphiql;
mod graphql;
mod health;
mod layers;
mod metrics;
mod negotiate;
mod origin;
mod server;
mod sse;
mod streams;
#[cfg(test)]
mod tests;
mod watch;
mod ws;

pub use app::{HttpSettings, HttpState, router};
pub use auth::{AuthState, auth_router};
pub use health::{Check, Readiness};
pub use metrics::{Observe, metrics_router};
pub use server::serve;
pub use streams::{SocketSettings, Streams};
