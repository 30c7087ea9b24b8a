//! Makes the games of a tournament from its bracket file or, without one, from the bare list in its document.
//!
//! Games join by primary key, never by team name (DOMAIN §9.3 rule 3).

use std::collections::{BTreeMap, BTreeSet};

use crate::types::{BracketType, EliminationType, Slot, TournamentType};

use super::error::{At, ImportError};
use super::feeders;
use super::game::{RawResult, SteamMatches};
use super::model::{GameLink, GamePlan};
use super::notes::Notes;
use super::report::{EntityKind, Report};
use super::wire::{Bracket, Game, Match, SourcePk};

/// What the making of games needs beside the games: the tournament's teams, if known, and the matches taken.
pub(crate) struct Scope<'a> {
    pub(crate) teams: Option<&'a BTreeSet<SourcePk>>,
    pub(crate) matches: &'a mut SteamMatches,
}

/// The games of a bracket file, by primary key.
pub(crate) fn from_file(
    wire: &Bracket,
    scope: &mut Scope<'_>,
    notes: &mut Notes<'_>,
) -> Result<Vec<GamePlan>, ImportError> {
    let mut games = BTreeMap::new();
    for (i, game) in wire.matches.iter().enumerate() {
        let path = format!("matches[{i}]");
        let plan = match_plan(game, &path, scope, notes)?;
        if games.insert(game.pk, plan).is_some() {
            return Err(notes.refuse(format!("{path}.pk"), format!("game {} is listed twice", game.pk)));
        }
    }
    let mut games: Vec<GamePlan> = games.into_values().collect();
    spread_nodes(&mut games, notes);
    feeders::check(&mut games, notes)?;
    Ok(games)
}

fn match_plan(
    game: &Match,
    path: &str,
    scope: &mut Scope<'_>,
    notes: &mut Notes<'_>,
) -> Result<GamePlan, ImportError> {
    let raw = RawResult::from(game);
    let result = raw.check(path, scope.teams, notes)?;
    let next_slot = game.next_game_slot.map(|it| it.0);
    let loser_slot = game.loser_next_game_slot.map(|it| it.0);
    Ok(GamePlan {
        at: notes.at(path),
        source_pk: game.pk,
        bracket_type: game.bracket_type.0,
        round: game.round.0,
        position: game.position.0,
        elimination_type: game.elimination_type.0,
        radiant: result.radiant,
        dire: result.dire,
        winner: result.winner,
        status: result.status,
        steam_match_id: scope.matches.claim(game.pk, raw.match_id, path, notes),
        next: link(game.next_game, next_slot, &format!("{path}.next_game"), notes),
        loser_next: link(game.loser_next_game, loser_slot, &format!("{path}.loser_next_game"), notes),
        swiss_wins: game.swiss_record_wins.map_or(0, |it| it.0),
        swiss_losses: game.swiss_record_losses.map_or(0, |it| it.0),
        is_bye: result.is_bye,
    })
}

/// A seat is named by game and slot or not at all (DOMAIN §1.7).
fn link(game: Option<SourcePk>, slot: Option<Slot>, path: &str, notes: &mut Notes<'_>) -> Option<GameLink> {
    match (game, slot) {
        (Some(game), Some(slot)) => Some(GameLink { game, slot }),
        (None, None) => None,
        (Some(_), None) => {
            notes.say(path, "the link names no slot, left out");
            None
        }
        (None, Some(_)) => {
            notes.say(format!("{path}_slot"), "the slot names no game, left out");
            None
        }
    }
}

/// Gives games that share a node the next free position of their round: the predecessor never checked this and
/// puts every game made by hand on round 1, position 0 (DOMAIN §10.3).
fn spread_nodes(games: &mut [GamePlan], notes: &mut Notes<'_>) {
    let mut taken: BTreeSet<(BracketType, i32, i32)> =
        games.iter().map(|it| (it.bracket_type, it.round, it.position)).collect();
    let mut seen = BTreeSet::new();
    for game in games {
        let (bracket_type, round) = (game.bracket_type, game.round);
        if seen.insert((bracket_type, round, game.position)) {
            continue;
        }
        let free = (0..).find(|position| !taken.contains(&(bracket_type, round, *position)));
        let position = free.unwrap_or(game.position);
        taken.insert((bracket_type, round, position));
        seen.insert((bracket_type, round, position));
        let message =
            format!("another game has this node, moved from position {} to {position}", game.position);
        notes.say(format!("{}.position", game.at.path), message);
        game.position = position;
    }
}

