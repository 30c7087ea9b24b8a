//! What every test stands on: a migrated database of its own, on the backend this run is for.
//!
//! SQLite unless `INHOUSE_TEST_DATABASE_URL` names a Postgres server. No state is shared between tests.

mod database;
pub(crate) mod sql;

pub(crate) use database::{Backend, TestDb};
