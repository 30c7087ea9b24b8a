//! Starts a draft or starts it over, and chooses its style before.
//!
//! Everything is checked before anything is built, so that a refused start leaves rosters and rounds alone.

use super::advance::{advance, announce};
use super::error::DraftError;
use super::event::DraftEventPayload;
use super::order::{DraftTeam, planned_rounds};
use super::payload;
use super::state::{Applied, DraftState, Round, TeamSeat};
use crate::types::{DraftStatus, DraftStyle, TeamId};

/// Teams without which there is nothing to draft (`DOMAIN §2.2`).
const MIN_TEAMS: usize = 2;

/// Starts the draft, in `style` if one is given; `confirm_discard_picks` allows to discard picks (`DOMAIN §2.2`).
///
/// Rosters become exactly the captains before any MMR is looked at. The snapshot is taken anew.
///
/// # Errors
/// Too few teams, a team without a captain of its own, two teams with one draft order (which shuffle ignores), nobody
/// to pick, or picks that nobody confirmed to discard.
pub fn start(
    state: &DraftState,
    style: Option<DraftStyle>,
    confirm_discard_picks: bool,
    die: &mut impl FnMut() -> u8,
) -> Result<Applied, DraftError> {
    let mut next = state.clone();
    next.style = style.unwrap_or(state.style);
    next.rounds.clear();
    next.reset_rosters();
    next.dismiss_absent_deputies();
    check_setup(&next)?;
    let n_picks = state.rounds.iter().filter(|it| it.choice_id.is_some()).count();
    if n_picks > 0 && !confirm_discard_picks {
        return Err(DraftError::NeedsConfirmation { n_picks });
    }
    next.status = DraftStatus::Running;
    next.epoch = state.epoch.saturating_add(1);
    next.snapshot = next.players.iter().map(|it| (it.id, it.mmr)).collect();
    next.rounds = build_rounds(&next);
    let mut applied = Applied::new(next);
    applied.events.push(DraftEventPayload::DraftStarted(payload::stage(&applied.state)));
    match applied.state.style {
        DraftStyle::Shuffle => advance(&mut applied, die)?,
        DraftStyle::Snake | DraftStyle::Normal => announce(&mut applied),
    }
    Ok(applied)
}

/// Changes the style of a draft that has not started (`DOMAIN §2.8`).
///
/// # Errors
/// It has started: its rounds are built for the style it has.
pub fn configure(state: &DraftState, style: DraftStyle) -> Result<Applied, DraftError> {
    match state.status {
        DraftStatus::NotStarted => Ok(Applied::new(DraftState { style, ..state.clone() })),
        DraftStatus::Running | DraftStatus::Completed => Err(DraftError::StyleLocked),
    }
}

/// Whether rounds can be built from these teams and players (`DOMAIN §2.2`).
fn check_setup(state: &DraftState) -> Result<(), DraftError> {
    if state.teams.len() < MIN_TEAMS {
        return Err(DraftError::TooFewTeams);
    }
    let teams = named(state.teams.iter().filter(|it| it.captain_id.is_none()));
    if !teams.is_empty() {
        return Err(DraftError::TeamsWithoutCaptain { teams });
    }
    check_captains(state)?;
    check_draft_orders(state)?;
    if state.pool().is_empty() {
        return Err(DraftError::EmptyPool);
    }
    Ok(())
}

/// Nobody may lead two teams: they would be a member of both (`DOMAIN §1.6`).
pub(super) fn check_captains(state: &DraftState) -> Result<(), DraftError> {
    for (_, captain_id) in state.led_teams() {
        let teams = named(state.teams.iter().filter(|it| it.captain_id == Some(captain_id)));
        if teams.len() > 1 {
            return Err(DraftError::SharedCaptain { captain_id, teams });
        }
    }
    Ok(())
}

/// Two teams may share no place in the order, unless it is unset (`DOMAIN §2.1`) or plays no part (`DOMAIN §2.4`).
fn check_draft_orders(state: &DraftState) -> Result<(), DraftError> {
    if state.style == DraftStyle::Shuffle {
        return Ok(());
    }
    for draft_order in state.teams.iter().filter_map(|it| it.draft_order).filter(|it| *it != 0) {
        let teams = named(state.teams.iter().filter(|it| it.draft_order == Some(draft_order)));
        if teams.len() > 1 {
            return Err(DraftError::SharedDraftOrder { draft_order, teams });
        }
    }
    Ok(())
}

fn build_rounds(state: &DraftState) -> Vec<Round> {
    let to_draft = |(team, captain_id): (&TeamSeat, _)| DraftTeam {
        id: team.id,
        captain_id,
        draft_order: team.draft_order,
    };
    let teams: Vec<_> = state.led_teams().map(to_draft).collect();
    planned_rounds(state.style, &teams).iter().map(Round::planned).collect()
}

fn named<'a>(teams: impl Iterator<Item = &'a TeamSeat>) -> Vec<(TeamId, String)> {
    teams.map(|it| (it.id, it.name.clone())).collect()
}
