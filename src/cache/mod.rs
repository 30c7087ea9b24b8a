//! The cache engine's vocabulary: what a read depends on and what a write changes.
//!
//! Knows no entity, table or GraphQL name: models and relations reach it as plain names.

mod changes;
mod dep;
mod log;

pub use changes::Changes;
pub use dep::{Dep, Name};
pub use log::{ChangeLog, ChangeLogError, Discard, Record};
