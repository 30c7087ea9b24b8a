//! Values that come from outside this program and that no transaction of it changes: kept for a time, under a name of
//! their own, and fetched once for all who want them.
//!
//! Knows no deps and no change log, and works while the log is away or other caching is switched off: what it spares is
//! somebody else's service. With a shared store the truth is there, and a copy in the process is served only if the
//! store says that it is still the one stored. Failures are never kept.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::sync::watch;
use tokio::time::Instant;

use super::entry::{Cacheable, decode, encode};
use super::far::{FarItem, FarStore};
use super::policy::{TtlClass, Ttls};
use super::token::random_token;
use crate::telemetry::spawn;

/// Bytes of the token in front of each shared value: what tells one storing of a name from the next.
const TOKEN: usize = 32;

/// Most values in the process: beyond, the one that expires first goes.
const MAX_VALUES: usize = 100;

/// While the shared store is away, a copy of what was there is served for this part of its time.
const COPY_LIVES: u32 = 10;

/// The task that fetched a value died.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("fetching was cut short")]
pub struct CutShort;

/// Where values are shared with other processes, if anywhere.
pub type Shared = Option<Arc<dyn FarStore>>;

/// Values from outside by name; cheap to clone.
pub struct OutsideCache<T, E>(Arc<Inner<T, E>>);

struct Inner<T, E> {
    shared: Shared,
    class: TtlClass,
    ttls: Ttls,
    /// Spreads times to live.
    n_stored: AtomicU64,
    /// A std mutex: held for look-ups, never across an await.
    state: Mutex<State<T, E>>,
}

struct State<T, E> {
    near: HashMap<String, Near<T>>,
    flights: HashMap<String, Landing<T, E>>,
}

struct Near<T> {
    token: Bytes,
    value: Arc<T>,
    deadline: Instant,
}

type Outcome<T, E> = Option<Result<Arc<T>, E>>;
type Landing<T, E> = watch::Receiver<Outcome<T, E>>;

/// Takes a flight out of the list, however it ends.
struct Flight<T, E> {
    cache: OutsideCache<T, E>,
    name: String,
}

/// Whether what is there already will do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Any,
    New,
}

