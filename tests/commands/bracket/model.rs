//! Long random courses of everything that can be done, the rows held to the pure rules after every step.

use inhouse::domain::bracket::{Bracket, BracketError, Link, NodeKey};
use inhouse::types::{EntityId as _, GameStatus, Slot, TeamId, TextEnum as _};
use serde_json::{Value, json};

use super::{Cup, code};

/// Reproducible chance.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn slot(&mut self) -> Slot {
        Slot::ALL[self.below(2)]
    }
}

/// What is done, and what the rules make of it.
struct Step {
    mutation: &'static str,
    input: Value,
    outcome: Result<Bracket, BracketError>,
}

fn step(cup: &Cup, bracket: &Bracket, key: NodeKey, chance: &mut Chance) -> Step {
    let (slot, cascade) = (chance.slot(), chance.below(3) == 0);
    let named = slot.as_str().to_uppercase();
    match chance.below(10) {
        0 => Step {
            mutation: "gameReportRetract",
            input: json!({ "cascade": cascade }),
            outcome: bracket.retract(key, cascade),
        },
        1 => Step {
            mutation: "gameStatusSet",
            input: json!({ "status": "LIVE" }),
            outcome: bracket.set_status(key, GameStatus::Live),
        },
        2 => {
            let team = (chance.below(2) == 0).then(|| cup.teams[chance.below(cup.teams.len())]);
            Step {
                mutation: "bracketAssignTeam",
                input: json!({ "slot": named, "teamId": team.map(TeamId::to_global) }),
                outcome: bracket.assign_team(Link { node: key, slot }, team),
            }
        }
        _ => Step {
            mutation: "gameReport",
            input: json!({ "winner": named, "cascade": cascade }),
            outcome: bracket.report(key, slot, cascade),
        },
    }
}

async fn course(n_teams: usize, format: &str, has_reset: bool, n_steps: usize) {
    let cup = Cup::generated(n_teams, format, has_reset).await;
    let mut chance = Chance(u64::try_from(n_teams * 31 + n_steps).unwrap());
    let (mut bracket, mut n_done) = (cup.bracket().await, 0);
    for _ in 0..n_steps {
        let keys: Vec<_> = bracket.nodes.keys().copied().collect();
        let key = keys[chance.below(keys.len())];
        let Step { mutation, input, outcome } = step(&cup, &bracket, key, &mut chance);
        let payload = cup.call(mutation, cup.input(key, input.clone()).await).await;
        match outcome {
            Ok(after) => {
                assert_eq!(payload["userErrors"], json!([]), "{mutation} of {key}: {input}");
                n_done += usize::from(after != bracket);
                bracket = after;
            }
            Err(error) => assert_ne!(code(&payload), "STALE_VERSION", "{mutation} of {key}: {error}"),
        }
        assert_eq!(cup.bracket().await, bracket, "{mutation} of {key}: {input}");
    }
    assert!(n_done >= n_steps / 16, "{n_done} of {n_steps} steps did anything");
}

#[tokio::test]
async fn whatever_is_done_in_whatever_order_the_rows_say_what_the_rules_say() {
    for n_teams in [2, 3, 5, 8] {
        course(n_teams, "SINGLE_ELIMINATION", false, 40).await;
        course(n_teams, "DOUBLE_ELIMINATION", false, 80).await;
        course(n_teams, "DOUBLE_ELIMINATION", true, 80).await;
    }
}
