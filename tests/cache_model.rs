//! The protocol of the cache as a model whose every state is visited: no order of steps serves a stale value.
//!
//! It knows the rules of the cache, not its code: one dep, and no time, so what is late may be as late as it likes.
//! Each rule is taken away once, and the model must go stale without it. It must not grow: each state costs every run.

use stateright::{Checker, HasDiscoveries, Model, Property};

/// How many commits there were; a value is the number of the commit that made it.
type Version = u8;
/// How many records of the log lie before it.
type Position = usize;
/// A transaction, by the index of its writer.
type Tx = usize;

/// What is taken away to see what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// `Begin` is in the log before COMMIT.
    Begin,
    /// `as_of` is the position of a check made before the database was read.
    AsOfBeforeRead,
    /// A read starts with a check.
    CheckAtStart,
    /// A read whose check saw an open transaction fills nothing. As long as every end is a record, `as_of` alone makes
    /// such an entry invalid; a table that lets go of a transaction before its `End` has nothing else to stop it.
    RefusalAtCheck,
    /// A log that went back in time is another epoch.
    Epoch,
    /// Only the database says that a transaction is over.
    AskTheDatabase,
    /// A check reads the log first and the epoch second.
    LogBeforeEpoch,
    /// A read joins no load whose check saw an open transaction, however recent that check is.
    JoinOnlyFills,
    /// A table begins at the first record of the log, so that it knows every open transaction.
    History,
}

#[derive(Clone, Copy, Debug)]
struct Protocol {
    /// A version must be seen from COMMIT on, not only once its writer was answered.
    is_due_at_commit: bool,
    n_writers: usize,
    /// Redis goes back in time once, but not between `Begin` and COMMIT if versions are due at COMMIT.
    loses_redis: bool,
    /// Tables change during a read, too: records are pushed to them, and they let go of a transaction as soon as the
    /// database calls it over.
    has_background: bool,
    without: Option<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Record {
    Begin(Tx),
    End(Tx),
}

/// How far a writer got. One that died and one that takes no further step are the same to everybody else, so a crash
/// is no step: it is possible after each. A COMMIT on its way may still arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Stage {
    #[default]
    Idle,
    Begun,
    /// Committed, or rolled back if this is version 0.
    Over(Version),
    /// Its `End` is in the log.
    Ended(Version),
    /// Its outbox row is deleted, too.
    Answered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    epoch: u8,
    as_of: Position,
    value: Version,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Table {
    epoch: u8,
    position: Position,
    last_change: Position,
    open: Vec<Tx>,
}

/// A read past its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Read {
    must_see: Version,
    as_of: Position,
    may_fill: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    #[default]
    Idle,
    /// Half way through the check, with what it must see.
    Checking(Version),
    Checked(Read),
    Missed(Read),
    Loaded(Read, Version),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Reader {
    table: Table,
    near: Option<Entry>,
    phase: Phase,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Shared {
    database: Version,
    outbox: Vec<Tx>,
    writers: [Stage; 2],
    log: Vec<Record>,
    /// Whoever finds it missing makes a new one at once, so nobody sees it missing.
    epoch: u8,
    /// One of each epoch.
    far: Vec<Entry>,
    /// What a read that starts now must see.
    must_see: Version,
    is_stale: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    shared: Shared,
    readers: [Reader; 2],
}

/// Steps carry what they start from, for whoever has to read a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Write(Tx, Stage),
    RollBack(Tx),
    /// The sweeper ends a transaction that has an outbox row, or that the database calls over.
    Sweep(Tx),
    Read(usize, Phase),
    /// A read takes what another one has loaded, as if both were of one process.
    Join(usize, Read, Version),
    Follow(usize),
    LetGo(usize),
    Restart(usize),
    /// Redis comes back with the log as it was when it had so many records.
    Lose(Position),
}

impl Table {
    fn since(horizon: Position, shared: &Shared) -> Self {
        let mut table = Self { epoch: shared.epoch, position: horizon, last_change: horizon, open: vec![] };
        table.follow(shared);
        table
    }

    fn follow(&mut self, shared: &Shared) {
        for record in shared.log.iter().skip(self.position) {
            self.position += 1;
            match *record {
                Record::Begin(tx) => self.open.push(tx),
                Record::End(tx) => self.let_go(|it| it == tx),
            }
        }
    }

    /// Counts as a change: it may have committed.
    fn let_go(&mut self, is_over: impl Fn(Tx) -> bool) {
        self.open.retain(|it| !is_over(*it));
        self.last_change = self.position;
    }

