//! What things cost: statements and round trips of the tournament page and of a change.
//!
//! Counts are exact: the log of these tests is asked by operations alone.

use std::sync::Arc;

use inhouse::cache::{CacheSettings, ChangeLog as _, Dep, Fetched, Key, Kind, Record, TtlClass};
use inhouse::db::models::{
    DraftChanges, DraftEventRow, DraftOfTournament, DraftRoundChanges, DraftRoundRow, DraftRow,
    MembersOfTeam, NewDraftEvent, PlayersOfTournament, RoundsOfDraft, TeamMemberRow, TeamsOfTournament,
};
use inhouse::db::{Db, DbError, DbResult, UnitOfWork};
use inhouse::loader::ReadPath;
use inhouse::types::{DraftEventType, EntityId as _, TeamMembershipKind, TournamentId, UserId};
use serde_json::{Value, json};

use super::quiet::QuietLog;
use crate::support::sql::Sql;
use crate::support::{Backend, TestApi, TestDb, imported};

const PAGE: &str = include_str!("../../benches/queries/tournament_page.graphql");

/// A finished tournament, and one whose draft goes on.
const FINISHED: [&str; 3] = ["tournament-1.json", "bracket-1.json", "users.json"];
const DRAFTING: [&str; 2] = ["tournament-51.json", "bracket-51.json"];

/// Most round trips of a page that is put together from what is far: each list, and the rows it names, is a request.
const MAX_FAR_TRIPS: u64 = 20;

/// What one operation cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    n_statements: u64,
    n_round_trips: u64,
}

/// The page of a tournament, served by a process of its own.
struct Page {
    api: TestApi,
    /// What the process reads the database by.
    db: Db,
    id: String,
}

impl Page {
    async fn serve(names: &[&str], settings: CacheSettings) -> Self {
        let (test, id) = imported(names).await;
        let (log, far) = test.shared();
        let db = test.reopen();
        let cache = test.cache_of(QuietLog::over(log), far, settings);
        let read_path = ReadPath::new(db.clone(), cache);
        Self { api: TestApi::through(test, read_path), db, id }
    }

    /// The tournament, and what it cost to answer.
    async fn load(&self) -> (Value, Cost) {
        let cache = self.api.read_path.cache();
        cache.settled().await;
        let (n_statements, n_round_trips) = (self.db.n_statements(), cache.n_log_round_trips());
        let data = self.api.data_with(PAGE, json!({ "id": self.id })).await;
        let cost = Cost {
            n_statements: self.db.n_statements() - n_statements,
            n_round_trips: cache.n_log_round_trips() - n_round_trips,
        };
        (data["tournament"].clone(), cost)
    }

    /// Round trips of one check, in this run.
    fn check(&self) -> u64 {
        u64::from(self.api.test.has_far())
    }
}

fn without_responses() -> CacheSettings {
    CacheSettings { responses: false, ..CacheSettings::default() }
}

