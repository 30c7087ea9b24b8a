//! The GraphQL API over a small community: what each kind of caller sees, and what bad input gets.

mod bad_input;
mod cache_invalidate;
mod draft;
mod examples;
mod graph;
mod pages;
mod privacy;
mod tournament_page;
