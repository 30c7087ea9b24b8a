//! `inhouse seed`: the demo data, for a database that has nothing yet.

use super::output;
use crate::app::{self, wiring};
use crate::config::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let db = app::open_migrated(&settings.db).await?;
    match wiring::load_demo_if_empty(&db).await? {
        Some(report) => output::say(&format!("demo data loaded\n{report}")),
        None => output::say("the database is not empty: nothing was loaded\n"),
    }
}
