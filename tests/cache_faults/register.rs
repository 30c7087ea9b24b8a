//! The registers of a run, one for each key: what was written, what is known of it, and what a read of it must see.
//!
//! One writer at a time writes ever greater values to a key. So a read has to return at least the greatest value of
//! which was known, before it was sent, that its writer had been answered (C1), or that it was committed (C2); and
//! nothing that was never committed (C3). Talks to nobody.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Which promise of the contract a read broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The writer had been answered.
    C1,
    /// It was committed, and somebody had seen it.
    C2,
    /// It never was committed.
    C3,
}

/// A read that broke the contract.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    pub(super) broken: Broken,
    /// What went on when the read was sent.
    pub(super) phase: usize,
    node: &'static str,
    question: String,
    key: i64,
    expected: i64,
    got: i64,
    /// For how long, when it was sent, it had been known that what it returned was no longer so.
    pub(super) lag: Duration,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broken, phase, node, question, key, expected, got, lag } = self;
        write!(f, "{broken:?}: node {node}, `{question}`, key {key}: expected {expected}, got {got}, ")?;
        write!(f, "known for {lag:?}, phase {phase}")
    }
}

/// What happened in one phase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    is_harsh: bool,
    /// Values read.
    pub(super) n_reads: usize,
    /// Requests that brought them.
    pub(super) n_requests: usize,
    /// Writes that were answered.
    pub(super) n_writes: usize,
    /// Requests that a node answered with an error.
    pub(super) n_refused: usize,
    /// Requests of which no answer came.
    pub(super) n_unanswered: usize,
}

/// The least values that a read sent now may return, by key: what was answered, what is known to be committed.
pub(super) struct Floors(Vec<(i64, i64)>);

/// A read: which question to whom, and when.
pub(super) struct Read<'a> {
    pub(super) phase: usize,
    pub(super) node: &'static str,
    pub(super) question: &'a str,
    pub(super) sent_at: Instant,
    pub(super) floors: Floors,
}

#[derive(Default)]
struct Register {
    answered: AtomicI64,
    committed: AtomicI64,
    history: Mutex<History>,
}

#[derive(Default)]
struct History {
    /// When it was first known of a value that it is committed.
    known_at: BTreeMap<i64, Instant>,
    /// Every value a read returned.
    seen: HashSet<i64>,
    /// Values that were not committed, and never will be.
    lost: BTreeSet<i64>,
}

/// All registers, and what was found out by them.
pub(super) struct Registers {
    keys: Vec<i64>,
    registers: Vec<Register>,
    phase: AtomicUsize,
    tallies: Mutex<Vec<Tally>>,
    refusals: Mutex<Vec<String>>,
    violations: Mutex<Vec<Violation>>,
}

impl Registers {
    /// Registers that hold 0.
    pub(super) fn new(keys: Vec<i64>) -> Self {
        let registers = keys.iter().map(|_| Register::default()).collect();
        Self {
            keys,
            registers,
            phase: AtomicUsize::new(0),
            tallies: Mutex::new(vec![Tally::default()]),
            refusals: Mutex::default(),
            violations: Mutex::default(),
        }
    }

    pub(super) fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// From now on, what happens is counted apart. In a harsh phase requests may fail.
    pub(super) fn enter_next_phase(&self, is_harsh: bool) {
        let mut tallies = self.tallies.lock().unwrap();
        tallies.push(Tally { is_harsh, ..Tally::default() });
        self.phase.store(tallies.len() - 1, Ordering::SeqCst);
    }

    pub(super) fn phase(&self) -> usize {
        self.phase.load(Ordering::SeqCst)
    }

    pub(super) fn floors(&self) -> Floors {
        let load = |it: &Register| (it.answered.load(Ordering::SeqCst), it.committed.load(Ordering::SeqCst));
        Floors(self.registers.iter().map(load).collect())
    }

    /// The writer of this value was answered.
    pub(super) fn answered(&self, key: i64, value: i64) {
        self.committed(key, value);
        self.at(key).1.answered.fetch_max(value, Ordering::SeqCst);
    }

    /// Somebody saw this value, so it is committed.
    pub(super) fn committed(&self, key: i64, value: i64) {
        let register = self.at(key).1;
        if register.committed.fetch_max(value, Ordering::SeqCst) < value {
            register.history.lock().unwrap().known_at.entry(value).or_insert_with(Instant::now);
        }
    }

    /// This value is not committed, and never will be.
    pub(super) fn lost(&self, key: i64, value: i64) {
        self.at(key).1.history.lock().unwrap().lost.insert(value);
    }

    /// Judges what a read returned.
    pub(super) fn returned(&self, read: &Read<'_>, values: &[(i64, i64)]) {
        for &(key, got) in values {
            let (i, register) = self.at(key);
            let (answered, committed) = read.floors.0[i];
            register.history.lock().unwrap().seen.insert(got);
            if got < answered {
                self.broken(read, Broken::C1, key, answered, got);
            } else if got < committed {
                self.broken(read, Broken::C2, key, committed, got);
            }
            self.committed(key, got);
        }
        self.count(read.phase, |it| {
            it.n_reads += values.len();
            it.n_requests += 1;
        });
    }

