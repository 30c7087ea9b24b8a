//! The real documents under `tests/data/predecessor/` are planned completely.

use super::super::{BracketSource, ImportPlan, PlanOptions, SourcePk, plan};
use super::samples::notes;
use crate::types::{DraftStatus, GameStatus};

macro_rules! data {
    ($($name:literal),+) => {
        [$(($name.to_owned(), include_bytes!(concat!("../../../../tests/data/predecessor/", $name)).to_vec())),+]
    };
}

fn everything(options: PlanOptions) -> ImportPlan {
    let files = data![
        "bracket-1.json",
        "bracket-2.json",
        "bracket-51.json",
        "tournament-1.json",
        "tournament-2.json",
        "tournament-51.json",
        "users.json"
    ];
    plan(&files, options).unwrap()
}

#[test]
fn everything_is_planned() {
    let plan = everything(PlanOptions::default());
    assert_eq!(plan.users.len(), 501);
    assert!(plan.brackets_alone.is_empty());
    let sizes: Vec<_> = plan
        .tournaments
        .iter()
        .map(|it| {
            let rounds = it.draft.as_ref().map_or(0, |it| it.rounds.len());
            (it.source_pk.0, it.players.len(), it.teams.len(), rounds, it.games.len())
        })
        .collect();
    assert_eq!(sizes, [(1, 40, 8, 32, 14), (2, 40, 8, 32, 14), (51, 40, 8, 32, 0)]);
}

#[test]
fn the_champions_are_the_winners_of_the_finals() {
    let plan = everything(PlanOptions::default());
    let champions: Vec<_> = plan.tournaments.iter().map(|it| it.winning_team).collect();
    assert_eq!(champions, [Some(SourcePk(6)), Some(SourcePk(9)), None]);
    let places: Vec<_> = plan.tournaments[0].teams.iter().map(|it| it.placement.unwrap()).collect();
    assert_eq!(places, [2, 3, 7, 4, 5, 1, 5, 7], "the file has the draft order here");
}

#[test]
fn every_game_but_the_final_leads_on() {
    let plan = everything(PlanOptions::default());
    for it in plan.tournaments.iter().take(2) {
        assert_eq!(it.bracket, BracketSource::File);
        assert!(
            it.games.iter().all(|game| game.status == GameStatus::Completed && game.steam_match_id.is_some())
        );
        assert_eq!(it.games.iter().filter(|game| game.next.is_none()).count(), 1);
        assert_eq!(it.games.iter().filter(|game| game.loser_next.is_some()).count(), 7);
    }
}

#[test]
fn steam_ids_keep_every_digit() {
    let plan = everything(PlanOptions::default());
    let id = |pk: i64| plan.users.iter().find(|it| it.source_pk.0 == pk).unwrap().steam_id;
    assert_eq!(id(258), Some(76_561_197_970_273_695));
    assert_eq!(id(500), Some(76_561_197_970_281_197));
    assert_eq!(id(501), None);
}

#[test]
fn the_draft_that_was_going_on_goes_on_only_on_request() {
    let status = |options| everything(options).tournaments[2].draft.as_ref().unwrap().status;
    assert_eq!(status(PlanOptions::default()), DraftStatus::Completed);
    assert_eq!(status(PlanOptions { resume_drafts: true }), DraftStatus::Running);
}

#[test]
fn the_only_notes_are_on_placements_and_the_closed_draft() {
    let notes = notes(&everything(PlanOptions::default()));
    let (placements, other): (Vec<_>, Vec<_>) = notes.into_iter().partition(|it| it.contains(".placement: "));
    assert_eq!(placements.len(), 12);
    assert_eq!(
        other,
        [
            "tournament-51.json: draft: 31 rounds are open, imported as completed: it goes on here only on request"
        ]
    );
}

#[test]
fn the_tournament_alone_is_planned_without_links() {
    let plan = plan(&data!["tournament-1.json"], PlanOptions::default()).unwrap();
    assert_eq!(plan.users.len(), 40);
    let tournament = &plan.tournaments[0];
    assert_eq!((tournament.bracket, tournament.games.len()), (BracketSource::Guessed, 14));
    assert_eq!(tournament.winning_team, Some(SourcePk(6)));
}

#[test]
fn the_bracket_alone_names_champion_and_places() {
    let plan = plan(&data!["bracket-1.json"], PlanOptions::default()).unwrap();
    let bracket = &plan.brackets_alone[0];
    assert_eq!(
        (bracket.tournament, bracket.champion, bracket.placements.len()),
        (SourcePk(1), Some(SourcePk(6)), 8)
    );
}
