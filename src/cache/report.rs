//! What the cache did: for one operation, and for the life of the process.
//!
//! Counts; judges nothing and exports nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::entry::Kind;
use super::freshness::Stale;

/// So many reasons of one operation are told.
const MAX_REASONS: usize = 20;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The near cache.
    Near,
    /// The far cache.
    Far,
    /// Neither had it.
    Miss,
}

/// How often each layer answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// Served by the near cache.
    pub n_near: u64,
    /// Served by the far cache.
    pub n_far: u64,
    /// Served by neither.
    pub n_miss: u64,
}

impl Lookups {
    fn add(&mut self, layer: Layer, n: u64) {
        let count = match layer {
            Layer::Near => &mut self.n_near,
            Layer::Far => &mut self.n_far,
            Layer::Miss => &mut self.n_miss,
        };
        *count = count.saturating_add(n);
    }

    fn merge(&mut self, other: &Self) {
        self.add(Layer::Near, other.n_near);
        self.add(Layer::Far, other.n_far);
        self.add(Layer::Miss, other.n_miss);
    }
}

/// Look-ups by kind and name of what was looked up.
pub type LookupsByName = BTreeMap<(Kind, &'static str), Lookups>;

/// What the cache did for one operation.
#[derive(Debug, Default)]
pub struct Report {
    lookups: Mutex<LookupsByName>,
    n_queries: AtomicU64,
    reasons: Mutex<Vec<String>>,
}

impl Report {
    pub(super) fn looked_up(&self, kind: Kind, name: &'static str, layer: Layer, n: u64) {
        let mut lookups = self.lookups.lock().unwrap_or_else(PoisonError::into_inner);
        lookups.entry((kind, name)).or_default().add(layer, n);
    }

    pub(super) fn found_stale(&self, kind: Kind, name: &str, why: &Stale) {
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        if reasons.len() < MAX_REASONS {
            let why = match why {
                Stale::Changed(dep) => format!("{dep} changed"),
                Stale::Open(dep) => format!("{dep} is being changed"),
                Stale::Unknown => "older than what is remembered".to_owned(),
            };
            reasons.push(format!("{} {name}: {why}", kind.as_str()));
        }
    }

    /// Counts a query of the database.
    pub fn queried(&self) {
        self.n_queries.fetch_add(1, Ordering::Relaxed);
    }

    /// Queries of the database.
    #[must_use]
    pub fn n_queries(&self) -> u64 {
        self.n_queries.load(Ordering::Relaxed)
    }

    /// What was looked up.
    #[must_use]
    pub fn lookups(&self) -> LookupsByName {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Look-ups of everything together.
    #[must_use]
    pub fn total(&self) -> Lookups {
        let mut total = Lookups::default();
        self.lookups().values().for_each(|it| total.merge(it));
        total
    }

    /// Why entries that were there could not be served.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts a query of the database for the operation that is running, if one is.
pub fn count_query() {
    if let Some(report) = super::reads::current_report() {
        report.queried();
    }
}

/// What the cache did since the process started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    lookups: Mutex<LookupsByName>,
    /// Values not stored because a transaction that could change them was open.
    pub(super) fills_refused: AtomicU64,
    /// Values not stored in the far cache because it could not take them.
    pub(super) far_drops: AtomicU64,
    /// Checks made.
    pub(super) checks: AtomicU64,
    /// Operations those checks served.
    pub(super) checks_served: AtomicU64,
    /// Records taken from the log.
    pub(super) records: AtomicU64,
    /// New histories of the log.
    pub(super) epochs: AtomicU64,
    /// Milliseconds without a log, in outages that are over.
    pub(super) bypass_ms: AtomicU64,
    /// Served rows that were compared with the database.
    pub(super) audits: AtomicU64,
    /// Those that differed.
    pub(super) audit_failures: AtomicU64,
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Look-ups by kind and name.
    pub lookups: LookupsByName,
    /// Values not stored because a transaction that could change them was open.
    pub n_fills_refused: u64,
    /// Values not stored in the far cache because it could not take them.
    pub n_far_drops: u64,
    /// Checks made.
    pub n_checks: u64,
    /// Operations those checks served: how many each, on average.
    pub n_checks_served: u64,
    /// Records taken from the log.
    pub n_records: u64,
    /// New histories of the log.
    pub n_epochs: u64,
    /// Time without a log, in outages that are over.
    pub bypassed: Duration,
    /// Served rows that were compared with the database.
    pub n_audits: u64,
    /// Those that differed.
    pub n_audit_failures: u64,
}

impl Counts {
    /// How often what was served was right, as nines: 3 for 99.9 %. None before anything was compared; as many as the
    /// comparisons can tell while none has failed.
    #[must_use]
    pub fn nines(&self) -> Option<f64> {
        let exact = |n: u64| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
        (self.n_audits > 0).then(|| (exact(self.n_audits) / exact(self.n_audit_failures.max(1))).log10())
    }
}

impl Counters {
    /// Adds what an operation did.
    pub(super) fn add(&self, report: &Report) {
        let mut lookups = self.lookups.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, counts) in report.lookups() {
            lookups.entry(name).or_default().merge(&counts);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            lookups: self.lookups.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            n_fills_refused: get(&self.fills_refused),
            n_far_drops: get(&self.far_drops),
            n_checks: get(&self.checks),
            n_checks_served: get(&self.checks_served),
            n_records: get(&self.records),
            n_epochs: get(&self.epochs),
            bypassed: Duration::from_millis(get(&self.bypass_ms)),
            n_audits: get(&self.audits),
            n_audit_failures: get(&self.audit_failures),
        }
    }
}

/// Adds to a counter.
pub(super) fn count(counter: &AtomicU64, n: usize) {
    counter.fetch_add(u64::try_from(n).unwrap_or(u64::MAX), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_told_in_nines() {
        let nines =
            |n_audits, n_audit_failures| Counts { n_audits, n_audit_failures, ..Counts::default() }.nines();
        assert_eq!((nines(0, 0), nines(1_000, 1), nines(10_000, 0)), (None, Some(3.0), Some(4.0)));
    }

    #[test]
    fn an_operation_is_added_to_the_life_of_the_process() {
        let counters = Counters::default();
        let report = Report::default();
        report.looked_up(Kind::Row, "user", Layer::Near, 2);
        report.looked_up(Kind::Row, "user", Layer::Miss, 1);
        counters.add(&report);
        counters.add(&report);
        let counted = counters.counts().lookups[&(Kind::Row, "user")];
        assert_eq!(counted, Lookups { n_near: 4, n_far: 0, n_miss: 2 });
    }
}
