//! `bracketGenerate` and `bracketReseed`.

use inhouse::db::DbError;
use inhouse::db::models::{NewTournament, TournamentRow};
use inhouse::domain::bracket::{Bracket, BracketPlan};
use inhouse::service::Dice;
use inhouse::types::{EntityId as _, GameStatus, Slot, TeamId, TournamentState, TournamentType, UserId};
use serde_json::{Value, json};

use super::cup::enter;
use super::{Cup, gf, w};

/// The bracket that the rules make of these seeds.
fn expected(seeds: &[TeamId], format: TournamentType, has_reset: bool) -> Bracket {
    let plan = BracketPlan { format, order: seeds, has_grand_final_reset: has_reset };
    Bracket::new(seeds.iter().copied()).generate(&plan, false).unwrap()
}

fn globals(ids: &[TeamId]) -> Vec<String> {
    ids.iter().map(|id| id.to_global()).collect()
}

// DOMAIN §10.3 bug 42
#[tokio::test]
async fn a_generated_bracket_is_stored_as_the_rules_make_it_for_every_size_and_format() {
    for n in [2, 3, 5, 6, 8, 16] {
        let cup = Cup::of(n).await;
        let payload = cup.done("bracketGenerate", cup.about(json!({}))).await;
        let bracket = expected(&cup.teams, TournamentType::DoubleElimination, false);
        assert_eq!(cup.bracket().await, bracket, "{n} teams");
        assert_eq!(payload["games"].as_array().unwrap().len(), bracket.nodes.len());
        let again = cup.about(json!({ "format": "SINGLE_ELIMINATION" }));
        let payload = cup.done("bracketGenerate", again).await;
        let bracket = expected(&cup.teams, TournamentType::SingleElimination, false);
        assert_eq!(cup.bracket().await, bracket, "{n} teams");
        assert_eq!(payload["tournament"]["tournamentType"], "SINGLE_ELIMINATION");
        let back = json!({ "format": "DOUBLE_ELIMINATION", "grandFinalReset": true });
        let payload = cup.done("bracketGenerate", cup.about(back)).await;
        assert_eq!(payload["tournament"]["hasGrandFinalReset"], true);
        assert_eq!(cup.bracket().await, expected(&cup.teams, TournamentType::DoubleElimination, true));
    }
}

// DOMAIN §10.3 bug 35
#[tokio::test]
async fn games_keep_their_ids_when_the_bracket_is_generated_again() {
    let cup = Cup::generated(8, "DOUBLE_ELIMINATION", false).await;
    let before = cup.ids().await;
    cup.report(w(1, 0), Slot::Dire).await;
    let payload = cup.done("bracketGenerate", cup.about(json!({ "confirmDiscardResults": true }))).await;
    assert_eq!((cup.ids().await, &payload["deletedGameIds"]), (before.clone(), &json!([])));
    let payload = cup.done("bracketGenerate", cup.about(json!({ "format": "SINGLE_ELIMINATION" }))).await;
    let single = cup.ids().await;
    assert!(single.iter().all(|(key, id)| before[key] == *id), "all of its places were there");
    assert_eq!((single.len(), payload["deletedGameIds"].as_array().unwrap().len()), (7, before.len() - 7));
    let deleted: Vec<Value> = payload["deletedGameIds"].as_array().unwrap().clone();
    assert!(!deleted.contains(&json!(single[&w(3, 0)].to_global())));
}

#[tokio::test]
async fn a_bracket_generated_twice_is_written_once() {
    let cup = Cup::generated(6, "DOUBLE_ELIMINATION", false).await;
    let before = cup.api.test.dump().await;
    let payload = cup.done("bracketGenerate", cup.about(json!({}))).await;
    assert_eq!(payload["games"], json!([]));
    let after = cup.api.test.dump().await;
    assert!(before == after, "nothing differs, so nothing is written");
}

