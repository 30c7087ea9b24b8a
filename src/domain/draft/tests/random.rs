//! Random interleavings of everything that happens to a draft, checked against the invariants of `DOMAIN §11`.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::invariants::{check_events, check_log, check_rebuilt, check_state, check_turn, check_undo};
use super::*;
use crate::domain::team::MAX_TEAM_SIZE;

#[derive(Clone, Debug)]
enum Who {
    Staff,
    OnTurn,
    Anybody(Index),
}

#[derive(Clone, Debug)]
enum Step {
    Start(Option<DraftStyle>, bool),
    /// Into the current round unless `round` is given, from the pool unless `player` is.
    Pick {
        who: Who,
        round: Option<Index>,
        player: Option<Index>,
        from_pool: Index,
    },
    Undo,
    Rebuild,
    Settle,
    Configure(DraftStyle),
    Register(Option<i32>),
    EditMmr(Index, Option<i32>),
    AddByHand(Index, Index),
    TakeOffByHand(Index),
    NameCaptain(Index),
    NameDeputy(Index),
}

fn any_mmr() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![Just(None), (0..3).prop_map(|it| Some(it * 1000)), (0..9000).prop_map(Some)]
}

fn any_style() -> impl Strategy<Value = DraftStyle> {
    prop::sample::select(STYLES.to_vec())
}

fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let who = prop_oneof![4 => Just(Who::Staff), 6 => Just(Who::OnTurn), 1 => index().prop_map(Who::Anybody)];
    let rarely = || prop::option::weighted(0.1, index());
    let pick = (who, rarely(), rarely(), index()).prop_map(|(who, round, player, from_pool)| Step::Pick {
        who,
        round,
        player,
        from_pool,
    });
    prop_oneof![
        1 => (prop::option::of(any_style()), any::<bool>()).prop_map(|(style, it)| Step::Start(style, it)),
        40 => pick,
        6 => Just(Step::Undo),
        2 => Just(Step::Rebuild),
        2 => Just(Step::Settle),
        1 => any_style().prop_map(Step::Configure),
        2 => any_mmr().prop_map(Step::Register),
        2 => (index(), any_mmr()).prop_map(|(who, mmr)| Step::EditMmr(who, mmr)),
        2 => (index(), index()).prop_map(|(who, team)| Step::AddByHand(who, team)),
        2 => index().prop_map(Step::TakeOffByHand),
        1 => index().prop_map(Step::NameCaptain),
        1 => index().prop_map(Step::NameDeputy),
    ]
}

fn any_setup() -> impl Strategy<Value = DraftState> {
    let mmrs = |n| prop::collection::vec(any_mmr(), n);
    (any_style(), mmrs(2..9), mmrs(1..36)).prop_map(|(style, captains, pool)| draft(style, &captains, &pool))
}

/// A tournament whose draft is being held.
struct Table {
    state: DraftState,
    log: Vec<DraftEventPayload>,
    /// Picked players whose roster somebody edited since.
    edited: BTreeSet<UserId>,
    die: Box<dyn FnMut() -> u8>,
}

impl Table {
    fn take(&mut self, step: &Step) {
        let state = self.state.clone();
        let die = &mut self.die;
        let result = match step {
            Step::Start(style, confirm) => start(&state, *style, *confirm, die),
            Step::Undo => undo(&state),
            Step::Rebuild => rebuild(&state, die),
            Step::Settle => settle(&state, die),
            Step::Configure(style) => configure(&state, *style),
            Step::Pick { who, round, player, from_pool } => {
                if state.rounds.is_empty() {
                    return;
                }
                self.try_pick(who, *round, *player, *from_pool)
            }
            _ => return self.edit(step),
        };
        match result {
            Ok(applied) => self.accept(step, applied),
            Err(error) => assert_ne!(error.code(), "INTERNAL_SERVER_ERROR"),
        }
    }

    fn try_pick(
        &mut self,
        who: &Who,
        aim: Option<Index>,
        player: Option<Index>,
        from_pool: Index,
    ) -> Result<Applied, DraftError> {
        let state = &self.state;
        let current = state.current_round();
        let last = state.rounds.last().unwrap();
        let round = aim.map_or(current.unwrap_or(last), |it| it.get(&state.rounds));
        let everybody: Vec<_> = state.players.iter().map(|it| it.id).chain([OUTSIDER]).collect();
        let pool = state.pool();
        let player = match player {
            None if !pool.is_empty() => *from_pool.get(&pool),
            other => *other.unwrap_or(from_pool).get(&everybody),
        };
        let caller = match who {
            Who::Staff => staff(),
            Who::OnTurn => user(state.captain_of(round).map_or(OUTSIDER.0, |it| it.0)),
            Who::Anybody(it) => user(it.get(&everybody).0),
        };
        let team = state.teams.iter().find(|it| Some(it.id) == round.team_id);
        let may = team.is_some_and(|it| it.captain_id == Some(caller.user_id) || caller.is_moderator);
        let is_open = state.status == DraftStatus::Running
            && current.is_some_and(|it| it.pick_number == round.pick_number)
            && team.is_some_and(|it| it.members.len() < MAX_TEAM_SIZE);
        let result = pick(state, caller, round.id.unwrap(), player, &mut self.die);
        assert_eq!(result.is_ok(), may && is_open && pool.contains(&player), "{result:?}");
        if let Ok(applied) = &result {
            check_undo(state, applied);
        }
        result
    }

