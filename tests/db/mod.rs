//! The database layer on the backend of this run: what it stores, refuses, invalidates, lists and survives.
//!
//! Speaks to `inhouse::db` and `inhouse::loader` only; what clients see of it is tested elsewhere.

mod bulk;
mod catalog;
mod changes;
mod constraints;
mod cut;
mod lists;
mod loaders;
mod migrations;
mod names;
mod outbox;
mod pool;
mod schema;
mod smoke;
mod transactions;
mod values;
mod world;
