//! A GraphQL server for Dota 2 communities that run in-house tournaments: drafts, teams, brackets, live.
//!
//! # The map
//!
//! | module | is |
//! |---|---|
//! | [`types`] | the leaf vocabulary: ids, enums, [`types::Viewer`], the clock |
//! | [`domain`] | pure rules: who may do what, drafts, brackets, what an import file means |
//! | [`cache`] | the engine that keeps cached reads from going stale; knows no entity |
//! | [`db`] | the only module that knows diesel: rows, queries, the unit of work, migrations |
//! | [`loader`] | the read path: loaders of one request, through the cache |
//! | [`discord`] | asks Discord: members of a guild, voice channels; the one cache of members |
//! | [`jobs`] | what goes on beside requests: the sweeper of the outbox |
//! | [`auth`] | from credentials to a viewer; cookies, secrets, the login by Discord |
//! | [`service`] | the write path: one file per aggregate |
//! | [`graphql`] | the schema, limits, errors; behind the trait [`graphql::GraphqlService`] |
//! | [`http`] | routes and layers |
//! | [`telemetry`] | the log, and the only way to start a task |
//! | [`config`] | each module's settings, read from flags, environment and file |
//! | [`app`], [`cli`] | put it all together; one file per command |
//!
//! # Who may use whom
//!
//! Downwards only: `http` → `graphql` → `loader` → `db` → `types`. `domain` uses nothing but `types` and never waits;
//! every large crate belongs to one module. `tests/architecture/table.rs` is the whole rule, and a test enforces it.
//!
//! # The route of a query
//!
//! `http` gives the request an id, limits its body and time, and asks `auth` for the viewer. `graphql` measures the
//! document before it validates it, then runs it with a context of viewer, loaders and instant. Resolvers ask the
//! loaders for rows; siblings are fetched together, one statement per kind. Errors get their code and lose their inner
//! text in one place, `graphql::error`.
//!
//! # The route of a mutation
//!
//! A resolver turns its input into a command for one method of a service. That opens [`db::Db::write`], locks the
//! aggregate, reads rows from the database, asks [`domain::policy`] and the rule, and writes through
//! [`db::UnitOfWork`], where each write queues what it invalidates. The commit finishes in a task of its own, so that a
//! client that hangs up cannot cut it short.

pub mod app;
pub mod auth;
pub mod cache;
pub mod cli;
pub mod config;
pub mod db;
pub mod discord;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod live;
pub mod loader;
pub mod service;
pub mod telemetry;
pub mod types;
