//! The only module that knows diesel: connections, queries, transactions, migrations, on Postgres and on SQLite.
//!
//! Offers rows as values. Knows no GraphQL, no HTTP and no rule of the domain beyond what the schema holds.

mod conn;
mod dsl;
mod entity;
mod error;
mod migrate;
pub mod models;
mod outbox;
mod page;
mod pool;
mod schema;
mod settings;
mod sql;
mod unit_of_work;
mod writable;

pub use conn::DbConn;
pub use entity::{Entity, Relation, UniqueKey};
pub use error::{DbError, DbResult};
pub use page::{Anchor, Direction, PageRequest, Slice, SortKey};
pub use pool::Db;
pub use settings::{DatabaseUrl, DbSettings, ParseDatabaseUrlError};
pub use unit_of_work::{Committed, UnitOfWork};
pub use writable::{Link, Writable};
