//! The integration tests, one binary: a crate under `tests/` links the whole server, so there is only one.
//!
//! They run on SQLite and the in-process change log; with `INHOUSE_TEST_DATABASE_URL` and `INHOUSE_TEST_REDIS_URL`
//! set, as `scripts/test` does in its second pass, on PostgreSQL and Redis.

#![expect(clippy::expect_used, reason = "a helper of a test that cannot go on says why and stops")]

mod architecture;
mod db;
mod support;
