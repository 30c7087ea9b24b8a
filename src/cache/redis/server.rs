//! The handle to Redis: one connection at a time, made when the log needs it, dropped at the first doubt.
//!
//! Fails fast: while Redis is away nobody waits for it, except the one who tries to connect.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{FromRedisValue, Pipeline};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::address::{Address, RedisUrlError, is_plain};
use super::failure::CallError;
use super::link::Link;

/// How long a process may rely on having heard nothing of an outage.
pub(in crate::cache) const LEASE: Duration = Duration::from_secs(1);

/// For what of an answer was still on its way when a server stopped.
const MARGIN: Duration = Duration::from_millis(200);

/// Longest wait for a connection, finding the server included.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// Longest wait for an answer. A busy machine may take its time, and a lost log costs more than a late answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug)]
pub(in crate::cache) enum Purpose {
    /// To read the log; this is what reconnects.
    Read,
    /// To append to the log.
    Append,
    /// To append what is committed already. Another process may have found Redis back, and believe that nothing waits
    /// for it: so what was noted before the commit does not count.
    Publish,
    /// To reach the far cache.
    Far,
    /// To reach values from outside, which are worth a connection of their own making.
    Outside,
}

impl Purpose {
    fn answer_timeout(self) -> Duration {
        match self {
            Self::Read | Self::Far | Self::Outside => ANSWER_TIMEOUT,
            // A writer must outlast the lease anyway: it may as well wait for its answer.
            Self::Append | Self::Publish => LEASE + MARGIN,
        }
    }

    /// How long after a failed attempt to connect the next may start; `None` for never.
    fn pause(self) -> Option<Duration> {
        match self {
            Self::Read => Some(Duration::from_millis(200)),
            Self::Append | Self::Outside => Some(Duration::from_secs(1)),
            Self::Publish => Some(Duration::ZERO),
            Self::Far => None,
        }
    }
}

/// Redis, as one process uses it.
pub struct RedisServer {
    address: Address,
    namespace: String,
    state: Mutex<State>,
    /// Held by who connects.
    connecting: tokio::sync::Mutex<()>,
    /// Number of the latest connection.
    latest: watch::Sender<u64>,
    n_round_trips: AtomicU64,
    n_log_reads: AtomicU64,
    n_far_requests: AtomicU64,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    n_connections: u64,
    /// When an attempt to connect failed; none since the last answer.
    failed_at: Option<Instant>,
    /// When that attempt began.
    tried_at: Option<Instant>,
    /// When the first request was sent that was not answered; none since the last answer.
    hung_since: Option<Instant>,
}

impl State {
    /// The connection, or that there is none and none may be made; nothing if one may be made.
    fn decided(&self, purpose: Purpose, asked_at: Instant) -> Option<Result<Arc<Link>, CallError>> {
        if let Some(link) = &self.link {
            return Some(Ok(link.clone()));
        }
        // Somebody else has tried for who waited.
        if self.tried_at.is_some_and(|it| it >= asked_at) {
            return Some(Err(CallError::Down));
        }
        let may_connect =
            purpose.pause().is_some_and(|pause| self.failed_at.is_none_or(|it| it.elapsed() >= pause));
        if may_connect { None } else { Some(Err(CallError::Down)) }
    }
}

impl RedisServer {
    /// Redis at `url`; all keys are in `namespace`. Connects when it is first used.
    ///
    /// # Errors
    /// The URL or the namespace cannot be used.
    pub fn open(url: &str, namespace: &str) -> Result<Arc<Self>, RedisUrlError> {
        if !is_plain(namespace) {
            return Err(RedisUrlError::Namespace);
        }
        Ok(Arc::new(Self {
            address: Address::parse(url)?,
            namespace: namespace.to_owned(),
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            latest: watch::Sender::new(0),
            n_round_trips: AtomicU64::new(0),
            n_log_reads: AtomicU64::new(0),
            n_far_requests: AtomicU64::new(0),
        }))
    }

    /// Requests and handshakes sent so far; waiting for news on the connection that is there for nothing else, aside.
    #[must_use]
    pub fn n_round_trips(&self) -> u64 {
        self.n_round_trips.load(Ordering::Relaxed)
    }

    /// Requests sent so far to read the change log.
    #[must_use]
    pub fn n_log_reads(&self) -> u64 {
        self.n_log_reads.load(Ordering::Relaxed)
    }

    /// Requests sent so far to the far cache.
    #[must_use]
    pub fn n_far_requests(&self) -> u64 {
        self.n_far_requests.load(Ordering::Relaxed)
    }

