//! Every command through the API, on a real database: what it does, what it refuses, and what it never does.

pub(crate) mod arena;
mod bracket;
mod draft;
mod draft_hands;
mod draft_races;
mod draft_refusals;
mod draft_walk;
mod import;
mod keys;
mod leagues;
mod organizations;
mod people;
mod players;
mod registry;
mod stage;
mod teams;
mod tournaments;