impl<T, E> OutsideCache<T, E>
where
    T: Cacheable,
    E: From<CutShort> + Clone + Send + Sync + 'static,
{
    /// An empty cache whose values live as long as the class says, in the shared store if there is one.
    #[must_use]
    pub fn new(shared: Shared, class: TtlClass, ttls: Ttls) -> Self {
        let state = Mutex::new(State { near: HashMap::new(), flights: HashMap::new() });
        Self(Arc::new(Inner { shared, class, ttls, n_stored: AtomicU64::new(0), state }))
    }

    /// The value of a name, if it is there.
    pub async fn find(&self, name: &str) -> Option<Arc<T>> {
        let near = self.near(name);
        let Some(far) = &self.0.shared else { return near.map(|(_, value)| value) };
        match far.head(name.to_owned(), TOKEN).await {
            Ok(Some(token)) => match near {
                Some((known, value)) if known == token => Some(value),
                _ => self.adopt(far.as_ref(), name).await,
            },
            Ok(None) => None,
            Err(_away) => near.filter(|_| self.is_young(name)).map(|(_, value)| value),
        }
    }

    /// The value of a name: what is there, or what `fetch` brings. Of all who ask at the same time one fetches, in a
    /// task of its own: whoever goes away meanwhile cuts nothing short.
    ///
    /// # Errors
    /// What `fetch` failed with; nothing is kept then.
    pub async fn get_or_fetch<F>(&self, name: &str, fetch: F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        if let Some(value) = self.find(name).await {
            return Ok(value);
        }
        landed(match self.take_off(name, Need::Any, fetch) {
            Ok(mine) => mine,
            Err((theirs, _fetch)) => theirs,
        })
        .await
    }

    /// The value of a name as `fetch` brings it now, in place of what is there. A fetch that is under way already began
    /// too early to count: it is waited for, so that it cannot come later and win.
    ///
    /// # Errors
    /// What `fetch` failed with; what was there stays then.
    pub async fn fetch_anew<F>(&self, name: &str, fetch: F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut fetch = fetch;
        loop {
            match self.take_off(name, Need::New, fetch) {
                Ok(mine) => return landed(mine).await,
                Err((mut theirs, back)) => {
                    // However it ends: what counts is that it has.
                    let _ = theirs.wait_for(Option::is_some).await;
                    fetch = back;
                }
            }
        }
    }

    /// Begins to fetch, or tells who does already.
    fn take_off<F>(&self, name: &str, need: Need, fetch: F) -> Result<Landing<T, E>, (Landing<T, E>, F)>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (landing, landed) = watch::channel(None);
        {
            let mut state = self.state();
            if let Some(theirs) = state.flights.get(name) {
                return Err((theirs.clone(), fetch));
            }
            state.flights.insert(name.to_owned(), landed.clone());
        }
        let flight = Flight { cache: self.clone(), name: name.to_owned() };
        spawn(async move {
            let Flight { cache, name } = &flight;
            // Another fetch may have landed since its value was looked for.
            let known = if need == Need::Any { cache.find(name).await } else { None };
            let outcome = match known {
                Some(value) => Ok(value),
                None => match fetch.await {
                    Ok(value) => Ok(cache.keep(name, value).await),
                    Err(error) => Err(error),
                },
            };
            drop(flight);
            // Nobody may be waiting any more.
            let _ = landing.send(Some(outcome));
        });
        Ok(landed)
    }

    async fn keep(&self, name: &str, value: T) -> Arc<T> {
        let value = Arc::new(value);
        let token = Bytes::from(random_token());
        let seed = self.0.n_stored.fetch_add(79, Ordering::Relaxed);
        let ttl = self.0.ttls.jittered(self.0.class, seed);
        if let Some(far) = &self.0.shared
            && let Some(encoded) = encode(value.as_ref())
        {
            let mut bytes = BytesMut::with_capacity(TOKEN.saturating_add(encoded.len()));
            bytes.put_slice(&token);
            bytes.put_slice(&encoded);
            let item = FarItem { key: name.to_owned(), bytes: bytes.freeze(), ttl };
            if let Err(error) = far.put(vec![item]).await {
                tracing::warn!(
                    name,
                    error = %crate::telemetry::chain(&error),
                    "a value from outside cannot be shared; other processes fetch it for themselves"
                );
            }
        }
        self.keep_near(name, Near { token, value: Arc::clone(&value), deadline: Instant::now() + ttl });
        value
    }

    async fn adopt(&self, far: &dyn FarStore, name: &str) -> Option<Arc<T>> {
        let bytes = far.get(&[name.to_owned()]).await.ok()?.into_iter().next().flatten()?;
        let (token, encoded) = bytes.split_at_checked(TOKEN)?;
        // Bytes of another build are as good as none.
        let value = Arc::new(decode::<T>(encoded)?);
        let deadline = Instant::now() + self.0.ttls.of(self.0.class) / COPY_LIVES;
        let near = Near { token: Bytes::copy_from_slice(token), value: Arc::clone(&value), deadline };
        self.keep_near(name, near);
        Some(value)
    }

    fn near(&self, name: &str) -> Option<(Bytes, Arc<T>)> {
        let has_store = self.0.shared.is_some();
        let now = Instant::now();
        let state = self.state();
        // Where there is a store, it knows when a value expires; its word is asked for next.
        let near = state.near.get(name).filter(|it| has_store || it.deadline > now)?;
        Some((near.token.clone(), Arc::clone(&near.value)))
    }

    fn is_young(&self, name: &str) -> bool {
        self.state().near.get(name).is_some_and(|it| it.deadline > Instant::now())
    }

    fn keep_near(&self, name: &str, near: Near<T>) {
        let now = Instant::now();
        let mut state = self.state();
        state.near.insert(name.to_owned(), near);
        if state.near.len() > MAX_VALUES {
            state.near.retain(|_, it| it.deadline > now);
        }
        while state.near.len() > MAX_VALUES {
            let Some(first) =
                state.near.iter().min_by_key(|(_, it)| it.deadline).map(|(name, _)| name.clone())
            else {
                return;
            };
            state.near.remove(&first);
        }
    }
}

