//! What follows from a state by itself: the end of a draft, or the next turn of a shuffle draft.
//!
//! Runs inside the command that made it necessary, so that no draft waits for a turn that nobody decides.

use super::error::DraftError;
use super::event::DraftEventPayload;
use super::payload;
use super::shuffle::{ShuffleTeam, next_shuffle_turn};
use super::state::{Applied, DraftState, TeamSeat};
use crate::types::{DraftStatus, DraftStyle};

/// Lets a running draft go on after its rosters or players were edited by hand.
///
/// Completes it if no pick is possible any more (`DOMAIN §2.9`). In a shuffle draft it decides the current round again
/// if its team is gone, full or without a captain. Otherwise a turn stays as it was decided, and nothing happens.
///
/// # Errors
/// The dice are broken.
pub fn settle(state: &DraftState, die: &mut impl FnMut() -> u8) -> Result<Applied, DraftError> {
    let mut applied = Applied::new(state.clone());
    advance(&mut applied, die)?;
    Ok(applied)
}

/// [`settle`] as the last part of another command.
pub(super) fn advance(applied: &mut Applied, die: &mut impl FnMut() -> u8) -> Result<(), DraftError> {
    if applied.state.status != DraftStatus::Running {
        return Ok(());
    }
    applied.state.complete_snapshot();
    applied.state.hand_over();
    if applied.state.is_over() {
        applied.state.status = DraftStatus::Completed;
        applied.events.push(DraftEventPayload::DraftCompleted(payload::stage(&applied.state)));
        return Ok(());
    }
    let state = &applied.state;
    let is_stuck = state.current_round().is_some_and(|it| !state.is_open(it));
    if state.style == DraftStyle::Shuffle && is_stuck { decide(applied, die) } else { Ok(()) }
}

/// Logs whose turn it is in the current round.
pub(super) fn announce(applied: &mut Applied) {
    let state = &applied.state;
    let event = state.current_round().and_then(|it| payload::captain_assigned(state, it));
    applied.events.extend(event);
}

/// Gives the current round to the team with the lowest total, ties by dice (`DOMAIN §2.4`).
fn decide(applied: &mut Applied, die: &mut impl FnMut() -> u8) -> Result<(), DraftError> {
    let state = &applied.state;
    let to_shuffle = |team: &TeamSeat| ShuffleTeam {
        id: team.id,
        name: team.name.clone(),
        total_mmr: state.total_mmr(team),
        size: team.members.len(),
    };
    let teams: Vec<_> = state.led_teams().map(|(it, _)| to_shuffle(it)).collect();
    let Some(turn) = next_shuffle_turn(&teams, die)? else { return Ok(()) };
    let captain = state.led_teams().find(|(it, _)| it.id == turn.team_id).map(|(_, captain)| captain);
    let pick_number = state.current_round().map(|it| it.pick_number);
    let (Some(captain_id), Some(pick_number)) = (captain, pick_number) else { return Ok(()) };
    let roll = turn.tie.as_ref().map(|it| payload::tie_rolled(state, pick_number, it, captain_id));
    applied.events.extend(roll);
    applied.tie.clone_from(&turn.tie);
    applied.state.change_round(pick_number, |round| {
        round.captain_id = Some(captain_id);
        round.team_id = Some(turn.team_id);
        round.was_tie = turn.tie.is_some();
        round.tie = turn.tie;
    });
    announce(applied);
    Ok(())
}