    /// Judges a sum that a node computed from these keys and from `rest`, which nobody writes.
    pub(super) fn summed(&self, read: &Read<'_>, keys: &[i64], rest: i64, got: i64) {
        let sum = |floor: fn(&(i64, i64)) -> i64| {
            rest + keys.iter().map(|key| floor(&read.floors.0[self.at(*key).0])).sum::<i64>()
        };
        let (answered, committed) = (sum(|it| it.0), sum(|it| it.1));
        if got < answered {
            self.broken(read, Broken::C1, 0, answered, got);
        } else if got < committed {
            self.broken(read, Broken::C2, 0, committed, got);
        }
    }

    pub(super) fn count(&self, phase: usize, add: impl FnOnce(&mut Tally)) {
        add(&mut self.tallies.lock().unwrap()[phase]);
    }

    /// Counts a request that failed, by its answer if there is one. It was sent in `phase`, but may have failed by
    /// what happened later.
    pub(super) fn failed(&self, phase: usize, question: &str, answer: Option<&str>) {
        let phase = if self.tally(phase).is_harsh { phase } else { self.phase() };
        self.count(phase, |it| match answer {
            Some(_) => it.n_refused += 1,
            None => it.n_unanswered += 1,
        });
        if !self.tally(phase).is_harsh {
            let answer = answer.unwrap_or("no answer");
            self.refusals.lock().unwrap().push(format!("`{question}` in phase {phase}: {answer}"));
        }
    }

    /// Requests that failed although nothing excused it.
    pub(super) fn refusals(&self) -> Vec<String> {
        self.refusals.lock().unwrap().clone()
    }

    pub(super) fn tally(&self, phase: usize) -> Tally {
        self.tallies.lock().unwrap()[phase]
    }

    /// Values read so far, in all phases.
    pub(super) fn n_reads(&self) -> usize {
        self.tallies.lock().unwrap().iter().map(|it| it.n_reads).sum()
    }

    /// Every breach of the contract, those included that show only now that all is over.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let mut violations = self.violations.lock().unwrap().clone();
        for (key, register) in self.keys.iter().zip(&self.registers) {
            let history = register.history.lock().unwrap();
            violations.extend(history.lost.intersection(&history.seen.iter().copied().collect()).map(
                |got| {
                    let (node, question) = ("?", "?".to_owned());
                    let (phase, expected, lag) = (self.phase(), 0, Duration::ZERO);
                    Violation {
                        broken: Broken::C3,
                        phase,
                        node,
                        question,
                        key: *key,
                        expected,
                        got: *got,
                        lag,
                    }
                },
            ));
        }
        violations
    }

    fn broken(&self, read: &Read<'_>, broken: Broken, key: i64, expected: i64, got: i64) {
        let newer = |it: &Register| {
            let history = it.history.lock().unwrap();
            history.known_at.range(got + 1..).next().map(|(_, at)| *at)
        };
        let known_at = self.keys.iter().position(|it| *it == key).and_then(|i| newer(&self.registers[i]));
        let lag = known_at.map_or(Duration::ZERO, |at| read.sent_at.saturating_duration_since(at));
        let Read { phase, node, question, .. } = *read;
        let question = question.to_owned();
        let violation = Violation { broken, phase, node, question, key, expected, got, lag };
        self.violations.lock().unwrap().push(violation);
    }

    fn at(&self, key: i64) -> (usize, &Register) {
        let i = self.keys.iter().position(|it| *it == key).expect("a key of this run");
        (i, &self.registers[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(registers: &Registers) -> Read<'static> {
        let (sent_at, floors) = (Instant::now(), registers.floors());
        Read { phase: 0, node: "a", question: "user 5", sent_at, floors }
    }

    fn broken(registers: &Registers) -> Vec<Broken> {
        registers.violations().iter().map(|it| it.broken).collect()
    }

    #[test]
    fn a_read_must_see_what_was_answered_or_seen_before_it_was_sent_and_may_see_more() {
        let registers = Registers::new(vec![5, 6]);
        let early = read(&registers);
        registers.answered(5, 1);
        registers.returned(&early, &[(5, 0), (6, 0)]);
        let late = read(&registers);
        registers.returned(&late, &[(5, 2), (6, 0)]);
        assert_eq!(broken(&registers), []);
        registers.returned(&late, &[(5, 0)]);
        registers.returned(&read(&registers), &[(5, 1)]);
        assert_eq!(broken(&registers), [Broken::C1, Broken::C2]);
    }

    #[test]
    fn a_sum_must_not_be_less_than_its_parts() {
        let registers = Registers::new(vec![5, 6]);
        registers.answered(5, 10);
        registers.committed(6, 20);
        registers.summed(&read(&registers), &[5, 6], 100, 130);
        assert_eq!(broken(&registers), []);
        registers.summed(&read(&registers), &[5, 6], 100, 129);
        registers.summed(&read(&registers), &[5, 6], 100, 109);
        assert_eq!(broken(&registers), [Broken::C2, Broken::C1]);
    }

    #[test]
    fn what_was_never_committed_must_not_be_seen_before_or_after_that_is_known() {
        let registers = Registers::new(vec![5]);
        registers.returned(&read(&registers), &[(5, 1)]);
        registers.lost(5, 1);
        registers.lost(5, 2);
        assert_eq!(broken(&registers), [Broken::C3]);
    }
}
