//! Those who read, write and watch while the faults happen. Each has a thread of its own and waits for every answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use tokio::runtime::Handle;

use super::cluster::{Line, NODES, Places};
use super::register::{Read, Registers};

/// How long a settled outcome may take: longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the watcher looks.
const WATCH_EVERY: Duration = Duration::from_millis(10);

/// How long a writer waits before it tries again what failed.
const WRITE_AGAIN: Duration = Duration::from_millis(100);

/// A team, whose sum is read, too.
pub(super) struct Team {
    pub(super) pk: i64,
    /// The members whose MMR is written.
    pub(super) members: Vec<i64>,
    /// The MMR of the others.
    pub(super) rest: i64,
}

/// What all clients share.
pub(super) struct World {
    pub(super) registers: Registers,
    pub(super) places: Places,
    pub(super) teams: Vec<Team>,
    pub(super) database_url: String,
    /// Whether the clients may ask for more than single users.
    pub(super) asks_for_more: bool,
}

/// Reads from one node, until all is over.
pub(super) fn read(world: &World, node: usize, mut n: usize) {
    while let Some(mut line) = world.places.connect(node) {
        while !world.places.is_over() {
            n += 1;
            if !read_once(world, &mut line, node, n) {
                break;
            }
        }
    }
}

/// Asks a question; false if the node is gone.
fn read_once(world: &World, line: &mut Line, node: usize, n: usize) -> bool {
    let World { registers, teams, .. } = world;
    let (question, team) = question(world, n);
    let (phase, floors) = (registers.phase(), registers.floors());
    let read = Read { phase, node: NODES[node], question: &question, sent_at: Instant::now(), floors };
    let Some(answer) = line.ask(&question) else {
        registers.failed(phase, &question, None);
        return false;
    };
    let Some(values) = values(&answer) else {
        registers.failed(phase, &question, Some(&answer));
        world.places.pause(Duration::from_millis(5));
        return true;
    };
    // Whoever else the answer tells of has no register.
    let ours = values.iter().filter_map(|(name, value)| Some((name.parse().ok()?, *value)));
    let ours: Vec<(i64, i64)> = ours.filter(|(key, _)| registers.keys().contains(key)).collect();
    assert!(!ours.is_empty(), "`{question}` was answered by `{answer}`");
    registers.returned(&read, &ours);
    if let Some(Team { members, rest, .. }) = team.map(|i| &teams[i]) {
        let total = values.iter().find(|(name, _)| name == "total").expect("a sum").1;
        registers.summed(&read, members, *rest, total);
    }
    true
}

/// The next question, and whose sum it asks for.
fn question(world: &World, n: usize) -> (String, Option<usize>) {
    let keys = world.registers.keys();
    let key = |i: usize| keys[i % keys.len()];
    // Spreads the questions of one client over all kinds and keys.
    let (kind, i) = (n % 8, n / 8);
    match kind {
        0 if world.asks_for_more => ("users".to_owned(), None),
        2 | 6 if world.asks_for_more => {
            let team = i % world.teams.len();
            (format!("team {}", world.teams[team].pk), Some(team))
        }
        4 | 5 if world.asks_for_more => {
            (format!("nodes {} {} {}", key(i), key(i * 3 + 1), key(i * 5 + 2)), None)
        }
        _ => (format!("user {}", key(i * 7 + kind)), None),
    }
}

/// The values of an answer by name; nothing if it is an error.
fn values(answer: &str) -> Option<Vec<(String, i64)>> {
    if answer.starts_with("error") {
        return None;
    }
    let pairs = answer.split_whitespace().map(|it| it.split_once('=').expect("name and value"));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect())
}

/// Which keys a writer writes, by which nodes in turn, and how long it pauses after each write.
pub(super) struct Writing {
    pub(super) keys: Vec<i64>,
    pub(super) nodes: &'static [usize],
    pub(super) pause: Duration,
}

/// Writes ever greater values to its keys, until all is over. Nobody else writes them.
pub(super) fn write(world: &World, handle: &Handle, writing: &Writing) {
    let Writing { keys, nodes, pause } = writing;
    let mut lines: [Option<Line>; 2] = [None, None];
    // A value may be lost, but never comes again.
    for (n, value) in (1..).enumerate() {
        for (i, key) in keys.iter().enumerate() {
            if world.places.is_over() {
                return;
            }
            let (node, phase) = (nodes[(n + i) % nodes.len()], world.registers.phase());
            let line = &mut lines[node];
            if line.is_none() {
                *line = world.places.try_connect(node);
            }
            // A node that is down takes part no more than one that is never asked.
            let Some(connected) = line else { continue };
            let order = format!("write {key} {value}");
            match connected.ask(&order).as_deref() {
                Some("done") => {
                    world.registers.answered(*key, value);
                    world.registers.count(phase, |it| it.n_writes += 1);
                    world.places.pause(*pause);
                }
                outcome => {
                    world.registers.failed(phase, &order, outcome);
                    if outcome.is_none() {
                        *line = None;
                    }
                    settle(world, handle, *key, value);
                    world.places.pause(WRITE_AGAIN);
                }
            }
        }
        if lines.iter().all(Option::is_none) {
            world.places.pause(WRITE_AGAIN);
        }
    }
}

/// Finds out what became of a write. The lock waits until its transaction is over, one way or the other.
fn settle(world: &World, handle: &Handle, key: i64, value: i64) {
    let sql = format!("SELECT '{key}=' || mmr AS line FROM users WHERE id = {key} FOR UPDATE");
    let begin = Instant::now();
    loop {
        let found = handle.block_on(async { lines(&mut connect(&world.database_url).await?, &sql).await });
        if let Some(found) = found {
            let stored = values(&found[0]).unwrap()[0].1;
            world.registers.committed(key, stored);
            if stored < value {
                world.registers.lost(key, value);
            }
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "nobody can tell what became of a write");
        world.places.pause(WATCH_EVERY);
    }
}

/// Looks past the nodes at what is committed, until all is over.
pub(super) fn watch(world: &World, handle: &Handle) {
    let keys: Vec<String> = world.registers.keys().iter().map(i64::to_string).collect();
    let sql = format!("SELECT id || '=' || mmr AS line FROM users WHERE id IN ({})", keys.join(","));
    let mut conn = None;
    while !world.places.is_over() {
        let found = handle.block_on(async {
            let mut watching = match conn.take() {
                Some(conn) => conn,
                None => connect(&world.database_url).await?,
            };
            let found = lines(&mut watching, &sql).await?;
            conn = Some(watching);
            Some(found)
        });
        for (name, value) in found.iter().flatten().flat_map(|it| values(it).unwrap()) {
            world.registers.committed(name.parse().unwrap(), value);
        }
        world.places.pause(WATCH_EVERY);
    }
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn connect(url: &str) -> Option<AsyncPgConnection> {
    AsyncPgConnection::establish(url).await.ok()
}

async fn lines(conn: &mut AsyncPgConnection, sql: &str) -> Option<Vec<String>> {
    let found: Vec<Found> = diesel::sql_query(sql).load(conn).await.ok()?;
    Some(found.into_iter().map(|it| it.line).collect())
}

/// Starts a thread of a client.
pub(super) fn start(
    world: &Arc<World>,
    client: impl FnOnce(&World) + Send + 'static,
) -> std::thread::JoinHandle<()> {
    let world = Arc::clone(world);
    std::thread::spawn(move || client(&world))
}
