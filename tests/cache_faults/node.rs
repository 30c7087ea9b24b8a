//! A node: a process of its own that answers reads and writes as the server does, by a line protocol over TCP.
//!
//! It is this test binary, started once more with an order in its environment; without one, the test in here does
//! nothing. Puts together what `app` puts together, and ends with whoever started it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use inhouse::cache::far::{FarStore, RedisFar};
use inhouse::cache::{Cache, CacheParts, CacheSettings, ChangeLog, RedisLog, RedisServer};
use inhouse::db::models::{UserChanges, UserRow};
use inhouse::db::pause::{self, Step};
use inhouse::db::{DatabaseUrl, Db, DbError, DbSettings};
use inhouse::graphql::{
    CacheStatus, DocumentLimits, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestId, RequestInfo,
};
use inhouse::jobs::sweep_outbox;
use inhouse::live::{Live, LiveSettings};
use inhouse::loader::ReadPath;
use inhouse::service::{Commands, Dice};
use inhouse::telemetry::{self, TelemetrySettings};
use inhouse::types::{SystemClock, UserId, Viewer};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::broken::{LateLog, MisorderedReads};

/// Variable that holds the order.
pub(super) const ORDER: &str = "INHOUSE_TEST_FAULTS_NODE";

/// The name of the test in here.
pub(super) const TEST: &str = "cache_faults::node::serves_whoever_ordered_it";

/// Stands in front of the address in what a node prints.
pub(super) const LISTENS: &str = "listens at ";

/// By which protocol a node keeps its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Protocol {
    /// The program's own.
    Proper,
    /// Changes are told some time after COMMIT, and nobody checks.
    Late,
    /// Checks are made after the database was read, not before.
    Misordered,
}

/// What a node is started with.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Order {
    pub(super) protocol: Protocol,
    pub(super) database_url: String,
    pub(super) redis_url: String,
    pub(super) near_bytes: u64,
}

#[expect(clippy::disallowed_methods, reason = "whoever started this process says what it has to do")]
fn order() -> Option<Order> {
    let order = std::env::var(ORDER).ok()?;
    Some(serde_json::from_str(&order).unwrap())
}

