//! Whatever is killed: every subscriber's list is the database's, from the first event to the last.

use std::sync::Arc;
use std::time::Duration;

use inhouse::cache::far::{FarStore, RedisFar};
use inhouse::cache::{RedisLog, RedisServer};
use inhouse::service::Dice;
use inhouse::telemetry;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::subscribers::{Addresses, Heard, Manner, follow};
use super::watcher::place;
use crate::cache::{RedisChild, redis_url};
use crate::commands::arena::Arena;
use crate::commands::draft::mmrs;
use crate::support::{Backend, Folder, Server, cache_settings};

/// Longer than everything takes on a busy machine; reached when an event is lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the keys of the test's own Redis begin with.
const NAMESPACE: &str = "live";

/// Servers on one database, and who subscribes to them.
struct Stage {
    arena: Arena,
    draft: String,
    folder: Folder,
    variables: Vec<(&'static str, String)>,
    servers: Vec<Server>,
    addresses: Addresses,
    /// Where there are servers for everything: one that may be killed.
    redis: Option<RedisChild>,
    subscribers: Vec<JoinHandle<Heard>>,
    last: watch::Sender<Option<i64>>,
}

impl Stage {
    async fn set(n_servers: usize) -> Self {
        let mut arena = Arena::open(2, &mmrs(10)).await;
        let test = &arena.api.test;
        let mut variables = test.variables();
        let redis = match Backend::current() == Backend::Postgres && redis_url().is_some() {
            true => Some(RedisChild::start(&[]).await),
            false => None,
        };
        if let Some(redis) = &redis {
            variables.retain(|(name, _)| !["REDIS_URL", "INHOUSE_CACHE_NAMESPACE"].contains(name));
            variables.extend([("REDIS_URL", redis.url()), ("INHOUSE_CACHE_NAMESPACE", NAMESPACE.to_owned())]);
            let server = RedisServer::open(&redis.url(), NAMESPACE).unwrap();
            let log = Arc::new(RedisLog::new(Arc::clone(&server), 10_000));
            let far: Arc<dyn FarStore> = Arc::new(RedisFar::new(server));
            let db = test.reopen_with(log.clone());
            let cache = test.cache_of(log, Some(far), cache_settings());
            arena.api = arena.api.on(db, cache, Dice::fair());
        }
        arena.start("SHUFFLE").await;
        let draft = place(&arena).await.0.as_str().unwrap().to_owned();
        let mut stage = Self {
            arena,
            draft,
            folder: Folder::new(),
            variables,
            servers: Vec::new(),
            addresses: Addresses::default(),
            redis,
            subscribers: Vec::new(),
            last: watch::Sender::new(None),
        };
        for _ in 0..n_servers {
            stage.start_server();
        }
        stage
    }

    fn start_server(&mut self) {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.servers.push(self.folder.serve(&variables));
        self.tell();
    }

    /// Kills a server; nobody is told goodbye.
    fn kill_server(&mut self, at: usize) {
        let server = self.servers.remove(at);
        server.signal("KILL");
        assert_eq!(server.code(), None, "it was killed");
        self.tell();
    }

    fn tell(&self) {
        *self.addresses.lock().unwrap() = self.servers.iter().map(Server::address).collect();
    }

    fn subscribe(&mut self, n: u64, leaves_after: Option<u32>) {
        for seed in 0..n {
            let manner = Manner { seed, leaves_after };
            let following =
                follow(self.draft.clone(), Arc::clone(&self.addresses), self.last.subscribe(), manner);
            self.subscribers.push(telemetry::spawn(following));
        }
    }

    /// A pick, or now and then something else; never refused.
    async fn play(&self, dice: &mut StdRng) {
        let board = self.arena.board().await;
        let draft = &board["draft"];
        let n_picked =
            draft["rounds"].as_array().unwrap().iter().filter(|it| !it["choice"].is_null()).count();
        let is_over = draft["status"] == "COMPLETED";
        let staff = self.arena.staff();
        if dice.random_ratio(1, 50) {
            let input = json!({ "tournamentId": self.arena.tournament_id(), "confirmDiscardPicks": true });
            self.arena.done(&staff, "draftStart", input, "").await;
        } else if is_over || n_picked > 0 && dice.random_ratio(2, 5) {
            let input = json!({ "draftId": draft["id"], "expectedVersion": draft["version"] });
            self.arena.done(&staff, "draftUndoPick", input, "").await;
        } else {
            self.arena.pick_next().await;
        }
    }

    /// Waits for everybody, and compares.
    async fn end(self) -> Vec<Heard> {
        let (_, newest) = place(&self.arena).await;
        self.last.send_replace(Some(i64::from(newest)));
        let stored = self.stored().await;
        assert_eq!(
            stored.iter().map(|it| it.0).collect::<Vec<_>>(),
            (1..=i64::from(newest)).collect::<Vec<_>>()
        );
        let all = futures_util::future::join_all(self.subscribers);
        let all = tokio::time::timeout(PATIENCE, all).await.expect("every subscriber gets every event");
        let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
        for (who, heard) in all.iter().enumerate() {
            assert_eq!(heard.events, stored, "subscriber {who}, over {} connections", heard.n_connections);
        }
        all
    }

    /// The draft's log as the database has it.
    async fn stored(&self) -> Vec<(i64, String)> {
        let (mut stored, mut after) = (Vec::new(), None::<String>);
        let query = "query($id: ID!, $after: String) { draft(id: $id) { events(first: 100, after: $after) {
            nodes { seq __typename } pageInfo { endCursor hasNextPage } } } }";
        loop {
            let page = self.arena.read(query, json!({ "id": self.draft, "after": after })).await;
            let page = &page["draft"]["events"];
            let event = |it: &serde_json::Value| {
                (it["seq"].as_i64().unwrap(), it["__typename"].as_str().unwrap().to_owned())
            };
            stored.extend(page["nodes"].as_array().unwrap().iter().map(event));
            if page["pageInfo"]["hasNextPage"] == false {
                return stored;
            }
            after = page["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_mid_draft_costs_two_hundred_subscribers_no_event() {
    let mut stage = Stage::set(1).await;
    stage.subscribe(200, None);
    let mut dice = StdRng::seed_from_u64(7);
    for n in 0..30 {
        if n == 10 {
            stage.kill_server(0);
        }
        if n == 20 {
            stage.start_server();
        }
        stage.play(&mut dice).await;
    }
    let heard = stage.end().await;
    assert!(heard.iter().any(|it| it.n_connections > 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_every_subscriber_gets_every_event_once() {
    let mut stage = Stage::set(2).await;
    stage.subscribe(100, Some(40));
    let mut dice = StdRng::seed_from_u64(11);
    for n in 0..500 {
        match n % 100 {
            20 => stage.kill_server(0),
            35 => stage.start_server(),
            60 => {
                if let Some(redis) = &mut stage.redis {
                    redis.kill();
                }
            }
            70 => {
                if let Some(redis) = &mut stage.redis {
                    redis.restart().await;
                }
            }
            _ => {}
        }
        stage.play(&mut dice).await;
    }
    let heard = stage.end().await;
    let n_connections: usize = heard.iter().map(|it| it.n_connections).sum();
    assert!(n_connections > 500, "they come and go: {n_connections} connections");
}