#[tokio::test]
async fn results_are_given_up_only_when_that_is_confirmed() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    cup.report(w(1, 1), Slot::Radiant).await;
    let ids = cup.ids().await;
    let error = cup.refused("bracketGenerate", cup.about(json!({}))).await;
    assert_eq!((&error["code"], &error["__typename"]), (&json!("CONFLICT"), &json!("ResultsInTheWayError")));
    assert_eq!(error["field"], json!(["confirmDiscardResults"]));
    assert_eq!(error["games"], json!([{ "id": ids[&w(1, 1)].to_global() }]));
    cup.done("bracketGenerate", cup.about(json!({ "confirmDiscardResults": true }))).await;
    assert_eq!(cup.bracket().await, expected(&cup.teams, TournamentType::DoubleElimination, false));
}

#[tokio::test]
async fn what_cannot_be_generated_is_refused() {
    let cup = Cup::of(1).await;
    let error = cup.refused("bracketGenerate", cup.about(json!({}))).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("CONFLICT"), &Value::Null));
    let error = cup.refused("bracketGenerate", cup.about(json!({ "format": "SWISS" }))).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("INVALID_INPUT"), &json!(["format"])));
    let error = cup.refused("bracketGenerate", json!({ "tournamentId": "999" })).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("NOT_FOUND"), &json!(["tournamentId"])));
    let error = cup.refused("bracketReseed", cup.about(json!({}))).await;
    assert_eq!(error["code"], "CONFLICT", "there is no bracket");
}

#[tokio::test]
async fn a_manual_order_is_followed() {
    let cup = Cup::of(5).await;
    let mut seeds = cup.teams.clone();
    seeds.rotate_left(2);
    let input = json!({ "seeding": "MANUAL", "manualOrder": globals(&seeds) });
    cup.done("bracketGenerate", cup.about(input)).await;
    assert_eq!(cup.bracket().await, expected(&seeds, TournamentType::DoubleElimination, false));
}

// DOMAIN §10.3 bug 43
#[tokio::test]
async fn a_manual_order_names_every_team_of_the_tournament_once_and_no_other() {
    let cup = Cup::of(3).await;
    let other: Result<_, DbError> = cup
        .db()
        .write(async |uow| {
            let row = uow.insert::<TournamentRow>(other_tournament()).await?;
            enter(uow, &row, "other", 1..=1).await
        })
        .await;
    let (ids, foreign) = (globals(&cup.teams), globals(&other.unwrap().0));
    for (order, code) in [
        (vec![&ids[0], &ids[1]], "INVALID_INPUT"),
        (vec![&ids[0], &ids[1], &ids[2], &ids[1]], "INVALID_INPUT"),
        (vec![&ids[0], &ids[1], &foreign[0]], "NOT_FOUND"),
    ] {
        let input = cup.about(json!({ "seeding": "MANUAL", "manualOrder": order }));
        let error = cup.refused("bracketGenerate", input).await;
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(["manualOrder"])), "{order:?}");
    }
    for input in [json!({ "seeding": "MANUAL" }), json!({ "seeding": "RANDOM", "manualOrder": ids })] {
        assert_eq!(cup.failed("bracketGenerate", cup.about(input)).await, "BAD_USER_INPUT");
    }
}

fn other_tournament() -> NewTournament {
    NewTournament {
        name: "Summer Cup".to_owned(),
        starts_at: "2026-06-22T19:00:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        timezone: "UTC".to_owned(),
        state: TournamentState::Future,
        tournament_type: TournamentType::DoubleElimination,
        league_id: None,
    }
}

#[tokio::test]
async fn a_random_order_is_what_the_dice_say() {
    let cup = Cup::with_dice(4, Dice::loaded(|_| 0)).await;
    cup.done("bracketGenerate", cup.about(json!({ "seeding": "RANDOM" }))).await;
    let seeds = [1, 2, 3, 0].map(|i| cup.teams[i]);
    assert_eq!(cup.bracket().await, expected(&seeds, TournamentType::DoubleElimination, false));
}

