//! Puts every roster back to what the rounds say.
//!
//! The picks are the truth here and stay as they are; members added by hand disappear (`DOMAIN §2.8`).

use super::advance::advance;
use super::error::DraftError;
use super::start::{check_captains, start};
use super::state::{Applied, DraftState};
use crate::domain::team::is_full;
use crate::types::UserId;

/// Resets rosters to their captains and refills them from the picks (`DOMAIN §2.8`).
///
/// A draft without rounds is started, which builds them. A picked player stays out who is no player any more, or leads
/// another team by now. Decided turns stay unless nobody can pick in the current one, see [`settle`](super::settle).
///
/// # Errors
/// One user leads two teams, or a team would have too many members; for a draft without rounds those of
/// [`start`](super::start()).
pub fn rebuild(state: &DraftState, die: &mut impl FnMut() -> u8) -> Result<Applied, DraftError> {
    if state.rounds.is_empty() {
        return start(state, None, false, die);
    }
    check_captains(state)?;
    let mut next = state.clone();
    next.reset_rosters();
    let mut picks: Vec<_> = state.rounds.iter().filter_map(|it| Some((it, it.choice_id?))).collect();
    picks.sort_by_key(|(it, _)| it.pick_number);
    for (round, player) in picks {
        let Some(team) = state.team_of(round).filter(|_| can_return(state, player)) else { continue };
        if next.teams.iter().any(|it| it.id == team.id && is_full(it.members.len())) {
            return Err(DraftError::RosterFull { team_id: team.id, team_name: team.name.clone() });
        }
        next.change_team(team.id, |it| it.members.push(player));
    }
    next.dismiss_absent_deputies();
    let mut applied = Applied::new(next);
    advance(&mut applied, die)?;
    Ok(applied)
}

/// Whether a picked player can be a member of the team that picked them.
fn can_return(state: &DraftState, player: UserId) -> bool {
    let is_registered = state.players.iter().any(|it| it.id == player);
    is_registered && !state.led_teams().any(|(_, captain)| captain == player)
}