impl<T, E> OutsideCache<T, E> {
    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn landed<T, E: From<CutShort> + Clone>(mut landing: Landing<T, E>) -> Result<Arc<T>, E> {
    let outcome = landing.wait_for(Option::is_some).await.ok().and_then(|it| it.clone());
    outcome.unwrap_or_else(|| Err(CutShort.into()))
}

impl<T, E> Drop for Flight<T, E> {
    fn drop(&mut self) {
        self.cache.state().flights.remove(&self.name);
    }
}

impl<T, E> Clone for OutsideCache<T, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, E> fmt::Debug for OutsideCache<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideCache").field("class", &self.0.class).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;
    use tokio::sync::Notify;

    use super::*;
    use crate::cache::far::FarError;

    #[derive(Clone, Debug, PartialEq)]
    enum Failure {
        Broken,
        CutShort,
    }

    impl From<CutShort> for Failure {
        fn from(_: CutShort) -> Self {
            Self::CutShort
        }
    }

    type Numbers = OutsideCache<Vec<u64>, Failure>;

    /// A store that two processes share, and that can be away.
    #[derive(Debug, Default)]
    struct Store {
        values: Mutex<HashMap<String, Bytes>>,
        is_away: std::sync::atomic::AtomicBool,
        n_gets: AtomicUsize,
    }

