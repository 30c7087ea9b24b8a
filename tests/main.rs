//! The integration tests, one binary: a crate under `tests/` links the whole server, so there is only one.
//!
//! They run on SQLite and the in-process change log; with `INHOUSE_TEST_DATABASE_URL` and `INHOUSE_TEST_REDIS_URL`
//! set, as `scripts/test` does in its second pass, on PostgreSQL and Redis.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test stands on says why it cannot go on, and stops"
)]

mod api;
mod architecture;
mod auth;
mod cache;
mod cache_faults;
mod cache_model;
mod cli;
mod cli_cache;
mod commands;
mod db;
mod discord;
mod import;
mod jobs;
mod live;
mod login;
mod schema;
mod sockets;
mod support;