/// The games of a tournament document without bracket file: rounds as given, positions by primary key, no links.
pub(crate) fn guessed(
    wire: &[Game],
    tournament_type: TournamentType,
    scope: &mut Scope<'_>,
    notes: &mut Notes<'_>,
) -> Result<Vec<GamePlan>, ImportError> {
    let mut n_in_round: BTreeMap<i32, i32> = BTreeMap::new();
    let mut games = Vec::new();
    for (i, game) in unique_games(wire, notes)?.into_values() {
        let path = format!("games[{i}]");
        let position = n_in_round.entry(game.round.0).or_default();
        games.push(GamePlan {
            position: *position,
            ..guessed_plan(game, &path, tournament_type, scope, notes)?
        });
        *position = position.saturating_add(1);
    }
    if !games.is_empty() {
        let n = games.len();
        notes.say("games", format!("no bracket file: {n} games are imported without links, positions by pk"));
    }
    Ok(games)
}

fn guessed_plan(
    game: &Game,
    path: &str,
    tournament_type: TournamentType,
    scope: &mut Scope<'_>,
    notes: &mut Notes<'_>,
) -> Result<GamePlan, ImportError> {
    let (bracket_type, elimination_type) = match tournament_type {
        TournamentType::SingleElimination => (BracketType::Winners, EliminationType::Single),
        TournamentType::DoubleElimination => (BracketType::Winners, EliminationType::Double),
        TournamentType::Swiss => (BracketType::Swiss, EliminationType::Swiss),
    };
    let raw = RawResult::from(game);
    let result = raw.check(path, scope.teams, notes)?;
    Ok(GamePlan {
        at: notes.at(path),
        source_pk: game.pk,
        bracket_type,
        round: game.round.0,
        position: 0,
        elimination_type,
        radiant: result.radiant,
        dire: result.dire,
        winner: result.winner,
        status: result.status,
        steam_match_id: scope.matches.claim(game.pk, raw.match_id, path, notes),
        next: None,
        loser_next: None,
        swiss_wins: 0,
        swiss_losses: 0,
        is_bye: result.is_bye,
    })
}

fn unique_games<'a>(
    wire: &'a [Game],
    notes: &Notes<'_>,
) -> Result<BTreeMap<SourcePk, (usize, &'a Game)>, ImportError> {
    let mut by_pk = BTreeMap::new();
    for (i, game) in wire.iter().enumerate() {
        if by_pk.insert(game.pk, (i, game)).is_some() {
            return Err(notes.refuse(format!("games[{i}].pk"), format!("game {} is listed twice", game.pk)));
        }
    }
    Ok(by_pk)
}

/// Compares the tournament's own list with its bracket file, which counts wherever they differ.
pub(crate) fn compare(
    file: &str,
    wire: &[Game],
    games: &[GamePlan],
    report: &mut Report,
) -> Result<(), ImportError> {
    let listed = unique_games(wire, &Notes::new(file, report))?;
    let in_bracket: BTreeMap<SourcePk, &GamePlan> = games.iter().map(|it| (it.source_pk, it)).collect();
    for (pk, (i, game)) in &listed {
        let at = At::new(file, format!("games[{i}]"));
        let raw = RawResult::from(*game);
        match in_bracket.get(pk) {
            None => report.skip(EntityKind::Game, at, format!("game {pk} is not in the bracket file")),
            Some(plan) if differs(plan, &raw) => {
                report.note(at, format!("game {pk} differs from {}, which counts", plan.at));
            }
            Some(_) => {}
        }
    }
    for game in games.iter().filter(|it| !listed.contains_key(&it.source_pk)) {
        report.note(game.at.clone(), format!("game {} is missing in {file}, imported", game.source_pk));
    }
    Ok(())
}

fn differs(plan: &GamePlan, raw: &RawResult) -> bool {
    (plan.radiant, plan.dire, plan.winner) != (raw.radiant, raw.dire, raw.winner)
}
