//! The demo community of a first start.

use std::collections::BTreeSet;

use inhouse::db::models::{
    DraftEventRow, EventOrder, EventsOfDraft, NewUser, OrganizationRow, SiteStats, UserRow,
};
use inhouse::db::{Direction, PageRequest};
use inhouse::domain::draft::DraftEventPayload;
use inhouse::domain::import::EntityKind;
use inhouse::service::demo::load_demo_if_empty;
use inhouse::types::{DraftEventType, DraftStatus, OrganizationId};

use super::samples::*;
use crate::support::TestDb;

#[tokio::test]
async fn a_blank_database_is_filled_once() {
    let test = TestDb::start().await;
    let report = load_demo_if_empty(&test.db).await.unwrap().unwrap();
    assert_eq!(counts(&report, EntityKind::User).created, 42);
    assert_eq!(counts(&report, EntityKind::Tournament).created, 3);
    let before = test.dump().await;
    assert_eq!(load_demo_if_empty(&test.db).await.unwrap(), None);
    assert_eq!(before, test.dump().await);
}

#[tokio::test]
async fn a_database_with_a_single_user_is_left_alone() {
    let test = TestDb::start().await;
    let new = NewUser { username: "ann".to_owned(), is_active: Some(false), ..NewUser::default() };
    by_hand(&test, async |uow| uow.insert::<UserRow>(new).await).await;
    assert_eq!(load_demo_if_empty(&test.db).await.unwrap(), None);
    let stats = test.db.read(async |conn| SiteStats::count(conn).await).await.unwrap();
    assert_eq!(stats.n_tournaments, 0);
}

#[tokio::test]
async fn the_log_of_the_running_draft_tells_what_its_rounds_say() {
    let test = TestDb::start().await;
    load_demo_if_empty(&test.db).await.unwrap();
    let row = tournament_row(&test, "Riverside Shuffle Night").await;
    let draft = draft_row(&test, row.id).await;
    assert_eq!(draft.status, DraftStatus::Running);
    let events = events(&test, draft.id).await;
    assert_eq!(events.len(), 1 + 8 + 7);
    assert_eq!(draft.version, 16);
    assert!((1..).zip(&events).all(|(seq, it)| it.seq == seq && it.epoch == draft.epoch));
    assert!(events.iter().all(|it| it.created_at <= test.db.clock().now()));
    assert!(events.is_sorted_by_key(|it| it.created_at));
    assert_eq!(events[0].event_type, DraftEventType::DraftStarted);
    assert_eq!(events[15].event_type, DraftEventType::CaptainAssigned);
    let rounds = rounds(&test, draft.id).await;
    let picks: Vec<_> = events
        .iter()
        .filter_map(|it| match DraftEventPayload::parse(it.event_type, &it.payload).unwrap() {
            DraftEventPayload::PlayerPicked(pick) => Some((pick.pick_number, Some(pick.picked_id))),
            _ => None,
        })
        .collect();
    let made: Vec<_> =
        rounds.iter().filter(|it| it.choice_id.is_some()).map(|it| (it.pick_number, it.choice_id)).collect();
    assert_eq!(picks, made);
    assert!(rounds.iter().all(|it| it.picked_at.is_some() == it.choice_id.is_some()));
}

#[tokio::test]
async fn the_team_on_turn_had_the_lowest_total_each_time() {
    let test = TestDb::start().await;
    load_demo_if_empty(&test.db).await.unwrap();
    let row = tournament_row(&test, "Riverside Shuffle Night").await;
    let events = events(&test, draft_row(&test, row.id).await.id).await;
    let totals: Vec<i64> = events
        .iter()
        .filter_map(|it| match DraftEventPayload::parse(it.event_type, &it.payload).unwrap() {
            DraftEventPayload::CaptainAssigned(it) => Some(it.team_mmr),
            _ => None,
        })
        .collect();
    assert_eq!(totals[..4], [1720, 4305, 4475, 4690]);
    assert!(totals.is_sorted());
}

#[tokio::test]
async fn the_finished_draft_has_a_whole_log() {
    let test = TestDb::start().await;
    load_demo_if_empty(&test.db).await.unwrap();
    let row = tournament_row(&test, "Northwind Autumn Cup").await;
    let draft = draft_row(&test, row.id).await;
    let events = events(&test, draft.id).await;
    assert_eq!(events.len(), 1 + 1 + 16 + 1);
    assert_eq!(events[18].event_type, DraftEventType::DraftCompleted);
    assert_eq!(draft.completed_at, Some(events[18].created_at));
}

#[tokio::test]
async fn somebody_is_in_charge() {
    let test = TestDb::start().await;
    load_demo_if_empty(&test.db).await.unwrap();
    assert!(account(&test, "aurelia").await.is_staff);
    let ids = [OrganizationId(1), OrganizationId(2)];
    let rows = by_hand(&test, async |uow| uow.get_many::<OrganizationRow>(&ids).await).await;
    let owners: BTreeSet<_> = rows.iter().filter_map(|it| it.owner_id).collect();
    assert_eq!(owners.len(), 2);
    let dump = test.dump().await;
    assert_eq!((dump["organization_roles"].len(), dump["league_roles"].len()), (4, 2));
}

async fn events(test: &TestDb, id: inhouse::types::DraftId) -> Vec<DraftEventRow> {
    let page = PageRequest::first(100);
    let found = test
        .db
        .read(async |conn| {
            DraftEventRow::list(conn, &EventsOfDraft(id), (EventOrder, Direction::Ascending), &page).await
        })
        .await;
    found.unwrap().rows
}
