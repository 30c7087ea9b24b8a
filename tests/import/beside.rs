//! Two sources side by side: keys are only unique within one.

use inhouse::domain::import::{EntityKind, plan};
use inhouse::service::demo::load_demo_if_empty;
use inhouse::service::import::{ImportMode, ImportService};

use super::samples::*;
use crate::support::TestDb;

#[tokio::test]
async fn the_predecessor_is_imported_beside_the_demo() {
    let test = TestDb::start().await;
    load_demo_if_empty(&test.db).await.unwrap();
    let before = test.dump().await;
    let report = import(&test.db, &everything()).await;
    assert_eq!(counts(&report, EntityKind::User).created, 501);
    assert_eq!(counts(&report, EntityKind::Tournament).created, 3);
    let after = test.dump().await;
    for table in ["games", "teams", "drafts", "tournaments", "users", "leagues", "organizations"] {
        assert!(before[table].iter().all(|it| after[table].contains(it)), "{table}");
    }
    assert!(import(&test.db, &everything()).await.changed_nothing());
}

#[tokio::test]
async fn a_person_of_both_sources_is_one_account() {
    let test = TestDb::start().await;
    put(&test, &[&tournament()]).await;
    let files = named(&[&tournament()]);
    let plan = plan(&files, CLOSE).unwrap();
    let service = ImportService::new(test.db.clone(), "another");
    let report = service.import(&plan, ImportMode::Apply, &|_| {}).await.unwrap();
    let users = counts(&report, EntityKind::User);
    assert_eq!((users.matched, users.created), (6, 0));
    assert_eq!(counts(&report, EntityKind::Tournament).created, 1);
    assert!(put(&test, &[&tournament()]).await.changed_nothing());
}
