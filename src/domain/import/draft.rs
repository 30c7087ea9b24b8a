//! Turns a draft into one that keeps the invariants of DOMAIN §1.8 and §11.2 (§9.3 rule 5).
//!
//! History is kept as it was: a choice that is on no roster any more stays in its round and is reported. Only a
//! draft that is to go on must have no contradiction, because the next pick would build on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::types::{DraftStatus, DraftStyle, TournamentState};

use super::error::ImportError;
use super::model::{DraftPlan, DraftRoundPlan, TeamPlan};
use super::notes::Notes;
use super::team::MAX_TEAM_SIZE;
use super::wire::{Draft, DraftRound, SourcePk};

/// What the draft is about.
pub(crate) struct Setting<'a> {
    pub(crate) state: TournamentState,
    pub(crate) teams: &'a [TeamPlan],
    pub(crate) players: &'a BTreeSet<SourcePk>,
    /// Whether an unfinished draft goes on here.
    pub(crate) resume: bool,
}

/// The draft, with a status.
pub(crate) fn draft(
    wire: &Draft,
    setting: &Setting<'_>,
    notes: &mut Notes<'_>,
) -> Result<DraftPlan, ImportError> {
    let mut rounds = BTreeMap::new();
    for (i, round) in wire.draft_rounds.iter().enumerate() {
        let path = format!("draft.draft_rounds[{i}]");
        let plan = round_plan(round, &path, setting.teams, notes)?;
        if rounds.insert(plan.pick_number, plan).is_some() {
            let message = format!("pick {} is listed twice", round.pick_number.0);
            return Err(notes.refuse(format!("{path}.pick_number"), message));
        }
    }
    let rounds: Vec<DraftRoundPlan> = rounds.into_values().collect();
    refuse_double_choice(&rounds, notes)?;
    let style = wire.draft_style.0;
    let is_unfinished = is_unfinished(&rounds, style, setting);
    Ok(DraftPlan {
        at: notes.at("draft"),
        source_pk: wire.pk,
        style,
        status: status(&rounds, is_unfinished, style, setting, notes),
        is_unfinished,
        rounds,
    })
}

fn round_plan(
    round: &DraftRound,
    path: &str,
    teams: &[TeamPlan],
    notes: &mut Notes<'_>,
) -> Result<DraftRoundPlan, ImportError> {
    let mut captain = round.captain.as_ref().map(|it| it.pk);
    let mut choice = round.choice.as_ref().map(|it| it.pk);
    let mut team = team_of_round(round, path, teams, notes)?;
    if let (None, Some(picked)) = (captain, choice) {
        // Nobody picked this player, as far as the file knows; their team tells who must have.
        team = teams.iter().find(|it| it.members.contains(&picked));
        captain = team.and_then(|it| it.captain);
        let message = match captain {
            Some(it) => format!("no captain but a choice, captain {it} of the choice's team is taken"),
            None => format!("no captain but choice {picked}, who is on no team: imported without choice"),
        };
        notes.say(format!("{path}.captain"), message);
        choice = captain.and(choice);
    }
    if let Some(picked) = choice {
        report_absence(picked, team, &format!("{path}.choice"), notes);
    }
    let pick_number = round.pick_number.0;
    let pick_phase = phase(pick_number, teams.len());
    if round.pick_phase.is_some_and(|it| it != pick_phase) {
        notes.say(format!("{path}.pick_phase"), format!("pick {pick_number} is in phase {pick_phase}"));
    }
    let (at, team) = (notes.at(path), team.map(|it| it.source_pk));
    Ok(DraftRoundPlan { at, source_pk: round.pk, pick_number, pick_phase, captain, team, choice })
}

/// `(pick − 1) div teams + 1` (DOMAIN §1.8).
fn phase(pick_number: i32, n_teams: usize) -> i32 {
    let n_teams = i32::try_from(n_teams).unwrap_or(i32::MAX).max(1);
    pick_number.saturating_sub(1).div_euclid(n_teams).saturating_add(1)
}

/// The team on turn: the one its captain leads, else the one the file names, else the one its captain plays in.
fn team_of_round<'a>(
    round: &DraftRound,
    path: &str,
    teams: &'a [TeamPlan],
    notes: &mut Notes<'_>,
) -> Result<Option<&'a TeamPlan>, ImportError> {
    let named = round.team.as_ref().map(|it| it.pk);
    let named_team = teams.iter().find(|it| Some(it.source_pk) == named);
    if let (Some(named), None) = (named, named_team) {
        let message = format!("team {named} is no team of this tournament");
        return Err(notes.refuse(format!("{path}.team"), message));
    }
    let Some(captain) = round.captain.as_ref().map(|it| it.pk) else { return Ok(named_team) };
    if let Some(led) = teams.iter().find(|it| it.captain == Some(captain)) {
        return Ok(Some(led));
    }
    let team = named_team.or_else(|| teams.iter().find(|it| it.members.contains(&captain)));
    let of = team.map_or_else(|| "no team".to_owned(), |it| format!("team {}", it.source_pk));
    notes.say(format!("{path}.captain"), format!("user {captain} captains no team, the round goes to {of}"));
    Ok(team)
}