// DOMAIN §10.3 bug 38
#[tokio::test]
async fn totals_seed_by_the_roster_with_the_captain_once_and_captains_by_themselves() {
    let cup = Cup::of(3).await;
    // The last team gets the strongest mate; its captain stays the weakest.
    let mate = add_member(&cup, cup.teams[2], 9_000).await;
    cup.done("bracketGenerate", cup.about(json!({ "seeding": "MMR_TOTAL" }))).await;
    let by_total = [2, 0, 1].map(|i| cup.teams[i]);
    assert_eq!(cup.bracket().await, expected(&by_total, TournamentType::DoubleElimination, false));
    cup.done("bracketGenerate", cup.about(json!({ "seeding": "CAPTAIN_MMR" }))).await;
    assert_eq!(cup.bracket().await, expected(&cup.teams, TournamentType::DoubleElimination, false));
    // 9900 twice would beat 9700 and 250; once it does not.
    set_mmr(&cup, mate, 250).await;
    cup.done("bracketReseed", cup.about(json!({}))).await;
    assert_eq!(cup.bracket().await, expected(&by_total, TournamentType::DoubleElimination, false));
}

async fn add_member(cup: &Cup, team: TeamId, mmr: i32) -> UserId {
    use inhouse::db::models::{TeamMemberRow, TournamentPlayerRow, UserRow};
    use inhouse::types::TeamMembershipKind;
    let tournament_id = cup.tournament;
    let added: Result<_, DbError> = cup
        .db()
        .write(async |uow| {
            let mate = uow.insert::<UserRow>(crate::support::user("mate", Some(mmr))).await?.id;
            uow.link(&TournamentPlayerRow { tournament_id, user_id: mate }).await?;
            let kind = TeamMembershipKind::Member;
            uow.link(&TeamMemberRow { team_id: team, tournament_id, user_id: mate, kind }).await?;
            Ok(mate)
        })
        .await;
    added.unwrap().0
}

async fn set_mmr(cup: &Cup, id: UserId, mmr: i32) {
    use inhouse::db::models::{UserChanges, UserRow};
    let changes = UserChanges { mmr: Some(Some(mmr)), ..UserChanges::default() };
    let set: Result<_, DbError> = cup.db().write(async |uow| uow.update::<UserRow>(id, changes).await).await;
    set.unwrap();
}

#[tokio::test]
async fn a_bracket_is_seeded_anew_until_the_first_game_begins() {
    let cup = Cup::generated(5, "DOUBLE_ELIMINATION", true).await;
    let ids = cup.ids().await;
    let mut seeds = cup.teams.clone();
    seeds.reverse();
    let input = cup.about(json!({ "seeding": "MANUAL", "manualOrder": globals(&seeds) }));
    cup.done("bracketReseed", input).await;
    assert_eq!(cup.bracket().await, expected(&seeds, TournamentType::DoubleElimination, true));
    assert_eq!(cup.ids().await, ids);
    let key = super::cup::playable(&cup.bracket().await)[0];
    cup.done("gameStatusSet", cup.input(key, json!({ "status": "LIVE" })).await).await;
    let error = cup.refused("bracketReseed", cup.about(json!({}))).await;
    assert_eq!(error["code"], "CONFLICT");
    assert_eq!(error["games"], json!([{ "id": ids[&key].to_global() }]));
}

#[tokio::test]
async fn a_bracket_reset_returns_to_its_first_day() {
    let cup = Cup::generated(8, "DOUBLE_ELIMINATION", true).await;
    let fresh = cup.content().await;
    let payload = cup.play_out(|_| Slot::Dire).await;
    assert_eq!(payload["isDecided"], true);
    assert_eq!(cup.row(gf(2)).await.status, GameStatus::Completed);
    let error = cup.refused("bracketReset", cup.about(json!({}))).await;
    assert_eq!((&error["code"], error["games"].as_array().unwrap().len()), (&json!("CONFLICT"), 15));
    let payload = cup.done("bracketReset", cup.about(json!({ "confirmDiscardResults": true }))).await;
    assert_eq!(payload["teams"].as_array().unwrap().len(), 8);
    assert_eq!(payload["deletedGameIds"].as_array().unwrap().len(), 1, "the second final goes");
    assert_eq!(cup.content().await, fresh);
}
