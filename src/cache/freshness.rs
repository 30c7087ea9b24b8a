//! The freshness table: what a process knows of the change log, and whether an entry may be served by it.
//!
//! Hears of changes and answers questions; never waits and never asks anybody.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::log::{Epoch, Tail};
use super::{Dep, DepId, Position, Record};

/// More deps than this are not remembered one by one: the table starts over at its position, which costs each entry
/// one more read of the database.
const MAX_DEPS: usize = 200_000;

/// How often the table notes its position, to find later what is too old to matter.
const MARK_EVERY: Duration = Duration::from_secs(60);

/// The point of the log a computation can vouch for: made by a check, before anything was read.
#[derive(Clone, Debug)]
pub struct AsOf {
    pub(super) position: Position,
    /// Which history of the table it belongs to.
    pub(super) generation: u64,
    pub(super) epoch: Epoch,
    /// What transactions that were open at the check may still change: nothing that depends on it may be stored.
    pub(super) open: Arc<HashSet<DepId>>,
}

impl AsOf {
    /// The position.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// No transaction that was open at the check can change any of this.
    pub(super) fn is_settled(&self, deps: impl IntoIterator<Item = DepId>) -> bool {
        self.open.is_empty() || !deps.into_iter().any(|dep| self.open.contains(&dep))
    }
}

/// Why an entry may not be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// This changed after the entry was computed.
    Changed(Dep),
    /// A transaction that is about to change this has not ended.
    Open(Dep),
    /// It is older than what the table remembers, or of another history.
    Unknown,
}

/// A transaction that began and has not ended.
#[derive(Clone, Debug)]
pub struct OpenTransaction {
    /// Key of its outbox row.
    pub tx: i64,
    /// What the database calls it.
    pub xid: u64,
    /// What it may change.
    pub deps: Vec<Dep>,
    /// When this process heard of it.
    pub heard_at: Instant,
}

#[derive(Debug)]
struct Change {
    at: Position,
    dep: Dep,
}

/// What changed when, as far as one process knows.
#[derive(Debug)]
pub(super) struct FreshnessTable {
    epoch: Epoch,
    generation: u64,
    position: Position,
    /// Below this the history is not known.
    horizon: Position,
    changed: HashMap<DepId, Change>,
    open: HashMap<i64, OpenTransaction>,
    /// The deps of all open transactions, shared with the checks made meanwhile.
    open_deps: Arc<HashSet<DepId>>,
    /// Where the log stood at some moments.
    marks: VecDeque<(Instant, Position)>,
    /// No entry lives longer.
    longest_ttl: Duration,
}

