//! What the metrics page tells beside what is counted where it happens: where the cache and the jobs stand.
//!
//! Looks when somebody looks at the page; names of metrics are the counters of `docs/CACHE.md`.

use std::time::Duration;

use crate::cache::{Cache, Lookups};
use crate::db::Db;
use crate::jobs;
use crate::telemetry::chain;
use crate::telemetry::metrics::{counted, stands};

/// A database that takes longer leaves the jobs as they were last seen.
const PATIENCE: Duration = Duration::from_secs(1);

/// Brings the metrics up to date.
pub(super) async fn observe(cache: &Cache, db: &Db) {
    of_cache(cache);
    match tokio::time::timeout(PATIENCE, jobs::observe(db)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %chain(&error), "the metrics page cannot tell of jobs"),
        Err(_elapsed) => tracing::warn!("the metrics page cannot tell of jobs in time"),
    }
}

fn of_cache(cache: &Cache) {
    let counts = cache.counts();
    for ((kind, name), Lookups { n_near, n_far, n_miss }) in counts.lookups {
        for (layer, n) in [("near", n_near), ("far", n_far), ("miss", n_miss)] {
            let labels = [("kind", kind.as_str()), ("name", name), ("layer", layer)];
            counted(
                "inhouse_cache_lookups_total",
                &labels.map(|(label, value)| (label, value.to_owned())),
                n,
            );
        }
    }
    for (name, n) in [
        ("inhouse_cache_fills_refused_total", counts.n_fills_refused),
        ("inhouse_cache_far_drops_total", counts.n_far_drops),
        ("inhouse_cache_checks_total", counts.n_checks),
        ("inhouse_cache_checks_served_total", counts.n_checks_served),
        ("inhouse_cache_records_total", counts.n_records),
        ("inhouse_cache_epochs_total", counts.n_epochs),
        ("inhouse_cache_audits_total", counts.n_audits),
        ("inhouse_cache_audit_failures_total", counts.n_audit_failures),
        (
            "inhouse_cache_bypassed_milliseconds_total",
            u64::try_from(counts.bypassed.as_millis()).unwrap_or(u64::MAX),
        ),
    ] {
        counted(name, &[], n);
    }
    let state = cache.state();
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    for (name, value) in [
        ("inhouse_cache_open_transactions", number(state.n_open)),
        ("inhouse_cache_near_entries", number(usize::try_from(state.n_near_entries).unwrap_or(usize::MAX))),
        ("inhouse_cache_near_bytes", number(usize::try_from(state.n_near_bytes).unwrap_or(usize::MAX))),
        ("inhouse_cache_outbox_rows", number(state.n_outbox)),
        ("inhouse_cache_outbox_age_seconds", state.outbox_age.as_secs_f64()),
        ("inhouse_cache_log_lost", if state.is_lost { 1.0 } else { 0.0 }),
    ] {
        stands(name, value);
    }
    if let Some(age) = state.heard_ago {
        stands("inhouse_cache_heard_ago_seconds", age.as_secs_f64());
    }
}
