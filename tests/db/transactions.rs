//! A unit of work is written whole or not at all: errors, panics, dropped futures, savepoints, concurrent writers.
//!
//! Nothing here waits for time: a write that collides with another one is what tells that the other has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::future::poll_fn;
use inhouse::db::models::{
    ImportMappingRow, NewTeam, OrganizationRow, TeamMemberRow, TeamRow, TournamentRow, UserChanges,
    UserFilter, UserRow,
};
use inhouse::db::{Db, DbError, DbResult, UnitOfWork};
use inhouse::types::{TeamMembershipKind, UserId};

use super::cut::{cuts, step_by_step, within};
use super::world::{self, World, write};
use crate::support::TestDb;
use crate::support::sql::Sql;

async fn user(uow: &mut UnitOfWork, name: &str) -> DbResult<UserRow> {
    uow.insert::<UserRow>(world::user(name)).await
}

/// Writes this user in a transaction of its own. Waits for any other transaction that has written the same name.
async fn write_user(db: &Db, name: &str) -> Result<UserRow, DbError> {
    db.write(async |uow| user(uow, name).await).await.map(|it| it.0)
}

async fn is_stored(db: &Db, name: &str) -> bool {
    db.read(async |conn| UserRow::find_by_username(conn, name).await).await.unwrap().is_some()
}

async fn names(db: &Db) -> Vec<String> {
    let page = inhouse::db::PageRequest::first(1_000);
    let order = (inhouse::db::models::UserOrder::Name, inhouse::db::Direction::Ascending);
    let list = async |conn: &mut inhouse::db::DbConn| {
        UserRow::list(conn, &UserFilter::default(), order, &page).await
    };
    db.read(list).await.unwrap().rows.into_iter().map(|it| it.username).collect()
}

#[tokio::test]
async fn rows_are_seen_by_others_once_the_transaction_is_committed() {
    let test = TestDb::start().await;
    let other = test.reopen();
    write(&test.db, async |uow| {
        let row = user(uow, "ann").await?;
        assert_eq!(uow.get::<UserRow>(row.id).await?, Some(row), "it sees its own rows");
        assert!(!is_stored(&other, "ann").await);
        Ok(())
    })
    .await;
    assert!(is_stored(&other, "ann").await);
}

#[tokio::test]
async fn an_error_takes_everything_back() {
    let test = TestDb::start().await;
    let outcome = test.db.write(async |uow| {
        user(uow, "ann").await?;
        user(uow, "ann").await
    });
    let error = outcome.await.unwrap_err();
    assert!(error.violated_unique().is_some(), "{error:?}");
    assert!(!is_stored(&test.db, "ann").await);
    write_user(&test.db, "ann").await.unwrap();
}

#[tokio::test]
async fn a_swallowed_failure_commits_nothing() {
    let test = TestDb::start().await;
    let outcome = test.db.write(async |uow| {
        user(uow, "ann").await?;
        let _ = user(uow, "ann").await;
        Ok::<_, DbError>(())
    });
    assert!(matches!(outcome.await, Err(DbError::Aborted)));
    assert_eq!(names(&test.db).await, [""; 0]);
}

#[tokio::test]
async fn a_swallowed_failure_commits_nothing_even_where_nothing_is_invalidated() {
    let test = TestDb::start().await;
    let mapping =
        ImportMappingRow { source: "s".to_owned(), entity: "user".to_owned(), source_pk: 1, entity_id: 1 };
    let outcome = test.db.write(async |uow| {
        uow.link(&mapping).await?;
        let _ = uow.insert::<OrganizationRow>(world::organization("")).await;
        Ok::<_, DbError>(())
    });
    assert!(matches!(outcome.await, Err(DbError::Aborted)));
    assert_eq!(Sql::connect(&test.url).await.count("import_mappings").await, 0);
}

#[test]
fn a_step_dropped_half_way_commits_nothing() {
    step_by_step(async {
        let test = TestDb::start().await;
        for cut in cuts() {
            let name = format!("{cut:?}");
            let mut was_cut = false;
            let outcome = test.db.write(async |uow| {
                was_cut = within(cut, user(uow, &name)).await.is_none();
                Ok::<_, DbError>(())
            });
            let outcome = outcome.await;
            assert_eq!(outcome.is_err(), was_cut, "{cut:?}");
            assert_eq!(is_stored(&test.db, &name).await, !was_cut, "{cut:?}");
            if !was_cut {
                break;
            }
        }
    });
}

