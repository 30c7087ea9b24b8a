//! Texts that several subscribers share: each is computed by whoever needs it first, while the others wait.
//!
//! Bounded: the oldest are forgotten, and computed again if somebody still needs them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{Encoded, Item};

/// Most texts of a feed.
const MAX_CELLS: usize = 4_096;

/// Most bytes of them.
const MAX_BYTES: usize = 8 << 20;

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

pub(super) type Cell = Arc<OnceCell<Text>>;

/// The texts of a feed.
#[derive(Debug, Default)]
pub(super) struct Cells(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cells: HashMap<CellKey, Cell>,
    /// Oldest first.
    order: VecDeque<CellKey>,
    n_bytes: usize,
}

impl Cells {
    /// The place of a text, which may be empty yet.
    pub(super) fn at(&self, key: &CellKey) -> Cell {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = inner.cells.get(key) {
            return Arc::clone(cell);
        }
        inner.make_room();
        let cell = Cell::default();
        inner.cells.insert(key.clone(), Arc::clone(&cell));
        inner.order.push_back(key.clone());
        cell
    }

    /// Takes note of how long a text is, once it is known.
    pub(super) fn note(&self, key: &CellKey, n_bytes: usize) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.cells.contains_key(key) {
            inner.n_bytes = inner.n_bytes.saturating_add(n_bytes);
        }
    }
}

impl Inner {
    fn make_room(&mut self) {
        while self.cells.len() >= MAX_CELLS || self.n_bytes > MAX_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            let cell = self.cells.remove(&oldest);
            let n_bytes = cell.and_then(|it| it.get().map(|text| text.encoded.body.len()));
            self.n_bytes = self.n_bytes.saturating_sub(n_bytes.unwrap_or_default());
        }
    }
}
