//! How long entries live and how much room they get.
//!
//! Hygiene, not correctness: an entry is recognised as stale however long it might have lived.

use std::time::Duration;

/// How long the members of a guild are remembered unless a setting says otherwise (DOMAIN §7.3). Never shortened to get
/// at members who joined lately: the list can be filled anew.
pub const DISCORD_MEMBER_CACHE_TTL: Duration = Duration::from_secs(3_600);

/// Settings of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Read the database only, and store nothing.
    pub is_disabled: bool,
    /// Store encoded answers, too.
    pub responses: bool,
    /// Room of the near cache, in bytes.
    pub near_bytes: u64,
    /// Name under which several programs share one Redis.
    pub namespace: String,
    /// Records the Redis stream keeps, about.
    pub log_records: usize,
    /// How long entries live.
    pub ttl: Ttls,
    /// Names of root fields that may be answered by what this process last heard, if that is less than a second old.
    pub relaxed_fields: Vec<String>,
    /// One in so many served rows is read again from the database and compared; 0 for none.
    pub audit_one_in: u64,
    /// Tell in every answer what the cache did, not only where it is asked for.
    pub always_report: bool,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            is_disabled: false,
            responses: true,
            near_bytes: 64 << 20,
            namespace: "inhouse".to_owned(),
            log_records: 10_000,
            ttl: Ttls::default(),
            relaxed_fields: Vec::new(),
            audit_one_in: 0,
            always_report: false,
        }
    }
}

/// How long an entry of each class lives, ±10 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttls {
    /// Rows, lists and answers, if nothing else is said.
    pub default: Duration,
    /// What is going on right now.
    pub live: Duration,
    /// Forecasts that are costly to compute.
    pub predictions: Duration,
    /// The members of a guild, as an outside API told them.
    pub discord_members: Duration,
    /// Any other answer of an outside API.
    pub outside_api: Duration,
}

impl Default for Ttls {
    fn default() -> Self {
        Self {
            default: Duration::from_secs(3_600),
            live: Duration::from_secs(600),
            predictions: Duration::from_secs(900),
            discord_members: DISCORD_MEMBER_CACHE_TTL,
            outside_api: Duration::from_secs(30),
        }
    }
}

/// Which of the [`Ttls`] goes for an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TtlClass {
    /// Most things.
    #[default]
    Default,
    /// What is going on right now.
    Live,
    /// Forecasts that are costly to compute.
    Predictions,
    /// The members of a guild.
    DiscordMembers,
    /// Any other answer of an outside API.
    OutsideApi,
}

impl Ttls {
    /// The time of a class.
    #[must_use]
    pub fn of(&self, class: TtlClass) -> Duration {
        match class {
            TtlClass::Default => self.default,
            TtlClass::Live => self.live,
            TtlClass::Predictions => self.predictions,
            TtlClass::DiscordMembers => self.discord_members,
            TtlClass::OutsideApi => self.outside_api,
        }
    }

    /// No entry lives longer than this.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let all = [self.default, self.live, self.predictions, self.discord_members, self.outside_api];
        let longest = all.into_iter().max().unwrap_or_default();
        longest.saturating_add(longest / 10)
    }

    /// The time of a class, spread by `seed` over ±10 %, so that what was stored together does not expire together.
    pub(super) fn jittered(&self, class: TtlClass, seed: u64) -> Duration {
        let ttl = self.of(class);
        let per_mille = 900_u64.saturating_add(seed % 201);
        ttl.saturating_mul(u32::try_from(per_mille).unwrap_or(1_000)) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_spread_by_a_tenth_at_most() {
        let ttls = Ttls::default();
        let spread = |seed| ttls.jittered(TtlClass::Live, seed);
        assert_eq!((spread(0), spread(100), spread(200)), (secs(540), secs(600), secs(660)));
        assert!((0..1_000).all(|seed| spread(seed) <= ttls.longest()));
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }
}
