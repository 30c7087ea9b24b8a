//! The demo community under `assets/demo/` is planned without a single note.

use std::collections::BTreeSet;

use super::super::{ImportPlan, PlanOptions, TournamentPlan, plan};
use super::samples::notes;
use crate::types::{DraftStatus, DraftStyle, TournamentState};

macro_rules! demo {
    ($($name:literal),+) => {
        [$(($name.to_owned(), include_bytes!(concat!("../../../../assets/demo/", $name)).to_vec())),+]
    };
}

fn demo() -> ImportPlan {
    let files =
        demo!["bracket-1.json", "tournament-1.json", "tournament-2.json", "tournament-3.json", "users.json"];
    plan(&files, PlanOptions { resume_drafts: true }).unwrap()
}

fn open_rounds(tournament: &TournamentPlan) -> usize {
    tournament.draft.iter().flat_map(|it| &it.rounds).filter(|it| it.choice.is_none()).count()
}

#[test]
fn nothing_had_to_be_repaired() {
    assert_eq!(notes(&demo()), Vec::<String>::new());
}

#[test]
fn one_tournament_is_finished() {
    let plan = demo();
    let cup = &plan.tournaments[0];
    assert_eq!(cup.state, TournamentState::Past);
    assert_eq!((cup.teams.len(), cup.games.len(), open_rounds(cup)), (4, 6, 0));
    assert_eq!(cup.draft.as_ref().unwrap().status, DraftStatus::Completed);
    let champion = cup.teams.iter().find(|it| it.placement == Some(1)).unwrap();
    assert_eq!(cup.winning_team, Some(champion.source_pk));
    let places: BTreeSet<_> = cup.teams.iter().filter_map(|it| it.placement).collect();
    assert_eq!(places, BTreeSet::from([1, 2, 3, 4]));
}

#[test]
fn every_seat_after_the_first_round_has_one_feeder() {
    let plan = demo();
    let games = &plan.tournaments[0].games;
    let links: Vec<_> = games.iter().flat_map(|it| [it.next, it.loser_next]).flatten().collect();
    assert_eq!(links.len(), 8, "four games lie behind the first round");
    assert_eq!(links.iter().collect::<BTreeSet<_>>().len(), 8);
}

#[test]
fn one_draft_is_going_on() {
    let plan = demo();
    let night = &plan.tournaments[1];
    let draft = night.draft.as_ref().unwrap();
    assert_eq!(night.state, TournamentState::InProgress);
    assert_eq!(
        (draft.style, draft.status, open_rounds(night)),
        (DraftStyle::Shuffle, DraftStatus::Running, 9)
    );
    assert!(draft.rounds[7].captain.is_some(), "a team is on turn");
    assert!(draft.rounds[8].captain.is_none(), "the next turn is not decided");
}

#[test]
fn one_tournament_is_yet_to_come() {
    let plan = demo();
    let cup = &plan.tournaments[2];
    assert_eq!((cup.state, cup.players.len(), cup.teams.len()), (TournamentState::Future, 40, 0));
}

#[test]
fn some_people_lack_what_people_may_lack() {
    let plan = demo();
    assert_eq!(plan.users.len(), 42);
    assert!(plan.users.iter().all(|it| it.is_in_feed));
    for lacking in [
        plan.users.iter().filter(|it| it.mmr.is_none()).count(),
        plan.users.iter().filter(|it| it.steam_id.is_none()).count(),
        plan.users.iter().filter(|it| it.nickname.is_none()).count(),
        plan.users.iter().filter(|it| it.positions == Some(super::super::PositionRanks::default())).count(),
    ] {
        assert!(lacking >= 2, "{lacking}");
    }
}
