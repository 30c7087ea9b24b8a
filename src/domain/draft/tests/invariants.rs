//! What must hold after every command on a draft (`DOMAIN §11` 1, 2, 4, 5 and 6), written down once more by other means.

use std::collections::BTreeSet;

use super::*;
use crate::domain::mmr;
use crate::domain::team::MAX_TEAM_SIZE;

/// Invariant 4: pick then undo restores everything, if no roster was edited in between.
pub(super) fn check_undo(before: &DraftState, picked: &Applied) {
    let mut before = before.clone();
    // The round notes who had the turn, and who registered late joins the snapshot: both stay.
    let number = before.current_round().unwrap().pick_number;
    let captain_id = before.captain_of(before.current_round().unwrap());
    before.change_round(number, |it| it.captain_id = captain_id);
    before.complete_snapshot();
    assert_eq!(undo(&picked.state).unwrap().state, before);
}

/// A command logs `first`, what follows from it in the order of `DOMAIN §2.10`, and once that the draft is over.
pub(super) fn check_events(first: Option<DraftEventType>, before: &DraftState, applied: &Applied) {
    use DraftEventType as E;
    let log = event_types(applied);
    let n_first = usize::from(first.is_some());
    assert_eq!(log.first().copied().filter(|_| first.is_some()), first);
    let rest = &log[n_first..];
    let is_shuffle = applied.state.style == DraftStyle::Shuffle;
    let is_start = first == Some(E::DraftStarted);
    let is_known = match rest {
        _ if first == Some(E::PickUndone) => rest.is_empty(),
        [] => !is_start,
        [E::CaptainAssigned] => is_shuffle || is_start,
        [E::TieRoll, E::CaptainAssigned] => is_shuffle,
        [E::DraftCompleted] => !is_start,
        _ => false,
    };
    assert!(is_known, "{log:?}");
    let is_over = before.status != applied.state.status && applied.state.status == DraftStatus::Completed;
    assert_eq!(rest == [E::DraftCompleted], is_over);
    assert_eq!(rest.contains(&E::TieRoll), applied.tie.is_some());
}

/// Invariant 5: a turn that was decided went to a lowest total of the snapshot, by dice if several had it.
pub(super) fn check_turn(applied: &Applied) {
    let state = &applied.state;
    let is_shuffle = state.style == DraftStyle::Shuffle;
    let assigned = applied.events.iter().find_map(|it| match it {
        DraftEventPayload::CaptainAssigned(event) if is_shuffle => Some(event),
        _ => None,
    });
    let Some(assigned) = assigned else { return };
    let total = |team: &TeamSeat| -> i64 {
        team.members.iter().map(|it| mmr::value(state.snapshot.get(it).copied().unwrap())).sum()
    };
    let open: Vec<_> = state.teams.iter().filter(|it| it.members.len() < MAX_TEAM_SIZE).collect();
    let lowest = open.iter().map(|it| total(it)).min().unwrap();
    let mut tied: Vec<_> = open.iter().filter(|it| total(it) == lowest).map(|it| it.id).collect();
    tied.sort();
    assert_eq!(assigned.team_mmr, lowest);
    assert!(tied.contains(&assigned.team_id));
    let current = state.current_round().unwrap();
    let on_turn = (Some(assigned.team_id), Some(assigned.captain_id));
    assert_eq!((current.team_id, current.captain_id, &current.tie), (on_turn.0, on_turn.1, &applied.tie));
    match &applied.tie {
        None => assert_eq!(tied.len(), 1),
        Some(tie) => {
            assert_eq!(tie.tied_teams.iter().map(|it| it.id).collect::<Vec<_>>(), tied);
            assert!(tie.is_consistent() && tie.winner_id == assigned.team_id && current.was_tie);
        }
    }
}

/// After a rebuild a roster is its captain and the picks, without those who lead a team by now.
pub(super) fn check_rebuilt(state: &DraftState) {
    let captains: BTreeSet<_> = state.teams.iter().filter_map(|it| it.captain_id).collect();
    for team in &state.teams {
        let own = state.rounds.iter().filter(|it| it.team_id == Some(team.id));
        let picks = own.filter_map(|it| it.choice_id).filter(|it| !captains.contains(it));
        assert_eq!(team.members, team.captain_id.into_iter().chain(picks).collect::<Vec<_>>());
    }
}

/// Invariants 1 and 2, and the constraints of the tables.
pub(super) fn check_state(state: &DraftState, edited: &BTreeSet<UserId>) {
    let pool = state.pool();
    let choices: Vec<_> = state.rounds.iter().filter_map(|it| it.choice_id).collect();
    for player in &state.players {
        let n_teams = state.teams.iter().filter(|it| it.members.contains(&player.id)).count();
        let is_out = n_teams == 0 && choices.contains(&player.id);
        let places = n_teams + usize::from(pool.contains(&player.id)) + usize::from(is_out);
        assert_eq!(places, 1, "{}", player.name);
        assert_eq!(state.unavailable(player.id).is_none(), pool.contains(&player.id));
    }
    assert!(state.rounds.is_sorted_by_key(|it| it.choice_id.is_none()), "no holes");
    for (number, round) in (1..).zip(&state.rounds) {
        assert_eq!(round.pick_number, number);
        let Some(choice) = round.choice_id else { continue };
        let holder = state.teams.iter().find(|it| it.members.contains(&choice)).map(|it| it.id);
        let is_captain = state.teams.iter().any(|it| it.captain_id == Some(choice));
        assert!(edited.contains(&choice) || is_captain || holder == round.team_id);
        assert_eq!(choices.iter().filter(|it| **it == choice).count(), 1);
    }
    for team in &state.teams {
        assert!(team.members.len() <= MAX_TEAM_SIZE);
        assert!(team.captain_id.is_some_and(|it| team.members.contains(&it)));
        assert!(team.deputy_captain_id.is_none_or(|it| team.members.contains(&it)));
    }
}

/// Invariant 6: the log alone tells status, picks and turns.
pub(super) fn check_log(state: &DraftState, log: &[DraftEventPayload]) {
    let mut status = DraftStatus::NotStarted;
    let (mut choices, mut turns) = (BTreeMap::new(), BTreeMap::new());
    for event in log {
        match event {
            DraftEventPayload::DraftStarted(_) => {
                (choices, turns) = (BTreeMap::new(), BTreeMap::new());
                status = DraftStatus::Running;
            }
            DraftEventPayload::PlayerPicked(it) => drop(choices.insert(it.pick_number, it.picked_id)),
            DraftEventPayload::CaptainAssigned(it) => drop(turns.insert(it.pick_number, it.team_id)),
            DraftEventPayload::TieRoll(_) => {}
            DraftEventPayload::PickUndone(it) => {
                assert_eq!(choices.remove(&it.pick_number), Some(it.undone_player_id));
                turns.retain(|number, _| *number <= it.pick_number);
                status = DraftStatus::Running;
            }
            DraftEventPayload::DraftCompleted(_) => status = DraftStatus::Completed,
        }
    }
    let picked: BTreeMap<_, _> =
        state.rounds.iter().filter_map(|it| Some((it.pick_number, it.choice_id?))).collect();
    assert_eq!((status, choices), (state.status, picked));
    if state.style == DraftStyle::Shuffle {
        let decided: BTreeMap<_, _> =
            state.rounds.iter().filter_map(|it| Some((it.pick_number, it.team_id?))).collect();
        assert_eq!(turns, decided);
    }
}
