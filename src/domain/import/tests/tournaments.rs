//! Tournaments: dates, leagues, and who won (DOMAIN §3.7, §9.3 rule 7).

use serde_json::{Value, json};

use super::super::{PlanOptions, plan};
use super::samples::{bare_team, bracket, file, game, notes, planned, refusal, team, tournament};

/// Four teams of one, with the six games of their double elimination: team 1 wins, then 2, 3 and 4.
fn four_teams() -> (Value, Value) {
    let mut document = tournament();
    document["teams"] = json!([team(1, &[1]), team(2, &[2]), team(3, &[3]), team(4, &[4])]);
    let node = |pk: i64, bracket_type: &str, round: i64, radiant: i64, dire: i64| {
        let mut node = game(pk, 0, radiant, dire);
        node["bracket_type"] = json!(bracket_type);
        node["round"] = json!(round);
        node
    };
    let mut second = node(12, "winners", 1, 2, 3);
    second["position"] = json!(1);
    let games = [
        node(11, "winners", 1, 1, 4),
        second,
        node(13, "winners", 2, 1, 2),
        node(14, "losers", 1, 3, 4),
        node(15, "losers", 2, 2, 3),
        node(16, "grand_finals", 1, 1, 2),
    ];
    document["games"] = json!(games);
    (document, bracket(&games))
}

#[test]
fn a_day_without_time_becomes_noon_in_the_tournaments_zone() {
    let mut document = tournament();
    document["date_played"] = json!("2026-11-20");
    let plan = planned(&[&document]);
    assert_eq!(plan.tournaments[0].starts_at.to_string(), "2026-11-20T11:00:00Z");
    assert_eq!(
        notes(&plan),
        ["tournament.json: date_played: 2026-11-20 has no time, imported as noon in Europe/Berlin"]
    );
}

#[test]
fn an_instant_is_kept_to_the_microsecond() {
    let mut document = tournament();
    document["date_played"] = json!("2026-11-16T01:50:46.789671432+01:00");
    let plan = planned(&[&document]);
    assert_eq!(plan.tournaments[0].starts_at.to_string(), "2026-11-16T00:50:46.789671Z");
}

