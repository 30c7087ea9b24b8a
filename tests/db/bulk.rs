//! One statement over many rows: what it changes, what it leaves alone, and what it invalidates.

use inhouse::cache::Dep;
use inhouse::db::DbResult;
use inhouse::db::models::{AvatarHashes, UserChanges, UserRow};
use inhouse::loader::{Loaders, ReadPath};
use inhouse::types::UserId;

use super::world::{World, write};
use crate::support::{TestDb, keeps_entries};

/// `cap` has the hash `old`, nobody else has one.
async fn world(test: &TestDb) -> World {
    let world = World::seed(&test.db).await;
    let changes = UserChanges { avatar: Some(Some("old".to_owned())), ..UserChanges::default() };
    write(&test.db, async |uow| uow.update::<UserRow>(world.cap, changes).await).await;
    world
}

fn hashes(given: &[(UserId, Option<&str>)]) -> AvatarHashes {
    AvatarHashes(given.iter().map(|(id, hash)| (*id, hash.map(str::to_owned))).collect())
}

/// Writes; the statements of the write itself, how many rows it changed, what it queued.
async fn bulk(test: &TestDb, given: &[(UserId, Option<&str>)]) -> (u64, usize, Vec<Dep>) {
    let write = test.db.write(async |uow| -> DbResult<_> {
        let before = test.db.n_statements();
        let n_rows = uow.bulk(hashes(given)).await?;
        Ok((test.db.n_statements() - before, n_rows, uow.queued()))
    });
    write.await.unwrap().0
}

async fn avatars(loaders: &Loaders, world: &World) -> Vec<(Option<String>, i32)> {
    let ids = [world.cap, world.mate, world.sub, world.rival];
    let rows = loaders.many::<UserRow>(ids).await.unwrap();
    rows.iter().map(|row| (row.avatar.clone(), row.version)).collect()
}

async fn loaders(read_path: &ReadPath) -> Loaders {
    read_path.loaders(read_path.cache().check().await)
}

fn row(avatar: Option<&str>, version: i32) -> (Option<String>, i32) {
    (avatar.map(str::to_owned), version)
}

#[tokio::test]
async fn one_statement_changes_the_rows_that_differ_and_invalidates_the_model_once() {
    let test = TestDb::start().await;
    let world = world(&test).await;
    let read_path = test.read_path();
    let before = avatars(&loaders(&read_path).await, &world).await;
    let versions: Vec<i32> = before.iter().map(|(_, version)| *version).collect();
    let awkward = "a_\"quoted\" \\ 'hash' 123";
    let given = [
        (world.cap, Some("new")),
        (world.mate, Some(awkward)),
        (world.sub, None),
        (UserId(1_000_000), Some("nobody's")),
    ];
    let told = bulk(&test, &given).await;
    assert_eq!(told, (1, 2, vec![Dep::model("user")]));
    let expected = vec![
        row(Some("new"), versions[0] + 1),
        row(Some(awkward), versions[1] + 1),
        row(None, versions[2]),
        row(None, versions[3]),
    ];
    // The users were cached a moment ago.
    assert_eq!(avatars(&loaders(&read_path).await, &world).await, expected);
}

#[tokio::test]
async fn a_hash_that_went_away_is_taken_away_and_the_last_of_two_counts() {
    let test = TestDb::start().await;
    let world = world(&test).await;
    let told = bulk(&test, &[(world.cap, None), (world.mate, Some("a")), (world.mate, Some("b"))]).await;
    assert_eq!(told.1, 2);
    let now: Vec<_> = avatars(&test.loaders().await, &world).await.into_iter().map(|it| it.0).collect();
    assert_eq!(now, [None, Some("b".to_owned()), None, None]);
}

#[tokio::test]
async fn what_changes_no_row_invalidates_nothing() {
    let test = TestDb::start().await;
    let world = world(&test).await;
    let read_path = test.read_path();
    let before = avatars(&loaders(&read_path).await, &world).await;
    let same = [(world.cap, Some("old")), (world.mate, None), (UserId(1_000_000), Some("x"))];
    assert_eq!(bulk(&test, &same).await, (1, 0, Vec::new()));
    assert_eq!(bulk(&test, &[]).await, (0, 0, Vec::new()));
    let loaders = loaders(&read_path).await;
    let n_statements = test.db.n_statements();
    assert_eq!(avatars(&loaders, &world).await, before);
    assert!(test.db.n_statements() == n_statements || !keeps_entries(), "the rows are still cached");
}

#[tokio::test]
async fn as_many_users_as_there_are_fit_into_one_statement() {
    let test = TestDb::start().await;
    let world = world(&test).await;
    let mut given: Vec<_> = (1_000..100_000).map(|pk| (UserId(pk), Some("nobody's"))).collect();
    given.push((world.cap, Some("new")));
    let (n_statements, n_rows, _) = bulk(&test, &given).await;
    assert_eq!((n_statements, n_rows), (1, 1));
}
