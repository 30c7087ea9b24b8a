//! The auditor: reads a sample of what was served from the cache again, from the database, and counts what was wrong.
//!
//! Off unless a setting says otherwise. Proves nothing and mends nothing; it is there to be embarrassed by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::scope::Scope;
use super::source::Scoped;
use crate::cache::Known;
use crate::telemetry::spawn;

static SERVED: AtomicU64 = AtomicU64::new(0);

/// Audits one in so many served values.
pub(super) fn perhaps<S: Scoped + 'static>(scope: &Scope, pk: i64, served: Option<&Arc<S::Value>>) {
    let one_in = scope.cache.settings().audit_one_in;
    if one_in == 0 || !SERVED.fetch_add(1, Ordering::Relaxed).is_multiple_of(one_in) {
        return;
    }
    let (scope, served) = (scope.clone(), served.cloned());
    spawn(async move { audit::<S>(&scope, pk, served).await });
}

async fn audit<S: Scoped>(scope: &Scope, pk: i64, served: Known<S::Value>) {
    let Some(as_of) = &scope.as_of else { return };
    let Ok(mut fetched) = S::of(scope.clone()).fetch(&[pk]).await else { return };
    let stored = fetched.remove(&pk).and_then(|it| it.value);
    let is_same = text(&stored) == text(&served);
    // It may have changed since it was served. If the log says it has not, the cache was wrong.
    let dep = S::SPACE.dep(pk);
    let has_changed = match scope.cache.check().await {
        Some(_) => scope.cache.last_change(&dep).is_some_and(|at| at > as_of.position()),
        None => true,
    };
    if is_same || !has_changed {
        scope.cache.count_audit(is_same);
    }
    if !is_same && !has_changed {
        tracing::error!(%dep, "a value was served that is not what the database holds");
    }
}

/// Values are compared as they would be stored.
fn text<T: serde::Serialize>(value: &Known<T>) -> Option<String> {
    serde_json::to_string(&value.as_deref()).ok()
}