#[tokio::test]
async fn a_repeated_page_takes_one_check_and_nothing_else() {
    for settings in [CacheSettings::default(), without_responses()] {
        let mut page = Page::serve(&FINISHED, settings).await;
        let nothing_else = Cost { n_statements: 0, n_round_trips: page.check() };
        for viewer in [None, Some(UserId(1)), Some(UserId(2))] {
            if let Some(id) = viewer {
                page.api.log_in(id, false);
            }
            let (first, _) = page.load().await;
            assert_eq!(page.load().await, (first, nothing_else), "{viewer:?}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_far_alone_takes_no_statement_and_few_round_trips() {
    let mut page = Page::serve(&FINISHED, CacheSettings::default()).await;
    if !page.api.test.has_far() {
        return; // There is nothing but what is near.
    }
    for viewer in [None, Some(UserId(1))] {
        if let Some(id) = viewer {
            page.api.log_in(id, false);
        }
        let (first, _) = page.load().await;
        page.api.read_path.cache().settled().await;
        page.api.read_path.cache().forget_near();
        let (again, cost) = page.load().await;
        assert_eq!(again, first);
        // The check, and both places an answer may be in.
        assert_eq!(cost, Cost { n_statements: 0, n_round_trips: 2 }, "{viewer:?}");
    }
}

#[tokio::test]
async fn a_page_made_of_what_is_far_takes_no_statement_and_a_round_trip_for_each_kind_of_thing() {
    let page = Page::serve(&FINISHED, without_responses()).await;
    if !page.api.test.has_far() {
        return; // There is nothing but what is near.
    }
    let (first, _) = page.load().await;
    page.api.read_path.cache().settled().await;
    page.api.read_path.cache().forget_near();
    let (again, cost) = page.load().await;
    assert_eq!((again, cost.n_statements), (first, 0));
    assert!(cost.n_round_trips <= MAX_FAR_TRIPS, "{cost:?}");
}

#[tokio::test]
async fn after_a_pick_only_what_it_changed_is_read_again() {
    for settings in [CacheSettings::default(), without_responses()] {
        let page = Page::serve(&DRAFTING, settings).await;
        let (before, _) = page.load().await;
        let free = before["draft"]["available"]["totalCount"].as_u64().unwrap();
        let round = &before["draft"]["currentRound"]["id"];
        let picked = pick(&page.api.test.db, &page.id).await;
        let (after, cost) = page.load().await;
        assert!(cost.n_statements <= 6, "{cost:?}");
        assert_eq!(after["draft"]["available"]["totalCount"], free - 1);
        let rounds = after["draft"]["rounds"].as_array().unwrap();
        let round = rounds.iter().find(|it| it["id"] == *round).unwrap();
        assert_eq!(round["choice"]["id"], picked.to_global());
        let teams = after["teams"].as_array().unwrap();
        let team = teams.iter().find(|it| it["id"] == round["team"]["id"]).unwrap();
        let members = team["members"].as_array().unwrap();
        assert!(members.iter().any(|it| it["id"] == picked.to_global()), "the team has its player");
        let version = before["draft"]["version"].as_u64().unwrap();
        assert_eq!(after["draft"]["version"], version + 1);
        let nothing_else = Cost { n_statements: 0, n_round_trips: page.check() };
        assert_eq!(page.load().await, (after, nothing_else));
    }
}

/// Makes the pick that is to be made, as the one on turn would.
async fn pick(db: &Db, tournament: &str) -> UserId {
    let pk = tournament.rsplit(':').next().unwrap().parse().unwrap();
    let picked: Result<_, DbError> = db.write(async |uow| pick_in(uow, TournamentId(pk)).await).await;
    picked.unwrap().0
}

async fn pick_in(uow: &mut UnitOfWork, id: TournamentId) -> DbResult<UserId> {
    let draft = uow.children::<DraftOfTournament>(id).await?.remove(0);
    let mut rounds = uow.children::<RoundsOfDraft>(draft.id).await?;
    rounds.retain(|it| it.epoch == draft.epoch && it.choice_id.is_none());
    rounds.sort_by_key(|it| it.pick_number);
    let round = rounds.remove(0);
    let mut taken = Vec::new();
    for team in uow.children::<TeamsOfTournament>(id).await? {
        taken.extend(uow.children::<MembersOfTeam>(team.id).await?.into_iter().map(|it| it.user_id));
    }
    let players = uow.children::<PlayersOfTournament>(id).await?.into_iter().map(|it| it.user_id);
    let picked = players.filter(|it| !taken.contains(it)).min().unwrap();
    let (team_id, now) = (round.team_id.unwrap(), uow.now());
    let choice =
        DraftRoundChanges { choice_id: Some(Some(picked)), picked_at: Some(Some(now)), ..Default::default() };
    uow.update::<DraftRoundRow>(round.id, choice).await?;
    let kind = TeamMembershipKind::Member;
    uow.link(&TeamMemberRow { team_id, tournament_id: id, user_id: picked, kind }).await?;
    let seq = draft.version + 1;
    let event = NewDraftEvent {
        draft_id: draft.id,
        seq,
        epoch: draft.epoch,
        event_type: DraftEventType::PlayerPicked,
        payload: json!({ "pick_number": round.pick_number, "captain_id": round.captain_id,
            "captain_name": "c", "picked_id": picked, "picked_name": "p", "team_id": team_id }),
        actor_id: round.captain_id,
        created_at: now,
    };
    uow.insert::<DraftEventRow>(event).await?;
    uow.update::<DraftRow>(draft.id, DraftChanges { version: Some(seq), ..Default::default() }).await?;
    Ok(picked)
}

#[tokio::test]
async fn a_change_costs_the_same_however_much_is_cached() {
    let test = TestDb::start().await;
    let log = QuietLog::over(test.shared().0);
    let db = test.reopen_with(log.clone());
    let cache = test.cache_of(QuietLog::over(test.shared().0), None, CacheSettings::default());
    change(&db).await;
    let mut costs = Vec::new();
    for n_entries in [10, 100_000] {
        let as_of = cache.check().await.unwrap();
        for pk in 0..n_entries {
            let fetched = Fetched { value: Some(Arc::new(pk)), ttl: TtlClass::Default };
            cache.fill_from(&as_of, Key::pk(Kind::Row, "thing", pk), &[Dep::object("thing", pk)], &fetched);
        }
        log.take_appended();
        let (n_statements, n_round_trips) = (db.n_statements(), log.n_round_trips());
        let n_records = outbox_rows(&test).await;
        change(&db).await;
        costs.push(Cost {
            n_statements: db.n_statements() - n_statements,
            n_round_trips: log.n_round_trips() - n_round_trips,
        });
        let appended = log.take_appended();
        match Backend::current() {
            Backend::Sqlite => {
                assert_eq!((appended.len(), outbox_rows(&test).await), (0, n_records + 1));
            }
            Backend::Postgres => {
                assert!(matches!(appended[..], [Record::Begin { .. }, Record::End { .. }]), "{appended:?}");
                assert!(appended.iter().all(|it| it.deps().len() == 40));
                assert_eq!(costs[0].n_round_trips, if test.has_far() { 2 } else { 0 });
            }
        }
        let as_of = cache.check().await.unwrap();
        let is_there = |pk: &i64| cache.near::<i64>(&as_of, &Key::pk(Kind::Row, "thing", *pk)).is_some();
        let there: Vec<i64> = (0..n_entries).filter(is_there).collect();
        assert_eq!(there, Vec::from_iter(40..n_entries), "what it changed is gone, and nothing else");
    }
    assert_eq!(costs[0], costs[1]);
}

/// A transaction that changes forty things.
async fn change(db: &Db) {
    let written: Result<_, DbError> = db
        .write(async |uow| {
            for pk in 0..40 {
                uow.touch(Dep::object("thing", pk));
            }
            Ok(())
        })
        .await;
    written.unwrap();
}

async fn outbox_rows(test: &TestDb) -> usize {
    Sql::connect(&test.url).await.count("change_outbox").await
}
