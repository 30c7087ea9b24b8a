//! The pick: one player joins the team on turn.
//!
//! The order of the checks is part of the rule: it decides which answer a caller gets.

use super::advance::advance;
use super::error::DraftError;
use super::payload;
use super::state::{Applied, DraftState, Round, TeamSeat};
use crate::domain::team::is_full;
use crate::types::{DraftRoundId, DraftStatus, UserId};

/// Who picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user_id: UserId,
    /// Whether they may pick for any captain (`DOMAIN §2.10`).
    pub is_moderator: bool,
}

/// Picks `player` in the round `round_id` (`DOMAIN §2.6`).
///
/// The caller exists and is logged in, and the player exists: that is checked before. The round remembers the captain
/// and the team that had the turn now.
///
/// # Errors
/// In this order: no such round, the caller may not pick in it, the draft does not run, the round is picked already or
/// not the current one, nobody is on turn in it, its team is full, the player is not in the pool.
pub fn pick(
    state: &DraftState,
    caller: Caller,
    round_id: DraftRoundId,
    player: UserId,
    die: &mut impl FnMut() -> u8,
) -> Result<Applied, DraftError> {
    let round = state.rounds.iter().find(|it| it.id == Some(round_id)).ok_or(DraftError::RoundNotFound)?;
    check_caller(state, caller, round)?;
    check_turn(state, round)?;
    let (team, captain_id) = team_on_turn(state, round)?;
    if let Some(reason) = state.unavailable(player) {
        return Err(DraftError::PlayerUnavailable { player_id: player, reason });
    }
    let mut applied = Applied::new(state.clone());
    applied.state.change_round(round.pick_number, |it| {
        it.captain_id = Some(captain_id);
        it.team_id = Some(team.id);
        it.choice_id = Some(player);
    });
    applied.state.change_team(team.id, |it| it.members.push(player));
    applied.events.push(payload::player_picked(state, round.pick_number, (team, captain_id), player));
    advance(&mut applied, die)?;
    Ok(applied)
}

fn check_caller(state: &DraftState, caller: Caller, round: &Round) -> Result<(), DraftError> {
    let is_own = state.captain_of(round) == Some(caller.user_id);
    let is_captain = state.led_teams().any(|(_, captain)| captain == caller.user_id);
    if caller.is_moderator || is_own {
        return Ok(());
    }
    Err(if is_captain { not_your_turn(state) } else { DraftError::Forbidden })
}

fn check_turn(state: &DraftState, round: &Round) -> Result<(), DraftError> {
    if state.status != DraftStatus::Running {
        return Err(DraftError::NotRunning);
    }
    if round.choice_id.is_some() {
        return Err(DraftError::AlreadyPicked { pick_number: round.pick_number });
    }
    let is_current = state.current_round().is_some_and(|it| it.pick_number == round.pick_number);
    if is_current { Ok(()) } else { Err(not_your_turn(state)) }
}

/// The team that gets the player, with its captain.
fn team_on_turn<'a>(state: &'a DraftState, round: &Round) -> Result<(&'a TeamSeat, UserId), DraftError> {
    let led = state.team_of(round).and_then(|it| Some((it, it.captain_id?)));
    let (team, captain_id) = led.ok_or(DraftError::NoCaptain { pick_number: round.pick_number })?;
    if is_full(team.members.len()) {
        return Err(DraftError::RosterFull { team_id: team.id, team_name: team.name.clone() });
    }
    Ok((team, captain_id))
}

fn not_your_turn(state: &DraftState) -> DraftError {
    DraftError::NotYourTurn { current_round: state.current_round().and_then(|it| it.id) }
}
