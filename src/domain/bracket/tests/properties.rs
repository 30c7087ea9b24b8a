//! What holds for every size, format and course of play (`DOMAIN §11` 7).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;
use crate::domain::bracket::BracketError;

const FORMATS: [(TournamentType, bool); 3] =
    [(SingleElimination, false), (DoubleElimination, false), (DoubleElimination, true)];

fn all_brackets() -> impl Iterator<Item = (i64, Bracket)> {
    let of_size = |n| FORMATS.map(move |(format, has_reset)| (n, generated(n, format, has_reset)));
    (2..=32).chain([48, 64]).flat_map(of_size)
}

/// Every path of every game, with the game it leaves.
fn paths(bracket: &Bracket) -> impl Iterator<Item = (NodeKey, Link)> {
    bracket.nodes.iter().flat_map(|(key, node)| {
        [node.next, node.loser_next].into_iter().flatten().map(move |link| (*key, link))
    })
}

#[test]
fn every_seat_is_a_seed_or_fed_by_one_game_or_closed_by_a_bye() {
    for (n, bracket) in all_brackets() {
        let mut n_feeders = BTreeMap::<Link, usize>::new();
        for (_, link) in paths(&bracket) {
            assert!(bracket.nodes.contains_key(&link.node), "{n} teams: {link:?} is no seat");
            *n_feeders.entry(link).or_default() += 1;
        }
        let mut seeds = Vec::new();
        for (key, node) in &bracket.nodes {
            let is_first = key.bracket_type == BracketType::Winners && key.round == 1;
            let sources = [Radiant, Dire].map(|slot| {
                let seed = node.team(slot).filter(|_| is_first);
                seeds.extend(seed);
                n_feeders.get(&seat(*key, slot)).copied().unwrap_or(0) + usize::from(seed.is_some())
            });
            let expected = if node.is_bye { 1 } else { 2 };
            assert!(sources.iter().all(|it| *it <= 1), "{n} teams: {key} is fed {sources:?}");
            assert_eq!(sources.iter().sum::<usize>(), expected, "{n} teams: {key} is fed {sources:?}");
        }
        seeds.sort();
        assert_eq!(seeds, teams(n));
    }
}

#[test]
fn paths_lead_forward_so_none_comes_back() {
    for (n, bracket) in all_brackets() {
        for (from, to) in paths(&bracket) {
            assert!(from < to.node, "{n} teams: {from} leads back to {}", to.node);
        }
    }
}

#[test]
fn every_team_but_the_champion_loses_as_often_as_the_format_allows() {
    for (n, bracket) in all_brackets() {
        let n_games = bracket.nodes.values().filter(|it| !it.is_bye).count();
        let per_team = if bracket.format() == Some(SingleElimination) { 1 } else { 2 };
        assert_eq!(n_games, per_team * (usize::try_from(n).unwrap() - 1), "{n} teams");
    }
}

#[derive(Clone, Copy, Debug)]
struct Played {
    key: NodeKey,
    teams: (i64, i64),
    winner: Slot,
}

/// Plays a random playable game; `None` when all are over.
fn step(bracket: &Bracket, dice: &mut Dice) -> Option<(Bracket, Played)> {
    let open = playable(bracket);
    let key = *open.get(dice.below(open.len().max(1)))?;
    let (teams, winner) = (sitting(bracket, key), dice.slot());
    Some((bracket.report(key, winner, false).unwrap(), Played { key, teams, winner }))
}

/// A bracket after some of its games, in any order that its paths allow, and those games.
fn random_course(fresh: &Bracket, dice: &mut Dice) -> (Bracket, Vec<Played>) {
    let n_games = dice.below(fresh.nodes.len() + 1);
    let (mut bracket, mut log) = (fresh.clone(), Vec::new());
    while let Some((next, played)) =
        Some(()).filter(|()| log.len() < n_games).and_then(|()| step(&bracket, dice))
    {
        bracket = next;
        log.push(played);
    }
    (bracket, log)
}

