//! Real parallel commands over one database, from several processes' handles.

use std::sync::Arc;

use inhouse::db::Db;
use inhouse::domain::bracket::{Bracket, NodeKey};
use inhouse::service::bracket::{BracketAssignTeam, BracketReset};
use inhouse::service::game::{GameReport, GameReportRetract, GameStatusSet};
use inhouse::service::{Command, CommandError, Commands, Dice, RejectionCode};
use inhouse::telemetry::spawn;
use inhouse::types::{GameStatus, Slot, TextEnum as _, Viewer};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::model::Chance;
use super::{Cup, w};

/// Processes over one database.
struct Rivals {
    handles: Vec<Db>,
    viewer: Viewer,
}

impl Rivals {
    fn of(cup: &Cup) -> Self {
        let handles = (0..4).map(|_| cup.api.test.reopen()).collect();
        Self { handles, viewer: Viewer { user_id: Some(cup.admin), ..Viewer::default() } }
    }

    fn commands(&self, i: usize) -> Commands {
        Commands::new(self.handles[i % self.handles.len()].clone(), Dice::fair())
    }

    /// Runs all of them at once; what was refused is told by its code.
    async fn race<C: Command>(&self, commands: Vec<C>) -> Vec<Result<(), RejectionCode>> {
        let barrier = Arc::new(Barrier::new(commands.len()));
        let mut tasks = JoinSet::new();
        for (i, command) in commands.into_iter().enumerate() {
            let (barrier, rival, viewer) = (Arc::clone(&barrier), self.commands(i), self.viewer.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                coded(rival.run(&viewer, None, command).await)
            });
        }
        tasks.join_all().await
    }
}

/// Nothing but a rejection may stop a command.
fn coded<T>(outcome: Result<T, CommandError>) -> Result<(), RejectionCode> {
    match outcome {
        Ok(_) => Ok(()),
        Err(CommandError::Rejected(rejection)) => Err(rejection.code),
        Err(error) => panic!("{error:?}"),
    }
}

async fn report(cup: &Cup, key: NodeKey, winner: Slot) -> GameReport {
    let row = cup.row(key).await;
    GameReport { game_id: row.id, winner, cascade: false, expected_version: row.version }
}

/// The rows are what somebody alone would have made of the same results: nothing is half-written.
fn assert_whole(bracket: &Bracket) {
    let mut replayed = bracket.reset(true).unwrap();
    for (key, node) in bracket.nodes.iter().filter(|(_, node)| !node.is_bye) {
        let winner = Slot::ALL.iter().find(|slot| node.winner.is_some() && node.team(**slot) == node.winner);
        if let Some(winner) = winner {
            replayed = replayed.report(*key, *winner, false).unwrap();
        } else if node.status == GameStatus::Live {
            replayed = replayed.set_status(*key, GameStatus::Live).unwrap();
        }
    }
    assert_eq!(*bracket, replayed);
}

