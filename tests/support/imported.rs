//! Databases with the predecessor's own data, brought in as the program does it.

use inhouse::db::models::{TournamentFilter, TournamentOrder, TournamentRow};
use inhouse::db::{Direction, PageRequest};
use inhouse::domain::import::{PlanOptions, plan};
use inhouse::service::import::{ImportMode, ImportService};
use inhouse::types::EntityId as _;

use super::TestDb;

/// A database with these files in it, and the global id of the first tournament. Drafts go on.
pub(crate) async fn imported(names: &[&str]) -> (TestDb, String) {
    let test = TestDb::start().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/predecessor");
    let read = |name: &&str| ((*name).to_owned(), std::fs::read(format!("{folder}/{name}")).unwrap());
    let files: Vec<(String, Vec<u8>)> = names.iter().map(read).collect();
    let plan = plan(&files, PlanOptions { resume_drafts: true }).unwrap();
    let service = ImportService::new(test.db.clone(), "predecessor");
    service.import(&plan, ImportMode::Apply, &|_| {}).await.unwrap();
    let order = (TournamentOrder::CreatedAt, Direction::Ascending);
    let list = async |conn: &mut _| {
        TournamentRow::list(conn, &TournamentFilter::default(), order, &PageRequest::first(1)).await
    };
    let id = test.db.read(list).await.unwrap().rows[0].id.to_global();
    (test, id)
}
