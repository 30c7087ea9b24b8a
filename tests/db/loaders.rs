//! One operation's loaders: siblings share a statement, a row has one version, nobody waits for ever.
//!
//! What the statements bring is tested elsewhere in this folder.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use inhouse::db::models::{
    MembersOfTeam, NewUser, PlayersOfTournament, TeamRow, TeamsOfTournament, TeamsOfUser,
    TournamentCountOfLeague, UserChanges, UserFilter, UserOrder, UserRow,
};
use inhouse::db::{Db, Direction, Listing, PageRequest};
use inhouse::types::{LeagueId, TeamId, TournamentId, UserId};

use super::cut::{cuts, step_by_step, within};
use super::world::{self, World, write};
use crate::support::TestDb;
use crate::support::sql::Sql;

/// The statements that `work` sends.
async fn counted<T>(db: &Db, work: impl Future<Output = T>) -> (T, u64) {
    let before = db.n_statements();
    let value = work.await;
    (value, db.n_statements() - before)
}

async fn rename(db: &Db, id: UserId, name: &str) {
    let changes = UserChanges { username: Some(name.to_owned()), ..UserChanges::default() };
    write(db, async |uow| uow.update::<UserRow>(id, changes).await).await;
}

async fn write_users(db: &Db, n: usize) -> Vec<UserId> {
    write(db, async |uow| {
        let mut ids = Vec::new();
        for n in 0..n {
            ids.push(uow.insert::<UserRow>(world::user(&format!("user {n}"))).await?.id);
        }
        Ok(ids)
    })
    .await
}

#[tokio::test]
async fn siblings_are_loaded_by_one_statement_and_absent_rows_are_none() {
    let test = TestDb::start().await;
    let ids = write_users(&test.db, 20).await;
    test.db.ping().await.unwrap();
    let loaders = test.loaders().await;
    let asked = ids.iter().copied().chain([UserId(777), ids[0]]);
    let (rows, n) = counted(&test.db, join_all(asked.map(|id| loaders.one::<UserRow>(id)))).await;
    assert_eq!(n, 1);
    let found: Vec<_> = rows.into_iter().map(|it| it.unwrap().map(|row| row.id)).collect();
    let expected: Vec<_> = ids.iter().map(|id| Some(*id)).chain([None, Some(ids[0])]).collect();
    assert_eq!(found, expected);
    let (again, n) = counted(&test.db, loaders.one::<UserRow>(UserId(777))).await;
    assert_eq!((again.unwrap(), n), (None, 0), "absence is remembered");
}

#[tokio::test]
async fn many_rows_keep_the_order_they_were_asked_in_and_leave_out_what_is_missing() {
    let test = TestDb::start().await;
    let ids = write_users(&test.db, 3).await;
    let rows = test.loaders().await.many::<UserRow>([ids[2], UserId(777), ids[0], ids[2]]).await.unwrap();
    assert_eq!(rows.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[2], ids[0], ids[2]]);
}

#[tokio::test]
async fn more_keys_than_a_statement_may_hold_are_split() {
    let test = TestDb::start().await;
    let ids = write_users(&test.db, 3).await;
    test.db.ping().await.unwrap();
    let loaders = test.loaders().await;
    let asked = ids.iter().copied().chain((10_000..12_400).map(UserId));
    let (rows, n) = counted(&test.db, loaders.many::<UserRow>(asked)).await;
    assert_eq!((rows.unwrap().len(), n), (3, 3));
}

