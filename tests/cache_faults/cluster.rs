//! Two nodes on one Postgres and one Redis, all of them processes that the test may kill.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::cache::RedisChild;
use crate::support::Folder;

use super::node::{LISTENS, ORDER, Order, Protocol, TEST};
use super::postgres::PostgresChild;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Names of the nodes.
pub(super) const NODES: [&str; 2] = ["a", "b"];

/// Room of the near caches: one node keeps everything, the other has to ask Redis time and again.
const NEAR_BYTES: [u64; 2] = [64 << 20, 8_000];

/// Everything a run consists of but its clients.
pub(super) struct Cluster {
    pub(super) postgres: PostgresChild,
    pub(super) redis: RedisChild,
    folder: Folder,
    protocol: Protocol,
    nodes: [Option<NodeChild>; 2],
}

/// A process that goes when its handle does.
struct NodeChild {
    child: Child,
    _stdin: ChildStdin,
}

impl Cluster {
    /// The servers; no node runs yet.
    pub(super) async fn start(protocol: Protocol) -> Self {
        let postgres = PostgresChild::start().await;
        let redis = RedisChild::start(&[]).await;
        Self { postgres, redis, folder: Folder::new(), protocol, nodes: [None, None] }
    }

    /// Starts a node and tells clients where it is.
    pub(super) fn start_node(&mut self, i: usize, places: &Places) {
        let order = Order {
            protocol: self.protocol,
            database_url: self.postgres.url(),
            redis_url: self.redis.url(),
            near_bytes: NEAR_BYTES[i],
        };
        let log = File::options().create(true).append(true).open(self.log_of(i)).unwrap();
        // Other tests run beside this one, some of which look at the clock.
        let mut command = Command::new("nice");
        command.args(["-n", "5"]).arg(std::env::current_exe().unwrap());
        command.args([TEST, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(ORDER, serde_json::to_string(&order).unwrap());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(stdout).lines().map(Result::unwrap);
        let address =
            lines.find_map(|it| it.split_once(LISTENS).map(|(_, address)| address.parse().unwrap()));
        let address = address.unwrap_or_else(|| panic!("node {} does not start\n{}", NODES[i], self.logs()));
        self.nodes[i] = Some(NodeChild { child, _stdin: stdin });
        places.set(i, Some(address));
    }

    /// Ends a node at once.
    pub(super) fn kill_node(&mut self, i: usize, places: &Places) {
        places.set(i, None);
        self.nodes[i] = None;
    }

    /// Sends a node a signal.
    pub(super) fn signal_node(&self, i: usize, name: &str) {
        let pid = self.nodes[i].as_ref().expect("the node is up").child.id();
        let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The ends of what the nodes logged.
    pub(super) fn logs(&self) -> String {
        let mut logs = String::new();
        for (i, name) in NODES.into_iter().enumerate() {
            let log = std::fs::read_to_string(self.log_of(i)).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(60)..].join("\n");
            logs.push_str(&format!("── node {name}\n{end}\n"));
        }
        logs
    }

    fn log_of(&self, i: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("{}.log", NODES[i]))
    }
}

impl Drop for NodeChild {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the nodes are; none while a node is down.
#[derive(Default)]
pub(super) struct Places {
    places: Mutex<Known>,
    changed: Condvar,
}

#[derive(Default)]
struct Known {
    addresses: [Option<SocketAddr>; 2],
    is_over: bool,
}

impl Places {
    fn set(&self, i: usize, address: Option<SocketAddr>) {
        self.places.lock().unwrap().addresses[i] = address;
        self.changed.notify_all();
    }

    /// Sends the clients home.
    pub(super) fn end(&self) {
        self.places.lock().unwrap().is_over = true;
        self.changed.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.places.lock().unwrap().is_over
    }

    /// Waits for this long, or until all is over.
    pub(super) fn pause(&self, pause: Duration) {
        let places = self.places.lock().unwrap();
        drop(self.changed.wait_timeout_while(places, pause, |it| !it.is_over).unwrap());
    }

    /// A connection to a node, when it is up; nothing when all is over.
    pub(super) fn connect(&self, i: usize) -> Option<Line> {
        loop {
            let places = self.places.lock().unwrap();
            let is_down = |it: &mut Known| it.addresses[i].is_none() && !it.is_over;
            let (places, waited) = self.changed.wait_timeout_while(places, PATIENCE, is_down).unwrap();
            assert!(!waited.timed_out(), "node {} stays down", NODES[i]);
            let (address, is_over) = (places.addresses[i], places.is_over);
            drop(places);
            if is_over {
                return None;
            }
            // It may be killed right now: then it is waited for again.
            if let Some(line) = address.and_then(Line::connect) {
                return Some(line);
            }
        }
    }

    /// The same at once; nothing if the node is down.
    pub(super) fn try_connect(&self, i: usize) -> Option<Line> {
        let address = self.places.lock().unwrap().addresses[i];
        address.and_then(Line::connect)
    }
}

/// A connection to a node.
pub(super) struct Line(BufReader<TcpStream>);

impl Line {
    fn connect(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Self(BufReader::new(stream)))
    }

    /// The answer to a line; nothing if the node is gone.
    pub(super) fn ask(&mut self, question: &str) -> Option<String> {
        let begin = Instant::now();
        self.0.get_mut().write_all(format!("{question}\n").as_bytes()).ok()?;
        let mut answer = String::new();
        let read = self.0.read_line(&mut answer);
        assert!(begin.elapsed() < PATIENCE, "`{question}` is never answered");
        read.ok()?;
        answer.strip_suffix('\n').map(str::to_owned)
    }
}
