//! Migrations go up, down and up again, also where there are rows, and one process at a time.
//!
//! What the schema looks like is tested in `schema`.

use inhouse::db::Db;

use super::{catalog, world};
use crate::support::TestDb;
use crate::support::sql::Sql;

async fn schema(sql: &mut Sql) -> Vec<String> {
    let mut lines = catalog::columns(sql).await;
    lines.extend(catalog::keys(sql).await);
    lines
}

#[tokio::test]
async fn going_down_leaves_nothing_and_going_up_again_makes_the_same_schema() {
    let test = TestDb::start().await;
    world::write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    let before = schema(&mut sql).await;
    assert!(test.db.migrate_down().await.unwrap() > 0);
    assert_eq!(catalog::leftovers(&mut sql).await, [""; 0]);
    assert!(test.db.migrate_up().await.unwrap() > 0);
    assert_eq!(schema(&mut sql).await, before);
}

#[tokio::test]
async fn a_migrated_database_has_nothing_pending() {
    let test = TestDb::start().await;
    assert_eq!(test.db.pending_migrations().await.unwrap(), 0);
    assert_eq!(test.db.migrate_up().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_on_a_new_database_migrate_it_once() {
    let test = TestDb::unmigrated().await;
    let others = [test.reopen(), test.reopen(), test.reopen()];
    let applied = futures_util::future::join_all(others.iter().map(Db::migrate_up)).await;
    let applied: usize = applied.into_iter().map(Result::unwrap).sum();
    assert_eq!(applied, test.db.migrate_down().await.unwrap());
}
