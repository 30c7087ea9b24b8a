//! What an event says about a draft, read off its state at that moment.
//!
//! Decides nothing: names and totals only.

use super::event::{CaptainAssigned, DraftEventPayload, DraftStage, PickUndone, PlayerPicked, TieRolled};
use super::state::{DraftState, Round, TeamSeat};
use super::tie::TieRollData;
use crate::types::UserId;

/// Start and end of a draft; teams that take part are those with a captain (`DOMAIN §2`).
pub(super) fn stage(state: &DraftState) -> DraftStage {
    DraftStage {
        draft_id: state.id,
        draft_style: state.style,
        team_count: i32::try_from(state.led_teams().count()).unwrap_or(i32::MAX),
    }
}

/// A pick for `team`, led by `captain_id`.
pub(super) fn player_picked(
    state: &DraftState,
    pick_number: i32,
    (team, captain_id): (&TeamSeat, UserId),
    picked_id: UserId,
) -> DraftEventPayload {
    DraftEventPayload::PlayerPicked(PlayerPicked {
        pick_number,
        captain_id,
        captain_name: name(state, captain_id),
        captain_avatar_url: avatar_url(state, captain_id),
        picked_id,
        picked_name: name(state, picked_id),
        picked_avatar_url: avatar_url(state, picked_id),
        team_id: Some(team.id),
        team_name: Some(team.name.clone()),
    })
}

/// The turn in a round; `None` while it has no team with a captain.
pub(super) fn captain_assigned(state: &DraftState, round: &Round) -> Option<DraftEventPayload> {
    let team = state.team_of(round)?;
    let captain_id = team.captain_id?;
    Some(DraftEventPayload::CaptainAssigned(CaptainAssigned {
        pick_number: round.pick_number,
        captain_id,
        captain_name: name(state, captain_id),
        captain_avatar_url: avatar_url(state, captain_id),
        team_id: team.id,
        team_name: team.name.clone(),
        team_mmr: state.total_mmr(team),
    }))
}

/// The dice that gave a round to the team of `captain_id`.
pub(super) fn tie_rolled(
    state: &DraftState,
    pick_number: i32,
    data: &TieRollData,
    captain_id: UserId,
) -> DraftEventPayload {
    let winner_name = name(state, captain_id);
    DraftEventPayload::TieRoll(TieRolled { pick_number, data: data.clone(), winner_name })
}

/// A pick taken back; `team` is the one the player leaves, if it still exists.
pub(super) fn pick_undone(
    state: &DraftState,
    pick_number: i32,
    undone_player_id: UserId,
    team: Option<&TeamSeat>,
) -> DraftEventPayload {
    DraftEventPayload::PickUndone(PickUndone {
        pick_number,
        undone_player_id,
        undone_player_name: name(state, undone_player_id),
        team_id: team.map(|it| it.id),
        team_name: team.map(|it| it.name.clone()),
    })
}

/// The shown name; of a person the state does not know, the key.
fn name(state: &DraftState, id: UserId) -> String {
    state.person(id).map_or_else(|| format!("#{id}"), |it| it.name.clone())
}

fn avatar_url(state: &DraftState, id: UserId) -> Option<String> {
    state.person(id).and_then(|it| it.avatar_url.clone())
}
