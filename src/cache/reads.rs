//! What a computation read, found out by watching it.
//!
//! The collector travels with the task: whatever runs inside a scope is recorded there, so that no computation can read
//! past it, and futures that take turns do not mix their reads.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::entry::Key;
use super::report::{Layer, Report};
use super::{Dep, DepId};

tokio::task_local! {
    static CURRENT: Arc<Collector>;
}

/// What was read so far.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// With the wider ones of each.
    deps: HashSet<DepId>,
    /// Who asks was asked for: the result is this caller's alone.
    has_read_viewer: bool,
    /// The time was asked for: the result is true at this instant only.
    has_read_clock: bool,
}

impl Reads {
    /// Whether the result is one caller's.
    #[must_use]
    pub fn has_read_viewer(&self) -> bool {
        self.has_read_viewer
    }

    /// Whether the result is one instant's.
    #[must_use]
    pub fn has_read_clock(&self) -> bool {
        self.has_read_clock
    }

    /// Fingerprints of everything whose change makes the result stale.
    pub(super) fn deps(&self) -> Box<[DepId]> {
        self.deps.iter().copied().collect()
    }

    /// Everything is read of what anything depends on.
    fn merge(&mut self, other: &Self) {
        self.deps.extend(&other.deps);
        self.has_read_viewer |= other.has_read_viewer;
        self.has_read_clock |= other.has_read_clock;
    }
}

#[derive(Debug, Default)]
struct Collector {
    /// A std mutex: held to add to it, never across an await.
    reads: Mutex<Reads>,
    report: Arc<Report>,
}

impl Collector {
    fn add(&self, add: impl FnOnce(&mut Reads)) {
        add(&mut self.reads.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn taken(&self) -> Reads {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn with_current(add: impl FnOnce(&mut Reads)) {
    // Outside any scope nothing is stored, so nobody needs to know.
    let _ = CURRENT.try_with(|collector| collector.add(add));
}

/// Records a dep; to be called before what it names is read.
pub fn record(dep: &Dep) {
    with_current(|reads| reads.deps.extend(dep.touched_by()));
}

/// Records several deps.
pub fn record_all<'a>(deps: impl IntoIterator<Item = &'a Dep>) {
    with_current(|reads| reads.deps.extend(deps.into_iter().flat_map(Dep::touched_by)));
}

/// Records that the result depends on who asks.
pub fn record_viewer() {
    with_current(|reads| reads.has_read_viewer = true);
}

/// Records that the result depends on what time it is.
pub fn record_clock() {
    with_current(|reads| reads.has_read_clock = true);
}

/// Records the deps of a cached value that was served, and whether it was its caller's own.
pub(super) fn record_served(deps: &[DepId], is_viewers: bool) {
    with_current(|reads| {
        reads.deps.extend(deps);
        reads.has_read_viewer |= is_viewers;
    });
}

/// Records what a value kept outside the cache was computed from.
pub(super) fn record_reads(read: &Reads) {
    with_current(|reads| reads.merge(read));
}

/// The report of the operation that is running, if one is.
pub(super) fn current_report() -> Option<Arc<Report>> {
    CURRENT.try_with(|collector| Arc::clone(&collector.report)).ok()
}

/// Counts a look-up for the operation that is running, if one is.
pub fn count_lookup(key: &Key, layer: Layer) {
    let _ = CURRENT.try_with(|collector| collector.report.looked_up(key.kind, key.name, layer, 1));
}

/// Runs an operation and tells what it read. What runs inside another operation is none of the other's reads.
pub async fn observe<T>(report: Arc<Report>, run: impl Future<Output = T>) -> (T, Reads) {
    let collector = Arc::new(Collector { reads: Mutex::default(), report });
    let value = CURRENT.scope(Arc::clone(&collector), run).await;
    let reads = collector.taken();
    (value, reads)
}

/// Runs a part of an operation on its own account and tells what that part read; the whole has read it, too.
pub(super) async fn observe_part<T>(run: impl Future<Output = T>) -> (T, Reads) {
    let report = current_report().unwrap_or_default();
    let (value, reads) = observe(report, run).await;
    record_reads(&reads);
    (value, reads)
}

/// A value computed once and used by several computations, each of which depends on what it was computed from.
#[derive(Debug)]
pub struct Memo<T>(OnceCell<(T, Reads)>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Memo<T> {
    /// The value, computed by whoever comes first.
    ///
    /// # Errors
    /// What the computation failed with; the next caller tries again.
    pub async fn get_or_try_init<E>(&self, compute: impl Future<Output = Result<T, E>>) -> Result<&T, E> {
        let computed = self.0.get_or_try_init(|| async {
            let (value, reads) = observe_part(compute).await;
            Ok((value?, reads))
        });
        let (value, reads) = computed.await?;
        record_reads(reads);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(reads: &Reads) -> HashSet<DepId> {
        reads.deps.clone()
    }

    fn touching(dep: &Dep) -> HashSet<DepId> {
        dep.touched_by().collect()
    }

    async fn observed<T>(run: impl Future<Output = T>) -> Reads {
        observe(Arc::default(), run).await.1
    }

    #[tokio::test]
    async fn parts_that_take_turns_record_on_their_own_account_and_the_whole_has_read_all() {
        let part = async |pk: i64| {
            observe_part(async {
                tokio::task::yield_now().await;
                record(&Dep::object("user", pk));
                tokio::task::yield_now().await;
            })
            .await
            .1
        };
        let whole = observed(async {
            let (one, two) = tokio::join!(part(1), part(2));
            assert_eq!(ids(&one), touching(&Dep::object("user", 1)));
            assert_eq!(ids(&two), touching(&Dep::object("user", 2)));
        });
        let whole = ids(&whole.await);
        assert!(whole.contains(&Dep::object("user", 1).id()) && whole.contains(&Dep::object("user", 2).id()));
    }

    #[tokio::test]
    async fn who_takes_a_memo_depends_on_what_it_was_made_from() {
        let memo: Memo<i64> = Memo::default();
        let compute = async || {
            record(&Dep::object("user", 1));
            record_viewer();
            Ok::<_, ()>(7)
        };
        for _ in 0..2 {
            let reads = observed(async { memo.get_or_try_init(compute()).await.copied() }).await;
            assert!(ids(&reads).contains(&Dep::object("user", 1).id()) && reads.has_read_viewer());
        }
    }

    #[tokio::test]
    async fn nothing_is_recorded_of_what_runs_outside() {
        record(&Dep::object("user", 1));
        assert!(ids(&observed(async {}).await).is_empty());
    }
}