    /// The entry is valid, or will be once nothing is open.
    fn may_serve(&self, entry: &Entry) -> bool {
        entry.epoch == self.epoch && entry.as_of >= self.last_change
    }
}

impl Shared {
    fn write(&mut self, protocol: Protocol, tx: Tx, stage: Stage) -> Stage {
        match stage {
            Stage::Idle => {
                self.log.extend(protocol.has(Rule::Begin).then_some(Record::Begin(tx)));
                Stage::Begun
            }
            Stage::Begun => {
                self.database += 1;
                self.outbox.push(tx);
                self.must_see = if protocol.is_due_at_commit { self.database } else { self.must_see };
                Stage::Over(self.database)
            }
            Stage::Over(version) => {
                self.log.push(Record::End(tx));
                if version == 0 { Stage::Answered } else { Stage::Ended(version) }
            }
            Stage::Ended(version) => {
                self.outbox.retain(|it| *it != tx);
                self.must_see = self.must_see.max(version);
                Stage::Answered
            }
            Stage::Answered => Stage::Answered,
        }
    }

    fn serve(&mut self, value: Version, read: Read) -> Phase {
        self.is_stale |= value < read.must_see;
        Phase::Idle
    }
}

impl Reader {
    fn hit(&self, shared: &Shared) -> Option<Entry> {
        let mut entries = self.near.iter().chain(&shared.far).copied();
        entries.find(|it| self.table.may_serve(it) && self.table.open.is_empty())
    }

    /// The table is about to decide what is served.
    fn needs_table(&self) -> bool {
        matches!(self.phase, Phase::Checking(_) | Phase::Checked(_))
    }

    fn restart(&mut self, protocol: Protocol, shared: &Shared) {
        let horizon = if protocol.has(Rule::History) { 0 } else { shared.log.len() };
        self.table = Table::since(horizon, shared);
        self.near = None;
    }

    fn read(&mut self, protocol: Protocol, shared: &mut Shared) {
        match self.phase {
            Phase::Idle => self.start(protocol, shared),
            Phase::Checking(must_see) => self.finish_check(protocol, shared, must_see),
            Phase::Checked(read) => {
                let hit = self.hit(shared);
                self.near = hit.or(self.near);
                self.phase = hit.map_or(Phase::Missed(read), |it| shared.serve(it.value, read));
            }
            Phase::Missed(read) => self.phase = Phase::Loaded(read, shared.database),
            Phase::Loaded(read, value) => self.fill(protocol, shared, read, value),
        }
    }

    fn start(&mut self, protocol: Protocol, shared: &Shared) {
        self.phase = Phase::Checking(shared.must_see);
        match protocol.without {
            Some(Rule::LogBeforeEpoch) if self.table.epoch != shared.epoch => self.restart(protocol, shared),
            Some(Rule::LogBeforeEpoch | Rule::CheckAtStart) => {}
            _ => self.table.follow(shared),
        }
        // Where the epoch is the same for ever, nothing between the halves of a check matters.
        if !protocol.loses_redis {
            self.pass(shared.must_see);
        }
    }

    fn finish_check(&mut self, protocol: Protocol, shared: &Shared, must_see: Version) {
        if !protocol.has(Rule::LogBeforeEpoch) {
            self.table.follow(shared);
        } else if self.table.epoch != shared.epoch {
            // What was read belongs to another log: the check is made anew.
            return self.restart(protocol, shared);
        }
        self.pass(must_see);
    }

    fn pass(&mut self, must_see: Version) {
        let may_fill = self.table.open.is_empty();
        self.phase = Phase::Checked(Read { must_see, as_of: self.table.position, may_fill });
    }

    fn fill(&mut self, protocol: Protocol, shared: &mut Shared, read: Read, value: Version) {
        let is_late = !protocol.has(Rule::RefusalAtCheck) && self.table.open.is_empty();
        if read.may_fill || is_late {
            let as_of = if protocol.has(Rule::AsOfBeforeRead) { read.as_of } else { shared.log.len() };
            let entry = Entry { epoch: self.table.epoch, as_of, value };
            self.near = Some(entry);
            shared.far.retain(|it| it.epoch != entry.epoch);
            shared.far.push(entry);
        }
        self.phase = shared.serve(value, read);
    }
}

impl State {
    /// Makes one state of those that no later read can tell apart: a table nobody asks before the next check is as well
    /// up to date, a load or an entry nobody can be served is as well gone, and one process is like the other.
    fn merge(&mut self, protocol: Protocol) {
        let Self { shared, readers } = self;
        // Without these rules a read can tell: a table that lags, or an entry that is invalid, comes back into play.
        let tells = matches!(protocol.without, Some(Rule::CheckAtStart | Rule::LogBeforeEpoch | Rule::Epoch));
        for reader in readers.iter_mut() {
            if !tells && !reader.needs_table() {
                reader.table.follow(shared);
            }
            if protocol.without.is_none() && matches!(reader.phase, Phase::Loaded(it, _) if !it.may_fill) {
                reader.phase = Phase::Idle;
            }
            reader.near = reader.near.filter(|it| reader.table.may_serve(it));
        }
        if !tells {
            let next = Table::since(0, shared);
            let may_be_hit = |it: &Entry| readers.iter().any(|r| r.needs_table() && r.table.may_serve(it));
            shared.far.retain(|it| next.may_serve(it) || may_be_hit(it));
        }
        readers.sort_unstable();
    }