/// A choice must be a member of the captain's team, or it is reported (DOMAIN §9.3 rule 5).
fn report_absence(choice: SourcePk, team: Option<&TeamPlan>, path: &str, notes: &mut Notes<'_>) {
    let message = match team {
        None => format!("choice {choice} was picked for no known team, kept as history"),
        Some(team) if team.members.contains(&choice) => return,
        Some(team) if team.left.contains(&choice) => {
            format!("choice {choice} has left team {}, kept as history", team.source_pk)
        }
        Some(team) => format!("choice {choice} is no member of team {}, kept as history", team.source_pk),
    };
    notes.say(path, message);
}

/// A player can be picked once (DOMAIN §1.8).
fn refuse_double_choice(rounds: &[DraftRoundPlan], notes: &Notes<'_>) -> Result<(), ImportError> {
    let mut picked = BTreeMap::new();
    for round in rounds {
        let Some(choice) = round.choice else { continue };
        if let Some(other) = picked.insert(choice, round.pick_number) {
            let message = format!("user {choice} was already picked in pick {other}");
            return Err(notes.refuse(format!("{}.choice", round.at.path), message));
        }
    }
    Ok(())
}

/// Whether a pick is left: an open round, somebody in the pool and, in a shuffle draft, a team with a free seat
/// (DOMAIN §2.9).
fn is_unfinished(rounds: &[DraftRoundPlan], style: DraftStyle, setting: &Setting<'_>) -> bool {
    let mut gone: BTreeSet<SourcePk> =
        setting.teams.iter().flat_map(|it| it.members.iter().copied()).collect();
    gone.extend(rounds.iter().filter_map(|it| it.choice));
    let has_pool = setting.players.iter().any(|it| !gone.contains(it));
    let has_open_round = rounds.iter().any(|it| it.choice.is_none());
    let has_seat =
        style != DraftStyle::Shuffle || setting.teams.iter().any(|it| it.members.len() < MAX_TEAM_SIZE);
    has_open_round && has_pool && has_seat
}

/// An unfinished draft runs here only on request (DOMAIN §9.3 rule 5), since captains may still be picking over
/// there. Without the request it is closed: its picks stay, none can be added, and staff can open it again by
/// undoing the last pick. `NotStarted` would be wrong: it means that no round exists.
fn status(
    rounds: &[DraftRoundPlan],
    is_unfinished: bool,
    style: DraftStyle,
    setting: &Setting<'_>,
    notes: &mut Notes<'_>,
) -> DraftStatus {
    if rounds.is_empty() {
        return DraftStatus::NotStarted;
    }
    if !is_unfinished {
        return DraftStatus::Completed;
    }
    let n_open = rounds.iter().filter(|it| it.choice.is_none()).count();
    let reason = if setting.state == TournamentState::Past {
        "the tournament is past"
    } else if !setting.resume {
        "it goes on here only on request"
    } else if let Some(obstacle) = obstacle(rounds, style, setting.teams) {
        obstacle
    } else {
        return DraftStatus::Running;
    };
    notes.say("draft", format!("{n_open} rounds are open, imported as completed: {reason}"));
    DraftStatus::Completed
}

/// Why a draft cannot go on (DOMAIN §11.2, §2.2, §2.6).
fn obstacle(rounds: &[DraftRoundPlan], style: DraftStyle, teams: &[TeamPlan]) -> Option<&'static str> {
    if !(1..).zip(rounds).all(|(number, it)| it.pick_number == number) {
        return Some("pick numbers have gaps");
    }
    if !rounds.is_sorted_by_key(|it| it.choice.is_none()) {
        return Some("a later round was picked before an earlier one");
    }
    let team_of = |it: &DraftRoundPlan| teams.iter().find(|team| Some(team.source_pk) == it.team);
    let is_seated = |it: &DraftRoundPlan| {
        it.choice.is_none_or(|picked| team_of(it).is_some_and(|t| t.members.contains(&picked)))
    };
    if !rounds.iter().all(is_seated) {
        return Some("a picked player is not on the team that picked");
    }
    if teams.iter().any(|it| it.captain.is_none()) {
        return Some("a team has no captain");
    }
    let mut open = rounds.iter().filter(|it| it.choice.is_none());
    if style != DraftStyle::Shuffle && open.clone().any(|it| it.captain.is_none()) {
        return Some("an open round has no captain");
    }
    match open.next().map(team_of) {
        Some(Some(team)) if team.members.len() < MAX_TEAM_SIZE => None,
        Some(Some(_)) => Some("the team on turn is full"),
        _ => Some("no team is on turn"),
    }
}