/// Places as DOMAIN §3.7 has them: one more than the teams that came further, and those lost later.
fn assert_placed_by_structure(bracket: &Bracket) {
    let places: BTreeMap<TeamId, i32> =
        bracket.placements.iter().map(|(team, place)| (*team, place.unwrap())).collect();
    for (team, place) in &places {
        let n_better = places.values().filter(|it| *it < place).count();
        assert_eq!(i32::try_from(n_better).unwrap(), place - 1, "team {team}");
    }
    let champions: Vec<_> = places.iter().filter(|(_, place)| **place == 1).map(|(team, _)| *team).collect();
    assert_eq!(champions, Vec::from_iter(bracket.winner));
    let last_part =
        if bracket.format() == Some(SingleElimination) { BracketType::Winners } else { BracketType::Losers };
    let mut out_in = BTreeMap::<i32, BTreeSet<i32>>::new();
    for (key, node) in bracket.nodes.iter().filter(|(key, _)| key.bracket_type == last_part) {
        out_in.entry(key.round).or_default().extend(node.loser().map(|it| places[&it]));
    }
    let rounds: Vec<_> = out_in.into_values().filter(|it| !it.is_empty()).collect();
    assert!(rounds.iter().all(|it| it.len() == 1), "losers of a round share a place: {rounds:?}");
    assert!(rounds.is_sorted_by(|earlier, later| earlier.first() > later.first()), "{rounds:?}");
}

fn any_bracket() -> impl Strategy<Value = Bracket> {
    let format = prop::sample::select(FORMATS.as_slice());
    (2_i64..=32, format).prop_map(|(n, (format, has_reset))| generated(n, format, has_reset))
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn every_course_of_play_ends_with_one_champion_and_everybody_placed(
        fresh in any_bracket(),
        seed in any::<u64>(),
    ) {
        let (mut bracket, mut dice) = (fresh, Dice(seed));
        while let Some((next, _)) = step(&bracket, &mut dice) {
            bracket = next;
        }
        prop_assert!(bracket.nodes.values().all(|it| it.status == GameStatus::Completed));
        prop_assert!(bracket.winner.is_some());
        assert_placed_by_structure(&bracket);
    }

    #[test]
    fn retracting_a_report_restores_the_bracket_at_every_point(fresh in any_bracket(), seed in any::<u64>()) {
        let (mut bracket, mut dice) = (fresh, Dice(seed));
        while let Some((next, played)) = step(&bracket, &mut dice) {
            prop_assert_eq!(&next.retract(played.key, false).unwrap(), &bracket);
            let reversed = bracket.report(played.key, other(played.winner), false).unwrap();
            prop_assert_eq!(&reversed.retract(played.key, false).unwrap(), &bracket);
            prop_assert_eq!(&reversed.report(played.key, played.winner, false).unwrap(), &next);
            bracket = next;
        }
    }

    #[test]
    fn a_correction_equals_play_that_went_so_from_the_start(fresh in any_bracket(), seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let (bracket, log) = random_course(&fresh, &mut dice);
        prop_assume!(!log.is_empty());
        let wrong = log[dice.below(log.len())];
        let corrected = bracket.report(wrong.key, other(wrong.winner), true).unwrap();
        // The same games with the same teams on the same sides, as far as they still come about.
        let mut expected = fresh;
        for played in log {
            let winner = if played.key == wrong.key { other(played.winner) } else { played.winner };
            let still_played = expected.nodes.contains_key(&played.key)
                && sitting(&expected, played.key) == played.teams;
            if still_played {
                expected = expected.report(played.key, winner, false).unwrap();
            }
        }
        prop_assert_eq!(corrected, expected);
    }

    #[test]
    fn a_refused_correction_lists_what_a_cascade_clears(fresh in any_bracket(), seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let (bracket, log) = random_course(&fresh, &mut dice);
        prop_assume!(!log.is_empty());
        let key = log[dice.below(log.len())].key;
        let cleared: Vec<_> = {
            let after = bracket.retract(key, true).unwrap();
            bracket.begun().into_iter().filter(|it| *it != key && !after.begun().contains(it)).collect()
        };
        match bracket.retract(key, false) {
            Ok(after) => {
                prop_assert!(cleared.is_empty());
                prop_assert_eq!(after, bracket.retract(key, true).unwrap());
            }
            Err(error) => prop_assert_eq!(error, BracketError::ResultsInTheWay { games: cleared }),
        }
    }

    #[test]
    fn starting_over_undoes_every_course_of_play(fresh in any_bracket(), seed in any::<u64>()) {
        let (bracket, _) = random_course(&fresh, &mut Dice(seed));
        prop_assert_eq!(bracket.reset(true).unwrap(), fresh);
    }
}
