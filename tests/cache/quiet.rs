//! A change log that is asked only when an operation needs it: nothing else is in the counts of a test.
//!
//! Without a lease there is no heartbeat and no follower; all else is the log's own.

use std::sync::Arc;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use inhouse::cache::{ChangeLog, ChangeLogError, Position, Record, Tail};

/// A log without background.
#[derive(Debug)]
pub(crate) struct QuietLog {
    log: Arc<dyn ChangeLog>,
    appended: Mutex<Vec<Record>>,
}

impl QuietLog {
    pub(crate) fn over(log: Arc<dyn ChangeLog>) -> Arc<Self> {
        Arc::new(Self { log, appended: Mutex::default() })
    }

    /// What was appended by this handle since it was last asked.
    pub(crate) fn take_appended(&self) -> Vec<Record> {
        std::mem::take(&mut *self.appended.lock().unwrap())
    }
}

impl ChangeLog for QuietLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        self.appended.lock().unwrap().push(record.clone());
        self.log.append(record)
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        self.log.read(after)
    }

    fn read_now(&self, after: Position) -> Option<Tail> {
        self.log.read_now(after)
    }

    fn n_round_trips(&self) -> u64 {
        self.log.n_round_trips()
    }
}
