//! What a transaction queued reaches the outbox with it and the change log after it, whatever fails in between.
//!
//! Which deps a write queues is tested in `changes`.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use inhouse::cache::{ChangeLog, ChangeLogError, Dep, Position, Record, Tail};
use inhouse::db::DbError;
use inhouse::db::models::{ImportMappingRow, OrganizationRow, UserRow};
use inhouse::types::UserId;

use super::world::{self, write};
use crate::support::sql::Sql;
use crate::support::{Backend, TestDb};

/// How a log takes the end of a transaction.
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

    /// What it was told, and with which deps.
    fn told(&self) -> Vec<(&'static str, Vec<Dep>)> {
        let seen = self.seen.lock().unwrap();
        let told = seen.iter().map(|record| match record {
            Record::Begin { xid, deps, .. } => {
                assert!(*xid > 0, "the database can be asked what became of the transaction");
                ("begin", deps.clone())
            }
            Record::End { deps, .. } => ("end", deps.clone()),
            Record::Changed { deps } => ("changed", deps.clone()),
        });
        told.collect()
    }
}

impl ChangeLog for Log {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        Box::pin(async move {
            self.seen.lock().unwrap().push(record.clone());
            let is_end = matches!(record, Record::End { .. });
            match self.takes {
                Takes::Not => Err(ChangeLogError::unreachable("away")),
                Takes::WithPanic if is_end => panic!("a bug of the log"),
                Takes::Well | Takes::WithPanic => Ok(()),
            }
        })
    }

    fn read(&self, _after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async { Err(ChangeLogError::unreachable("away")) })
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
async fn postgres_tells_the_log_before_and_after_it_commits_and_sqlite_is_its_own_log() {
    let test = TestDb::start().await;
    let log = Log::that_takes(Takes::Well);
    let db = test.reopen_with(log.clone());
    let id = write(&db, async |uow| uow.insert::<UserRow>(world::user("ann")).await).await.id;
    match Backend::current() {
        Backend::Sqlite => {
            assert_eq!((log.told(), stored(&test).await), (vec![], vec![user_deps(id)]));
        }
        Backend::Postgres => {
            assert_eq!(log.told(), [("begin", user_deps(id)), ("end", user_deps(id))]);
            assert_eq!(stored(&test).await, [[]; 0]);
        }
    }
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
