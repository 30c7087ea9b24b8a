//! The only module that knows diesel: connections, queries, transactions, migrations, on Postgres and on SQLite.
//!
//! Offers rows as values. Knows no GraphQL, no HTTP and no rule of the domain beyond what the schema holds.

mod change_log;
mod conn;
mod dsl;
mod entity;
mod error;
mod fingerprint;
mod migrate;
pub mod models;
mod outbox;
mod page;
pub mod pause;
mod pool;
mod query;
mod schema;
mod server_lock;
mod settings;
mod sql;
mod sweeper;
mod unit_of_work;
mod writable;

pub use change_log::SqliteLog;
pub use conn::DbConn;
pub use entity::{Entity, Relation, UniqueKey};
pub use error::{DbError, DbResult};
pub use fingerprint::FINGERPRINT;
pub use outbox::OutboxState;
pub use page::{Anchor, Direction, PageRequest, Slice, SortKey};
pub use pool::Db;
pub use query::{CountOf, Filter, Listing, Query};
pub use server_lock::ServerLock;
pub use settings::{DatabaseUrl, DbSettings, ParseDatabaseUrlError};
pub use sweeper::Sweeper;
pub use unit_of_work::{Committed, UnitOfWork};
pub use writable::{BulkWrite, Link, Writable, WritableInBulk};