#[tokio::test]
async fn a_panic_takes_everything_back_and_the_next_writer_is_not_disturbed() {
    let test = TestDb::start().await;
    let db = test.db.clone();
    let task = inhouse::telemetry::spawn(async move {
        db.write(async |uow| {
            user(uow, "ann").await?;
            if uow.now().is_storable() {
                panic!("a bug");
            }
            Ok::<_, DbError>(())
        })
        .await
    });
    assert!(task.await.unwrap_err().is_panic());
    write_user(&test.db, "ann").await.unwrap();
}

#[test]
fn a_write_dropped_at_any_point_is_there_whole_or_not_at_all() {
    step_by_step(async {
        let test = TestDb::start().await;
        let mut n_lost = 0;
        for cut in cuts() {
            let name = format!("{cut:?}");
            let whole = test.db.write(async |uow| {
                user(uow, &name).await?;
                uow.insert::<OrganizationRow>(world::organization(&name)).await
            });
            let is_done = within(cut, whole).await.is_some();
            // Collides with the dropped transaction, so it waits until that one has ended.
            let is_kept = write_user(&test.db, &name).await.is_err();
            let n_rows =
                Sql::connect(&test.url).await.count(&format!("organizations WHERE name = '{name}'")).await;
            assert_eq!(n_rows, usize::from(is_kept), "{cut:?}");
            n_lost += u32::from(!is_kept);
            if is_done {
                assert!(is_kept);
                break;
            }
        }
        assert!(n_lost > 4, "{n_lost} cuts before the commit");
    });
}

#[tokio::test]
async fn a_caller_that_goes_away_during_commit_does_not_cut_it() {
    let test = TestDb::start().await;
    let is_finished = AtomicBool::new(false);
    let mut whole = Box::pin(test.db.write(async |uow| {
        user(uow, "ann").await?;
        is_finished.store(true, Ordering::Relaxed);
        Ok::<_, DbError>(())
    }));
    // Until the closure has returned and the commit was handed over, and not a poll longer.
    poll_fn(|cx| match whole.as_mut().poll(cx) {
        Poll::Pending if !is_finished.load(Ordering::Relaxed) => Poll::Pending,
        outcome => {
            assert!(outcome.is_pending(), "the commit takes more than one poll");
            Poll::Ready(())
        }
    })
    .await;
    drop(whole);
    let error = write_user(&test.db, "ann").await.unwrap_err();
    assert!(error.violated_unique().is_some(), "{error:?}");
}

#[test]
fn a_read_dropped_at_any_point_leaves_the_pool_usable() {
    step_by_step(async {
        let test = TestDb::start().await;
        write_user(&test.db, "ann").await.unwrap();
        for cut in cuts() {
            // More often than there are connections.
            for _ in 0..6 {
                let read = test.db.read(async |conn| {
                    UserRow::find_by_username(conn, "ann").await?;
                    UserRow::count(conn, &UserFilter::default()).await
                });
                if within(cut, read).await.is_some() {
                    return;
                }
                assert_eq!(names(&test.db).await, ["ann"], "{cut:?}");
            }
        }
    });
}

#[tokio::test]
async fn a_failed_savepoint_takes_back_its_rows_and_what_they_invalidate() {
    let test = TestDb::start().await;
    write(&test.db, async |uow| {
        user(uow, "before").await?;
        let queued = uow.queued();
        let failed = uow.savepoint(async |uow| {
            user(uow, "inside").await?;
            user(uow, "before").await
        });
        assert!(failed.await.unwrap_err().violated_unique().is_some());
        assert_eq!(uow.queued(), queued);
        user(uow, "after").await
    })
    .await;
    assert_eq!(names(&test.db).await, ["after", "before"]);
}

#[tokio::test]
async fn savepoints_nest() {
    let test = TestDb::start().await;
    write(&test.db, async |uow| {
        uow.savepoint(async |uow| {
            user(uow, "outer").await?;
            let failed = uow.savepoint(async |uow| {
                user(uow, "inner").await?;
                uow.savepoint(async |uow| user(uow, "innermost").await).await?;
                Err::<(), _>(DbError::Invalid("no".to_owned()))
            });
            assert!(failed.await.is_err());
            uow.savepoint(async |uow| user(uow, "second").await).await
        })
        .await
    })
    .await;
    assert_eq!(names(&test.db).await, ["outer", "second"]);
}

#[tokio::test]
async fn a_swallowed_failure_takes_back_its_savepoint_and_no_more() {
    let test = TestDb::start().await;
    write(&test.db, async |uow| {
        user(uow, "ann").await?;
        let swallowed = uow.savepoint(async |uow| {
            user(uow, "bob").await?;
            let _ = user(uow, "ann").await;
            Ok::<_, DbError>(())
        });
        assert!(matches!(swallowed.await, Err(DbError::Aborted)));
        user(uow, "cid").await
    })
    .await;
    assert_eq!(names(&test.db).await, ["ann", "cid"]);
}

