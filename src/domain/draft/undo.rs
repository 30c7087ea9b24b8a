//! Takes the last pick back.
//!
//! Leaves every decision that did not depend on the pick as it is, and appoints nobody (`DOMAIN §2.7`).

use super::error::DraftError;
use super::payload;
use super::state::{Applied, DraftState};
use crate::types::{DraftStatus, DraftStyle};

/// Undoes the pick with the highest number; a completed draft runs again (`DOMAIN §2.7`).
///
/// In a shuffle draft the turn after it is undecided again, because it depended on the pick. In the other styles every
/// round keeps its captain. A player who was moved to another team by hand stays there.
///
/// # Errors
/// There is no pick, or its player has become captain of the team.
pub fn undo(state: &DraftState) -> Result<Applied, DraftError> {
    let picks = state.rounds.iter().filter_map(|it| Some((it, it.choice_id?)));
    let (round, player) = picks.max_by_key(|(it, _)| it.pick_number).ok_or(DraftError::NothingToUndo)?;
    let team = state.team_of(round);
    if let Some(team) = team.filter(|it| it.captain_id == Some(player)) {
        return Err(DraftError::PickLeads { team_id: team.id, team_name: team.name.clone() });
    }
    let mut applied = Applied::new(state.clone());
    let next = &mut applied.state;
    next.change_round(round.pick_number, |it| it.choice_id = None);
    if let Some(team) = team {
        next.change_team(team.id, |it| it.members.retain(|member| *member != player));
        next.dismiss_absent_deputies();
    }
    if next.style == DraftStyle::Shuffle {
        forget_turn_after(next, round.pick_number);
    }
    next.status = DraftStatus::Running;
    next.complete_snapshot();
    next.hand_over();
    applied.events.push(payload::pick_undone(state, round.pick_number, player, team));
    Ok(applied)
}

/// The following round is undecided, unless it has a choice.
fn forget_turn_after(state: &mut DraftState, pick_number: i32) {
    let following = state.rounds.iter().map(|it| it.pick_number).filter(|it| *it > pick_number).min();
    let Some(following) = following else { return };
    state.change_round(following, |it| {
        if it.choice_id.is_none() {
            it.captain_id = None;
            it.team_id = None;
            it.was_tie = false;
            it.tie = None;
        }
    });
}
