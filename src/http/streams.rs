//! What stays open, sockets and streams of events: how many there may be, and how all of them are closed when the server
//! stops.
//!
//! Counts and signals; what is sent through them is elsewhere. Nothing here waits while the lock is held.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::error::HttpError;
use crate::auth::network;
use crate::types::UserId;

/// Longest pause between two that are closed: a few of them shall not hold up a server that stops.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How much may stay open, and how much one caller may ask of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketSettings {
    /// Sockets and streams of events in this process.
    pub max: usize,
    /// The same of one address, as far as nobody is logged in. A whole venue may share one.
    pub max_per_address: usize,
    /// The same of one user.
    pub max_per_user: usize,
    /// Operations that run at once on one socket.
    pub max_operations: usize,
    /// Messages that a socket may bring in a second, in the long run.
    pub messages_per_second: usize,
    /// Messages that it may bring at once.
    pub message_burst: usize,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            max: 20_000,
            max_per_address: 2_500,
            max_per_user: 20,
            max_operations: 20,
            messages_per_second: 20,
            message_burst: 50,
        }
    }
}

/// Everything that stays open in this process. Clones share it.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: SocketSettings,
    state: Mutex<State>,
    /// Told when the last one is gone.
    is_empty: Notify,
}

#[derive(Debug, Default)]
struct State {
    is_stopping: bool,
    n_opened: u64,
    /// In the order they were opened.
    open: BTreeMap<u64, CancellationToken>,
    per_owner: HashMap<Owner, usize>,
}

/// Whose limit something counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Address(IpAddr),
    User(UserId),
}

impl Owner {
    /// The user, or the address where nobody is logged in.
    pub(super) fn of(user: Option<UserId>, address: IpAddr) -> Self {
        user.map_or_else(|| Self::Address(network(address)), Self::User)
    }
}

/// Why nothing more may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The server stops.
    Stopping,
    /// The process has as many as it may.
    Process,
    /// The caller has.
    Owner,
}

impl From<Full> for HttpError {
    fn from(full: Full) -> Self {
        match full {
            Full::Stopping => HttpError::unavailable(1, "this server stops: connect again"),
            Full::Process => {
                HttpError::unavailable(10, "this server has as many connections as it can serve")
            }
            Full::Owner => HttpError::rate_limited(10, "you have too many connections open: close some"),
        }
    }
}

impl Streams {
    /// None yet.
    #[must_use]
    pub fn new(settings: SocketSettings) -> Self {
        Self(Arc::new(Shared { settings, state: Mutex::default(), is_empty: Notify::new() }))
    }

    pub(super) fn settings(&self) -> &SocketSettings {
        &self.0.settings
    }

    /// Takes a place for one more.
    pub(super) fn open(&self, owner: Owner) -> Result<Ticket, Full> {
        let mut state = self.0.lock();
        if state.is_stopping {
            return Err(Full::Stopping);
        }
        if state.open.len() >= self.0.settings.max {
            return Err(Full::Process);
        }
        self.0.count(&mut state, owner)?;
        state.n_opened = state.n_opened.saturating_add(1);
        let (number, closing) = (state.n_opened, CancellationToken::new());
        state.open.insert(number, closing.clone());
        Ok(Ticket { shared: Arc::clone(&self.0), owner, number, closing })
    }

    /// How many are open.
    #[must_use]
    pub fn n_open(&self) -> usize {
        self.0.lock().open.len()
    }

    /// Closes all, one after the other in the order they were opened, and lets no more be opened. They are told within
    /// `window`, spread evenly, so that their clients do not all come back at once. Returns when the last is gone.
    pub async fn close_all(&self, window: Duration) {
        let open: Vec<CancellationToken> = {
            let mut state = self.0.lock();
            state.is_stopping = true;
            state.open.values().cloned().collect()
        };
        let n_open = u32::try_from(open.len()).unwrap_or(u32::MAX);
        let pause = window.checked_div(n_open).unwrap_or_default().min(LONGEST_PAUSE);
        if n_open > 0 {
            tracing::info!(n_open, "closing what stays open");
        }
        let mut next = tokio::time::Instant::now();
        for closing in open {
            // By the clock, not by pauses: a timer is late by up to a millisecond, which adds up.
            tokio::time::sleep_until(next).await;
            closing.cancel();
            next += pause;
        }
        loop {
            let is_empty = self.0.is_empty.notified();
            if self.0.lock().open.is_empty() {
                return;
            }
            is_empty.await;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked in here left maps that are whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, state: &mut State, owner: Owner) -> Result<(), Full> {
        let most = match owner {
            Owner::Address(_) => self.settings.max_per_address,
            Owner::User(_) => self.settings.max_per_user,
        };
        let n_open = state.per_owner.entry(owner).or_default();
        if *n_open >= most {
            return Err(Full::Owner);
        }
        *n_open = n_open.saturating_add(1);
        Ok(())
    }
}

impl State {
    fn discount(&mut self, owner: Owner) {
        let left = self.per_owner.get_mut(&owner).map(|it| {
            *it = it.saturating_sub(1);
            *it
        });
        if left == Some(0) {
            self.per_owner.remove(&owner);
        }
    }
}

/// The place of one that is open; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Ticket {
    shared: Arc<Shared>,
    owner: Owner,
    number: u64,
    closing: CancellationToken,
}