#[test]
fn serves_whoever_ordered_it() {
    let Some(order) = order() else { return };
    let filter = "info".to_owned();
    telemetry::init(&TelemetrySettings { filter, ..TelemetrySettings::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let node = {
        let _inside = runtime.enter();
        Arc::new(Node::start(&order))
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Not `println!`, which libtest may capture.
    writeln!(std::io::stdout(), "{LISTENS}{address}").unwrap();
    std::thread::spawn(|| {
        // Whoever ordered it holds the other end.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    for stream in listener.incoming() {
        let (node, handle) = (Arc::clone(&node), runtime.handle().clone());
        std::thread::spawn(move || node.serve(&stream.unwrap(), &handle));
    }
}

/// The parts of a server.
struct Node {
    db: Db,
    cache: Cache,
    service: Arc<dyn GraphqlService>,
    misordered: Option<MisorderedReads>,
    /// How answers came about.
    served: Mutex<BTreeMap<String, usize>>,
    _stop: tokio_util::sync::DropGuard,
}

impl Node {
    fn start(order: &Order) -> Self {
        let settings = CacheSettings { near_bytes: order.near_bytes, ..CacheSettings::default() };
        let server = RedisServer::open(&order.redis_url, &settings.namespace).unwrap();
        let log = RedisLog::new(Arc::clone(&server), settings.log_records);
        let log: Arc<dyn ChangeLog> = match order.protocol {
            Protocol::Late => Arc::new(LateLog::new(log)),
            Protocol::Proper | Protocol::Misordered => Arc::new(log),
        };
        let url = DatabaseUrl::Postgres(order.database_url.clone());
        let db = DbSettings { url, pool_size: 20 };
        let db = Db::open(&db, SystemClock.into(), Arc::clone(&log)).unwrap();
        let far: Arc<dyn FarStore> = Arc::new(RedisFar::new(server));
        let cache = Cache::new(CacheParts { log, far: Some(far), schema: "faults".to_owned(), settings });
        cache.drain_from(Arc::new(db.clone()));
        let stop = CancellationToken::new();
        telemetry::spawn(sweep_outbox(db.clone(), cache.clone(), stop.clone()));
        let read_path = ReadPath::new(db.clone(), cache.clone());
        let misordered = (order.protocol == Protocol::Misordered).then(|| MisorderedReads::new(&read_path));
        let commands = Commands::new(db.clone(), Dice::fair());
        let live = Live::new(db.clone(), cache.clone(), LiveSettings::default());
        let (clock, limits) = (db.clock().clone(), DocumentLimits::default());
        let service = inhouse::graphql::service(read_path, live, commands, clock, limits);
        let served = Mutex::default();
        Self { db, cache, service, misordered, served, _stop: stop.drop_guard() }
    }

    /// Answers the lines of one connection, one after another.
    fn serve(&self, stream: &TcpStream, handle: &Handle) {
        stream.set_nodelay(true).unwrap();
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            let answer = handle.block_on(self.answer(&line));
            let answer = answer.unwrap_or_else(|error| format!("error {}", error.replace('\n', " ")));
            if (&*stream).write_all(format!("{answer}\n").as_bytes()).is_err() {
                return;
            }
        }
    }

    async fn answer(&self, line: &str) -> Result<String, String> {
        let words: Vec<&str> = line.split(' ').collect();
        match *words {
            ["write", pk, value] => self.write(pk.parse().unwrap(), value.parse().unwrap()).await,
            ["user", pk] if self.misordered.is_some() => {
                let reads = self.misordered.as_ref().unwrap();
                let mmr = reads.mmr(UserId(pk.parse().unwrap())).await?;
                Ok(format!("{pk}={mmr}"))
            }
            ["hold", step] => Ok(hold(step).await),
            ["state"] => Ok(format!("lost={}", self.cache.state().is_lost)),
            ["served"] => Ok(format!("{:?}", self.served.lock().unwrap())),
            _ => self.read(&document(&words)).await,
        }
    }

    async fn write(&self, pk: i64, value: i32) -> Result<String, String> {
        let changes = UserChanges { mmr: Some(Some(value)), ..UserChanges::default() };
        let written: Result<_, DbError> =
            self.db.write(async |uow| uow.update::<UserRow>(UserId(pk), changes).await).await;
        match written {
            Ok(row) => row.0.map(|_| "done".to_owned()).ok_or_else(|| "no such user".to_owned()),
            Err(error) => Err(telemetry::chain(&error).to_string()),
        }
    }

    /// Runs a query as the HTTP layer would; every value in its answer.
    async fn read(&self, document: &str) -> Result<String, String> {
        let request = GraphqlRequest { query: document.to_owned(), ..GraphqlRequest::default() };
        let info = RequestInfo {
            viewer: Viewer::anonymous(),
            request_id: RequestId::generate(),
            only_query: false,
            as_of: None,
            wants_report: false,
            document: None,
            resume_after: None,
            deadline: tokio::time::Instant::now() + Duration::from_secs(30),
        };
        let GraphqlAnswer { body, has_errors, cache, .. } = self.service.execute(request, info).await;
        self.count(cache);
        if has_errors {
            return Err(String::from_utf8_lossy(&body).into_owned());
        }
        let mut values = String::new();
        collect(&serde_json::from_slice(&body).unwrap(), &mut values);
        Ok(values)
    }

    fn count(&self, how: CacheStatus) {
        *self.served.lock().unwrap().entry(format!("{how:?}").to_lowercase()).or_default() += 1;
    }
}

/// The query of a question.
fn document(words: &[&str]) -> String {
    match words {
        ["user", pk] => format!(r#"{{ user(id: "User:{pk}") {{ pk mmr }} }}"#),
        ["nodes", pks @ ..] => {
            let ids: Vec<String> = pks.iter().map(|pk| format!(r#""User:{pk}""#)).collect();
            format!("{{ nodes(ids: [{}]) {{ ... on User {{ pk mmr }} }} }}", ids.join(","))
        }
        ["users"] => "{ users(first: 100) { nodes { pk mmr } } }".to_owned(),
        ["team", pk] => {
            format!(r#"{{ node(id: "Team:{pk}") {{ ... on Team {{ totalMmr members {{ pk mmr }} }} }} }}"#)
        }
        other => panic!("no such question: {other:?}"),
    }
}

/// Writes `pk=mmr` for every user in an answer, and `total=…` for every sum.
fn collect(value: &Value, found: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        Value::Object(fields) => {
            if let (Some(pk), Some(mmr)) = (fields.get("pk"), fields.get("mmr").and_then(Value::as_i64)) {
                found.push_str(&format!("{pk}={mmr} "));
            }
            if let Some(total) = fields.get("totalMmr") {
                found.push_str(&format!("total={total} "));
            }
            fields.values().for_each(|it| collect(it, found));
        }
        _ => {}
    }
}

/// Holds every commit at a step from now on; returns when the first is held.
async fn hold(step: &str) -> String {
    let step = Step::ALL.into_iter().find(|it| format!("{it:?}") == step).unwrap();
    let (sender, receiver) = channel();
    let on_held = move || {
        // Only the first is waited for.
        let _ = sender.send(());
    };
    pause::hold_at(step, on_held);
    tokio::task::spawn_blocking(move || receiver.recv().unwrap()).await.unwrap();
    "held".to_owned()
}
