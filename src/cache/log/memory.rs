//! The change log of one process: a list in memory, for tests and for a lone server on PostgreSQL without Redis.
//!
//! Outlives nothing: whoever caches by it starts with an empty cache.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::{ChangeLog, ChangeLogError, Epoch, Tail};
use crate::cache::{Position, Record};

/// Records kept for readers that lag.
const KEEP: usize = 10_000;

/// A list of records that readers of the same process share.
#[derive(Debug, Default)]
pub struct MemoryLog {
    records: Mutex<Records>,
    appended: Notify,
}

#[derive(Debug, Default)]
struct Records {
    kept: VecDeque<Record>,
    n_trimmed: u64,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn push(&self, record: Record) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.kept.push_back(record);
        if records.kept.len() > KEEP {
            records.kept.pop_front();
            records.n_trimmed = records.n_trimmed.saturating_add(1);
        }
        self.appended.notify_waiters();
    }

    fn tail(&self, after: Position) -> Tail {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let n_known = after.count().saturating_sub(records.n_trimmed);
        let start = usize::try_from(n_known).unwrap_or(usize::MAX).min(records.kept.len());
        let first = records.n_trimmed.max(after.count()).saturating_add(1);
        let found: Vec<_> = (first..).map(Position::nth).zip(records.kept.range(start..).cloned()).collect();
        Tail {
            position: found.last().map_or(after, |(position, _)| *position),
            records: found,
            forgotten: Some(Position::nth(records.n_trimmed)).filter(|it| *it > after),
            epoch: Epoch::default(),
            connection: 0,
        }
    }
}

impl ChangeLog for MemoryLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        self.push(record.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(std::future::ready(Ok(self.tail(after))))
    }

    fn read_now(&self, after: Position) -> Option<Tail> {
        Some(self.tail(after))
    }

    fn follow(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async move {
            loop {
                let appended = self.appended.notified();
                let tail = self.tail(after);
                if !tail.records.is_empty() {
                    return Ok(tail);
                }
                appended.await;
            }
        })
    }
}
