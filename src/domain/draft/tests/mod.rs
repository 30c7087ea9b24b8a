//! Drafts to try the commands on: team `k` has the id `10·k`, its captain the id `k`; players of the pool count from 101.

mod errors;
mod invariants;
mod pick;
mod random;
mod rebuild;
mod start;
mod turn;
mod undo;

use std::collections::BTreeMap;

use super::*;
use crate::types::{DraftEventType, DraftId, DraftRoundId, DraftStatus, DraftStyle, TeamId, UserId};

const OUTSIDER: UserId = UserId(999);
const STYLES: [DraftStyle; 3] = [DraftStyle::Snake, DraftStyle::Normal, DraftStyle::Shuffle];

fn person(id: i64, name: &str, mmr: Option<i32>) -> Player {
    let avatar_url = Some(format!("https://avatars/{id}.png"));
    Player { id: UserId(id), name: format!("{name} {id}"), avatar_url, mmr }
}

/// A draft that has not started: a captain per MMR of `captains`, a player per MMR of `pool`.
fn draft(style: DraftStyle, captains: &[Option<i32>], pool: &[Option<i32>]) -> DraftState {
    let captains: Vec<_> = (1..).zip(captains).map(|(id, &mmr)| person(id, "Captain", mmr)).collect();
    let pool = (101..).zip(pool).map(|(id, &mmr)| person(id, "Player", mmr));
    let team = |captain: &Player| TeamSeat {
        id: TeamId(captain.id.0 * 10),
        name: format!("Team {}", captain.id),
        captain_id: Some(captain.id),
        deputy_captain_id: None,
        draft_order: Some(i32::try_from(captain.id.0).unwrap()),
        members: vec![captain.id],
    };
    DraftState {
        id: DraftId(3),
        style,
        status: DraftStatus::NotStarted,
        epoch: 0,
        teams: captains.iter().map(team).collect(),
        players: captains.iter().cloned().chain(pool).collect(),
        former_players: Vec::new(),
        rounds: Vec::new(),
        snapshot: BTreeMap::new(),
    }
}

/// `n` times the same MMR.
fn all(n: usize, mmr: i32) -> Vec<Option<i32>> {
    vec![Some(mmr); n]
}

/// Teams of captains with the MMR 1000, 2000 and so on, so that nobody ties at the start.
fn ladder(n: i32) -> Vec<Option<i32>> {
    (1..=n).map(|it| Some(it * 1000)).collect()
}

/// The state as a service loads it again: rounds have keys.
fn stored(applied: Applied) -> DraftState {
    let mut state = applied.state;
    for round in &mut state.rounds {
        let number = i64::from(state.epoch) * 1000 + i64::from(round.pick_number);
        round.id = Some(round.id.unwrap_or(DraftRoundId(number)));
    }
    state
}

/// A draft that runs; nobody may tie for its first turn.
fn running(style: DraftStyle, captains: &[Option<i32>], pool: &[Option<i32>]) -> DraftState {
    stored(start(&draft(style, captains, pool), None, false, &mut no_dice).unwrap())
}

/// A shuffle draft whose current round nobody has decided, as only an edit by hand could leave it.
fn undecided() -> DraftState {
    let mut state = running(DraftStyle::Shuffle, &ladder(2), &all(8, 500));
    state.change_round(1, |it| (it.captain_id, it.team_id) = (None, None));
    state
}

fn no_dice() -> u8 {
    panic!("nobody tied")
}

fn dice(values: &[u8]) -> impl FnMut() -> u8 {
    let mut values = values.iter().copied();
    move || values.next().unwrap()
}

/// An endless die that is the same in every run.
fn seeded(seed: u64) -> impl FnMut() -> u8 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from((state >> 33) % 6).unwrap() + 1
    }
}

fn staff() -> Caller {
    Caller { user_id: UserId(900), is_moderator: true }
}

fn user(id: i64) -> Caller {
    Caller { user_id: UserId(id), is_moderator: false }
}

fn round(state: &DraftState, pick_number: i32) -> &Round {
    state.rounds.iter().find(|it| it.pick_number == pick_number).unwrap()
}

fn team(state: &DraftState, id: i64) -> &TeamSeat {
    state.teams.iter().find(|it| it.id == TeamId(id)).unwrap()
}

/// A pick of player `player` in the round of that number.
fn try_pick(
    state: &DraftState,
    caller: Caller,
    pick_number: i32,
    player: i64,
) -> Result<Applied, DraftError> {
    super::pick(state, caller, round(state, pick_number).id.unwrap(), UserId(player), &mut no_dice)
}

/// A pick by staff in the current round, with any dice.
fn staff_pick(state: &DraftState, player: i64) -> Applied {
    let id = state.current_round().and_then(|it| it.id).unwrap();
    super::pick(state, staff(), id, UserId(player), &mut seeded(1)).unwrap()
}

/// Staff picks these players, one after the other.
fn after_picks(mut state: DraftState, players: impl IntoIterator<Item = i64>) -> DraftState {
    for player in players {
        state = stored(staff_pick(&state, player));
    }
    state
}

/// Staff adds a player to a team by hand.
fn add_by_hand(state: &mut DraftState, team_id: i64, player: i64) {
    state.change_team(TeamId(team_id), |it| it.members.push(UserId(player)));
}

fn take_off_by_hand(state: &mut DraftState, player: i64) {
    for team in &mut state.teams {
        team.members.retain(|it| *it != UserId(player));
    }
}

fn register(state: &mut DraftState, id: i64, mmr: Option<i32>) {
    state.players.push(person(id, "Late player", mmr));
}

fn set_mmr(state: &mut DraftState, id: i64, mmr: Option<i32>) {
    state.players.iter_mut().find(|it| it.id == UserId(id)).unwrap().mmr = mmr;
}

fn members(state: &DraftState) -> Vec<Vec<i64>> {
    state.teams.iter().map(|team| team.members.iter().map(|it| it.0).collect()).collect()
}

fn event_types(applied: &Applied) -> Vec<DraftEventType> {
    applied.events.iter().map(DraftEventPayload::event_type).collect()
}