#[test]
fn a_savepoint_dropped_half_way_commits_nothing() {
    step_by_step(async {
        let test = TestDb::start().await;
        for cut in cuts() {
            let name = format!("{cut:?}");
            let mut was_cut = false;
            let outcome = test.db.write(async |uow| {
                let nested = uow.savepoint(async |uow| user(uow, &name).await);
                was_cut = within(cut, nested).await.is_none();
                Ok::<_, DbError>(())
            });
            assert_eq!(outcome.await.is_err(), was_cut, "{cut:?}");
            assert_eq!(is_stored(&test.db, &name).await, !was_cut, "{cut:?}");
            if !was_cut {
                break;
            }
        }
    });
}

#[test]
fn a_savepoint_dropped_half_way_in_another_takes_that_one_back() {
    step_by_step(async {
        let test = TestDb::start().await;
        for cut in cuts() {
            let name = format!("{cut:?}");
            let mut was_cut = false;
            write(&test.db, async |uow| {
                let outer = uow.savepoint(async |uow| {
                    let inner = uow.savepoint(async |uow| user(uow, &name).await);
                    was_cut = within(cut, inner).await.is_none();
                    Ok::<_, DbError>(())
                });
                assert_eq!(outer.await.is_err(), was_cut, "{cut:?}");
                Ok(())
            })
            .await;
            assert_eq!(is_stored(&test.db, &name).await, !was_cut, "{cut:?}");
            if !was_cut {
                break;
            }
        }
    });
}

#[tokio::test]
async fn what_is_checked_at_the_end_is_refused_and_the_next_writer_is_not_disturbed() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let outsider = async |uow: &mut UnitOfWork| {
        let new = NewTeam { captain_id: Some(w.free), ..world::team("third", w.tournament) };
        uow.insert::<TeamRow>(new).await
    };
    let error = test.db.write(outsider).await.unwrap_err();
    assert!(error.is_rule_violation(), "{error:?}");
    let error = test.db.rehearse(outsider).await.unwrap_err();
    assert!(error.is_rule_violation(), "a dry run says so, too: {error:?}");
    write_user(&test.db, "ann").await.unwrap();
}

#[tokio::test]
async fn a_rehearsal_writes_nothing() {
    let test = TestDb::start().await;
    let row = test.db.rehearse(async |uow| user(uow, "ann").await).await.unwrap();
    assert_eq!(row.username, "ann");
    assert!(!is_stored(&test.db, "ann").await);
}

#[tokio::test]
async fn a_second_member_of_another_team_is_refused_and_not_taken_for_a_known_one() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let member = |team_id| TeamMemberRow {
        team_id,
        tournament_id: w.tournament,
        user_id: w.mate,
        kind: TeamMembershipKind::Member,
    };
    assert!(!write(&test.db, async |uow| uow.link(&member(w.team)).await).await, "it was there");
    let error = test.db.write(async |uow| uow.link(&member(w.other)).await).await.unwrap_err();
    assert!(error.violated_unique().is_some(), "{error:?}");
}

#[tokio::test]
async fn every_change_counts_the_version_up_and_is_stamped() {
    let test = TestDb::start().await;
    let row = write_user(&test.db, "ann").await.unwrap();
    assert_eq!((row.version, row.created_at), (1, row.updated_at));
    let changes = UserChanges { nickname: Some(Some("A".to_owned())), ..UserChanges::default() };
    let row = write(&test.db, async |uow| uow.update::<UserRow>(row.id, changes).await).await.unwrap();
    assert_eq!((row.version, row.nickname.as_deref()), (2, Some("A")));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writers_all_succeed_and_lose_no_update() {
    let test = TestDb::start().await;
    let id = write_user(&test.db, "ann").await.unwrap().id;
    // Two handles, as two processes would have.
    let handles = [test.db.clone(), test.reopen()];
    let writers = (0..16).map(|n| {
        let db = handles[n % 2].clone();
        inhouse::telemetry::spawn(async move {
            db.write(async |uow| {
                uow.insert::<TournamentRow>(world::tournament("t")).await?;
                uow.update::<UserRow>(id, UserChanges::default()).await
            })
            .await
        })
    });
    for outcome in futures_util::future::join_all(writers).await {
        outcome.unwrap().unwrap();
    }
    let row = write(&test.db, async |uow| uow.get::<UserRow>(UserId(id.0)).await).await.unwrap();
    assert_eq!(row.version, 17);
}
