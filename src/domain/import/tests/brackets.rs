//! Games: results agree with themselves, nodes and seats are unique (DOMAIN §1.7, §9.3 rules 3 and 6).

use serde_json::{Value, json};

use crate::types::{BracketType, EliminationType, GameStatus};

use super::super::{BracketSource, EntityKind, GamePlan, ImportPlan};
use super::samples::{bare_team, bracket, game, notes, planned, refusal, team, tournament};

/// Plans four teams with a bracket of these games.
fn planned_games(games: &[Value]) -> ImportPlan {
    planned(&[&four_teams(), &bracket(games)])
}

fn refused_games(games: &[Value]) -> String {
    refusal(&[&four_teams(), &bracket(games)])
}

fn four_teams() -> Value {
    let mut document = tournament();
    document["teams"] = json!([team(1, &[1]), team(2, &[2]), team(3, &[3]), team(4, &[4])]);
    document["games"] = json!([]);
    document
}

fn changed(mut game: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut game);
    game
}

fn linked(game: Value, field: &str, target: i64, slot: &str) -> Value {
    changed(game, |it| {
        it[field] = json!(target);
        it[format!("{field}_slot")] = json!(slot);
    })
}

fn games(plan: &ImportPlan) -> &[GamePlan] {
    &plan.tournaments[0].games
}

/// Notes without those on games that the tournament document does not list.
fn repairs(plan: &ImportPlan) -> Vec<String> {
    notes(plan).into_iter().filter(|it| !it.ends_with("is missing in tournament.json, imported")).collect()
}

#[test]
fn the_status_scheduled_becomes_pending() {
    let plan = planned_games(&[changed(game(1, 0, 1, 2), |it| {
        it["status"] = json!("scheduled");
        it["winning_team"] = json!(null);
    })]);
    assert_eq!(games(&plan)[0].status, GameStatus::Pending);
    assert_eq!(repairs(&plan), ["bracket.json: matches[0].status: status scheduled is imported as pending"]);
}

#[test]
fn completed_without_a_winner_becomes_pending() {
    let plan = planned_games(&[changed(game(1, 0, 1, 2), |it| it["winning_team"] = json!(null))]);
    assert_eq!(games(&plan)[0].status, GameStatus::Pending);
    assert_eq!(
        repairs(&plan),
        ["bracket.json: matches[0].status: completed without a winner, imported as pending"]
    );
}

#[test]
fn a_game_with_a_winner_is_completed() {
    let plan = planned_games(&[changed(game(1, 0, 1, 2), |it| it["status"] = json!("live"))]);
    assert_eq!(games(&plan)[0].status, GameStatus::Completed);
    assert_eq!(repairs(&plan).len(), 1);
}

#[test]
fn a_winner_who_did_not_play_is_an_error() {
    assert_eq!(
        refused_games(&[changed(game(1, 0, 1, 2), |it| it["winning_team"] = bare_team(3))]),
        "bracket.json: matches[0].winning_team: winner 3 is neither the radiant nor the dire team"
    );
    let mut document = four_teams();
    document["games"] = json!([changed(game(1, 0, 1, 2), |it| it["winning_team"] = bare_team(3))]);
    assert!(refusal(&[&document]).starts_with("tournament.json: games[0].winning_team: winner 3 is neither"));
}

#[test]
fn a_team_of_another_tournament_or_against_itself_is_an_error() {
    assert_eq!(
        refused_games(&[game(1, 0, 1, 99)]),
        "bracket.json: matches[0].dire_team: team 99 is no team of this tournament"
    );
    assert_eq!(
        refused_games(&[game(1, 0, 1, 1)]),
        "bracket.json: matches[0].dire_team: team 1 plays against itself"
    );
}

#[test]
fn a_completed_game_of_one_team_is_a_bye() {
    let plan = planned_games(&[changed(game(1, 0, 1, 2), |it| it["dire_team"] = json!(null))]);
    assert!(games(&plan)[0].is_bye);
}

#[test]
fn games_that_share_a_node_move_apart() {
    let plan = planned_games(&[game(1, 0, 1, 2), game(2, 0, 3, 4), game(3, 1, 1, 3)]);
    let positions: Vec<i32> = games(&plan).iter().map(|it| it.position).collect();
    assert_eq!(positions, [0, 2, 1]);
    assert_eq!(
        repairs(&plan),
        ["bracket.json: matches[1].position: another game has this node, moved from position 0 to 2"]
    );
}

#[test]
fn one_match_belongs_to_one_game() {
    let with_match = |game: Value, id: i64| changed(game, |it| it["gameid"] = json!(id));
    let plan = planned_games(&[
        with_match(game(1, 0, 1, 2), 8_400_000_000),
        with_match(game(2, 1, 3, 4), 8_400_000_000),
        with_match(game(3, 2, 1, 3), 0),
    ]);
    let ids: Vec<Option<i64>> = games(&plan).iter().map(|it| it.steam_match_id).collect();
    assert_eq!(ids, [Some(8_400_000_000), None, None]);
    assert_eq!(
        repairs(&plan),
        [
            "bracket.json: matches[1].gameid: match 8400000000 belongs to game 1, imported without match",
            "bracket.json: matches[2].gameid: 0 is no match id, imported without match",
        ]
    );
}

#[test]
fn a_link_that_leads_nowhere_or_to_itself_is_an_error() {
    assert_eq!(
        refused_games(&[linked(game(1, 0, 1, 2), "next_game", 77, "dire")]),
        "bracket.json: matches[0].next_game: game 77 is not in this bracket"
    );
    assert_eq!(
        refused_games(&[linked(game(1, 0, 1, 2), "loser_next_game", 1, "dire")]),
        "bracket.json: matches[0].loser_next_game: game 1 leads to itself"
    );
}

