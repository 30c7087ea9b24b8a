//! Who waits to hear that something changed: woken when the change log tells of it.
//!
//! A wake-up proves nothing and may be lost with the log; whoever waits looks for himself, and from time to time anyway.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::log::Tail;
use super::{Cache, Dep, DepId, Record};

/// All who wait, by the deps they wait for.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    by_dep: Mutex<HashMap<DepId, Vec<Weak<Notify>>>>,
    joined: Notify,
    left: Notify,
}

/// Hears of changes of one dep; cheap to hold, and gone when dropped.
#[derive(Debug)]
pub struct Watch {
    notify: Arc<Notify>,
    watchers: Arc<Watchers>,
    /// The dep's own fingerprint and those of the wider ones.
    deps: Vec<DepId>,
}

impl Watch {
    /// Waits for a change since the last call returned, or since the watch began. Several changes may wake once.
    pub async fn changed(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut by_dep = self.watchers.by_dep.lock().unwrap_or_else(PoisonError::into_inner);
        let this = Arc::downgrade(&self.notify);
        for dep in &self.deps {
            if let Some(waiting) = by_dep.get_mut(dep) {
                waiting.retain(|it| !it.ptr_eq(&this));
                if waiting.is_empty() {
                    by_dep.remove(dep);
                }
            }
        }
        self.watchers.left.notify_one();
    }
}

impl Watchers {
    fn watch(self: &Arc<Self>, dep: &Dep) -> Watch {
        let (notify, deps) = (Arc::new(Notify::new()), dep.touched_by().collect::<Vec<_>>());
        let mut by_dep = self.by_dep.lock().unwrap_or_else(PoisonError::into_inner);
        for dep in &deps {
            by_dep.entry(*dep).or_default().push(Arc::downgrade(&notify));
        }
        drop(by_dep);
        self.joined.notify_one();
        Watch { notify, watchers: Arc::clone(self), deps }
    }

    fn is_empty(&self) -> bool {
        self.by_dep.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Waits until somebody waits.
    pub(super) async fn some(&self) {
        while self.is_empty() {
            self.joined.notified().await;
        }
    }

    /// Waits until nobody waits.
    pub(super) async fn nobody(&self) {
        while !self.is_empty() {
            self.left.notified().await;
        }
    }

    /// Which fingerprints a tail of the log is about; none if nobody waits. Everything where the tail has a gap.
    pub(super) fn woken_by(&self, tail: &Tail) -> Woken {
        if self.is_empty() {
            return Woken::Some(Vec::new());
        }
        if tail.forgotten.is_some() {
            return Woken::All;
        }
        let ended = tail.records.iter().map(|(_, record)| record);
        let ended = ended.filter(|it| !matches!(it, Record::Begin { .. }));
        Woken::Some(ended.flat_map(Record::deps).map(Dep::id).collect())
    }

    /// Wakes whoever waits for any of these.
    pub(super) fn wake(&self, woken: &Woken) {
        let by_dep = match woken {
            Woken::Some(deps) if deps.is_empty() => return,
            _ => self.by_dep.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let waiting: Vec<&Weak<Notify>> = match woken {
            Woken::All => by_dep.values().flatten().collect(),
            Woken::Some(deps) => deps.iter().filter_map(|it| by_dep.get(it)).flatten().collect(),
        };
        for waiter in waiting.into_iter().filter_map(Weak::upgrade) {
            waiter.notify_one();
        }
    }
}

/// Whom a tail of the log wakes.
#[derive(Debug)]
pub(super) enum Woken {
    /// Who waits for one of these.
    Some(Vec<DepId>),
    /// Everybody.
    All,
}

impl Cache {
    /// Hears of changes of `dep`, or of a wider one, from now on: what this process is told by the change log, which is
    /// followed as long as anybody watches.
    #[must_use]
    pub fn watch(&self, dep: &Dep) -> Watch {
        self.engine.watchers.watch(dep)
    }

    /// Changes are heard of. Where this is false, only a look at the database tells.
    #[must_use]
    pub fn hears_of_changes(&self) -> bool {
        !self.engine.settings.is_disabled && !self.engine.checker.is_lost()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::cache::{CacheParts, CacheSettings, ChangeLog as _, MemoryLog};

    fn cache() -> (Cache, Arc<MemoryLog>) {
        let (log, settings) = (MemoryLog::new(), CacheSettings::default());
        let parts = CacheParts { log: log.clone(), far: None, schema: String::new(), settings };
        (Cache::new(parts), log)
    }

    async fn change(log: &MemoryLog, dep: &Dep) {
        log.append(&Record::Changed { deps: vec![dep.clone()] }).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_watches_hears_of_a_change_and_of_wider_ones_although_nobody_reads() {
        let (cache, log) = cache();
        let watch = cache.watch(&Dep::object("user", 5));
        for dep in [Dep::object("user", 5), Dep::model("user"), Dep::Everything] {
            change(&log, &dep).await;
            watch.changed().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_something_else_or_one_that_has_not_ended_wakes_nobody() {
        let (cache, log) = cache();
        let (watch, other) = (cache.watch(&Dep::object("user", 5)), cache.watch(&Dep::object("user", 6)));
        let deps = vec![Dep::object("user", 5)];
        log.append(&Record::Begin { tx: 1, xid: 1, deps }).await.unwrap();
        change(&log, &Dep::rows("user")).await;
        change(&log, &Dep::object("user", 6)).await;
        other.changed().await;
        assert_eq!(watch.changed().now_or_never(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_between_two_waits_is_not_missed_and_a_reader_may_have_brought_it() {
        let (cache, log) = cache();
        let watch = cache.watch(&Dep::object("user", 5));
        change(&log, &Dep::object("user", 5)).await;
        cache.check().await;
        watch.changed().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_watches_no_more_is_forgotten() {
        let (cache, _log) = cache();
        let watches = [cache.watch(&Dep::object("user", 5)), cache.watch(&Dep::object("user", 5))];
        drop(watches);
        assert!(cache.engine.watchers.is_empty());
    }
}