#[tokio::test]
async fn children_of_many_parents_are_loaded_by_one_statement_and_in_order() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    test.db.ping().await.unwrap();
    let loaders = test.loaders().await;
    let teams = [w.team, w.other, TeamId(777)];
    let asked = join_all(teams.map(|id| loaders.related::<MembersOfTeam>(id)));
    let (lists, n) = counted(&test.db, asked).await;
    assert_eq!(n, 1);
    let members = lists.into_iter().map(|it| it.unwrap().iter().map(|row| row.user_id).collect::<Vec<_>>());
    assert_eq!(members.collect::<Vec<_>>(), [vec![w.cap, w.mate, w.sub], vec![w.rival], vec![]]);
    let players = loaders.related::<PlayersOfTournament>(w.tournament).await.unwrap();
    assert_eq!(players.len(), 4);
    let teams_of_user = loaders.related::<TeamsOfUser>(w.sub).await.unwrap();
    assert_eq!(teams_of_user.iter().map(|it| it.team_id).collect::<Vec<_>>(), [w.team]);
    let counts = [w.league, LeagueId(777)].map(|id| loaders.related::<TournamentCountOfLeague>(id));
    let counts = join_all(counts).await.into_iter().map(|it| it.unwrap().to_vec());
    assert_eq!(counts.collect::<Vec<_>>(), [vec![1], vec![]]);
}

#[tokio::test]
async fn children_need_not_be_loaded_again_by_key() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let loaders = test.loaders().await;
    let teams = loaders.children::<TeamsOfTournament>(w.tournament).await.unwrap();
    let (again, n) = counted(&test.db, loaders.one::<TeamRow>(w.other)).await;
    assert_eq!(n, 0);
    assert!(Arc::ptr_eq(&again.unwrap().unwrap(), &teams[1]));
    assert!(loaders.children::<TeamsOfTournament>(TournamentId(777)).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_operation_sees_one_version_of_a_row_however_it_comes_by_it() {
    let test = TestDb::start().await;
    let id = write_users(&test.db, 1).await[0];
    let loaders = test.loaders().await;
    let first = loaders.one::<UserRow>(id).await.unwrap().unwrap();
    rename(&test.db, id, "renamed").await;
    let order = (UserOrder::Name, Direction::Ascending);
    let listing = Listing { filter: UserFilter::default(), order, page: PageRequest::first(10) };
    let slice = loaders.list(listing).await.unwrap();
    assert_eq!(slice.rows, [Arc::clone(&first)]);
    assert_eq!(loaders.one::<UserRow>(id).await.unwrap(), Some(first));
    let next = test.loaders().await.one::<UserRow>(id).await.unwrap().unwrap();
    assert_eq!(next.username, "renamed", "the next operation sees the change");
}

#[test]
fn a_caller_that_goes_away_takes_nobody_with_it() {
    step_by_step(async {
        let test = TestDb::start().await;
        let ids = write_users(&test.db, 3).await;
        for cut in cuts() {
            let loaders = test.loaders().await;
            // Asks first, so it leads the batch that the others wait for.
            let leader = within(cut, loaders.one::<UserRow>(ids[0]));
            let others = join_all(ids.iter().map(|id| loaders.one::<UserRow>(*id)));
            let (led, rows) = join(leader, others).await;
            assert!(rows.into_iter().all(|it| it.unwrap().is_some()), "{cut:?}");
            if led.is_some() {
                break;
            }
        }
    });
}

#[tokio::test]
async fn a_failure_of_the_database_reaches_everybody_who_waits() {
    let test = TestDb::start().await;
    Sql::connect(&test.url)
        .await
        .execute("DROP TABLE sessions; ALTER TABLE users RENAME TO people")
        .await
        .unwrap();
    let loaders = test.loaders().await;
    let rows = join_all((1..=5).map(|id| loaders.one::<UserRow>(UserId(id)))).await;
    assert_eq!(rows.iter().filter(|it| it.is_err()).count(), 5);
    Sql::connect(&test.url).await.execute("ALTER TABLE people RENAME TO users").await.unwrap();
    let id = write_users(&test.db, 1).await[0];
    let new = NewUser { mmr: Some(1), ..world::user("last") };
    write(&test.db, async |uow| uow.insert::<UserRow>(new).await).await;
    let row = test.loaders().await.one::<UserRow>(id).await.unwrap();
    assert!(row.is_some(), "the pool was not harmed");
}
