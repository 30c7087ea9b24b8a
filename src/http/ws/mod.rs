//! `graphql-transport-ws` on a WebSocket at `/graphql`: from an upgraded connection to operations and their answers.
//!
//! One task a socket, and no queue in it: the next answer is asked for when the one before it was taken. Knows GraphQL
//! through `dyn GraphqlService` alone. The protocol: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

mod bucket;
mod close;
mod message;
mod operations;
mod socket;
#[cfg(test)]
mod tests;
mod upgrade;
mod wire;

pub(super) use upgrade::{is_upgrade, upgrade};
