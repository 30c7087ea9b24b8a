//! A process that has read everything of a small community, and what it must read again after a change.
//!
//! Which change makes what be read again is told by the tests.

use std::collections::{BTreeMap, BTreeSet};

use inhouse::cache::Layer;
use inhouse::db::models::{
    DraftEventRow, LeagueRoleRow, LeagueRow, NewDraftEvent, NewLeague, NewTeam, NewTournament,
    OrganizationRoleRow, OrganizationRow, TeamRow, TournamentRow, UserRow,
};
use inhouse::db::{DbError, DbResult, UnitOfWork};
use inhouse::types::{DraftEventType, RoleKind, TournamentState, TournamentType};
use serde_json::json;

use crate::support::survey::{Reader, below, values};
use crate::support::{Community, TestDb, organization, user};

/// Lists that hold rows of a model, whichever they are.
fn lists_of(model: &str) -> &'static [&'static str] {
    match model {
        "user" => &["users"],
        "organization" => &["organizations", "site"],
        "league" => &["leagues", "leagues of organization 1", "site"],
        "tournament" => &[
            "tournaments",
            "tournaments of league 1",
            "tournaments of organization 1",
            "tournaments of user 4",
            "games of league 1",
            "site",
            "next round of user 2",
        ],
        "game" => &["games", "games of league 1", "games of user 4", "site"],
        "draft" | "draft_round" => &["next round of user 2"],
        "team" | "draft_event" | "organization_log" | "league_log" => &[],
        other => panic!("there is no model {other}"),
    }
}

/// Lists that depend on what is related to an object of a model.
fn lists_by(model: &str) -> &'static [&'static str] {
    match model {
        "user" => &["tournaments of user 4", "games of user 4"],
        "organization" => &["leagues of organization 1", "tournaments of organization 1"],
        "draft" => &["events of draft 1"],
        _ => &[],
    }
}

/// A database and a process that has read all of it.
pub(crate) struct Stage {
    pub(crate) test: TestDb,
    pub(crate) it: Community,
    pub(crate) reader: Reader,
    names: BTreeSet<String>,
}

impl Stage {
    /// The community, and beside it: eve (5), who moderates; a second organization and league, linked to nothing; a
    /// second tournament, of no league; a third team, without members; one event of the draft.
    pub(crate) async fn set() -> Self {
        let test = TestDb::start().await;
        let it = Community::found(&test.db).await;
        let added: Result<_, DbError> = test.db.write(async |uow| add(uow, &it).await).await;
        added.unwrap();
        let reader = Reader::start(&test);
        let names = reader.survey().await.into_keys().collect();
        reader.cache().settled().await;
        let stage = Self { test, it, reader, names };
        let (survey, n_statements) = stage.reader.counted(stage.reader.survey()).await;
        assert_eq!((below(&survey, Layer::Near), n_statements), (BTreeSet::new(), 0), "everything is near");
        stage
    }

    /// A transaction that succeeds.
    pub(crate) async fn write(&self, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<()>) {
        let written: Result<_, DbError> = self.test.db.write(work).await;
        written.unwrap();
    }

    /// Makes a change; what the process reads again then. All it sees is as it is now, and a process that knows what is
    /// far alone must read the same again.
    pub(crate) async fn reread_after(
        &self,
        work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<()>,
    ) -> BTreeSet<String> {
        self.write(work).await;
        let truth = self.reader.truth().await;
        let newcomer = Reader::start(&self.test);
        let news = newcomer.survey().await;
        assert_eq!(difference(&values(&news), &truth), [], "by the far cache");
        let (survey, n_statements) = self.reader.counted(self.reader.survey()).await;
        assert_eq!(difference(&values(&survey), &truth), []);
        let again = below(&survey, Layer::Near);
        if self.test.has_far() {
            assert_eq!(below(&news, Layer::Far), again, "what is far is judged as what is near");
        } else {
            assert_eq!(n_statements == 0, again.is_empty());
        }
        again
    }

    /// Names of what is to be read again: as they are; `team:*` for lists of teams, `team:**` for all about teams.
    pub(crate) fn named(&self, expected: &[&str]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for name in expected {
            if let Some(model) = name.strip_suffix(":**") {
                let is_about =
                    |it: &&String| it.strip_prefix(model).is_some_and(|rest| rest.starts_with([' ', '.']));
                names.extend(self.names.iter().filter(is_about).cloned());
                names.extend([lists_of(model), lists_by(model)].concat().into_iter().map(str::to_owned));
            } else if let Some(model) = name.strip_suffix(":*") {
                names.extend(lists_of(model).iter().map(|it| (*it).to_owned()));
            } else {
                assert!(self.names.contains(*name), "nothing is called {name}");
                names.insert((*name).to_owned());
            }
        }
        names
    }
}

/// What is not as it should be, with what it is and what it should be.
fn difference<'a>(
    seen: &'a BTreeMap<String, String>,
    truth: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, &'a str, &'a str)> {
    let pairs = seen.iter().zip(truth.values());
    pairs
        .filter(|((_, it), truth)| it != truth)
        .map(|((name, it), truth)| (&**name, &**it, &**truth))
        .collect()
}

async fn add(uow: &mut UnitOfWork, it: &Community) -> DbResult<()> {
    let eve = uow.insert::<UserRow>(user("eve", Some(2_000))).await?.id;
    let role =
        OrganizationRoleRow { organization_id: it.organization.id, user_id: eve, role: RoleKind::Admin };
    uow.link(&role).await?;
    uow.link(&LeagueRoleRow { league_id: it.league.id, user_id: eve, role: RoleKind::Staff }).await?;
    uow.insert::<OrganizationRow>(organization("Second", it.ann.id)).await?;
    let league = NewLeague { name: "Summer League".to_owned(), steam_league_id: 2, ..NewLeague::default() };
    uow.insert::<LeagueRow>(league).await?;
    uow.insert::<TournamentRow>(new_tournament("Summer Cup")).await?;
    uow.insert::<TeamRow>(new_team("Third", it)).await?;
    let event = new_event(uow, it, 1);
    uow.insert::<DraftEventRow>(NewDraftEvent { actor_id: Some(eve), ..event }).await?;
    Ok(())
}

pub(crate) fn new_tournament(name: &str) -> NewTournament {
    NewTournament {
        name: name.to_owned(),
        starts_at: "2026-07-01T19:00:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        timezone: "UTC".to_owned(),
        state: TournamentState::Future,
        tournament_type: TournamentType::Swiss,
        league_id: None,
    }
}

pub(crate) fn new_team(name: &str, it: &Community) -> NewTeam {
    NewTeam {
        name: name.to_owned(),
        tournament_id: it.tournament.id,
        captain_id: None,
        deputy_captain_id: None,
        draft_order: None,
        placement: None,
    }
}

pub(crate) fn new_event(uow: &UnitOfWork, it: &Community, seq: i32) -> NewDraftEvent {
    NewDraftEvent {
        draft_id: it.draft.id,
        seq,
        epoch: 1,
        event_type: DraftEventType::DraftStarted,
        payload: json!({ "draft_id": it.draft.id, "draft_style": "snake", "team_count": 2 }),
        actor_id: Some(it.ann.id),
        created_at: uow.now(),
    }
}
