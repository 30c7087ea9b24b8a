//! What is on its way to the far cache: written behind the answer's back, many entries by one round trip.
//!
//! Bounded: what does not fit is dropped, and the database is read once more than it need be.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::far::FarItem;
use super::report::count;

/// Most bytes that wait.
const MAX_BYTES: usize = 16 << 20;

/// Entries that wait to be written.
#[derive(Debug, Default)]
pub(super) struct FarWriter {
    queue: Mutex<Queue>,
    added: Notify,
    written: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    items: Vec<FarItem>,
    n_bytes: usize,
    is_writing: bool,
}

impl FarWriter {
    /// Queues entries; false if there is no room for all.
    pub(super) fn queue(&self, items: impl IntoIterator<Item = FarItem>) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        for item in items {
            let n_bytes = queue.n_bytes.saturating_add(item.bytes.len());
            if n_bytes > MAX_BYTES {
                return false;
            }
            queue.n_bytes = n_bytes;
            queue.items.push(item);
        }
        self.added.notify_one();
        true
    }

    /// Waits until nothing waits to be written.
    pub(super) async fn settled(&self) {
        loop {
            let written = self.written.notified();
            {
                let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                if queue.items.is_empty() && !queue.is_writing {
                    return;
                }
            }
            written.await;
        }
    }

    fn take(&self) -> Vec<FarItem> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.n_bytes = 0;
        queue.is_writing = !queue.items.is_empty();
        std::mem::take(&mut queue.items)
    }

    fn done(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).is_writing = false;
        self.written.notify_waiters();
    }
}

impl Engine {
    /// Writes what is queued, until `stop`.
    pub(super) async fn keep_writing_far(self: Arc<Self>, stop: CancellationToken) {
        let Some(far) = &self.far else { return };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.far_writer.added.notified() => {}
            }
            let items = self.far_writer.take();
            let n_items = items.len();
            if n_items > 0 && far.put(items).await.is_err() {
                count(&self.counters.far_drops, n_items);
            }
            self.far_writer.done();
        }
    }
}