// DOMAIN §10.3 bug 40
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_reports_of_one_game_one_counts_and_those_who_say_otherwise_are_stale() {
    let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
    let rivals = Rivals::of(&cup);
    let fresh = cup.bracket().await;
    let version = cup.row(w(1, 0)).await.version;
    let one = report(&cup, w(1, 0), Slot::Radiant).await;
    let reports = (0..16).map(|i| GameReport { winner: Slot::ALL[i % 2], ..one.clone() }).collect();
    let outcomes = rivals.race(reports).await;
    // Half of them say who won; the first of these is written, and the others change nothing.
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 8, "{outcomes:?}");
    let n_stale = outcomes.iter().filter(|it| **it == Err(RejectionCode::StaleVersion)).count();
    assert_eq!(n_stale, 8, "{outcomes:?}");
    let row = cup.row(w(1, 0)).await;
    assert_eq!(row.version, version + 1);
    let winner = if row.winning_team_id == row.radiant_team_id { Slot::Radiant } else { Slot::Dire };
    assert_eq!(cup.bracket().await, fresh.report(w(1, 0), winner, false).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reports_of_two_games_that_lead_to_one_both_land() {
    for _ in 0..5 {
        let cup = Cup::generated(16, "DOUBLE_ELIMINATION", false).await;
        let rivals = Rivals::of(&cup);
        let mut expected = cup.bracket().await;
        let mut reports = Vec::new();
        for position in 0..8 {
            let winner = Slot::ALL[usize::try_from(position).unwrap() % 2];
            reports.push(report(&cup, w(1, position), winner).await);
            expected = expected.report(w(1, position), winner, false).unwrap();
        }
        let outcomes = rivals.race(reports).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(cup.bracket().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_report_and_a_reset_come_one_after_the_other() {
    for i in 0..8 {
        let cup = Cup::generated(4, "DOUBLE_ELIMINATION", false).await;
        let rivals = Rivals::of(&cup);
        let fresh = cup.bracket().await;
        let reported = fresh.report(w(1, 0), Slot::Dire, false).unwrap();
        let report = report(&cup, w(1, 0), Slot::Dire).await;
        let reset = BracketReset { tournament_id: cup.tournament, confirm_discard_results: i % 2 == 0 };
        let (one, other, viewer) = (rivals.commands(0), rivals.commands(1), rivals.viewer.clone());
        let barrier = Arc::new(Barrier::new(2));
        let (gate, who) = (Arc::clone(&barrier), viewer.clone());
        let first = spawn(async move {
            gate.wait().await;
            coded(one.run(&who, None, report).await)
        });
        let second = spawn(async move {
            barrier.wait().await;
            coded(other.run(&viewer, None, reset).await)
        });
        let outcome = (first.await.unwrap(), second.await.unwrap());
        let bracket = cup.bracket().await;
        match outcome {
            // The reset lost, or there was nothing to reset yet.
            (Ok(()), Err(RejectionCode::Conflict)) => assert_eq!(bracket, reported),
            (Ok(()), Ok(())) => assert!(bracket == fresh || bracket == reported, "{bracket:#?}"),
            _ => panic!("{outcome:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_that_does_whatever_it_likes_leaves_a_whole_bracket() {
    let cup = Arc::new(Cup::generated(6, "DOUBLE_ELIMINATION", true).await);
    let rivals = Rivals::of(&cup);
    let mut tasks = JoinSet::new();
    for i in 0..8 {
        let (cup, commands, viewer) = (Arc::clone(&cup), rivals.commands(i), rivals.viewer.clone());
        tasks.spawn(async move {
            let mut chance = Chance(u64::try_from(i).unwrap());
            let mut n_done = 0;
            for _ in 0..12 {
                n_done += usize::from(act(&cup, &commands, &viewer, &mut chance).await.is_ok());
            }
            n_done
        });
    }
    let n_done: usize = tasks.join_all().await.into_iter().sum();
    assert!(n_done > 8, "{n_done}");
    assert_whole(&cup.bracket().await);
}

/// One thing or another, on what was seen a moment ago.
async fn act(
    cup: &Cup,
    commands: &Commands,
    viewer: &Viewer,
    chance: &mut Chance,
) -> Result<(), RejectionCode> {
    let rows = cup.rows().await;
    let row = &rows[chance.below(rows.len())];
    let (game_id, expected_version) = (row.id, row.version);
    let (winner, cascade) = (Slot::ALL[chance.below(2)], chance.below(2) == 0);
    match chance.below(8) {
        0 => {
            let retract = GameReportRetract { game_id, cascade, expected_version };
            coded(commands.run(viewer, None, retract).await)
        }
        1 => {
            let status = GameStatus::Live;
            let live = GameStatusSet { game_id, status, expected_version: None };
            coded(commands.run(viewer, None, live).await)
        }
        2 => {
            // The team that sits there already: seeds do not move, so that the whole can be told.
            let team_id = row.radiant_team_id;
            let seat = BracketAssignTeam { game_id, slot: Slot::Radiant, team_id, expected_version: None };
            coded(commands.run(viewer, None, seat).await)
        }
        _ => {
            let report = GameReport { game_id, winner, cascade, expected_version };
            coded(commands.run(viewer, None, report).await)
        }
    }
}
