//! Drafts at random through the API: whatever captains and staff do, in whatever order, what is stored keeps the invariants of
//! DOMAIN §11, and the log alone tells the same rosters.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::arena::Arena;

/// What somebody may try.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The captain on turn, or another one, picks somebody, in the pool or not.
    Pick {
        captain: usize,
        player: usize,
    },
    Undo,
    Restart,
    Rebuild,
    /// Staff take a player out of the tournament.
    Remove {
        player: usize,
    },
    /// Staff register somebody again.
    Register {
        player: usize,
    },
    /// Staff edit an MMR, which must change no turn.
    Rate {
        player: usize,
        mmr: i32,
    },
}

pub(crate) const N_TEAMS: usize = 3;
pub(crate) const N_PLAYERS: usize = 14;

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let player = N_TEAMS..N_PLAYERS;
    prop_oneof![
        12 => (0..N_TEAMS + 1, player.clone()).prop_map(|(captain, player)| Step::Pick { captain, player }),
        3 => Just(Step::Undo),
        1 => Just(Step::Restart),
        1 => Just(Step::Rebuild),
        1 => player.clone().prop_map(|player| Step::Remove { player }),
        1 => player.clone().prop_map(|player| Step::Register { player }),
        1 => (player, 0..9_000).prop_map(|(player, mmr)| Step::Rate { player, mmr }),
    ]
}

/// Does it; whether it was done or refused does not matter here.
pub(crate) async fn take(arena: &Arena, step: Step) {
    let board = arena.board().await;
    let draft = &board["draft"];
    let staff = arena.staff();
    let (viewer, mutation, input) = match step {
        Step::Pick { captain, player } => {
            let on_turn = draft["currentRound"]["captain"]["username"].as_str().unwrap_or_default();
            let at = arena.it.players.iter().position(|it| it.username == on_turn);
            let at = if captain == N_TEAMS { at.unwrap_or(0) } else { captain };
            let round = draft["currentRound"]["id"].as_str().unwrap_or("1");
            let input = json!({ "draftId": draft["id"], "roundId": round, "userId": arena.player_id(player),
                "expectedVersion": draft["version"] });
            (arena.captain(at), "draftPick", input)
        }
        Step::Undo => {
            (staff, "draftUndoPick", json!({ "draftId": draft["id"], "expectedVersion": draft["version"] }))
        }
        Step::Restart => {
            let input = json!({ "tournamentId": arena.tournament_id(), "confirmDiscardPicks": true });
            (staff, "draftStart", input)
        }
        Step::Rebuild => (staff, "draftRebuildTeams", json!({ "draftId": draft["id"] })),
        Step::Remove { player } => {
            let users = [arena.player_id(player)];
            let input = json!({ "tournamentId": arena.tournament_id(), "userIds": users, "force": true });
            (staff, "tournamentPlayersRemove", input)
        }
        Step::Register { player } => {
            let users = [arena.player_id(player)];
            (
                staff,
                "tournamentPlayersAdd",
                json!({ "tournamentId": arena.tournament_id(), "userIds": users }),
            )
        }
        Step::Rate { player, mmr } => {
            (staff, "userUpdate", json!({ "id": arena.player_id(player), "mmr": mmr }))
        }
    };
    let answer = arena.call(&viewer, mutation, input, "").await;
    assert!(answer.is_done() || !answer.code().is_empty());
    assert_ne!(answer.0["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{step:?}: {answer:#?}");
}

const BOARD: &str = "query($id: ID!) { tournament(id: $id) {
    players(first: 100) { nodes { username } }
    teams { id members { username } captain { username } }
    draft { status epoch version available(first: 100) { nodes { user { username } } }
        rounds { pickNumber captain { username } team { id } choice { username } }
        events(first: 100) { nodes { seq epoch __typename
            ... on PlayerPicked { picked { username } team { id } }
            ... on PickUndone { undonePlayer { username } } } pageInfo { hasNextPage } } } } }";

fn names<'a>(list: &'a Value, path: &str) -> Vec<&'a str> {
    let name = |it: &'a Value| it.pointer(path).unwrap().as_str().unwrap();
    list.as_array().unwrap().iter().map(name).collect()
}

