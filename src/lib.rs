//! A GraphQL server for Dota 2 communities that run in-house tournaments: drafts, teams, brackets, live.

pub mod domain;
pub mod types;
