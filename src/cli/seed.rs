//! `inhouse seed`: the demo data, for a database that has nothing yet.

use super::output;
use crate::app;
use crate::config::Settings;
use crate::service::demo::load_demo_if_empty;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let db = app::open_migrated(&settings.db).await?;
    match load_demo_if_empty(&db).await? {
        Some(report) => output::say(&format!("demo data loaded\n{report}")),
        None => output::say("the database is not empty: nothing was loaded\n"),
    }
}