/// DOMAIN §11 1, 2 and 6. A player taken out by force leaves a pick without its player, so `is_whole` says whether
/// picks and rosters must agree to the letter.
async fn expect_sound(arena: &Arena, is_whole: bool) {
    let data = arena.read(BOARD, json!({ "id": arena.tournament_id() })).await;
    let it = &data["tournament"];
    let draft = &it["draft"];
    let registered: BTreeSet<_> = names(&it["players"]["nodes"], "/username").into_iter().collect();
    let mut placed = names(&draft["available"]["nodes"], "/user/username");
    for team in it["teams"].as_array().unwrap() {
        placed.extend(names(&team["members"], "/username"));
    }
    let distinct: BTreeSet<_> = placed.iter().copied().collect();
    assert_eq!(distinct.len(), placed.len(), "nobody is in two places: {placed:?}");
    assert!(distinct.is_subset(&registered));
    let rounds = draft["rounds"].as_array().unwrap();
    let n_picked = rounds.iter().take_while(|it| !it["choice"].is_null()).count();
    assert!(rounds.iter().skip(n_picked).all(|it| it["choice"].is_null()), "no hole between picks");
    let events = draft["events"]["nodes"].as_array().unwrap();
    if draft["events"]["pageInfo"]["hasNextPage"] == false {
        let seqs: Vec<_> = events.iter().map(|it| it["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (1..=draft["version"].as_i64().unwrap()).collect::<Vec<_>>());
        assert_eq!(picked_by_log(events), picked_by_rounds(rounds));
    }
    if is_whole {
        assert_eq!(distinct, registered, "everybody registered is somewhere");
        for team in it["teams"].as_array().unwrap() {
            let mut expected: Vec<_> =
                picked_by_rounds(rounds).remove(team["id"].as_str().unwrap()).unwrap_or_default();
            expected.push(team["captain"]["username"].as_str().unwrap().to_owned());
            expected.sort();
            let mut members = names(&team["members"], "/username");
            members.sort_unstable();
            assert_eq!(members, expected);
        }
    }
}

fn picked_by_rounds(rounds: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut picked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for round in rounds.iter().filter(|it| !it["choice"].is_null()) {
        let team = round["team"]["id"].as_str().unwrap().to_owned();
        picked.entry(team).or_default().push(round["choice"]["username"].as_str().unwrap().to_owned());
    }
    picked.values_mut().for_each(|it| it.sort());
    picked
}

/// What somebody knows who only follows the log.
fn picked_by_log(events: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut picks: Vec<(String, String)> = Vec::new();
    for event in events {
        match event["__typename"].as_str().unwrap() {
            "DraftStarted" => picks.clear(),
            "PlayerPicked" => {
                let team = event["team"]["id"].as_str().unwrap().to_owned();
                picks.push((team, event["picked"]["username"].as_str().unwrap().to_owned()));
            }
            "PickUndone" => {
                let (_, player) = picks.pop().unwrap();
                assert_eq!(event["undonePlayer"]["username"], player);
            }
            _ => {}
        }
    }
    let mut picked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (team, player) in picks {
        picked.entry(team).or_default().push(player);
    }
    picked.values_mut().for_each(|it| it.sort());
    picked
}

proptest! {
    // Each case walks a database of its own.
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_tried_the_draft_stays_sound(
        style in prop_oneof![Just("SNAKE"), Just("NORMAL"), Just("SHUFFLE")],
        mmrs in prop::collection::vec(prop::option::of(0..5_i32), N_PLAYERS),
        steps in prop::collection::vec(step(), 10..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mmrs: Vec<_> = mmrs.iter().map(|it| it.map(|it| it * 1_000)).collect();
            let arena = Arena::open(N_TEAMS, &mmrs).await;
            arena.start(style).await;
            let mut is_whole = true;
            for step in steps {
                take(&arena, step).await;
                is_whole &= !matches!(step, Step::Remove { .. });
                is_whole |= matches!(step, Step::Restart);
                expect_sound(&arena, is_whole).await;
            }
        });
    }
}