impl FreshnessTable {
    pub(super) fn new(longest_ttl: Duration) -> Self {
        Self {
            epoch: Epoch::default(),
            generation: 0,
            position: Position::ZERO,
            horizon: Position::ZERO,
            changed: HashMap::new(),
            open: HashMap::new(),
            open_deps: Arc::default(),
            marks: VecDeque::new(),
            longest_ttl,
        }
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub(super) fn n_deps(&self) -> usize {
        self.changed.len()
    }

    pub(super) fn open_transactions(&self) -> impl Iterator<Item = &OpenTransaction> {
        self.open.values()
    }

    /// What a computation that begins now can vouch for.
    pub(super) fn as_of(&self) -> AsOf {
        AsOf {
            position: self.position,
            generation: self.generation,
            epoch: self.epoch.clone(),
            open: Arc::clone(&self.open_deps),
        }
    }

    /// Forgets everything: what follows is another history, which is known from its beginning.
    pub(super) fn start_over(&mut self, epoch: Epoch) {
        let generation = self.generation.wrapping_add(1);
        *self = Self { epoch, generation, ..Self::new(self.longest_ttl) };
    }

    /// Takes what the log told; tells whether that changes any answer.
    pub(super) fn apply(&mut self, tail: Tail, now: Instant) -> bool {
        let mut has_changed = false;
        // A gap may hide the end of a transaction, which is then found out as that of a dead writer is.
        if let Some(forgotten) = tail.forgotten.filter(|it| *it > self.position) {
            self.horizon = self.horizon.max(forgotten);
            has_changed = true;
        }
        for (position, record) in tail.records {
            // What both the check and the follower bring is taken once.
            if position > self.position {
                self.position = position;
                self.take(position, record, now);
                has_changed = true;
            }
        }
        self.position = self.position.max(tail.position);
        self.prune(now);
        has_changed
    }

    fn take(&mut self, at: Position, record: Record, now: Instant) {
        match record {
            Record::Begin { tx, xid, deps } => {
                let open = Arc::make_mut(&mut self.open_deps);
                open.extend(deps.iter().map(Dep::id));
                self.open.insert(tx, OpenTransaction { tx, xid, deps, heard_at: now });
            }
            Record::End { tx, deps } => {
                self.change(at, deps);
                if self.open.remove(&tx).is_some() {
                    let left = self.open.values().flat_map(|it| &it.deps);
                    self.open_deps = Arc::new(left.map(Dep::id).collect());
                }
            }
            Record::Changed { deps } => self.change(at, deps),
        }
    }

    fn change(&mut self, at: Position, deps: Vec<Dep>) {
        for dep in deps {
            self.changed.insert(dep.id(), Change { at, dep });
        }
    }

    fn prune(&mut self, now: Instant) {
        let last = self.marks.back().map(|(at, _)| *at);
        if last.is_none_or(|last| now.duration_since(last) >= MARK_EVERY) {
            self.marks.push_back((now, self.position));
            let mut too_old = None;
            while let Some((at, position)) = self.marks.front().copied() {
                if now.duration_since(at) <= self.longest_ttl {
                    break;
                }
                too_old = Some(position);
                self.marks.pop_front();
            }
            if let Some(position) = too_old.filter(|it| *it > self.horizon) {
                self.horizon = position;
                self.changed.retain(|_, change| change.at > position);
            }
        }
        if self.changed.len() > MAX_DEPS {
            self.horizon = self.position;
            self.changed.clear();
        }
    }

    /// Whether what was computed as of `position` from `deps` (with their wider ones) is still so.
    pub(super) fn judge(&self, generation: u64, position: Position, deps: &[DepId]) -> Result<(), Stale> {
        if generation != self.generation || position < self.horizon {
            return Err(Stale::Unknown);
        }
        for dep in deps {
            if let Some(change) = self.changed.get(dep).filter(|it| it.at > position) {
                return Err(Stale::Changed(change.dep.clone()));
            }
        }
        if self.open_deps.is_empty() {
            return Ok(());
        }
        let held = deps.iter().find(|dep| self.open_deps.contains(dep));
        held.map_or(Ok(()), |dep| Err(Stale::Open(self.name_of_open(*dep))))
    }

    fn name_of_open(&self, id: DepId) -> Dep {
        let mut deps = self.open.values().flat_map(|it| &it.deps);
        deps.find(|dep| dep.id() == id).cloned().unwrap_or(Dep::Everything)
    }

    /// When a dep, or a wider one, last changed.
    pub(super) fn last_change(&self, dep: &Dep) -> Option<Position> {
        dep.touched_by().filter_map(|id| self.changed.get(&id)).map(|change| change.at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(3_600);

    fn deps_of(dep: &Dep) -> Vec<DepId> {
        dep.touched_by().collect()
    }

    fn tail(records: Vec<(u64, Record)>) -> Tail {
        let records: Vec<_> = records.into_iter().map(|(n, it)| (Position::nth(n), it)).collect();
        let position = records.last().map_or(Position::ZERO, |(position, _)| *position);
        Tail { records, position, ..Tail::default() }
    }

    fn end(n: i64, dep: &Dep) -> Record {
        Record::End { tx: n, deps: vec![dep.clone()] }
    }

    fn begin(n: i64, dep: &Dep) -> Record {
        Record::Begin { tx: n, xid: 0, deps: vec![dep.clone()] }
    }

    fn table(records: Vec<(u64, Record)>) -> FreshnessTable {
        let mut table = FreshnessTable::new(TTL);
        table.apply(tail(records), Instant::now());
        table
    }

    #[test]
    fn what_was_computed_before_a_change_is_stale_and_what_was_computed_after_it_is_not() {
        let user = Dep::object("user", 5);
        let table = table(vec![(1, end(1, &user)), (2, end(2, &Dep::object("user", 6)))]);
        let judge = |n| table.judge(0, Position::nth(n), &deps_of(&user));
        assert_eq!(judge(0), Err(Stale::Changed(user.clone())));
        assert_eq!((judge(1), judge(2)), (Ok(()), Ok(())));
    }

    #[test]
    fn nothing_is_served_that_an_open_transaction_may_change() {
        let user = Dep::object("user", 5);
        let mut table = table(vec![(1, begin(1, &Dep::model("user")))]);
        let judge = |table: &FreshnessTable| table.judge(0, Position::nth(1), &deps_of(&user));
        assert_eq!(judge(&table), Err(Stale::Open(Dep::model("user"))));
        assert!(table.as_of().open.contains(&Dep::model("user").id()));
        table.apply(tail(vec![(2, end(1, &Dep::object("user", 6)))]), Instant::now());
        assert_eq!(judge(&table), Ok(()));
    }

    #[test]
    fn a_record_that_comes_twice_counts_once() {
        let user = Dep::object("user", 5);
        let mut table = table(vec![(1, begin(1, &user)), (2, end(1, &user))]);
        assert!(!table.apply(tail(vec![(1, begin(1, &user))]), Instant::now()));
        assert_eq!(table.judge(0, Position::nth(2), &deps_of(&user)), Ok(()));
    }

    #[test]
    fn what_is_older_than_a_gap_of_the_log_is_not_served() {
        let user = Dep::object("user", 5);
        let mut table = table(vec![(1, end(1, &user))]);
        let gap = Tail { forgotten: Some(Position::nth(7)), ..tail(vec![(8, end(8, &Dep::model("x")))]) };
        assert!(table.apply(gap, Instant::now()));
        assert_eq!(table.judge(0, Position::nth(6), &deps_of(&user)), Err(Stale::Unknown));
        assert_eq!(table.judge(0, Position::nth(7), &deps_of(&user)), Ok(()));
    }

    #[test]
    fn another_history_makes_all_that_was_computed_unknown() {
        let mut table = table(vec![(5, end(1, &Dep::Everything))]);
        table.start_over(Epoch("b".into()));
        assert_eq!(table.position(), Position::ZERO);
        assert_eq!(table.judge(0, Position::nth(9), &[]), Err(Stale::Unknown));
        assert_eq!(table.judge(1, Position::nth(0), &[]), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn changes_older_than_any_entry_are_forgotten() {
        let user = Dep::object("user", 5);
        let mut table = table(vec![(1, end(1, &user))]);
        for n in 2..200 {
            tokio::time::advance(Duration::from_secs(60)).await;
            table.apply(tail(vec![(n, end(1, &Dep::object("user", 6)))]), Instant::now());
        }
        assert_eq!(table.n_deps(), 1);
        assert_eq!(table.judge(0, Position::nth(1), &deps_of(&user)), Err(Stale::Unknown));
        assert_eq!(table.judge(0, Position::nth(199), &deps_of(&user)), Ok(()));
    }

    #[test]
    fn a_table_of_too_many_deps_starts_over_at_its_position() {
        let deps = (0..=i64::try_from(MAX_DEPS).unwrap()).map(|pk| Dep::object("user", pk)).collect();
        let table = table(vec![(3, Record::Changed { deps })]);
        assert_eq!(table.n_deps(), 0);
        assert_eq!(table.judge(0, Position::nth(2), &[]), Err(Stale::Unknown));
        assert_eq!(table.judge(0, Position::nth(3), &[]), Ok(()));
    }
}
