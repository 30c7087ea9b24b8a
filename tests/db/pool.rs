//! Connections that die or are asked for all at once.
//!
//! What a dropped caller leaves behind is tested in `transactions`.

use inhouse::db::DatabaseUrl;
use inhouse::db::models::UserRow;

use super::world::{self, write};
use crate::support::sql::Sql;
use crate::support::{Backend, TestDb};

/// Ends every connection to this database but the one that asks, and waits until they are gone.
const KILL: &str =
    "SELECT CAST(bool_and(pg_terminate_backend(pid, 5000)) AS text) AS line FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Kills from another thread while this one stands still, so that nothing here has noticed when it returns.
fn kill_unnoticed(url: &DatabaseUrl) {
    let kill = async || assert_eq!(Sql::connect(url).await.lines(KILL).await, ["true"]);
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(kill());
    };
    std::thread::scope(|scope| scope.spawn(run).join()).unwrap();
}

#[tokio::test]
async fn reads_and_writes_survive_that_every_connection_was_killed() {
    if Backend::current() == Backend::Sqlite {
        return; // No server, no connection to kill.
    }
    let test = TestDb::start().await;
    write(&test.db, async |uow| uow.insert::<UserRow>(world::user("ann")).await).await;
    for round in 0..5 {
        // Several idle connections, each of which dies.
        let pings = (0..4).map(|_| test.db.ping());
        assert!(futures_util::future::join_all(pings).await.iter().all(Result::is_ok));
        kill_unnoticed(&test.url);
        let name = format!("user {round}");
        if round % 2 == 0 {
            let found = test.db.read(async |conn| UserRow::find_by_username(conn, "ann").await).await;
            assert!(found.unwrap().is_some(), "round {round}");
        } else {
            write(&test.db, async |uow| uow.insert::<UserRow>(world::user(&name)).await).await;
        }
    }
}

#[tokio::test]
async fn a_connection_killed_inside_a_transaction_is_reported_as_unavailable() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let test = TestDb::start().await;
    let mut sql = Sql::connect(&test.url).await;
    let outcome = test.db.write(async |uow| {
        uow.insert::<UserRow>(world::user("ann")).await?;
        sql.lines(KILL).await;
        uow.insert::<UserRow>(world::user("bob")).await
    });
    let error = outcome.await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(sql.count("users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_may_be_asked_by_many_at_once() {
    for _ in 0..10 {
        let test = TestDb::unmigrated().await;
        let (other, third) = (test.reopen(), test.reopen());
        let handles = [&test.db, &other, &third];
        let asked = (0..12).map(|n| async move {
            if n % 4 == 0 {
                handles[n % 3].pending_migrations().await.map(drop)
            } else {
                handles[n % 3].ping().await
            }
        });
        for outcome in futures_util::future::join_all(asked).await {
            outcome.unwrap();
        }
    }
}