    fn accept(&mut self, step: &Step, applied: Applied) {
        check_events(first_event(step, &self.state), &self.state, &applied);
        check_turn(&applied);
        match step {
            Step::Start(..) => {
                self.edited.clear();
                let is_reset = |it: &TeamSeat| it.members.iter().copied().eq(it.captain_id);
                assert!(applied.state.teams.iter().all(is_reset));
            }
            Step::Rebuild => {
                self.edited.clear();
                check_rebuilt(&applied.state);
            }
            _ => {}
        }
        self.log.extend(applied.events.iter().cloned());
        self.state = stored(applied);
        // An undone pick is a pick no more.
        let choices: BTreeSet<_> = self.state.rounds.iter().filter_map(|it| it.choice_id).collect();
        self.edited.retain(|it| choices.contains(it));
    }

    /// Something that happens beside the draft's commands and breaks no constraint of the tables.
    fn edit(&mut self, step: &Step) {
        let state = &mut self.state;
        let on_team = |id: UserId, state: &DraftState| state.teams.iter().any(|it| it.members.contains(&id));
        let seats: Vec<(TeamId, UserId)> = state
            .teams
            .iter()
            .flat_map(|team| team.members.iter().map(|it| (team.id, *it)))
            .filter(|(_, it)| !state.teams.iter().any(|team| team.captain_id == Some(*it)))
            .collect();
        match step {
            Step::Register(mmr) => {
                let id = 1000 + i64::try_from(state.players.len()).unwrap();
                register(state, id, *mmr);
            }
            Step::EditMmr(who, mmr) => {
                let id = who.get(&state.players).id;
                set_mmr(state, id.0, *mmr);
            }
            Step::AddByHand(who, team) => {
                let (id, team_id) = (who.get(&state.players).id, team.get(&state.teams).id);
                let is_full = team.get(&state.teams).members.len() >= MAX_TEAM_SIZE;
                if !on_team(id, state) && !is_full {
                    add_by_hand(state, team_id.0, id.0);
                    self.edited.insert(id);
                }
            }
            _ if seats.is_empty() => {}
            Step::TakeOffByHand(seat) => {
                let (_, id) = *seat.get(&seats);
                take_off_by_hand(state, id.0);
                state.dismiss_absent_deputies();
                self.edited.insert(id);
            }
            Step::NameCaptain(seat) | Step::NameDeputy(seat) => {
                let (team_id, id) = *seat.get(&seats);
                let is_captain = matches!(step, Step::NameCaptain(_));
                state.change_team(team_id, |it| {
                    it.deputy_captain_id = (!is_captain).then_some(id);
                    it.captain_id = if is_captain { Some(id) } else { it.captain_id };
                });
                // What a service does by settling.
                if is_captain {
                    state.hand_over();
                }
            }
            other => panic!("{other:?} is a command"),
        }
    }
}

/// What a command that succeeds logs first, before anything that follows from it.
fn first_event(step: &Step, before: &DraftState) -> Option<DraftEventType> {
    match step {
        Step::Start(..) => Some(DraftEventType::DraftStarted),
        Step::Rebuild if before.rounds.is_empty() => Some(DraftEventType::DraftStarted),
        Step::Pick { .. } => Some(DraftEventType::PlayerPicked),
        Step::Undo => Some(DraftEventType::PickUndone),
        _ => None,
    }
}

proptest! {
    #[test]
    fn no_interleaving_breaks_an_invariant(
        setup in any_setup(),
        steps in prop::collection::vec(any_step(), 1..90),
        seed in any::<u64>(),
    ) {
        let (log, edited) = (Vec::new(), BTreeSet::new());
        let mut table = Table { state: setup, log, edited, die: Box::new(seeded(seed)) };
        table.take(&Step::Start(None, false));
        for step in &steps {
            table.take(step);
            check_state(&table.state, &table.edited);
            check_log(&table.state, &table.log);
        }
    }
}