#[test]
fn a_decided_bracket_names_champion_and_places() {
    let (mut document, games) = four_teams();
    document["teams"][3]["placement"] = json!(1);
    let plan = planned(&[&document, &games]);
    assert_eq!(plan.tournaments[0].winning_team.unwrap().0, 1);
    let places: Vec<Option<i32>> = plan.tournaments[0].teams.iter().map(|it| it.placement).collect();
    assert_eq!(places, [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(
        notes(&plan),
        [
            "tournament.json: winning_team: no team is named, team 1 won the final",
            "tournament.json: teams[3].placement: placement 1 contradicts the games, imported as 4",
        ]
    );
}

#[test]
fn the_winner_of_the_final_counts_against_the_winner_that_is_named() {
    let (mut document, games) = four_teams();
    document["winning_team"] = json!(3);
    let plan = planned(&[&document, &games]);
    assert_eq!(plan.tournaments[0].winning_team.unwrap().0, 1);
    assert_eq!(
        notes(&plan),
        ["tournament.json: winning_team: team 3 is named, but team 1 won the final and counts"]
    );
}

#[test]
fn an_open_bracket_leaves_winner_and_places_as_they_are() {
    let (mut document, mut games) = four_teams();
    for it in [&mut document["games"][5], &mut games["matches"][5]] {
        it["winning_team"] = json!(null);
        it["status"] = json!("pending");
    }
    document["winning_team"] = json!(3);
    document["teams"][3]["placement"] = json!(4);
    let plan = planned(&[&document, &games]);
    assert_eq!(plan.tournaments[0].winning_team.unwrap().0, 3);
    assert_eq!(plan.tournaments[0].teams[3].placement, Some(4));
    assert!(notes(&plan).is_empty());
}

#[test]
fn a_bracket_with_a_missing_game_places_nobody_but_has_a_champion() {
    let (document, mut games) = four_teams();
    games["matches"].as_array_mut().unwrap().remove(3);
    let plan = planned(&[&document, &games]);
    assert_eq!(plan.tournaments[0].winning_team.unwrap().0, 1);
    assert!(plan.tournaments[0].teams.iter().all(|it| it.placement.is_none()));
}

#[test]
fn a_second_final_decides_if_it_was_played() {
    let (mut document, games) = four_teams();
    let mut reset = game(17, 0, 1, 2);
    reset["bracket_type"] = json!("grand_finals");
    reset["round"] = json!(2);
    reset["winning_team"] = bare_team(2);
    let champion = |reset: &Value, document: &mut Value| {
        let mut games = games.clone();
        games["matches"].as_array_mut().unwrap().push(reset.clone());
        document["games"] = games["matches"].clone();
        planned(&[document, &games]).tournaments[0].winning_team.map(|it| it.0)
    };
    assert_eq!(champion(&reset, &mut document), Some(2));
    for field in ["radiant_team", "dire_team", "winning_team"] {
        reset[field] = json!(null);
    }
    reset["status"] = json!("pending");
    assert_eq!(champion(&reset, &mut document), Some(1));
}

#[test]
fn single_elimination_places_by_the_round_of_the_loss() {
    let (mut document, mut games) = four_teams();
    games["matches"].as_array_mut().unwrap().truncate(3);
    for it in games["matches"].as_array_mut().unwrap() {
        it["elimination_type"] = json!("single");
    }
    document["games"] = games["matches"].clone();
    document["tournament_type"] = json!("single_elimination");
    let plan = planned(&[&document, &games]);
    let places: Vec<Option<i32>> = plan.tournaments[0].teams.iter().map(|it| it.placement).collect();
    assert_eq!(places, [Some(1), Some(2), Some(3), Some(3)]);
}

#[test]
fn a_double_elimination_without_its_final_has_no_champion() {
    let (mut document, mut games) = four_teams();
    games["matches"].as_array_mut().unwrap().truncate(3);
    document["games"] = games["matches"].clone();
    assert_eq!(planned(&[&document, &games]).tournaments[0].winning_team, None);
}

#[test]
fn a_winning_team_must_be_one_of_the_teams() {
    let mut document = tournament();
    document["winning_team"] = json!(7);
    assert_eq!(refusal(&[&document]), "tournament.json: winning_team: team 7 is no team of this tournament");
}

#[test]
fn the_league_comes_with_its_organizations() {
    let mut document = tournament();
    document["league"] = json!({ "pk": 2, "name": "DTX", "steam_league_id": 17930, "organization_name": "DTX",
        "organizations": [{ "pk": 1, "name": "DTX", "logo": "", "created_at": "2026-11-23T00:50:40Z" }] });
    let plan = planned(&[&document]);
    let league = plan.tournaments[0].league.as_ref().unwrap();
    assert_eq!((league.source_pk.0, league.steam_league_id), (2, 17930));
    assert_eq!(league.organizations[0].name, "DTX");
}

#[test]
fn two_leagues_of_one_steam_number_are_refused() {
    let with_league = |pk: i64, league: i64| {
        let mut document = tournament();
        document["pk"] = json!(pk);
        document["teams"] = json!([]);
        document["league"] = json!({ "pk": league, "name": "DTX", "steam_league_id": 17930 });
        file(&format!("{pk}.json"), &document)
    };
    let error = plan(&[with_league(1, 2), with_league(2, 3)], PlanOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("2.json: league.steam_league_id: league 3 and Steam league 17930"));
}

#[test]
fn a_team_of_two_tournaments_is_refused() {
    let mut other = tournament();
    other["pk"] = json!(2);
    let files = [file("1.json", &tournament()), file("2.json", &other)];
    let error = plan(&files, PlanOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "2.json: teams[0].pk: team 1 is already at 1.json: teams[0]");
}