    /// Whether there is a connection that nothing speaks against.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state().link.is_some()
    }

    /// A key of the namespace. The braces put all of them into one hash slot, hence onto one node of a cluster.
    pub(in crate::cache) fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.namespace)
    }

    /// A key that never exists: removing it changes nothing, and fails wherever a write would.
    pub(in crate::cache) fn probe_key(&self) -> String {
        self.key("probe")
    }

    /// Tells of every new connection.
    pub(in crate::cache) fn connections(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// The connection; made now if there is none and the time for another attempt has come.
    pub(in crate::cache) async fn link(&self, purpose: Purpose) -> Result<Arc<Link>, CallError> {
        let asked_at = Instant::now();
        if let Some(decided) = self.state().decided(purpose, asked_at) {
            return decided;
        }
        let can_wait = matches!(purpose, Purpose::Publish);
        let _only_one = match self.connecting.try_lock() {
            Ok(guard) => guard,
            // It is known to be away, and somebody is trying.
            Err(_taken) if !can_wait && self.state().failed_at.is_some() => return Err(CallError::Down),
            Err(_taken) => self.connecting.lock().await,
        };
        if let Some(decided) = self.state().decided(purpose, asked_at) {
            return decided;
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<Arc<Link>, CallError> {
        let started = Instant::now();
        self.n_round_trips.fetch_add(1, Ordering::Relaxed);
        let outcome = timeout(CONNECT_TIMEOUT, Box::pin(Link::open(&self.address, &self.probe_key()))).await;
        let mut state = self.state();
        let error = match outcome {
            Ok(Ok(link)) => {
                let number = state.n_connections.saturating_add(1);
                let link = Arc::new(Link { number, ..link });
                *state = State { link: Some(link.clone()), n_connections: number, ..State::default() };
                drop(state);
                self.latest.send_replace(number);
                tracing::info!(number, "connected to Redis");
                return Ok(link);
            }
            Ok(Err(error)) => CallError::Connect(error),
            Err(_elapsed) => {
                state.hung_since.get_or_insert(started);
                CallError::Timeout
            }
        };
        state.failed_at = Some(Instant::now());
        state.tried_at = Some(started);
        Err(error)
    }

    /// Sends commands and waits for their answers, as long as is right for the purpose.
    pub(in crate::cache) async fn send<T: FromRedisValue>(
        &self,
        link: &Link,
        purpose: Purpose,
        commands: &Pipeline,
    ) -> Result<T, CallError> {
        self.count(purpose);
        let started = Instant::now();
        let mut connection = link.connection.clone();
        match timeout(purpose.answer_timeout(), commands.query_async(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.note_answer();
                Ok(answer)
            }
            Ok(Err(error)) => {
                let error = CallError::from(error);
                if error.is_lost() {
                    self.drop_link(link.number);
                } else {
                    self.note_answer();
                }
                Err(error)
            }
            Err(_elapsed) => {
                self.state().hung_since.get_or_insert(started);
                self.drop_link(link.number);
                Err(CallError::Timeout)
            }
        }
    }

    /// Waits, if Redis hangs, until every other process must have noticed, too. A connection that is refused or cut is
    /// noticed by all at once.
    pub(in crate::cache) async fn outlast_hang(&self) {
        let hung_since = self.state().hung_since;
        if let Some(since) = hung_since {
            sleep_until(since + LEASE + MARGIN).await;
        }
    }

    fn count(&self, purpose: Purpose) {
        self.n_round_trips.fetch_add(1, Ordering::Relaxed);
        match purpose {
            Purpose::Read => self.n_log_reads.fetch_add(1, Ordering::Relaxed),
            Purpose::Far => self.n_far_requests.fetch_add(1, Ordering::Relaxed),
            Purpose::Append | Purpose::Publish | Purpose::Outside => 0,
        };
    }

    /// Whatever was noted before an answer came belongs to an outage that is over: what fails next needs new evidence.
    fn note_answer(&self) {
        let mut state = self.state();
        state.failed_at = None;
        state.tried_at = None;
        state.hung_since = None;
    }

    /// Whoever uses Redis next finds out anew which server to ask.
    fn drop_link(&self, number: u64) {
        let mut state = self.state();
        if state.link.as_ref().is_some_and(|it| it.number == number) {
            state.link = None;
            drop(state);
            tracing::warn!(number, "the connection to Redis was given up");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, namespace, .. } = self;
        f.debug_struct("RedisServer")
            .field("address", address)
            .field("namespace", namespace)
            .finish_non_exhaustive()
    }
}