#[test]
fn links_in_a_circle_are_an_error() {
    let message = refused_games(&[
        linked(game(1, 0, 1, 2), "next_game", 2, "dire"),
        linked(game(2, 1, 3, 4), "next_game", 3, "dire"),
        linked(game(3, 2, 3, 4), "loser_next_game", 2, "radiant"),
    ]);
    assert_eq!(message, "bracket.json: matches[1].next_game: the links lead in a circle");
}

#[test]
fn a_seat_that_is_fed_twice_keeps_the_feeder_whose_team_sits_there() {
    let plan = planned_games(&[
        linked(game(1, 0, 1, 2), "next_game", 3, "radiant"),
        linked(game(2, 1, 3, 4), "next_game", 3, "radiant"),
        changed(game(3, 0, 3, 1), |it| it["round"] = json!(2)),
    ]);
    assert_eq!(games(&plan)[0].next, None);
    assert!(games(&plan)[1].next.is_some());
    assert_eq!(
        repairs(&plan),
        ["bracket.json: matches[0].next_game: another game feeds this slot, the link is left out"]
    );
}

#[test]
fn a_seat_that_is_fed_twice_without_proof_keeps_the_earliest_feeder() {
    let plan = planned_games(&[
        linked(game(1, 1, 1, 2), "next_game", 3, "radiant"),
        linked(game(2, 0, 3, 4), "next_game", 3, "radiant"),
        changed(game(3, 0, 3, 1), |it| {
            it["round"] = json!(2);
            it["radiant_team"] = json!(null);
            it["winning_team"] = bare_team(1);
        }),
    ]);
    assert_eq!((games(&plan)[0].next.is_some(), games(&plan)[1].next.is_some()), (false, true));
}

#[test]
fn a_link_has_game_and_slot_or_neither() {
    let plan = planned_games(&[
        changed(game(1, 0, 1, 2), |it| it["next_game"] = json!(2)),
        changed(game(2, 1, 3, 4), |it| it["loser_next_game_slot"] = json!("dire")),
    ]);
    assert_eq!((games(&plan)[0].next, games(&plan)[1].loser_next), (None, None));
    assert_eq!(
        repairs(&plan),
        [
            "bracket.json: matches[0].next_game: the link names no slot, left out",
            "bracket.json: matches[1].loser_next_game_slot: the slot names no game, left out",
        ]
    );
}

#[test]
fn without_a_bracket_file_positions_follow_the_keys() {
    let mut document = four_teams();
    document["games"] = json!([
        game(12, 0, 3, 4),
        game(11, 0, 1, 2),
        changed(game(13, 0, 1, 3), |it| it["round"] = json!(2))
    ]);
    let plan = planned(&[&document]);
    assert_eq!(plan.tournaments[0].bracket, BracketSource::Guessed);
    let nodes: Vec<_> = games(&plan).iter().map(|it| (it.source_pk.0, it.round, it.position)).collect();
    assert_eq!(nodes, [(11, 1, 0), (12, 1, 1), (13, 2, 0)]);
    assert!(games(&plan).iter().all(|it| it.bracket_type == BracketType::Winners && it.next.is_none()));
    assert_eq!(
        notes(&plan),
        ["tournament.json: games: no bracket file: 3 games are imported without links, positions by pk"]
    );
}

#[test]
fn guessed_games_fit_the_type_of_the_tournament() {
    let mut document = four_teams();
    document["games"] = json!([game(1, 0, 1, 2)]);
    document["tournament_type"] = json!("swiss");
    let plan = planned(&[&document]);
    assert_eq!(games(&plan)[0].bracket_type, BracketType::Swiss);
    assert_eq!(games(&plan)[0].elimination_type, EliminationType::Swiss);
}

#[test]
fn the_bracket_file_counts_where_the_tournament_says_otherwise() {
    let mut document = four_teams();
    document["games"] =
        json!([changed(game(1, 0, 1, 2), |it| it["winning_team"] = bare_team(2)), game(9, 0, 3, 4)]);
    let plan = planned(&[&document, &bracket(&[game(1, 0, 1, 2), game(2, 1, 3, 4)])]);
    assert_eq!(plan.tournaments[0].bracket, BracketSource::File);
    assert_eq!(games(&plan)[0].winner.unwrap().0, 1);
    assert_eq!(plan.report.counts[&EntityKind::Game].skipped, 1);
    assert_eq!(
        notes(&plan),
        [
            "tournament.json: games[0]: game 1 differs from bracket.json: matches[0], which counts",
            "tournament.json: games[1]: skipped: game 9 is not in the bracket file",
            "bracket.json: matches[1]: game 2 is missing in tournament.json, imported",
        ]
    );
}

#[test]
fn an_empty_bracket_file_takes_no_game_away() {
    let mut document = four_teams();
    document["games"] = json!([game(1, 0, 1, 2)]);
    let plan = planned(&[&document, &bracket(&[])]);
    assert_eq!((plan.tournaments[0].bracket, games(&plan).len()), (BracketSource::Guessed, 1));
}

#[test]
fn a_game_listed_twice_is_refused() {
    assert_eq!(
        refused_games(&[game(1, 0, 1, 2), game(1, 1, 3, 4)]),
        "bracket.json: matches[1].pk: game 1 is listed twice"
    );
}
