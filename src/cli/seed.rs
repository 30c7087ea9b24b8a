//! `inhouse seed`: the demo data, for a database that has nothing yet.

use super::output;
use crate::app::{Role, Store};
use crate::config::Settings;
use crate::service::demo::load_demo_if_empty;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let db = Store::open_migrated(settings, Role::Command).await?.db;
    match load_demo_if_empty(&db).await? {
        Some(report) => output::say(&format!("demo data loaded\n{report}")),
        None => output::say("the database is not empty: nothing was loaded\n"),
    }
}
