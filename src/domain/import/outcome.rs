//! Reads champion and final places off a decided bracket, from its structure alone (DOMAIN §3.7).
//!
//! Says nothing about a bracket that is not decided or whose shape does not place every team exactly once.

use std::collections::{BTreeMap, BTreeSet};

use crate::types::{BracketType, EliminationType};

use super::model::GamePlan;
use super::wire::SourcePk;

/// Winner of the last game, once it is decided.
pub(crate) fn champion(games: &[GamePlan]) -> Option<SourcePk> {
    let finals = part(games, BracketType::GrandFinals);
    if finals.is_empty() {
        return knockout_champion(&part(games, BracketType::Winners));
    }
    // A second final is only played after the losers bracket's side won the first: an empty one was not needed.
    let played = finals.iter().filter(|it| it.round == 1 || it.radiant.is_some() || it.dire.is_some());
    played.max_by_key(|it| (it.round, it.position)).and_then(|it| it.winner)
}

/// Winner of a complete single elimination: all but one team have lost, in the one game of the last round they
/// all lead to. A double elimination without its final has no champion yet.
fn knockout_champion(games: &[&GamePlan]) -> Option<SourcePk> {
    let teams: BTreeSet<SourcePk> = games.iter().flat_map(|it| [it.radiant, it.dire]).flatten().collect();
    let n_losers = games.iter().filter(|it| loser(it).is_some()).count();
    let is_complete =
        games.iter().all(|it| it.elimination_type == EliminationType::Single && it.winner.is_some())
            && n_losers.checked_add(1) == Some(teams.len());
    let last_round = games.iter().map(|it| it.round).max()?;
    let mut last = games.iter().filter(|it| it.round == last_round);
    let only = last.next().filter(|_| is_complete && last.next().is_none())?;
    only.winner
}

/// Places of all teams of a decided bracket; empty when the games do not give each team exactly one.
pub(crate) fn placements(games: &[GamePlan]) -> BTreeMap<SourcePk, i32> {
    complete_placements(games).unwrap_or_default()
}

fn complete_placements(games: &[GamePlan]) -> Option<BTreeMap<SourcePk, i32>> {
    let champion = champion(games)?;
    let teams: BTreeSet<SourcePk> = games.iter().flat_map(|it| [it.radiant, it.dire]).flatten().collect();
    let has_final = games.iter().any(|it| it.bracket_type == BracketType::GrandFinals);
    let ladder = if has_final { BracketType::Losers } else { BracketType::Winners };

    let mut places = BTreeMap::from([(champion, 1)]);
    if has_final {
        let finals = part(games, BracketType::GrandFinals);
        let second = finals.iter().filter_map(|it| loser(it)).find(|it| *it != champion)?;
        places.insert(second, 2);
    }
    let mut place = i32::try_from(teams.len()).ok()?.checked_add(1)?;
    for losers in losers_by_round(games, ladder)? {
        place = place.checked_sub(i32::try_from(losers.len()).ok()?)?;
        for team in losers {
            if places.insert(team, place).is_some() {
                return None;
            }
        }
    }
    // The ladder must end right behind the places given above, or games are missing.
    let last_of_ladder = if has_final { 3 } else { 2 };
    (places.len() == teams.len() && place == last_of_ladder).then_some(places)
}

/// Who lost in each round of one part of the bracket; `None` while a game of it is open.
fn losers_by_round(games: &[GamePlan], ladder: BracketType) -> Option<Vec<Vec<SourcePk>>> {
    let mut rounds: BTreeMap<i32, Vec<SourcePk>> = BTreeMap::new();
    for game in part(games, ladder) {
        game.winner?;
        if !game.is_bye {
            rounds.entry(game.round).or_default().push(loser(game)?);
        }
    }
    Some(rounds.into_values().collect())
}

fn part(games: &[GamePlan], bracket_type: BracketType) -> Vec<&GamePlan> {
    games.iter().filter(|it| it.bracket_type == bracket_type).collect()
}

fn loser(game: &GamePlan) -> Option<SourcePk> {
    let winner = game.winner?;
    [game.radiant, game.dire].into_iter().flatten().find(|it| *it != winner)
}
