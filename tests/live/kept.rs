//! A client that keeps objects by their ids and takes each item's ends where a fresh snapshot would: for random drafts,
//! with hand edits and starts over in between, and for one that was away for a while.

use std::collections::BTreeMap;

use inhouse::types::Viewer;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::watcher::{Watcher, place};
use crate::commands::arena::Arena;
use crate::commands::draft_walk::{N_PLAYERS, N_TEAMS, step, take};

const ROUND: &str = "fragment Round on DraftRound { __typename id pickNumber pickPhase captain { id } team { id } choice { id }
    pickedAt wasTie tieResolution { winner { id } } }";

/// Of each event: the draft without its rounds, and those that changed.
const FEED: &str = "subscription($id: ID!, $after: Int) { draftFeed(draftId: $id, after: $after) { __typename
    ... on DraftSnapshot { seq draft { ...Draft rounds { ...Round } } }
    ... on DraftEventItem { seq draft { ...Draft rounds { id } } rounds { ...Round } }
    ... on DraftHeartbeat { seq } } }
    fragment Draft on Draft { id version status style epoch currentRound { id } availableIds
        teams { team { id name captain { id } members { id } } totalMmr size isFull pickPosition } }";

/// Objects by id, as a normalising client keeps them.
#[derive(Default)]
struct Kept(BTreeMap<String, Map<String, Value>>);

impl Kept {
    /// Takes an answer apart; what is left of it.
    fn take(&mut self, value: Value) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|it| self.take(it)).collect(),
            Value::Object(fields) => {
                let fields: Map<_, _> = fields.into_iter().map(|(name, it)| (name, self.take(it))).collect();
                let Some(id) = fields.get("id").and_then(Value::as_str).map(str::to_owned) else {
                    return Value::Object(fields);
                };
                self.0.entry(id.clone()).or_default().extend(fields);
                json!({ "$": id })
            }
            plain => plain,
        }
    }

    /// Puts an answer together again, as it was selected in `like`.
    fn show(&self, kept: &Value, like: &Value) -> Value {
        match (kept, like) {
            (Value::Array(items), Value::Array(likes)) => {
                let like = |at: usize| likes.get(at).or(likes.first()).unwrap_or(&Value::Null);
                items.iter().enumerate().map(|(at, it)| self.show(it, like(at))).collect()
            }
            (Value::Object(fields), Value::Object(likes)) => {
                let fields = match fields.get("$").and_then(Value::as_str) {
                    Some(id) => &self.0[id],
                    None => fields,
                };
                let shown = likes.iter().map(|(name, like)| {
                    let kept = fields.get(name).unwrap_or(&Value::Null);
                    (name.clone(), self.show(kept, like))
                });
                Value::Object(shown.collect())
            }
            (kept, _) => kept.clone(),
        }
    }
}

struct Client {
    watcher: Watcher,
    kept: Kept,
    seq: i32,
}

impl Client {
    async fn join(arena: &Arena, draft: &Value, after: Option<i32>) -> Watcher {
        let document = format!("{FEED} {ROUND}");
        let variables = json!({ "id": draft, "after": after });
        Watcher::by(&arena.api, &Viewer::anonymous(), ("draftFeed", &document), variables).await
    }

    async fn new(arena: &Arena, draft: &Value) -> Self {
        let watcher = Self::join(arena, draft, None).await;
        Self { watcher, kept: Kept::default(), seq: 0 }
    }

    async fn step(&mut self) {
        let item = self.watcher.item().await;
        let seq = i32::try_from(item["seq"].as_i64().unwrap()).unwrap();
        if item["__typename"] == "DraftEventItem" {
            assert_eq!(seq, self.seq + 1, "no gap and no duplicate");
        }
        self.seq = seq;
        self.kept.take(item);
    }
}

/// The same draft, asked for at once.
async fn fresh(arena: &Arena, draft: &Value) -> Value {
    Client::join(arena, draft, None).await.item().await["draft"].clone()
}

proptest! {
    // Each case walks a database of its own.
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn what_a_client_kept_is_what_a_fresh_snapshot_shows(
        style in prop_oneof![Just("SNAKE"), Just("NORMAL"), Just("SHUFFLE")],
        mmrs in prop::collection::vec(prop::option::of(0..5_i32), N_PLAYERS),
        steps in prop::collection::vec(step(), 10..30),
        left_at in 0..10_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mmrs: Vec<_> = mmrs.iter().map(|it| it.map(|it| it * 1_000)).collect();
            let arena = Arena::open(N_TEAMS, &mmrs).await;
            arena.start(style).await;
            let (draft, _) = place(&arena).await;
            let mut clients = [Client::new(&arena, &draft).await, Client::new(&arena, &draft).await];
            for client in &mut clients {
                client.step().await;
            }
            for (n, step) in steps.into_iter().enumerate() {
                take(&arena, step).await;
                if n == left_at {
                    // Catches up, and leaves until the end.
                    let (_, newest) = place(&arena).await;
                    while clients[1].seq < newest {
                        clients[1].step().await;
                    }
                }
            }
            clients[1].watcher = Client::join(&arena, &draft, Some(clients[1].seq)).await;
            let fresh = fresh(&arena, &draft).await;
            for (who, client) in clients.iter_mut().enumerate() {
                // What is no event is told without a number: until all has come, at most so many items more.
                let id = json!({ "$": draft });
                loop {
                    let (_, newest) = place(&arena).await;
                    if client.seq == newest && client.kept.show(&id, &fresh) == fresh {
                        break;
                    }
                    let said = format!("client {who} at {}: {:#}\nfresh: {fresh:#}", client.seq, client.kept.show(&id, &fresh));
                    let step = tokio::time::timeout(std::time::Duration::from_secs(5), client.step()).await;
                    assert!(step.is_ok(), "nothing more is told to {said}");
                }
            }
        });
    }
}
