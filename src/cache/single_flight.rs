//! Single flight: one load of a value serves all who need it at the same time.
//!
//! A load may be joined only if it vouches for at least what its joiner's own check vouches for, and if no transaction
//! that can change the value was open at its check: such a load may have read what was true before that transaction, and
//! a joiner's check, at the same position, may come after its commit.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::entry::Key;
use super::freshness::AsOf;

/// What a load brought: a value, or that there is none.
pub(super) type Landed = Option<Arc<dyn Any + Send + Sync>>;

/// The loads under way.
#[derive(Debug, Default)]
pub(super) struct Flights(Arc<Mutex<Lane>>);

#[derive(Debug, Default)]
struct Lane {
    flights: HashMap<Key, Flight>,
    n_started: u64,
}

#[derive(Debug)]
struct Flight {
    number: u64,
    as_of: AsOf,
    landed: watch::Receiver<Option<Landed>>,
}

/// What to do about one key.
pub(super) enum Role {
    /// Load it, and say so.
    Leader(Lead),
    /// Wait for who loads it.
    Joiner(Join),
}

/// The duty to load; dropped, its joiners are told that nobody will.
#[derive(Debug)]
pub(super) struct Lead {
    key: Key,
    number: u64,
    landing: watch::Sender<Option<Landed>>,
    lane: Arc<Mutex<Lane>>,
}

/// A place in somebody's load.
#[derive(Debug)]
pub(super) struct Join(watch::Receiver<Option<Landed>>);

impl Flights {
    /// Joins the load of `key` if one is under way that vouches for enough, else begins one; `is_settled` says that it
    /// may be joined, and stored.
    pub(super) fn take_off(&self, key: Key, as_of: &AsOf, is_settled: bool) -> Role {
        let mut lane = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = lane.flights.get(&key) {
            let is_same_history = flight.as_of.generation == as_of.generation;
            if is_same_history && flight.as_of.position >= as_of.position {
                return Role::Joiner(Join(flight.landed.clone()));
            }
        }
        lane.n_started = lane.n_started.wrapping_add(1);
        let number = lane.n_started;
        let (landing, landed) = watch::channel(None);
        if is_settled {
            lane.flights.insert(key, Flight { number, as_of: as_of.clone(), landed });
        }
        Role::Leader(Lead { key, number, landing, lane: Arc::clone(&self.0) })
    }
}

impl Lead {
    /// Hands the value to all who joined.
    pub(super) fn land(self, value: Landed) {
        // Nobody may have joined.
        let _ = self.landing.send(Some(value));
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut lane = self.lane.lock().unwrap_or_else(PoisonError::into_inner);
        // A later load may have taken the place.
        if lane.flights.get(&self.key).is_some_and(|it| it.number == self.number) {
            lane.flights.remove(&self.key);
        }
    }
}

impl Join {
    /// The value; `None` if the leader gave up.
    pub(super) async fn wait(mut self) -> Option<Landed> {
        self.0.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Position;
    use crate::cache::entry::Kind;

    const KEY: fn() -> Key = || Key::pk(Kind::Row, "user", 5);

    fn as_of(n: u64) -> AsOf {
        AsOf { position: Position::nth(n), generation: 0, epoch: Default::default(), open: Arc::default() }
    }

    fn lead(flights: &Flights, n: u64) -> Lead {
        match flights.take_off(KEY(), &as_of(n), true) {
            Role::Leader(lead) => lead,
            Role::Joiner(_) => panic!("it was joined"),
        }
    }

    fn join(flights: &Flights, n: u64) -> Join {
        match flights.take_off(KEY(), &as_of(n), true) {
            Role::Joiner(join) => join,
            Role::Leader(_) => panic!("it was not joined"),
        }
    }

    #[tokio::test]
    async fn who_asks_while_a_value_is_loaded_gets_the_same_one() {
        let flights = Flights::default();
        let leader = lead(&flights, 7);
        let joiners = [join(&flights, 7), join(&flights, 6)];
        leader.land(Some(Arc::new("value")));
        for joiner in joiners {
            let value = joiner.wait().await.flatten().unwrap();
            assert_eq!(value.downcast_ref::<&str>(), Some(&"value"));
        }
        drop(lead(&flights, 7));
    }

    #[tokio::test]
    async fn a_load_that_vouches_for_less_than_the_callers_check_is_not_joined() {
        let flights = Flights::default();
        let old = lead(&flights, 7);
        let new = lead(&flights, 8);
        drop(old);
        let joiner = join(&flights, 8);
        new.land(None);
        assert!(joiner.wait().await.unwrap().is_none(), "the end of the old load did not end the new one");
    }

    #[tokio::test]
    async fn a_load_that_saw_an_open_transaction_is_joined_by_nobody() {
        let flights = Flights::default();
        let Role::Leader(unsettled) = flights.take_off(KEY(), &as_of(7), false) else {
            panic!("it was joined")
        };
        let settled = lead(&flights, 7);
        drop(unsettled);
        join(&flights, 7);
        drop(settled);
    }

    #[tokio::test]
    async fn joiners_of_a_leader_that_gives_up_are_told() {
        let flights = Flights::default();
        let leader = lead(&flights, 7);
        let joiner = join(&flights, 7);
        drop(leader);
        assert!(joiner.wait().await.is_none());
    }
}
