//! Checks the links between the games of one bracket (DOMAIN §1.7).
//!
//! A link that leads nowhere or in a circle is an error. A seat fed twice is repaired: the predecessor's own
//! generator wires every bracket of five or more teams that way (§3.3).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::types::Slot;

use super::error::ImportError;
use super::model::{GameLink, GamePlan};
use super::notes::Notes;
use super::wire::SourcePk;

/// Which way out of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    Winner,
    Loser,
}

impl Exit {
    const ALL: [Self; 2] = [Self::Winner, Self::Loser];

    fn field(self) -> &'static str {
        match self {
            Self::Winner => "next_game",
            Self::Loser => "loser_next_game",
        }
    }

    fn link(self, game: &GamePlan) -> Option<GameLink> {
        match self {
            Self::Winner => game.next,
            Self::Loser => game.loser_next,
        }
    }

    /// The team that leaves `game` this way.
    fn team(self, game: &GamePlan) -> Option<SourcePk> {
        match self {
            Self::Winner => game.winner,
            Self::Loser => {
                let winner = game.winner?;
                [game.radiant, game.dire].into_iter().flatten().find(|it| *it != winner)
            }
        }
    }
}

/// Refuses dangling and circular links, and leaves one feeder to each seat.
pub(crate) fn check(games: &mut [GamePlan], notes: &mut Notes<'_>) -> Result<(), ImportError> {
    refuse_dangling(games, notes)?;
    refuse_cycles(games, notes)?;
    for (pk, exit) in surplus_feeders(games) {
        if let Some(game) = games.iter_mut().find(|it| it.source_pk == pk) {
            let path = format!("{}.{}", game.at.path, exit.field());
            notes.say(path, "another game feeds this slot, the link is left out");
            match exit {
                Exit::Winner => game.next = None,
                Exit::Loser => game.loser_next = None,
            }
        }
    }
    Ok(())
}

fn refuse_dangling(games: &[GamePlan], notes: &Notes<'_>) -> Result<(), ImportError> {
    let known: BTreeSet<SourcePk> = games.iter().map(|it| it.source_pk).collect();
    for game in games {
        for exit in Exit::ALL {
            let Some(link) = exit.link(game) else { continue };
            let path = || format!("{}.{}", game.at.path, exit.field());
            if link.game == game.source_pk {
                return Err(notes.refuse(path(), format!("game {} leads to itself", link.game)));
            }
            if !known.contains(&link.game) {
                return Err(notes.refuse(path(), format!("game {} is not in this bracket", link.game)));
            }
        }
    }
    Ok(())
}

/// Takes away games that nothing open leads to until none is left; what remains leads in a circle.
fn refuse_cycles(games: &[GamePlan], notes: &Notes<'_>) -> Result<(), ImportError> {
    let mut open: BTreeMap<SourcePk, &GamePlan> = games.iter().map(|it| (it.source_pk, it)).collect();
    loop {
        let fed: BTreeSet<SourcePk> =
            open.values().flat_map(|it| [it.next, it.loser_next]).flatten().map(|it| it.game).collect();
        let before = open.len();
        open.retain(|pk, _| fed.contains(pk));
        if open.is_empty() {
            return Ok(());
        }
        if open.len() == before {
            break;
        }
    }
    // Games behind the circle remain too; the first link that stays within the rest is on the way into it.
    let culprit = open
        .values()
        .flat_map(|game| Exit::ALL.map(|exit| (*game, exit)))
        .find(|(game, exit)| exit.link(game).is_some_and(|link| open.contains_key(&link.game)));
    culprit.map_or(Ok(()), |(game, exit)| {
        let path = format!("{}.{}", game.at.path, exit.field());
        Err(notes.refuse(path, "the links lead in a circle"))
    })
}

/// Of several feeders of one seat all but the one whose team sits there, or else the earliest in the bracket.
fn surplus_feeders(games: &[GamePlan]) -> Vec<(SourcePk, Exit)> {
    let by_pk: BTreeMap<SourcePk, &GamePlan> = games.iter().map(|it| (it.source_pk, it)).collect();
    let mut feeders: BTreeMap<GameLink, Vec<(&GamePlan, Exit)>> = BTreeMap::new();
    for game in games {
        for exit in Exit::ALL {
            if let Some(link) = exit.link(game) {
                feeders.entry(link).or_default().push((game, exit));
            }
        }
    }
    let mut surplus = Vec::new();
    for (link, mut list) in feeders {
        let seated = by_pk.get(&link.game).and_then(|it| match link.slot {
            Slot::Radiant => it.radiant,
            Slot::Dire => it.dire,
        });
        list.sort_by(|a, b| by_evidence(seated, *a, *b));
        surplus.extend(list.into_iter().skip(1).map(|(game, exit)| (game.source_pk, exit)));
    }
    surplus
}

fn by_evidence(seated: Option<SourcePk>, a: (&GamePlan, Exit), b: (&GamePlan, Exit)) -> Ordering {
    let key = |(game, exit): (&GamePlan, Exit)| {
        let is_proven = seated.is_some() && exit.team(game) == seated;
        (!is_proven, game.bracket_type, game.round, game.position, exit)
    };
    key(a).cmp(&key(b))
}
