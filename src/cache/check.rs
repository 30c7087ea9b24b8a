//! The check: the one question to the change log that proves the freshness table current.
//!
//! At most one is on its way; whoever comes meanwhile waits for the next, so that one round trip serves all who wait. A
//! log that was lost is trusted again only after the outbox, where changes waited for it, is drained into it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::freshness::AsOf;
use super::log::ChangeLogError;
use super::report::count;
use crate::telemetry::chain;

/// How often a history may change under a reader before it gives up: each time somebody began a new one.
const MAX_EPOCHS: usize = 5;

/// How long to wait before a log that failed is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// How long a follower waits before it tries again.
const FOLLOW_AGAIN: Duration = Duration::from_secs(1);

/// What was committed while the log could not be told; the database knows.
pub trait Backlog: std::fmt::Debug + Send + Sync {
    /// Appends everything that waits to the log, and returns once the log has it.
    ///
    /// # Errors
    /// The database or the log cannot be reached.
    fn drain(&self) -> BoxFuture<'_, Result<(), ChangeLogError>>;
}

/// Who waits for a check, and whether the log can be believed.
#[derive(Debug, Default)]
pub(super) struct Checker {
    waiting: Mutex<Vec<oneshot::Sender<Option<AsOf>>>>,
    wake: Notify,
    trust: Mutex<Trust>,
}

/// What is known of the log's being there.
#[derive(Debug, Default)]
struct Trust {
    /// The connection it was last heard on.
    connection: Option<u64>,
    /// When the last question it answered was asked.
    heard_at: Option<Instant>,
    /// Since when it has not answered.
    lost_since: Option<Instant>,
}

impl Checker {
    /// Waits for a check that begins after this call.
    pub(super) async fn next(&self) -> Option<AsOf> {
        if self.is_lost() {
            return None;
        }
        self.ask().await
    }

    /// The same, even while the log is lost.
    async fn ask(&self) -> Option<AsOf> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        self.wake.notify_one();
        receiver.await.ok().flatten()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.trust().lost_since.is_some()
    }

    pub(super) fn heard_within(&self, age: Duration) -> bool {
        let trust = self.trust();
        trust.lost_since.is_none() && trust.heard_at.is_some_and(|at| at.elapsed() < age)
    }

    /// Age of the last answer.
    pub(super) fn heard_ago(&self) -> Option<Duration> {
        self.trust().heard_at.map(|at| at.elapsed())
    }

    /// Whether the log should be asked although nobody waits.
    fn is_due(&self, pulse: Option<Duration>) -> bool {
        self.is_lost() || pulse.is_some_and(|pulse| !self.heard_within(pulse))
    }

    /// The log was found unable to take a change: it is not believed before it has taken all.
    pub(super) fn distrust(&self) {
        let mut trust = self.trust();
        trust.connection = None;
        trust.lost_since.get_or_insert_with(Instant::now);
        drop(trust);
        self.wake.notify_one();
    }

    fn trust(&self) -> std::sync::MutexGuard<'_, Trust> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_waiting(&self) -> Vec<oneshot::Sender<Option<AsOf>>> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether changes may wait in the outbox that the log was never told.
    fn may_have_missed(&self, connection: u64, asked_at: Instant, lease: Option<Duration>) -> bool {
        let trust = self.trust();
        let is_silent = |at: Instant| lease.is_some_and(|lease| asked_at.duration_since(at) > lease);
        trust.lost_since.is_some()
            || trust.connection != Some(connection)
            || trust.heard_at.is_none_or(is_silent)
    }
}

impl Engine {
    /// Answers those who wait for a check, until `stop`; keeps hearing from a log that can be lost.
    pub(super) async fn keep_checking(self: Arc<Self>, stop: CancellationToken) {
        let pulse = self.log.lease().map(|lease| lease / 4);
        loop {
            // A log that cannot be lost by silence is asked again only once it has failed.
            let pause = pulse.or_else(|| self.checker.is_lost().then_some(ASK_AGAIN));
            let idle = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.checker.wake.notified() => {}
                () = idle => {}
            }
            let waiting = self.checker.take_waiting();
            if waiting.is_empty() && !self.checker.is_due(pulse) {
                continue;
            }
            let as_of = self.check_once().await;
            count(&self.counters.checks, 1);
            count(&self.counters.checks_served, waiting.len());
            for waiter in waiting {
                // A caller that went away does not wait any more.
                let _ = waiter.send(as_of.clone());
            }
        }
    }

    /// Takes what the log pushes, until `stop`: what a check need not bring then, and what wakes whoever watches. A log
    /// that needs no network is asked by each check; it is followed only for those who watch.
    pub(super) async fn keep_following(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if self.log.lease().is_none() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.watchers.some() => {}
                }
            }
            let (after, generation) = self.place();
            let tail = tokio::select! {
                () = stop.cancelled() => return,
                tail = self.log.follow(after) => tail,
            };
            match tail {
                Ok(tail) => self.apply_if(generation, tail),
                Err(_told_by_the_check) => tokio::time::sleep(FOLLOW_AGAIN).await,
            }
        }
    }

    async fn check_once(&self) -> Option<AsOf> {
        let asked_at = Instant::now();
        let outcome = self.catch_up_trusted(asked_at).await;
        let mut trust = self.checker.trust();
        match outcome {
            Ok(connection) => {
                trust.connection = Some(connection);
                trust.heard_at = Some(asked_at);
                if let Some(since) = trust.lost_since.take() {
                    let ms = usize::try_from(since.elapsed().as_millis()).unwrap_or(usize::MAX);
                    count(&self.counters.bypass_ms, ms);
                    tracing::info!(bypass_ms = ms, "the change log is back; the cache is used again");
                }
                drop(trust);
                Some(self.as_of())
            }
            Err(error) => {
                if trust.lost_since.is_none() {
                    tracing::warn!(error = %chain(&error), "the change log is lost: reads go to the database");
                }
                trust.lost_since.get_or_insert(asked_at);
                None
            }
        }
    }

    async fn catch_up_trusted(&self, asked_at: Instant) -> Result<u64, ChangeLogError> {
        let connection = self.catch_up().await?;
        if !self.checker.may_have_missed(connection, asked_at, self.log.lease()) {
            return Ok(connection);
        }
        if let Some(backlog) = self.backlog.get() {
            backlog.drain().await?;
        }
        match self.catch_up().await? {
            same if same == connection => Ok(connection),
            _ => Err(ChangeLogError::unreachable("the connection was lost while the outbox was drained")),
        }
    }

    /// Brings the table up to date; returns the connection the log was heard on.
    async fn catch_up(&self) -> Result<u64, ChangeLogError> {
        for _ in 0..MAX_EPOCHS {
            let (after, _) = self.place();
            let tail = self.log.read(after).await?;
            let connection = tail.connection;
            if self.apply_or_start_over(tail) {
                return Ok(connection);
            }
        }
        Err(ChangeLogError::unreachable("the epoch of the change log keeps changing"))
    }
}
