//! `inhouse cache inspect`: when an object last changed, and what is cached of it for all servers.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::{backend, looking, open, place, tell};
use crate::app::{Backend, Store};
use crate::cache::{AsOf, Cache, Dep, Inspection, Kind, Space, Stale};
use crate::config::Settings;
use crate::db::Entity;
use crate::db::models::{ModelVisitor, check_model, visit_model};

/// What is known of an object.
#[derive(Debug, Serialize)]
struct Object {
    backend: String,
    object: String,
    /// Position of the last change the log remembers.
    last_change: Option<String>,
    /// How far the log was read.
    position: String,
    /// Why there can be no entry.
    note: Option<&'static str>,
    entry: Option<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    as_of: String,
    is_valid: bool,
    /// Why it is not served.
    why_not: Option<String>,
    n_deps: usize,
    n_bytes: usize,
    left_ms: Option<u128>,
    /// The entry says that there is no such object.
    is_absent: bool,
    row: Option<Value>,
}

/// Looks at the entry of one row, whichever model it is of.
struct Look<'a> {
    cache: &'a Cache,
    as_of: &'a AsOf,
    pk: i64,
    backend: Backend,
}

impl<'a> ModelVisitor for Look<'a> {
    type Output = BoxFuture<'a, anyhow::Result<Option<Entry>>>;

    fn visit<E: Entity>(self) -> Self::Output {
        Box::pin(async move {
            let key = Space { kind: Kind::Row, name: E::MODEL }.key(self.pk);
            let found = self.cache.inspect::<E>(self.as_of, &key).await;
            let found = found.context("the shared cache cannot be read: is Redis running?")?;
            found.map(|it| entry(&it, self.backend)).transpose()
        })
    }
}

pub(super) async fn run(settings: &Settings, (model, pk): (&str, i64), json: bool) -> anyhow::Result<()> {
    check_model(model)?;
    let store = open(settings).await?;
    if store.backend() == Backend::PostgresAlone {
        bail!(
            "without Redis all of the cache is in the memory of the server: ask it with the header `x-cache-report: 1`"
        );
    }
    tell(&look(&store, settings, model, pk).await?, json, told)
}

async fn look(store: &Store, settings: &Settings, model: &str, pk: i64) -> anyhow::Result<Object> {
    let cache = store.cache(&looking(settings));
    let as_of = cache.check().await.context("the change log cannot be read: see `inhouse cache check`")?;
    let looked = visit_model(model, Look { cache: &cache, as_of: &as_of, pk, backend: store.backend() });
    let entry = match looked {
        Some(entry) => entry.await?,
        None => None,
    };
    let dep = Dep::Object(model.to_owned().into(), pk);
    let note = match (store.backend(), settings.cache.is_disabled) {
        (Backend::Embedded, _) => {
            Some("there is no shared cache to look into: each process on a file caches for itself")
        }
        (_, true) => Some("DISABLE_CACHE is set here; servers have settings of their own"),
        (_, false) => None,
    };
    Ok(Object {
        backend: backend(store, settings),
        object: format!("{model} {pk}"),
        last_change: cache.last_change(&dep).map(|at| place(at, store.backend())),
        position: place(as_of.position(), store.backend()),
        note,
        entry,
    })
}

fn entry<E: Entity>(found: &Inspection<E>, backend: Backend) -> anyhow::Result<Entry> {
    let row = match &found.value {
        Some(Some(row)) => Some(serde_json::to_value(row.as_ref()).context("the row cannot be shown")?),
        _ => None,
    };
    let why_not = match &found.verdict {
        _ if found.value.is_none() => Some("its bytes are of another version".to_owned()),
        Ok(()) => None,
        Err(Stale::Changed(dep)) => Some(format!("`{dep}` changed after it was computed")),
        Err(Stale::Open(dep)) => Some(format!("a transaction that may change `{dep}` has not ended")),
        Err(Stale::Unknown) => Some("it is older than what the log remembers".to_owned()),
    };
    Ok(Entry {
        as_of: place(found.as_of, backend),
        is_valid: why_not.is_none(),
        why_not,
        n_deps: found.n_deps,
        n_bytes: found.n_bytes,
        left_ms: found.left.map(|left| left.as_millis()),
        is_absent: matches!(found.value, Some(None)),
        row,
    })
}

fn told(object: &Object) -> String {
    let change = object.last_change.clone();
    let change = change.unwrap_or_else(|| "not that the log remembers".to_owned());
    let mut lines = vec![
        ("object", object.object.clone()),
        ("backend", object.backend.clone()),
        ("log read to", object.position.clone()),
        ("last changed", change),
    ];
    match (&object.entry, object.note) {
        (Some(entry), _) => {
            let left = entry.left_ms.map(|ms| format!(", {ms} ms left")).unwrap_or_default();
            let (deps, bytes) = (entry.n_deps, entry.n_bytes);
            lines.push(("entry", format!("as of {}, {deps} deps, {bytes} bytes{left}", entry.as_of)));
            let valid = entry.why_not.as_ref().map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"));
            lines.push(("valid", valid));
            let row = entry.row.as_ref().map(Value::to_string);
            let absent = entry.is_absent.then(|| "there is no such object".to_owned());
            lines.extend(row.or(absent).map(|row| ("says", row)));
        }
        (None, None) => lines.push(("entry", "none".to_owned())),
        (None, Some(_)) => {}
    }
    lines.extend(object.note.map(|note| ("note", note.to_owned())));
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name:<13} {value}");
    }
    text
}
