//! The pure rules: no async, no IO, no database, no GraphQL; dice and clock are passed in.
//!
//! Every input is a small plain struct defined here, never a database row, so that the read side, the write side
//! and the tests share one implementation of each rule.

pub mod audit;
pub mod balance;
pub mod bracket;
pub mod draft;
pub mod guild;
pub mod import;
pub mod mmr;
pub mod policy;
pub mod positions;
pub mod team;
pub mod user;