    impl Store {
        fn reached(&self) -> Result<MutexGuard<'_, HashMap<String, Bytes>>, FarError> {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(FarError("away".into()));
            }
            Ok(self.values.lock().unwrap())
        }
    }

    impl FarStore for Store {
        fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, FarError>> {
            self.n_gets.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                let values = self.reached()?;
                Ok(keys.iter().map(|key| values.get(key).cloned()).collect())
            })
        }

        fn head(&self, key: String, n_bytes: usize) -> BoxFuture<'_, Result<Option<Bytes>, FarError>> {
            Box::pin(async move { Ok(self.reached()?.get(&key).map(|it| it.slice(..n_bytes))) })
        }

        fn put(&self, items: Vec<FarItem>) -> BoxFuture<'_, Result<(), FarError>> {
            Box::pin(async move {
                self.reached()?.extend(items.into_iter().map(|it| (it.key, it.bytes)));
                Ok(())
            })
        }
    }

    fn alone() -> Numbers {
        OutsideCache::new(None, TtlClass::DiscordMembers, Ttls::default())
    }

    fn sharing(store: &Arc<Store>) -> Numbers {
        let store: Arc<dyn FarStore> = Arc::<Store>::clone(store);
        OutsideCache::new(Some(store), TtlClass::DiscordMembers, Ttls::default())
    }

    async fn fetch(cache: &Numbers, value: &[u64]) -> Vec<u64> {
        let value = value.to_vec();
        cache.get_or_fetch("x", async { Ok(value) }).await.unwrap().to_vec()
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_lives_for_its_time_and_an_empty_one_counts() {
        let cache = alone();
        assert!(fetch(&cache, &[]).await.is_empty());
        assert!(fetch(&cache, &[1]).await.is_empty(), "it is there");
        tokio::time::advance(Duration::from_secs(3_000)).await;
        assert!(fetch(&cache, &[1]).await.is_empty());
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(fetch(&cache, &[1]).await, [1]);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_wait_and_not_kept() {
        let cache = alone();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let one = cache.get_or_fetch("x", async move {
            opened.notified().await;
            Err(Failure::Broken)
        });
        let two = cache.get_or_fetch("x", async { panic!("the first one fetches") });
        let open = async { gate.notify_one() };
        let (one, two, ()) = tokio::join!(one, two, open);
        assert_eq!((one, two), (Err(Failure::Broken), Err(Failure::Broken)));
        assert_eq!(fetch(&cache, &[1]).await, [1]);
    }

    #[tokio::test]
    async fn whoever_goes_away_cuts_nothing_short() {
        let cache = alone();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let mut first = Box::pin(cache.get_or_fetch("x", async move {
            opened.notified().await;
            Ok(vec![7])
        }));
        assert!(first.as_mut().now_or_never().is_none());
        drop(first);
        gate.notify_one();
        assert_eq!(fetch(&cache, &[1]).await, [7]);
    }

    #[tokio::test]
    async fn a_fetch_that_panics_is_an_error_and_the_next_one_may() {
        let cache = alone();
        let fetched = cache.get_or_fetch("x", async { panic!("as planned") }).await;
        assert_eq!(fetched, Err(Failure::CutShort));
        assert_eq!(fetch(&cache, &[1]).await, [1]);
    }

    #[tokio::test]
    async fn what_is_fetched_anew_waits_for_a_fetch_under_way_and_wins() {
        let cache = alone();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let old = cache.get_or_fetch("x", async move {
            opened.notified().await;
            Ok(vec![1])
        });
        let new = cache.fetch_anew("x", async { Ok(vec![2]) });
        let open = async { gate.notify_one() };
        let (old, new, ()) = tokio::join!(old, new, open);
        assert_eq!((old.unwrap().to_vec(), new.unwrap().to_vec()), (vec![1], vec![2]));
        assert_eq!(fetch(&cache, &[3]).await, [2]);
        let failed = cache.fetch_anew("x", async { Err(Failure::Broken) }).await;
        assert_eq!(failed, Err(Failure::Broken));
        assert_eq!(fetch(&cache, &[3]).await, [2], "what was there stays");
    }

    #[tokio::test]
    async fn processes_share_values_and_a_copy_is_served_only_while_it_is_the_one_stored() {
        let store = Arc::new(Store::default());
        let (one, two) = (sharing(&store), sharing(&store));
        assert_eq!(fetch(&one, &[1]).await, [1]);
        assert_eq!((fetch(&two, &[9]).await, fetch(&two, &[9]).await), (vec![1], vec![1]));
        assert_eq!(store.n_gets.load(Ordering::Relaxed), 1, "the second time its token was enough");
        one.fetch_anew("x", async { Ok(vec![2]) }).await.unwrap();
        assert_eq!(fetch(&two, &[9]).await, [2]);
        store.values.lock().unwrap().clear();
        assert_eq!(fetch(&two, &[3]).await, [3], "the store has forgotten it");
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_store_is_away_a_young_copy_will_do() {
        let store = Arc::new(Store::default());
        let (one, two) = (sharing(&store), sharing(&store));
        assert_eq!((fetch(&one, &[1]).await, fetch(&two, &[9]).await), (vec![1], vec![1]));
        store.is_away.store(true, Ordering::Relaxed);
        tokio::time::advance(Duration::from_secs(300)).await;
        assert_eq!(fetch(&two, &[9]).await, [1]);
        tokio::time::advance(Duration::from_secs(300)).await;
        assert_eq!(fetch(&two, &[9]).await, [9]);
    }

    #[tokio::test]
    async fn there_are_no_more_values_than_there_is_room_for() {
        let cache = alone();
        for n in 0..300_u64 {
            cache.get_or_fetch(&n.to_string(), async move { Ok(vec![n]) }).await.unwrap();
        }
        assert_eq!(cache.state().near.len(), MAX_VALUES);
        assert!(cache.state().flights.is_empty());
    }
}
