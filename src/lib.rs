//! A GraphQL server for Dota 2 communities that run in-house tournaments: drafts, teams, brackets, live.

pub mod auth;
pub mod cache;
pub mod db;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod loader;
pub mod service;
pub mod telemetry;
pub mod types;
