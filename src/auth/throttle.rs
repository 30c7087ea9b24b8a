//! How often one address may try: logins, and credentials that turn out to be wrong.
//!
//! Kept in the memory of this process, so that several servers allow as often each; and by the address of the
//! connection, so that behind a proxy all who come through it share one allowance: set `tries_per_minute` higher there,
//! or to 0 and let the proxy limit. It is no protection of secrets, which cannot be guessed: it bounds what somebody who
//! tries costs the database.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::Credentials;

/// Most addresses that are remembered, and most credentials.
const MAX_REMEMBERED: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// Try again after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Whole seconds, at least one.
    pub seconds: u64,
}

/// An allowance of tries for each address: as many at once as in a minute, and they come back one by one.
#[derive(Debug)]
pub struct Throttle {
    per_minute: u64,
    /// When the allowance of an address is whole again: the further away, the less of it is left. An address that is
    /// not here has all of it.
    whole_at: Mutex<HashMap<IpAddr, Instant>>,
}

impl Throttle {
    /// So many tries in a minute; 0 for as many as one likes.
    #[must_use]
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, whole_at: Mutex::default() }
    }

    /// Whether `address` has a try left, which is not used up by asking.
    ///
    /// # Errors
    /// It has none; after how long it has.
    pub fn check(&self, address: IpAddr, now: Instant) -> Result<(), Wait> {
        let known = self.lock();
        self.look(known.get(&network(address)).copied(), now).map(drop)
    }

    /// Uses up a try of `address`.
    ///
    /// # Errors
    /// It has none left; after how long it has.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Wait> {
        let mut known = self.lock();
        let network = network(address);
        let Some(whole_at) = self.look(known.get(&network).copied(), now)? else { return Ok(()) };
        if known.len() >= MAX_REMEMBERED {
            known.retain(|_, whole_at| *whole_at > now);
            if known.len() >= MAX_REMEMBERED {
                // So many addresses at once are one attacker: memory is bounded first.
                known.clear();
            }
        }
        known.insert(network, whole_at);
        Ok(())
    }

    /// When the allowance would be whole again after one more try; `None` where nothing is counted.
    fn look(&self, whole_at: Option<Instant>, now: Instant) -> Result<Option<Instant>, Wait> {
        let Ok(per_minute) = u32::try_from(self.per_minute) else { return Ok(None) };
        let Some(each) = MINUTE.checked_div(per_minute) else { return Ok(None) };
        let missing = whole_at.unwrap_or(now).saturating_duration_since(now).saturating_add(each);
        match missing.checked_sub(MINUTE).filter(|it| !it.is_zero()) {
            Some(over) => {
                let rounded_up = u64::from(over.subsec_nanos() > 0);
                Err(Wait { seconds: over.as_secs().saturating_add(rounded_up) })
            }
            None => Ok(now.checked_add(missing)),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Instant>> {
        // Whoever panicked in here left a map that is whole.
        self.whole_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries with credentials: an address that has used up its tries is served only by what it, or anybody, has proved
/// before, so that nobody is locked out by their neighbours.
#[derive(Debug)]
pub struct Tries {
    throttle: Throttle,
    /// Digests of credentials that were good lately.
    proved: Mutex<HashSet<[u8; 32]>>,
}

impl Tries {
    /// So many wrong credentials in a minute; 0 for as many as one likes.
    #[must_use]
    pub fn new(per_minute: u64) -> Self {
        Self { throttle: Throttle::new(per_minute), proved: Mutex::default() }
    }

    /// Whether these credentials may be looked up for `address`.
    ///
    /// # Errors
    /// Not now; after how long.
    pub fn check(&self, address: IpAddr, credentials: &Credentials, now: Instant) -> Result<(), Wait> {
        let Some(secret) = credentials.secret() else { return Ok(()) };
        self.throttle.check(address, now).or_else(|wait| {
            let is_proved = self.lock().contains(&digest(secret.expose()));
            if is_proved { Ok(()) } else { Err(wait) }
        })
    }

    /// The credentials were good.
    pub fn succeeded(&self, credentials: &Credentials) {
        let Some(secret) = credentials.secret() else { return };
        let digest = digest(secret.expose());
        let mut proved = self.lock();
        if proved.len() >= MAX_REMEMBERED && !proved.contains(&digest) {
            proved.clear();
        }
        proved.insert(digest);
    }

    /// The credentials were not: that costs `address` a try.
    pub fn failed(&self, address: IpAddr, credentials: &Credentials, now: Instant) {
        if let Some(secret) = credentials.secret() {
            self.lock().remove(&digest(secret.expose()));
        }
        // Whoever has none left was refused before.
        let _ = self.throttle.take(address, now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; 32]>> {
        self.proved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// What counts as one address: whoever has one of IPv6 has the 2^64 of its network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(it) => it.into(),
        IpAddr::V6(it) => {
            let [a, b, c, d, ..] = it.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Where a request comes from if nobody can tell, as in a test without a socket.
pub(crate) const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Secret;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn token(text: &str) -> Credentials {
        Credentials::Bearer(Secret::new(text))
    }

    #[test]
    fn tries_run_out_and_come_back_one_by_one() {
        let (throttle, ann, start) = (Throttle::new(3), address("10.0.0.1"), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.take(ann, start), Ok(()));
        }
        assert_eq!(throttle.take(ann, start), Err(Wait { seconds: 20 }));
        assert_eq!(throttle.take(address("10.0.0.2"), start), Ok(()), "another address");
        let later = start + Duration::from_secs(20);
        assert_eq!(throttle.check(ann, later), Ok(()), "asking costs nothing");
        assert_eq!(throttle.take(ann, later), Ok(()));
        assert!(throttle.take(ann, later).is_err());
        assert_eq!(throttle.take(ann, start + Duration::from_secs(3_600)), Ok(()));
    }

    #[test]
    fn zero_allows_everything() {
        let (throttle, start) = (Throttle::new(0), Instant::now());
        assert!((0..1_000).all(|_| throttle.take(NOWHERE, start).is_ok()));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_ipv4_as_itself_in_either_form() {
        let (throttle, start) = (Throttle::new(1), Instant::now());
        assert_eq!(throttle.take(address("2001:db8::1"), start), Ok(()));
        assert!(throttle.take(address("2001:db8::2"), start).is_err());
        assert_eq!(throttle.take(address("2001:db8:0:1::1"), start), Ok(()));
        assert_eq!(throttle.take(address("10.0.0.1"), start), Ok(()));
        assert!(throttle.take(address("::ffff:10.0.0.1"), start).is_err());
    }

    #[test]
    fn no_more_addresses_are_remembered_than_there_is_room_for() {
        let (throttle, start) = (Throttle::new(1), Instant::now());
        for i in 0..25_000_u32 {
            let _ = throttle.take(IpAddr::V4(Ipv4Addr::from_bits(i)), start);
        }
        assert!(throttle.lock().len() <= MAX_REMEMBERED);
    }

    #[test]
    fn whoever_ran_out_of_tries_is_known_by_what_was_good_before_and_by_nothing_else() {
        let (tries, ann, start) = (Tries::new(1), address("10.0.0.1"), Instant::now());
        tries.succeeded(&token("good"));
        tries.failed(ann, &token("bad"), start);
        assert!(tries.check(ann, &token("other"), start).is_err());
        assert_eq!(tries.check(ann, &token("good"), start), Ok(()));
        assert_eq!(tries.check(ann, &Credentials::Missing, start), Ok(()));
        tries.failed(ann, &token("good"), start);
        assert!(tries.check(ann, &token("good"), start).is_err(), "it is not good any more");
    }
}
