//! Texts that several subscribers share: each is computed once, by a task of its own, while all who need it wait.
//!
//! No subscriber computes: one that stops reading would hold up the others. Bounded: the oldest texts are forgotten, and
//! computed again if somebody still needs them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{Encoded, Item};

/// Most texts of a feed.
const MAX_CELLS: usize = 1_024;

/// Most bytes of them.
const MAX_BYTES: usize = 2 << 20;

/// Names a text: of which item, for which selection, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CellKey {
    item: ItemKey,
    selection: u128,
    /// None for a text that may be everybody's.
    caller: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ItemKey {
    Snapshot(i32, bool, u64),
    /// Told as it happens, or again to those who came back at one look.
    Event(i32, Option<u64>),
    Heartbeat(u64),
}

impl CellKey {
    /// The text of an item; of an event that is told again, as of the look `again`: names in it may have changed since it
    /// happened.
    pub(super) fn new(item: &Item, again: Option<u64>, selection: u128) -> Self {
        let item = match item {
            Item::Snapshot { seq, is_resync, look } => ItemKey::Snapshot(*seq, *is_resync, *look),
            Item::Draft(row) => ItemKey::Event(row.seq, again),
            Item::Tournament(row) => ItemKey::Event(row.seq, again),
            Item::Heartbeat { beat, .. } => ItemKey::Heartbeat(*beat),
        };
        Self { item, selection, caller: None }
    }

    /// The same for one caller.
    pub(super) fn of_caller(&self, caller: &str) -> Self {
        Self { caller: Some(caller.into()), ..self.clone() }
    }
}

/// A text, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) encoded: Encoded,
    /// Who had it computed.
    pub(super) caller: Arc<str>,
}

/// Where a text comes to; closed without one if it never does.
pub(super) type Coming = watch::Receiver<Option<Text>>;

/// The texts of a feed.
#[derive(Debug, Default)]
pub(super) struct Cells(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cells: HashMap<CellKey, Coming>,
    /// Oldest first, with the length of each once it is known.
    order: VecDeque<CellKey>,
    n_bytes: usize,
}

impl Cells {
    /// Where a text comes to. Whoever is first gets the other end, too, and has it computed.
    pub(super) fn at(&self, key: &CellKey) -> (Coming, Option<watch::Sender<Option<Text>>>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that was given up is begun anew.
        let known = inner.cells.get(key).filter(|it| it.borrow().is_some() || it.has_changed().is_ok());
        if let Some(coming) = known {
            return (coming.clone(), None);
        }
        inner.make_room();
        let (sender, coming) = watch::channel(None);
        if inner.cells.insert(key.clone(), coming.clone()).is_none() {
            inner.order.push_back(key.clone());
        }
        (coming, Some(sender))
    }

    /// Takes note of how long a text is that has come.
    pub(super) fn note(&self, n_bytes: usize) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.n_bytes = inner.n_bytes.saturating_add(n_bytes);
    }
}

impl Inner {
    fn make_room(&mut self) {
        if self.cells.len() < MAX_CELLS && self.n_bytes <= MAX_BYTES {
            return;
        }
        // Half of them at once, so that this is rare; what is left is counted, not what went.
        let n_gone = self.order.len().div_ceil(2);
        for key in self.order.drain(..n_gone) {
            self.cells.remove(&key);
        }
        let length = |it: &Coming| it.borrow().as_ref().map_or(0, |text| text.encoded.body.len());
        self.n_bytes = self.cells.values().map(length).sum();
    }
}
