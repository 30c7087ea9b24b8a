//! Every kind of value comes back as it was written, the same on both backends.
//!
//! What the database refuses is tested in `constraints`.

use inhouse::db::DbError;
use inhouse::db::models::{
    DraftChanges, DraftEventRow, DraftRow, NewDraftEvent, TournamentChanges, TournamentRow, UserRow,
};
use inhouse::types::{DraftEventType, Instant, TextEnum as _, TournamentState};
use serde_json::json;

use super::world::{self, World, write};
use crate::support::TestDb;
use crate::support::sql::Sql;

fn instant(text: &str) -> Instant {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

const INSTANTS: [&str; 9] = [
    "0000-01-01T00:00:00.000000Z",
    "0999-12-31T23:59:59.999999Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00.000000Z",
    "1999-12-31T23:59:59.999999Z",
    "2000-01-01T00:00:00.000001Z",
    "2026-11-23T19:00:00.000000Z",
    "2026-11-23T19:00:00.123456Z",
    "9999-12-30T21:59:59.999999Z",
];

#[tokio::test]
async fn instants_keep_their_microseconds_and_sort_by_time() {
    let test = TestDb::start().await;
    write(&test.db, async |uow| {
        for text in INSTANTS.iter().rev() {
            let mut new = world::tournament(text);
            new.starts_at = instant(text);
            uow.insert::<TournamentRow>(new).await?;
        }
        Ok(())
    })
    .await;
    let order = "SELECT name AS line FROM tournaments ORDER BY starts_at";
    assert_eq!(Sql::connect(&test.url).await.lines(order).await, INSTANTS);
    let page = inhouse::db::PageRequest::first(100);
    let order = (inhouse::db::models::TournamentOrder::StartsAt, inhouse::db::Direction::Ascending);
    let read = async |conn: &mut inhouse::db::DbConn| {
        TournamentRow::list(conn, &Default::default(), order, &page).await
    };
    let rows = test.db.read(read).await.unwrap().rows;
    assert_eq!(rows.iter().map(|it| it.starts_at.to_string()).collect::<Vec<_>>(), INSTANTS);
}

#[tokio::test]
async fn an_instant_that_cannot_be_sorted_is_refused_on_both_backends() {
    let test = TestDb::start().await;
    let mut new = world::tournament("before everything");
    new.starts_at = instant("-000001-12-31T23:59:59Z");
    let outcome = test.db.write(async |uow| uow.insert::<TournamentRow>(new).await).await;
    assert!(matches!(outcome, Err(DbError::Query(_))), "{outcome:?}");
}

#[tokio::test]
async fn steam_ids_above_what_a_float_can_hold_keep_every_digit() {
    let test = TestDb::start().await;
    for (name, steam_id) in
        [("odd", 76_561_198_012_345_677), ("even", 76_561_198_012_345_678), ("top", i64::MAX)]
    {
        let new = inhouse::db::models::NewUser { steam_id: Some(steam_id), ..world::user(name) };
        write(&test.db, async |uow| uow.insert::<UserRow>(new).await).await;
        let found = test.db.read(async |conn| UserRow::find_by_steam_id(conn, steam_id).await).await.unwrap();
        let found = found.map(|it| (it.username, it.steam_id, it.steam_account_id));
        assert_eq!(found, Some((name.to_owned(), Some(steam_id), Some(steam_id - 76_561_197_960_265_728))));
    }
}

#[tokio::test]
async fn enums_are_stored_as_their_text() {
    let test = TestDb::start().await;
    let id = write(&test.db, async |uow| uow.insert::<TournamentRow>(world::tournament("t")).await).await.id;
    let mut sql = Sql::connect(&test.url).await;
    for state in TournamentState::ALL {
        let changes = TournamentChanges { state: Some(*state), ..TournamentChanges::default() };
        let row = write(&test.db, async |uow| uow.update::<TournamentRow>(id, changes).await).await.unwrap();
        assert_eq!(row.state, *state);
        assert_eq!(sql.lines("SELECT state AS line FROM tournaments").await, [state.as_str()]);
    }
}

#[tokio::test]
async fn every_event_type_the_code_knows_is_one_the_database_takes() {
    let test = TestDb::start().await;
    let world = World::seed(&test.db).await;
    for (seq, event_type) in (1..).zip(DraftEventType::ALL) {
        let new = NewDraftEvent {
            draft_id: world.draft,
            seq,
            epoch: 1,
            event_type: *event_type,
            payload: json!({}),
            actor_id: None,
            created_at: instant(INSTANTS[6]),
        };
        let row = write(&test.db, async |uow| uow.insert::<DraftEventRow>(new).await).await;
        assert_eq!(row.event_type, *event_type);
    }
}

#[tokio::test]
async fn json_comes_back_with_every_digit_and_letter() {
    let test = TestDb::start().await;
    let world = World::seed(&test.db).await;
    let value = json!({
        "9223372036854775807": i64::MAX, "half": 0.5, "text": "Ä \"quoted\" \\ \u{1f600} \n", "list": [null, true, {}]
    });
    let changes = DraftChanges { mmr_snapshot: Some(Some(value.clone())), ..DraftChanges::default() };
    let written = write(&test.db, async |uow| uow.update::<DraftRow>(world.draft, changes).await).await;
    assert_eq!(written.unwrap().mmr_snapshot, Some(value.clone()));
    let read = write(&test.db, async |uow| uow.get::<DraftRow>(world.draft).await).await;
    assert_eq!(read.unwrap().mmr_snapshot, Some(value));
    let changes = DraftChanges { mmr_snapshot: Some(None), ..DraftChanges::default() };
    let cleared = write(&test.db, async |uow| uow.update::<DraftRow>(world.draft, changes).await).await;
    assert_eq!(cleared.unwrap().mmr_snapshot, None);
}
