//! What the engine promises whatever it stands on: when a value is stored, and when it is served.
//!
//! Log, store and time are in the test's hands.

use std::sync::Arc;
use std::time::Duration;

use inhouse::cache::reads::{observe, record, record_clock, record_viewer};
use inhouse::cache::{CacheSettings, Dep, Kind, Report, ScopedKey, Space, TtlClass, Ttls};
use tokio::time::{advance, sleep};

use super::script::{Process, ScriptedLog, fetched, key, known, thing};

#[tokio::test(start_paused = true)]
async fn what_is_stored_is_served_near_and_far_and_absence_is_a_value() {
    let it = Process::start();
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.cache.fill_from(&as_of, key(6), &[thing(6)], &fetched(None));
    let another = it.another().await;
    for process in [it, another] {
        assert_eq!(process.served(5).await, known(50));
        assert_eq!(process.served(6).await, Some(None));
        assert_eq!(process.served(7).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_served_by_nobody() {
    for wider in [thing(5), Dep::model("thing"), Dep::Everything] {
        let it = Process::start();
        let as_of = it.check().await;
        it.fill(&as_of, 5, 50);
        let another = it.another().await;
        it.log.change(&wider);
        assert_eq!((it.served(5).await, another.served(5).await), (None, None), "{wider}");
        let is_wide = wider != thing(5);
        it.fill(&as_of, 6, 60);
        assert_eq!(it.served(6).await.is_none(), is_wide, "{wider}: computed before it");
        let as_of = it.check().await;
        it.fill(&as_of, 5, 51);
        assert_eq!(it.served(5).await, known(51), "{wider}: computed after it");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_served_that_an_open_transaction_may_change() {
    let it = Process::start();
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.fill(&as_of, 6, 60);
    let another = it.another().await;
    it.log.begin(1, &thing(5));
    assert_eq!((it.served(5).await, another.served(5).await), (None, None));
    assert_eq!((it.served(6).await, another.served(6).await), (known(60), known(60)));
    assert_eq!(it.cache.state().n_open, 1);
    it.log.end(1, &thing(5));
    assert_eq!((it.served(5).await, another.served(5).await), (None, None));
    assert_eq!(it.cache.state().n_open, 0);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_saw_an_open_transaction_stores_nothing_that_it_may_change() {
    let it = Process::start();
    it.log.begin(1, &thing(5));
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.fill(&as_of, 6, 60);
    assert_eq!(it.cache.counts().n_fills_refused, 1);
    it.log.end(1, &thing(5));
    // Not even once the transaction is over: it may have read what was true before.
    it.fill(&as_of, 5, 50);
    assert_eq!((it.served(5).await, it.served(6).await), (None, known(60)));
    it.cache.settled().await;
    assert_eq!((it.cache.counts().n_fills_refused, it.far.n_stored()), (2, 1));
    let as_of = it.check().await;
    it.fill(&as_of, 5, 51);
    assert_eq!(it.served(5).await, known(51));
}

#[tokio::test(start_paused = true)]
async fn a_wide_transaction_keeps_narrow_values_from_being_stored() {
    let it = Process::start();
    it.log.begin(1, &Dep::model("thing"));
    it.log.begin(2, &thing(5));
    it.log.end(1, &Dep::model("thing"));
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.fill(&as_of, 6, 60);
    assert_eq!((it.served(5).await, it.served(6).await), (None, known(60)), "the other one is still open");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_began_before_a_transaction_is_overtaken_by_it() {
    let it = Process::start();
    let as_of = it.check().await;
    it.log.begin(1, &thing(5));
    it.check().await;
    it.fill(&as_of, 5, 50);
    assert_eq!(it.cache.counts().n_fills_refused, 0, "none was open at its check");
    assert_eq!(it.served(5).await, None, "one is open");
    it.log.end(1, &thing(5));
    assert_eq!(it.served(5).await, None, "it was computed before");
}

#[tokio::test(start_paused = true)]
async fn a_new_epoch_puts_everything_out_of_reach() {
    let it = Process::start();
    let old = it.check().await;
    it.fill(&old, 5, 50);
    let another = it.another().await;
    it.far.take_asked();
    it.log.start_over("b");
    for process in [&it, &another] {
        assert_eq!(process.served(5).await, None);
        assert_eq!(process.cache.counts().n_epochs, 1);
        assert_eq!(process.cache.state().n_near_entries, 0);
    }
    let asked = it.far.take_asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|it| it.starts_with("b:")), "{asked:?}");
    // Who is late stores into the old one.
    it.fill(&old, 5, 50);
    it.cache.settled().await;
    assert_eq!(it.served(5).await, None);
    assert!(it.cache.near::<i64>(&old, &key(5)).is_none(), "nor does it rely on it any more");
    let as_of = it.check().await;
    it.fill(&as_of, 5, 51);
    assert_eq!(it.served(5).await, known(51));
}

#[tokio::test(start_paused = true)]
async fn an_epoch_that_comes_back_finds_nothing_near() {
    let it = Process::start();
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.log.start_over("b");
    it.check().await;
    it.log.start_over("");
    let as_of = it.check().await;
    assert!(it.cache.near::<i64>(&as_of, &key(5)).is_none());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_cannot_be_read_are_a_miss() {
    let it = Process::start();
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    let another = it.another().await;
    it.far.garble();
    assert_eq!((another.served(5).await, it.served(5).await), (None, known(50)));
}

fn short_lived() -> CacheSettings {
    let ttl = Ttls { default: Duration::from_secs(100), live: Duration::from_secs(10), ..Ttls::default() };
    CacheSettings { ttl, ..CacheSettings::default() }
}

#[tokio::test(start_paused = true)]
async fn an_entry_lives_as_long_as_its_class_says_give_or_take_a_tenth() {
    let it = Process::over(ScriptedLog::new(), short_lived());
    let as_of = it.check().await;
    for pk in 0..50 {
        it.fill(&as_of, pk, pk);
    }
    let mut live = fetched(Some(1));
    live.ttl = TtlClass::Live;
    it.cache.fill_from(&as_of, key(100), &[thing(100)], &live);
    let near = |pk: i64| it.cache.near::<i64>(&as_of, &key(pk)).is_some();
    advance(Duration::from_millis(8_900)).await;
    assert!(near(100));
    advance(Duration::from_millis(2_200)).await;
    assert!(!near(100));
    advance(Duration::from_secs(78)).await;
    assert!((0..50).all(near), "89 seconds");
    advance(Duration::from_secs(11)).await;
    let n_left = (0..50).filter(|pk| near(*pk)).count();
    assert!((1..50).contains(&n_left), "{n_left} are left of 50: they do not expire together");
    advance(Duration::from_secs(11)).await;
    assert!(!(0..50).any(near), "111 seconds");
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_far_entry_is_asked_for_again_well_before_the_entry_expires() {
    let it = Process::over(ScriptedLog::new(), short_lived());
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    let another = it.another().await;
    let mut asked = Vec::new();
    for seconds in [0, 8, 4] {
        advance(Duration::from_secs(seconds)).await;
        assert_eq!(another.served(5).await, known(50));
        asked.push(it.far.take_asked().len());
    }
    assert_eq!(asked, [1, 0, 1], "at once, after 8 and after 12 of about 100 seconds");
}

#[tokio::test(start_paused = true)]
async fn hardly_any_room_is_never_exceeded_and_nothing_is_wrong() {
    let settings = CacheSettings { near_bytes: 1_000, ..CacheSettings::default() };
    let it = Process::over(ScriptedLog::new(), settings);
    for n in 0..100 {
        let as_of = it.check().await;
        it.fill(&as_of, n, n);
        it.log.change(&thing(n - 1));
        assert!(it.cache.state().n_near_bytes <= 1_000);
        assert_eq!(it.served(n - 1).await, None);
    }
    it.cache.settled().await;
    assert_eq!(it.served(99).await, known(99));
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_off_asks_nobody() {
    let settings = CacheSettings { is_disabled: true, ..CacheSettings::default() };
    let it = Process::over(ScriptedLog::new(), settings);
    assert!(it.cache.check().await.is_none());
    assert!(it.cache.check_relaxed(Duration::from_secs(3_600)).await.is_none());
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(it.log.take_journal(), [""; 0]);
    // Who has changed something says so all the same.
    it.cache.invalidate(vec![thing(5)]).await.unwrap();
    assert_eq!(it.log.take_journal(), ["append"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_invalidated_by_hand_is_gone_at_once() {
    let it = Process::start();
    let as_of = it.check().await;
    it.fill(&as_of, 5, 50);
    it.cache.invalidate(vec![thing(5)]).await.unwrap();
    assert_eq!(it.served(5).await, None);
}

/// A field of thing 5, computed for a caller.
async fn field(
    process: &Process,
    caller: &str,
    compute: impl AsyncFnOnce() -> Result<String, String>,
) -> Result<Arc<String>, String> {
    let as_of = process.check().await;
    let key = ScopedKey::new(Kind::Field, "field", &[b"5"], caller);
    process.cache.cached(Some(&as_of), (&key, TtlClass::Default), &[thing(5)], compute()).await
}

async fn nothing() -> Result<String, String> {
    panic!("it is cached")
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_computed_for_one_caller_is_never_served_to_another() {
    let it = Process::start();
    let own = async |caller: &'static str| {
        let compute = async || {
            record_viewer();
            Ok(format!("for {caller}"))
        };
        field(&it, caller, compute).await.unwrap()
    };
    for caller in ["ann", "bob", "nobody"] {
        assert_eq!(*own(caller).await, format!("for {caller}"));
    }
    let another = it.another().await;
    for process in [&it, &another] {
        for caller in ["ann", "bob", "nobody"] {
            assert_eq!(*field(process, caller, nothing).await.unwrap(), format!("for {caller}"));
        }
        assert!(field(process, "cid", async || Err("missed".to_owned())).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_nobody_was_asked_for_is_everybodys() {
    let it = Process::start();
    field(&it, "ann", async || Ok("public".to_owned())).await.unwrap();
    assert_eq!(*field(&it, "bob", nothing).await.unwrap(), "public");
    assert_eq!(*field(&it.another().await, "cid", nothing).await.unwrap(), "public");
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_a_callers_value_is_the_callers_too() {
    let it = Process::start();
    let inner = async || {
        record_viewer();
        record(&thing(6));
        Ok("inner".to_owned())
    };
    field(&it, "ann", inner).await.unwrap();
    for process in [&it, &it.another().await] {
        let taken = async { field(process, "ann", nothing).await.unwrap() };
        let (_, reads) = observe(Arc::new(Report::default()), taken).await;
        assert!(reads.has_read_viewer());
        // And depends on what it was made from.
        let as_of = process.check().await;
        process.cache.fill(&as_of, key(7), &reads, &fetched(Some(70)));
    }
    it.log.change(&thing(6));
    assert_eq!(it.served(7).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_depends_on_the_time_and_what_failed_is_not_stored() {
    let it = Process::start();
    let now = async || {
        record_clock();
        Ok("now".to_owned())
    };
    field(&it, "ann", now).await.unwrap();
    assert_eq!(field(&it, "ann", async || Err("broken".to_owned())).await, Err("broken".to_owned()));
    assert_eq!(*field(&it, "ann", async || Ok("good".to_owned())).await.unwrap(), "good");
    assert_eq!(*field(&it, "ann", nothing).await.unwrap(), "good");
}

#[tokio::test(start_paused = true)]
async fn without_a_check_a_field_is_computed_each_time() {
    let it = Process::start();
    let key = ScopedKey::new(Kind::Field, "field", &[b"5"], "ann");
    for n in 0..2 {
        let compute = async { Ok::<_, ()>(n) };
        let value = it.cache.cached(None, (&key, TtlClass::Default), &[thing(5)], compute).await;
        assert_eq!(*value.unwrap(), n);
    }
    it.cache.settled().await;
    assert_eq!(it.far.n_stored(), 0);
}

#[test]
fn lists_of_one_parent_and_its_row_are_told_apart() {
    let dep = |kind| Space { kind, name: "thing" }.dep(5);
    assert_eq!(dep(Kind::Row), Dep::object("thing", 5));
    assert_eq!(dep(Kind::Ids), Dep::related("thing", 5));
    assert_ne!(
        Space { kind: Kind::Ids, name: "thing" }.key(5),
        Space { kind: Kind::Row, name: "thing" }.key(5)
    );
}
