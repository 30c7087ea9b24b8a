//! The change log as a Redis stream: `{namespace}:changes`, and beside it `{namespace}:epoch`, which names its history.
//!
//! The stream is only ever made together with a new epoch, and begins with a mark; so a stream that was flushed, evicted
//! or restored from a snapshot never passes for the one it was, and a stream that lost its mark was trimmed.

mod entries;
mod epoch;
mod follow;
mod read;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use self::follow::Follower;
use super::{ChangeLog, ChangeLogError, Epoch, Tail};
use crate::cache::redis::{CallError, LEASE, Link, Purpose, RedisServer};
use crate::cache::{Position, Record};
use crate::telemetry::chain;

/// Most records that one request brings.
const PAGE: usize = 1000;

/// The change log in Redis.
///
/// When the epoch is another than that of the [`Tail`] read before, a tail holds the new history from its beginning,
/// whatever position was asked for: the position belonged to the old one.
#[derive(Debug)]
pub struct RedisLog {
    server: Arc<RedisServer>,
    max_records: usize,
    /// The epoch of the last tail.
    known: Mutex<Option<Epoch>>,
    /// How many records were refused although the epoch could not be ended: it must be, as soon as Redis takes writes.
    n_refused: AtomicU64,
    /// How many of them an epoch begun later has made up for.
    n_settled: AtomicU64,
    /// Where the run of a server is hidden: the connection the last epoch was begun on.
    begun_on: Mutex<Option<u64>>,
    follower: Mutex<Option<Follower>>,
}

impl RedisLog {
    /// The log in the namespace of `server`, which keeps about `max_records`; at least two pages, so that only who asks
    /// for a full one can have missed something.
    #[must_use]
    pub fn new(server: Arc<RedisServer>, max_records: usize) -> Self {
        Self {
            server,
            max_records: max_records.max(PAGE.saturating_mul(2)),
            known: Mutex::default(),
            n_refused: AtomicU64::new(0),
            n_settled: AtomicU64::new(0),
            begun_on: Mutex::default(),
            follower: Mutex::default(),
        }
    }

    fn changes_key(&self) -> String {
        self.server.key("changes")
    }

    fn epoch_key(&self) -> String {
        self.server.key("epoch")
    }

    fn known(&self) -> Option<Epoch> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends; if it cannot be done, fails no sooner than every process must know that Redis is away.
    async fn append_or_outlast(&self, record: &str, purpose: Purpose) -> Result<(), CallError> {
        let Err(error) = self.try_append(record, purpose).await else { return Ok(()) };
        if !error.is_lost() {
            self.server.outlast_hang().await;
            // It may be back: then the record need not be missing.
            if matches!(error, CallError::Refused(_)) || !self.server.is_connected() {
                return Err(error);
            }
        }
        let outcome = self.try_append(record, purpose).await;
        if outcome.is_err() {
            self.server.outlast_hang().await;
        }
        outcome
    }

    async fn try_append(&self, record: &str, purpose: Purpose) -> Result<(), CallError> {
        let link = self.server.link(purpose).await?;
        match self.add_or_begin(&link, record).await {
            Err(refused @ CallError::Refused(_)) => self.end_epoch(&link, refused).await,
            outcome => outcome,
        }
    }

    /// Adds a record, to a new history if there is none.
    async fn add_or_begin(&self, link: &Link, record: &str) -> Result<(), CallError> {
        if self.add(link, record).await? {
            return Ok(());
        }
        self.begin_epoch(link, Purpose::Append).await?;
        if self.add(link, record).await? { Ok(()) } else { Err(CallError::Unsettled) }
    }

    /// Adds a record to the stream; tells whether there is one.
    async fn add(&self, link: &Link, record: &str) -> Result<bool, CallError> {
        let mut commands = redis::pipe();
        commands.cmd("XADD").arg(self.changes_key()).arg("NOMKSTREAM");
        commands.arg("MAXLEN").arg("~").arg(self.max_records).arg("*").arg(entries::RECORD).arg(record);
        let (id,): (Option<String>,) = self.server.send(link, Purpose::Append, &commands).await?;
        Ok(id.is_some())
    }

    /// Redis does not take a record, of which nobody may remain unaware: so everybody starts anew.
    async fn end_epoch(&self, link: &Link, refused: CallError) -> Result<(), CallError> {
        let mut commands = redis::pipe();
        // Allowed even when there is no memory left.
        commands.cmd("DEL").arg(self.epoch_key());
        match self.server.send::<(u64,)>(link, Purpose::Append, &commands).await {
            Ok(_n_removed) => {
                tracing::warn!(error = %chain(&refused), "Redis refused a change; the epoch was ended instead");
                Ok(())
            }
            // Reads fail, too, as long as Redis takes no writes; they must not succeed in the old epoch afterwards.
            Err(error) => {
                self.n_refused.fetch_add(1, Ordering::AcqRel);
                tracing::warn!(error = %chain(&error), "the epoch cannot be ended");
                Err(refused)
            }
        }
    }
}

impl ChangeLog for RedisLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        Box::pin(async move {
            // That a transaction ended may be told later, but its writer is answered now.
            let purpose =
                if matches!(record, Record::End { .. }) { Purpose::Publish } else { Purpose::Append };
            let record = serde_json::to_string(record).map_err(ChangeLogError::unreachable)?;
            self.append_or_outlast(&record, purpose).await.map_err(ChangeLogError::unreachable)
        })
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async move { self.read_tail(after).await.map_err(ChangeLogError::unreachable) })
    }

    fn follow(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async move { self.next_tail(after).await.map_err(ChangeLogError::unreachable) })
    }

    fn lease(&self) -> Option<Duration> {
        Some(LEASE)
    }

    fn n_round_trips(&self) -> u64 {
        self.server.n_round_trips()
    }
}
