//! What every test stands on: a migrated database of its own, on the backend this run is for.
//!
//! SQLite unless `INHOUSE_TEST_DATABASE_URL` names a Postgres server. No state is shared between tests.

mod api;
mod database;
mod dump;
pub(crate) mod fixture;
mod imported;
mod program;
pub(crate) mod sql;
pub(crate) mod survey;

pub(crate) use api::TestApi;
pub(crate) use database::{Backend, TestDb, cache_settings, keeps_entries};
pub(crate) use dump::Dump;
pub(crate) use fixture::{
    Community, organization, team as fixture_team, tournament as fixture_tournament, user,
};
pub(crate) use imported::imported;
pub(crate) use program::{Ended, Folder, Server, rest_of};
