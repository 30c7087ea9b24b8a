//! `extensions.cache`: what the cache did for one operation, for people who look into it.
//!
//! Tells names, counts and what changed; never a value.

use std::collections::BTreeMap;

use serde::Serialize;

use super::request::CacheStatus;
use crate::cache::{AsOf, Lookups, Report};

/// The report of one operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    /// Where the answer came from: HIT, MISS or BYPASS.
    status: &'static str,
    /// The layer that had the whole answer, if one had.
    response: Option<&'static str>,
    /// How far the change log was known when the operation began.
    position: Option<String>,
    /// Values served by the near cache, the far cache, and neither.
    lookups: Counted,
    /// The same by kind and name.
    by_name: BTreeMap<String, Counted>,
    /// Queries of the database.
    queries: u64,
    /// What was there and could not be served, and which change was why.
    stale: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Counted {
    near: u64,
    far: u64,
    miss: u64,
}

impl From<Lookups> for Counted {
    fn from(it: Lookups) -> Self {
        Self { near: it.n_near, far: it.n_far, miss: it.n_miss }
    }
}

impl Summary {
    pub(super) fn new(status: CacheStatus, report: &Report, as_of: Option<&AsOf>) -> Self {
        let by_name = report.lookups().into_iter();
        Self {
            status: match status {
                CacheStatus::Near | CacheStatus::Far => "HIT",
                CacheStatus::Stored | CacheStatus::Miss => "MISS",
                CacheStatus::Bypass => "BYPASS",
            },
            response: match status {
                CacheStatus::Near => Some("near"),
                CacheStatus::Far => Some("far"),
                CacheStatus::Stored | CacheStatus::Miss | CacheStatus::Bypass => None,
            },
            position: as_of.map(|it| it.position().to_string()),
            lookups: report.total().into(),
            by_name: by_name
                .map(|((kind, name), it)| (format!("{} {name}", kind.as_str()), it.into()))
                .collect(),
            queries: report.n_queries(),
            stale: report.reasons(),
        }
    }
}
