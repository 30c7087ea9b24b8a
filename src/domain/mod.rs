//! The pure rules: no async, no IO, no database, no GraphQL; dice and clock are passed in.

pub mod import;