    /// Whether a read is about to be served the latest value, and one that was written.
    fn has_fresh_hit(&self, is_near: bool) -> bool {
        let looking = self.readers.iter().filter(|it| matches!(it.phase, Phase::Checked(_)));
        let mut hits = looking.filter_map(|it| Some((it.near, it.hit(&self.shared)?)));
        let latest = self.shared.database;
        hits.any(|(near, it)| it.value > 0 && it.value == latest && is_near == (near == Some(it)))
    }
}

impl Protocol {
    fn has(self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    fn writer_actions(self, shared: &Shared, tx: Tx) -> impl Iterator<Item = Action> {
        let stage = shared.writers[tx];
        // Two writers are alike, so the first is the one that begins first.
        let may_begin = tx == 0 || self.n_writers > 1 && shared.writers[0] != Stage::Idle;
        let is_open = shared.log.contains(&Record::Begin(tx)) && !shared.log.contains(&Record::End(tx));
        let is_left = is_open && (stage != Stage::Begun || !self.has(Rule::AskTheDatabase));
        let possible = [
            (stage != Stage::Answered && (stage != Stage::Idle || may_begin), Action::Write(tx, stage)),
            (stage == Stage::Begun, Action::RollBack(tx)),
            (is_left || shared.outbox.contains(&tx), Action::Sweep(tx)),
        ];
        possible.into_iter().filter_map(|(is, it)| is.then_some(it))
    }

    fn reader_actions(self, shared: &Shared, i: usize, reader: &Reader) -> impl Iterator<Item = Action> {
        let is_pushed = !self.has(Rule::CheckAtStart) || self.has_background && reader.needs_table();
        let is_over = |tx: &Tx| shared.writers[*tx] != Stage::Begun;
        let possible = [
            (true, Action::Read(i, reader.phase)),
            (reader.phase == Phase::Idle, Action::Restart(i)),
            (is_pushed && reader.table.position < shared.log.len(), Action::Follow(i)),
            (self.has_background && reader.table.open.iter().any(is_over), Action::LetGo(i)),
        ];
        possible.into_iter().filter_map(|(is, it)| is.then_some(it))
    }

    fn join(self, i: usize, reader: &Reader, other: &Reader) -> Option<Action> {
        let (Phase::Missed(read), Phase::Loaded(load, value)) = (reader.phase, other.phase) else {
            return None;
        };
        let is_recent = reader.table.epoch == other.table.epoch && load.as_of >= read.as_of;
        let may_join = load.may_fill || !self.has(Rule::JoinOnlyFills);
        (is_recent && may_join).then_some(Action::Join(i, read, value))
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        // Positions can start over only if there were some.
        let log = if self.loses_redis { vec![Record::Begin(1), Record::End(1)] } else { vec![] };
        vec![State { shared: Shared { log, ..Shared::default() }, ..State::default() }]
    }

    fn actions(&self, State { shared, readers }: &State, actions: &mut Vec<Action>) {
        actions.extend([0, 1].into_iter().flat_map(|tx| self.writer_actions(shared, tx)));
        for (i, reader) in readers.iter().enumerate() {
            actions.extend(self.reader_actions(shared, i, reader));
            actions.extend(readers.iter().filter_map(|other| self.join(i, reader, other)));
        }
        let is_excepted = self.is_due_at_commit && shared.writers.contains(&Stage::Begun);
        if self.loses_redis && shared.epoch == 0 && !is_excepted {
            actions.extend((0..=shared.log.len()).map(Action::Lose));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut next = last.clone();
        let State { shared, readers } = &mut next;
        match action {
            Action::Write(tx, stage) => shared.writers[tx] = shared.write(*self, tx, stage),
            Action::RollBack(tx) => shared.writers[tx] = Stage::Over(0),
            Action::Sweep(tx) => {
                shared.log.push(Record::End(tx));
                shared.outbox.retain(|it| *it != tx);
            }
            Action::Read(i, _) => readers[i].read(*self, shared),
            Action::Join(i, read, value) => readers[i].phase = shared.serve(value, read),
            Action::Follow(i) => readers[i].table.follow(shared),
            Action::LetGo(i) => readers[i].table.let_go(|tx| shared.writers[tx] != Stage::Begun),
            Action::Restart(i) => readers[i].restart(*self, shared),
            Action::Lose(n_records) => {
                shared.log.truncate(n_records);
                shared.epoch += u8::from(self.has(Rule::Epoch));
            }
        }
        next.merge(*self);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NEVER_STALE, |_, state: &State| !state.shared.is_stale),
            Property::sometimes("a near hit is fresh", |_, state: &State| state.has_fresh_hit(true)),
            Property::sometimes("a far hit is fresh", |_, state: &State| state.has_fresh_hit(false)),
        ]
    }
}

const NEVER_STALE: &str = "no read returns less than it must see";
const AFTER_COMMIT: Protocol = Protocol {
    is_due_at_commit: true,
    n_writers: 1,
    loses_redis: false,
    has_background: true,
    without: None,
};
const AFTER_ANSWER: Protocol = Protocol { is_due_at_commit: false, ..AFTER_COMMIT };
const LOSING_REDIS: Protocol = Protocol { loses_redis: true, has_background: false, ..AFTER_ANSWER };

fn explore(protocol: Protocol) -> impl Checker<Protocol> {
    protocol.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join()
}

/// The number of states shows that there was something to check.
fn assert_holds(protocol: Protocol, n_states: usize) {
    let checker = explore(protocol);
    checker.assert_properties();
    assert!(checker.unique_state_count() >= n_states, "{} states", checker.unique_state_count());
}

/// A rule that nobody misses is of no use, or not in the model.
fn assert_is_missed(rule: Rule, protocol: Protocol) {
    explore(Protocol { without: Some(rule), ..protocol }).assert_any_discovery(NEVER_STALE);
}

#[test]
fn a_read_that_starts_after_commit_sees_it() {
    assert_holds(Protocol { n_writers: 2, has_background: false, ..AFTER_COMMIT }, 400_000);
    assert_holds(AFTER_COMMIT, 10_000);
}

#[test]
fn a_read_that_starts_after_the_answer_sees_the_write_whenever_redis_goes_back_in_time() {
    assert_holds(LOSING_REDIS, 150_000);
}

#[test]
fn a_read_that_starts_after_commit_sees_it_unless_redis_goes_back_in_time_just_before() {
    assert_holds(Protocol { is_due_at_commit: true, ..LOSING_REDIS }, 200_000);
}

#[test]
fn without_begin_a_reader_is_served_the_old_value_after_commit() {
    assert_is_missed(Rule::Begin, AFTER_COMMIT);
}

#[test]
fn with_a_position_taken_after_the_database_was_read_a_stale_fill_looks_recent() {
    assert_is_missed(Rule::AsOfBeforeRead, AFTER_ANSWER);
}

#[test]
fn without_a_check_at_the_start_a_table_that_lags_vouches_for_the_old_value() {
    assert_is_missed(Rule::CheckAtStart, AFTER_ANSWER);
}

#[test]
fn a_read_that_saw_an_open_transaction_must_not_fill_once_it_is_gone() {
    assert_is_missed(Rule::RefusalAtCheck, AFTER_COMMIT);
}

#[test]
fn without_epochs_a_redis_that_went_back_in_time_vouches_for_old_values() {
    assert_is_missed(Rule::Epoch, LOSING_REDIS);
}

#[test]
fn a_transaction_that_is_guessed_to_be_over_may_still_commit() {
    assert_is_missed(Rule::AskTheDatabase, AFTER_COMMIT);
}

#[test]
fn a_check_that_reads_the_epoch_first_overlooks_a_log_that_is_lost_before_it_reads_it() {
    assert_is_missed(Rule::LogBeforeEpoch, LOSING_REDIS);
}

#[test]
fn a_load_that_saw_an_open_transaction_brings_those_who_join_it_the_old_value_after_commit() {
    assert_is_missed(Rule::JoinOnlyFills, AFTER_COMMIT);
}

#[test]
fn a_process_that_starts_at_the_end_of_the_log_does_not_know_what_is_about_to_commit() {
    assert_is_missed(Rule::History, AFTER_COMMIT);
}
