//! The change log: the append-only list through which all processes learn what was changed.
//!
//! Three kinds behind one trait: a Redis stream, a table of an embedded database (which implements the trait in `db`),
//! and a list in the process. None of them knows who reads.

mod memory;
mod redis;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use self::memory::MemoryLog;
pub use self::redis::RedisLog;

use super::{Position, Record};

/// A record did not get into the log. A change of a transaction is still in its outbox.
#[derive(Debug, thiserror::Error)]
pub enum ChangeLogError {
    /// The log cannot be reached, or did not take it.
    #[error("the change log is not reachable")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// This process has no log of its own: another one, beside it, will find the outbox row.
    #[error("the change log is another process's")]
    Elsewhere,
}

impl ChangeLogError {
    /// The log cannot be reached, and why.
    pub fn unreachable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreachable(cause.into())
    }
}

/// What a log told when it was read.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The records behind the position asked for, oldest first, without a gap.
    pub records: Vec<(Position, Record)>,
    /// Where `records` ends: nothing the log held when it was asked lies between.
    pub position: Position,
    /// The log no longer knows what it held up to this position, which is behind the one asked for.
    pub forgotten: Option<Position>,
    /// Which history this is. Another epoch is another history: nothing of the old one counts.
    pub epoch: Epoch,
    /// Number of the connection that was used. A new one means that the log had been lost.
    pub connection: u64,
}

/// Name of one history of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch(pub Arc<str>);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The append-only list of changes all processes share.
pub trait ChangeLog: fmt::Debug + Send + Sync {
    /// Appends a record; once this returns, every later [`ChangeLog::read`] of any process brings it.
    ///
    /// # Errors
    /// Nobody can tell whether it got there; a second append of the same record does no harm.
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>>;

    /// Everything appended behind `after`, up to now.
    ///
    /// # Errors
    /// The log cannot be reached.
    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>>;

    /// The same at once, from a log that need not wait.
    fn read_now(&self, _after: Position) -> Option<Tail> {
        None
    }

    /// Waits until something is behind `after`, and brings it. What it brings proves nothing about what it does not:
    /// only [`ChangeLog::read`] does.
    ///
    /// # Errors
    /// The log cannot be reached, or does not push.
    fn follow(&self, _after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(std::future::pending())
    }

    /// A transaction of this process committed a record. For logs whose records commit with the change: whoever follows
    /// need not wait until the next look.
    fn committed(&self) {}

    /// How long a process may rely on having heard nothing of an outage: a writer that cannot append waits longer than
    /// this before it goes on without. `None` for a log that cannot be lost.
    fn lease(&self) -> Option<Duration> {
        None
    }

    /// Requests sent over a network so far.
    fn n_round_trips(&self) -> u64 {
        0
    }
}

/// The log of a process beside a server that keeps its log to itself: every change waits in the outbox for that server.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

impl ChangeLog for Elsewhere {
    fn append<'a>(&'a self, _record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        Box::pin(std::future::ready(Err(ChangeLogError::Elsewhere)))
    }

    fn read(&self, _after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(std::future::ready(Err(ChangeLogError::Elsewhere)))
    }
}