impl Ticket {
    /// From now on it counts against another's limit: it turned out who opened it.
    pub(super) fn belongs_to(&mut self, owner: Owner) -> Result<(), Full> {
        if owner != self.owner {
            let mut state = self.shared.lock();
            self.shared.count(&mut state, owner)?;
            state.discount(self.owner);
            self.owner = owner;
        }
        Ok(())
    }

    /// Waits until the server wants it closed.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.open.remove(&self.number);
        state.discount(self.owner);
        if state.open.is_empty() {
            self.shared.is_empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::Instant;

    use super::*;
    use crate::telemetry;

    fn streams(change: impl FnOnce(&mut SocketSettings)) -> Streams {
        let mut settings = SocketSettings::default();
        change(&mut settings);
        Streams::new(settings)
    }

    fn at(last: u8) -> Owner {
        Owner::of(None, Ipv4Addr::new(10, 0, 0, last).into())
    }

    fn user(id: i64) -> Owner {
        Owner::of(Some(UserId(id)), Ipv4Addr::LOCALHOST.into())
    }

    #[test]
    fn a_place_is_given_back_when_what_took_it_is_gone() {
        let streams = streams(|it| (it.max, it.max_per_address) = (3, 2));
        let (one, two) = (streams.open(at(1)).unwrap(), streams.open(at(1)).unwrap());
        assert_eq!(streams.open(at(1)).unwrap_err(), Full::Owner);
        let three = streams.open(at(2)).unwrap();
        assert_eq!(streams.open(at(3)).unwrap_err(), Full::Process);
        drop(one);
        let four = streams.open(at(1)).unwrap();
        assert_eq!(streams.n_open(), 3);
        drop((two, three, four));
        let state = streams.0.lock();
        assert!(state.open.is_empty() && state.per_owner.is_empty());
    }

    #[test]
    fn whoever_turns_out_to_be_logged_in_counts_as_a_user_and_no_more_as_an_address() {
        let streams = streams(|it| (it.max_per_address, it.max_per_user) = (1, 1));
        let mut one = streams.open(at(1)).unwrap();
        one.belongs_to(user(7)).unwrap();
        let mut two = streams.open(at(1)).unwrap();
        assert_eq!(two.belongs_to(user(7)), Err(Full::Owner));
        assert_eq!(two.owner, at(1), "it stays what it was");
        drop(one);
        assert_eq!(two.belongs_to(user(7)), Ok(()));
        assert_eq!(two.belongs_to(user(7)), Ok(()), "it is already");
    }

    #[tokio::test(start_paused = true)]
    async fn all_are_told_to_close_one_after_the_other_within_the_window() {
        let streams = streams(|_| {});
        let tickets: Vec<_> = (0..1_000).map(|_| streams.open(at(1)).unwrap()).collect();
        let started = Instant::now();
        let waiting: Vec<_> = tickets
            .into_iter()
            .map(|ticket| {
                telemetry::spawn(async move {
                    ticket.closing().await;
                    started.elapsed()
                })
            })
            .collect();
        streams.close_all(Duration::from_secs(2)).await;
        assert!(started.elapsed() < Duration::from_secs(2));
        for (i, told) in (0_u32..).zip(waiting) {
            let (told, due) = (told.await.unwrap(), Duration::from_millis(2) * i);
            // A timer counts in milliseconds, up.
            assert!(told >= due && told <= due + Duration::from_millis(1), "{i}: {told:?}");
        }
        assert_eq!(streams.open(at(1)).unwrap_err(), Full::Stopping);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_are_closed_at_once_and_none_takes_no_time() {
        let (none, few) = (streams(|_| {}), streams(|_| {}));
        let started = Instant::now();
        none.close_all(Duration::from_secs(5)).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        let tickets: Vec<_> = (0..3).map(|_| few.open(at(1)).unwrap()).collect();
        for ticket in tickets {
            telemetry::spawn(async move { ticket.closing().await });
        }
        few.close_all(Duration::from_secs(5)).await;
        assert_eq!(started.elapsed(), Duration::from_millis(20));
    }
}
