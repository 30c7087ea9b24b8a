//! From receipts to figures.

use std::collections::{BTreeMap, BTreeSet};

use inhouse::types::Instant;
use serde_json::{Value, json};

use crate::subscriber::Receipt;

/// What all receipts say, of which there should be `n_wanted`.
pub(crate) fn of(receipts: &[Receipt], n_wanted: usize) -> BTreeMap<&'static str, Value> {
    let latencies = sorted(receipts.iter().map(|it| micros(it.happened_at, it.received_at)));
    let encoded_after = sorted(receipts.iter().map(|it| micros(it.happened_at, it.encoded_at)));
    // An event whose text was made twice was told with two times.
    let mut texts: BTreeMap<i32, BTreeSet<Instant>> = BTreeMap::new();
    for receipt in receipts {
        texts.entry(receipt.seq).or_default().insert(receipt.encoded_at);
    }
    let began = receipts.iter().map(|it| it.happened_at).min();
    let ended = receipts.iter().map(|it| it.received_at).max();
    let took_us = began.zip(ended).map_or(0, |(began, ended)| micros(began, ended));
    let n_messages = i64::try_from(receipts.len()).unwrap_or(i64::MAX);
    let n_bytes: usize = receipts.iter().map(|it| it.n_bytes).sum();
    BTreeMap::from([
        ("n_messages", json!(n_messages)),
        ("n_missing", json!(n_wanted.saturating_sub(receipts.len()))),
        ("n_texts_of_an_event", json!(texts.values().map(BTreeSet::len).max().unwrap_or_default())),
        ("encoded_after_p50_us", json!(percentile(&encoded_after, 50))),
        ("encoded_after_p99_us", json!(percentile(&encoded_after, 99))),
        ("p50_us", json!(percentile(&latencies, 50))),
        ("p99_us", json!(percentile(&latencies, 99))),
        ("max_us", json!(latencies.last())),
        ("took_us", json!(took_us)),
        ("messages_per_second", json!(n_messages.saturating_mul(1_000_000).checked_div(took_us))),
        ("message_bytes", json!(n_bytes.checked_div(receipts.len()))),
    ])
}

fn micros(from: Instant, to: Instant) -> i64 {
    to.timestamp().as_microsecond().saturating_sub(from.timestamp().as_microsecond())
}

fn sorted(micros: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut micros: Vec<i64> = micros.collect();
    micros.sort_unstable();
    micros
}

/// The smallest that so many in a hundred do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}
