//! What a transaction queued reaches the outbox with it and the change log after it, whatever fails in between.
//!
//! Which deps a write queues is tested in `changes`.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use inhouse::cache::{ChangeLog, ChangeLogError, Dep, Record};
use inhouse::db::DbError;
use inhouse::db::models::{ImportMappingRow, OrganizationRow, UserRow};
use inhouse::types::UserId;

use super::world::{self, write};
use crate::support::sql::Sql;
use crate::support::{Backend, TestDb};

/// How a log takes records.
#[derive(Clone, Copy, Debug)]
enum Takes {
    Well,
    Not,
    WithPanic,
}

#[derive(Debug)]
struct Log {
    takes: Takes,
    seen: Mutex<Vec<Record>>,
}

impl Log {
    fn that_takes(takes: Takes) -> Arc<Self> {
        Arc::new(Self { takes, seen: Mutex::default() })
    }
}

impl ChangeLog for Log {
    fn append<'a>(
        &'a self,
        record: &'a Record,
    ) -> Pin<Box<dyn Future<Output = Result<(), ChangeLogError>> + Send + 'a>> {
        Box::pin(async move {
            self.seen.lock().unwrap().push(record.clone());
            match self.takes {
                Takes::Well => Ok(()),
                Takes::Not => Err(ChangeLogError),
                Takes::WithPanic => panic!("a bug of the log"),
            }
        })
    }
}

/// The deps of each row of the outbox, oldest first.
async fn stored(test: &TestDb) -> Vec<Vec<Dep>> {
    let query = "SELECT CAST(deps AS text) AS line FROM change_outbox ORDER BY id";
    let lines = Sql::connect(&test.url).await.lines(query).await;
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn user_deps(id: UserId) -> Vec<Dep> {
    vec![Dep::object("user", id.0), Dep::rows("user")]
}

#[tokio::test]
async fn the_log_gets_exactly_what_was_queued_and_only_sqlite_keeps_it() {
    let test = TestDb::start().await;
    let log = Log::that_takes(Takes::Well);
    let db = test.reopen_with(log.clone());
    let id = write(&db, async |uow| uow.insert::<UserRow>(world::user("ann")).await).await.id;
    let seen = log.seen.lock().unwrap().iter().map(|it| it.deps.clone()).collect::<Vec<_>>();
    assert_eq!(seen, [user_deps(id)]);
    let kept = match Backend::current() {
        Backend::Sqlite => seen,
        Backend::Postgres => Vec::new(),
    };
    assert_eq!(stored(&test).await, kept);
}

#[tokio::test]
async fn what_the_log_does_not_take_is_committed_and_stays_in_the_outbox() {
    for takes in [Takes::Not, Takes::WithPanic] {
        let test = TestDb::start().await;
        let db = test.reopen_with(Log::that_takes(takes));
        let id = write(&db, async |uow| uow.insert::<UserRow>(world::user("ann")).await).await.id;
        assert_eq!(stored(&test).await, [user_deps(id)], "{takes:?}");
    }
}

#[tokio::test]
async fn a_committed_transaction_is_no_failure_because_the_outbox_cannot_be_emptied() {
    if Backend::current() == Backend::Sqlite {
        return; // The outbox is the log.
    }
    let test = TestDb::start().await;
    let guard = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                 CREATE TRIGGER refuse BEFORE DELETE ON change_outbox FOR EACH ROW EXECUTE FUNCTION refuse()";
    Sql::connect(&test.url).await.execute(guard).await.unwrap();
    let id = write(&test.db, async |uow| uow.insert::<UserRow>(world::user("ann")).await).await.id;
    assert_eq!(stored(&test).await, [user_deps(id)]);
}

#[tokio::test]
async fn a_transaction_that_changes_nothing_leaves_no_record() {
    let test = TestDb::start().await;
    let log = Log::that_takes(Takes::Not);
    let db = test.reopen_with(log.clone());
    write(&db, async |uow| uow.get::<UserRow>(UserId(1)).await).await;
    let mapping =
        ImportMappingRow { source: "s".to_owned(), entity: "user".to_owned(), source_pk: 1, entity_id: 1 };
    write(&db, async |uow| uow.link(&mapping).await).await;
    assert_eq!(stored(&test).await, [[]; 0]);
    assert_eq!(log.seen.lock().unwrap().len(), 0);
    assert_eq!(Sql::connect(&test.url).await.count("import_mappings").await, 1);
}

#[tokio::test]
async fn a_transaction_that_fails_leaves_no_record() {
    let test = TestDb::start().await;
    let log = Log::that_takes(Takes::Not);
    let db = test.reopen_with(log.clone());
    let outcome = db.write(async |uow| {
        uow.insert::<UserRow>(world::user("ann")).await?;
        Err::<(), _>(DbError::Aborted)
    });
    assert!(outcome.await.is_err());
    assert_eq!(stored(&test).await, [[]; 0]);
    assert_eq!(log.seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn more_rows_of_a_model_than_are_worth_naming_are_recorded_as_the_model() {
    let test = TestDb::start().await;
    let db = test.reopen_with(Log::that_takes(Takes::Not));
    write(&db, async |uow| {
        uow.insert::<OrganizationRow>(world::organization("one")).await?;
        for n in 0..501 {
            uow.insert::<UserRow>(world::user(&format!("user {n}"))).await?;
        }
        Ok(())
    })
    .await;
    let organization = [Dep::object("organization", 1), Dep::rows("organization")];
    let users = [Dep::rows("user"), Dep::model("user")];
    assert_eq!(stored(&test).await, [[organization, users].concat()]);
}
