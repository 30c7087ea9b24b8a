//! The least that must work before anything else is worth testing: rows are written and read back on this backend.
//!
//! Tests one path through the database layer, not its edges.

use inhouse::db::DbError;
use inhouse::db::models::{NewUser, UserRow};

use crate::support::TestDb;

#[tokio::test]
async fn a_written_row_is_read_back_as_it_was_written() {
    let test = TestDb::start().await;
    let new =
        NewUser { username: "ann".to_owned(), steam_id: Some(76_561_198_012_345_678), ..NewUser::default() };
    let written = test.db.write(async |uow| uow.insert::<UserRow>(new).await).await.map(|it| it.0);
    let written = written.map_err(|error: DbError| error).unwrap();
    let found = test.db.read(async |conn| UserRow::find_by_username(conn, "ann").await).await.unwrap();
    assert_eq!(found, Some(written));
}
