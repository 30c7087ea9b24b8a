//! Somebody who watches: takes one item after the other, and cannot miss that there is none.

use std::time::Duration;

use futures_util::StreamExt as _;
use inhouse::graphql::Feed;
use inhouse::types::Viewer;
use serde_json::{Value, json};

use crate::commands::arena::Arena;
use crate::support::TestApi;

/// Longer than anything takes; reached by a test that fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Watcher {
    feed: Feed,
    field: &'static str,
}

/// What a draft's watchers are shown of it.
pub(super) const DRAFT_FEED: &str =
    "subscription($id: ID!, $after: Int) { draftFeed(draftId: $id, after: $after) {
    __typename
    ... on DraftSnapshot { seq resync draft { version status } }
    ... on DraftEventItem { seq event { __typename seq ... on PlayerPicked { picked { username nickname } } }
        draft { version status currentRound { pickNumber } } rounds { pickNumber choice { username } } }
    ... on DraftHeartbeat { seq } } }";

impl Watcher {
    /// Watches a draft by [`DRAFT_FEED`].
    pub(super) async fn of_draft(api: &TestApi, draft: &Value, after: Option<i32>) -> Self {
        let variables = json!({ "id": draft, "after": after });
        Self::by(api, &Viewer::anonymous(), ("draftFeed", DRAFT_FEED), variables).await
    }

    pub(super) async fn by(
        api: &TestApi,
        viewer: &Viewer,
        (field, document): (&'static str, &str),
        variables: Value,
    ) -> Self {
        let feed = api.watch(viewer, document, variables, None).await;
        Self { feed: feed.unwrap_or_else(|answer| panic!("refused: {answer:#}")), field }
    }

    /// The next item and the `seq` it leads to; none at the end of the feed.
    pub(super) async fn next(&mut self) -> Option<(i32, Value)> {
        let message = tokio::time::timeout(PATIENCE, self.feed.next()).await.expect("nothing is told")?;
        let answer: Value = serde_json::from_slice(&message.body).unwrap();
        assert!(answer.get("errors").is_none(), "{answer:#}");
        Some((message.seq, answer["data"][self.field].clone()))
    }

    /// The next item that is no heartbeat.
    pub(super) async fn item(&mut self) -> Value {
        let began = tokio::time::Instant::now();
        loop {
            let (seq, item) = self.next().await.expect("the feed ended");
            assert_eq!(item["seq"], seq, "{item:#}");
            if !item["__typename"].as_str().unwrap().ends_with("Heartbeat") {
                return item;
            }
            assert!(began.elapsed() < PATIENCE, "nothing but heartbeats is told");
        }
    }

    /// Items up to the one with this `seq`, which must be events without a gap behind `after`.
    pub(super) async fn events(&mut self, after: i32, until: i32) -> Vec<Value> {
        let mut events = Vec::new();
        for seq in after + 1..=until {
            let item = self.item().await;
            assert_eq!(
                (&item["__typename"], &item["seq"]),
                (&json!("DraftEventItem"), &json!(seq)),
                "{item:#}"
            );
            events.push(item);
        }
        events
    }
}

/// The draft's id and its newest `seq`.
pub(super) async fn place(arena: &Arena) -> (Value, i32) {
    let draft = arena.board().await["draft"].take();
    (draft["id"].clone(), i32::try_from(draft["version"].as_i64().unwrap()).unwrap())
}
