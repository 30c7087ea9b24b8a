//! What a transaction will invalidate once it commits.
//!
//! A queue without duplicates. A savepoint that is rolled back takes back what was queued since its mark.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dep, Name};

/// More single rows of one model than this collapse to the whole model (CACHE.md, *Bulk writes*).
const MAX_OBJECTS_PER_MODEL: usize = 500;

/// An ordered set of deps, queued by writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    queued: Vec<Dep>,
    seen: BTreeSet<Dep>,
}

impl Changes {
    /// Queues one dep; a second time changes nothing.
    pub fn push(&mut self, dep: Dep) {
        if self.seen.insert(dep.clone()) {
            self.queued.push(dep);
        }
    }

    /// Nothing was queued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queued.is_empty()
    }

    /// The queued deps in order.
    #[must_use]
    pub fn queued(&self) -> &[Dep] {
        &self.queued
    }

    /// How far the queue has grown: what [`Changes::truncate`] takes.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.queued.len()
    }

    /// Takes back everything queued since `mark`.
    pub fn truncate(&mut self, mark: usize) {
        for dep in self.queued.drain(mark.min(self.queued.len())..) {
            self.seen.remove(&dep);
        }
    }

    /// The queued deps in order, with long lists of one model's rows collapsed to that model.
    #[must_use]
    pub fn into_deps(self) -> Vec<Dep> {
        let mut rows: BTreeMap<Name, usize> = BTreeMap::new();
        for dep in &self.queued {
            if let Dep::Object(model, _) = dep {
                *rows.entry(model.clone()).or_default() += 1;
            }
        }
        rows.retain(|_, n_rows| *n_rows > MAX_OBJECTS_PER_MODEL);
        let is_collapsed = |dep: &Dep| matches!(dep, Dep::Object(model, _) if rows.contains_key(model));
        let kept = self.queued.into_iter().filter(|dep| !is_collapsed(dep));
        kept.chain(rows.keys().cloned().map(Dep::Model)).collect()
    }
}

impl Extend<Dep> for Changes {
    fn extend<I: IntoIterator<Item = Dep>>(&mut self, deps: I) {
        for dep in deps {
            self.push(dep);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dep_is_queued_once() {
        let mut changes = Changes::default();
        changes.extend([Dep::object("team", 1), Dep::object("team", 1)]);
        assert_eq!(changes.into_deps(), [Dep::object("team", 1)]);
    }

    #[test]
    fn truncating_takes_back_what_came_after_the_mark_and_lets_it_be_queued_again() {
        let mut changes = Changes::default();
        changes.push(Dep::object("team", 1));
        let mark = changes.mark();
        changes.push(Dep::object("team", 2));
        changes.truncate(mark);
        changes.push(Dep::object("team", 2));
        assert_eq!(changes.into_deps(), [Dep::object("team", 1), Dep::object("team", 2)]);
    }

    #[test]
    fn many_rows_of_one_model_collapse_to_the_model() {
        let mut changes = Changes::default();
        changes.push(Dep::object("team", 1));
        changes.extend((0..501).map(|pk| Dep::object("user", pk)));
        assert_eq!(changes.into_deps(), [Dep::object("team", 1), Dep::model("user")]);
    }
}
