//! A run: the cluster, its clients, the phases they go through, and the verdict.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use inhouse::cache::Elsewhere;
use inhouse::db::models::{TeamMemberRow, TournamentPlayerRow, UserRow};
use inhouse::db::pause::Step;
use inhouse::db::{DatabaseUrl, Db, DbError, DbSettings};
use inhouse::types::{EntityId as _, SystemClock, TeamMembershipKind};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::support::{Community, user};

use super::clients::{self, Team, World, Writing};
use super::cluster::{Cluster, NODES, Places};
use super::node::Protocol;
use super::register::{Broken, Registers, Tally, Violation};

/// Longer than any phase takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Keys that are written.
const N_KEYS: usize = 16;

/// Clients that read, for each node.
const N_READERS: usize = 3;

/// The writers: which nodes each uses in turn, and how many milliseconds it pauses between two writes. Each has as many
/// keys as the others. While a node hangs, those who use it wait, and the others go on.
const WRITERS: [(&[usize], u64); 8] = [
    (&[0, 1], 5),
    (&[0, 1], 20),
    (&[0, 1], 50),
    (&[0, 1], 150),
    (&[0], 10),
    (&[0], 100),
    (&[1], 10),
    (&[1], 100),
];

/// For so many values read, one is written at least.
const READS_PER_WRITE: usize = 100;

/// What a phase may do to the clients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    /// Redis may forget a `Begin` before its COMMIT: C2 shrinks to C1 and the sweep.
    pub(super) loses_memory: bool,
    /// Reads and writes may be refused.
    pub(super) may_refuse: bool,
    /// Requests may remain without an answer.
    pub(super) kills_nodes: bool,
}

/// What goes on.
pub(super) struct Run {
    pub(super) cluster: Cluster,
    world: Arc<World>,
    clients: Vec<JoinHandle<()>>,
    phases: Vec<(String, Rules, Instant)>,
}

/// What came of it.
pub(super) struct Ended {
    phases: Vec<(String, Rules, Tally, Duration)>,
    violations: Vec<Violation>,
    refusals: Vec<String>,
    /// How the nodes came by their answers since they were started last.
    served: Vec<String>,
    logs: String,
}

impl Run {
    /// A cluster with a small community, and clients that read and write it; nothing goes wrong yet.
    pub(super) async fn start(protocol: Protocol) -> Self {
        let mut cluster = Cluster::start(protocol).await;
        let database_url = cluster.postgres.url();
        let (keys, teams) = found(&database_url).await;
        let places = Places::default();
        for i in 0..NODES.len() {
            cluster.start_node(i, &places);
        }
        let asks_for_more = protocol != Protocol::Misordered;
        let registers = Registers::new(keys.clone());
        let world = Arc::new(World { registers, places, teams, database_url, asks_for_more });
        let handle = Handle::current();
        let mut clients = Vec::new();
        for (keys, (nodes, pause_ms)) in keys.chunks(N_KEYS / WRITERS.len()).zip(WRITERS) {
            let pause = Duration::from_millis(pause_ms);
            let (handle, writing) = (handle.clone(), Writing { keys: keys.to_vec(), nodes, pause });
            clients.push(clients::start(&world, move |it| clients::write(it, &handle, &writing)));
        }
        clients.push(clients::start(&world, move |it| clients::watch(it, &handle)));
        for i in 0..NODES.len() * N_READERS {
            clients.push(clients::start(&world, move |it| clients::read(it, i % NODES.len(), i * 1_000)));
        }
        let phases = vec![("quiet".to_owned(), Rules::default(), Instant::now())];
        Self { cluster, world, clients, phases }
    }

    /// From now on this goes on.
    pub(super) fn enter(&mut self, name: &str, rules: Rules) {
        self.phases.push((name.to_owned(), rules, Instant::now()));
        self.world.registers.enter_next_phase(rules.may_refuse || rules.kills_nodes);
    }

    /// Waits until so many more values were read in this phase, and some more written.
    pub(super) async fn until_read(&self, n: usize) {
        let tally = || self.world.registers.tally(self.world.registers.phase());
        let (n_reads, n_writes) = (tally().n_reads + n, tally().n_writes + n / READS_PER_WRITE);
        self.until("reads go on", || tally().n_reads >= n_reads).await;
        self.until("writes go on", || tally().n_writes >= n_writes).await;
    }

    /// Waits until so many values were read in all phases together.
    pub(super) async fn until_read_in_all(&self, n: usize) {
        self.until("reads go on", || self.world.registers.n_reads() >= n).await;
    }

    /// Waits until the checker has found something.
    pub(super) async fn until_stale(&self) {
        let is_c1 = |it: &Violation| it.broken == Broken::C1;
        self.until("something is stale", || self.world.registers.violations().iter().any(is_c1)).await;
    }

    /// Waits until both nodes believe the log again.
    pub(super) async fn until_trusted(&self) {
        let is_trusted = |node: usize| self.ask(node, "state").as_deref() == Some("lost=false");
        self.until("the log is believed again", || (0..NODES.len()).all(is_trusted)).await;
    }

    /// Waits for as long as something may stay unknown that was committed before.
    pub(super) async fn until_swept(&self) {
        sleep(super::SWEPT_WITHIN / 2).await;
    }

    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            let (phase, ..) = self.phases.last().unwrap();
            assert!(begin.elapsed() < PATIENCE, "{phase}: waited until {what}\n{}", self.cluster.logs());
            sleep(LOOK_EVERY).await;
        }
    }

    /// Holds the commits of a node at a step; returns when the first is held.
    pub(super) async fn hold(&self, node: usize, step: Step) {
        let mut line = self.world.places.try_connect(node).expect("the node is up");
        let held = tokio::task::spawn_blocking(move || line.ask(&format!("hold {step:?}")));
        assert_eq!(held.await.unwrap().as_deref(), Some("held"));
    }

    /// Ends a node at once, as `kill -9` does.
    pub(super) fn kill_node(&mut self, node: usize) {
        self.cluster.kill_node(node, &self.world.places);
    }

    pub(super) fn start_node(&mut self, node: usize) {
        self.cluster.start_node(node, &self.world.places);
    }

    /// Bytes that Redis uses.
    pub(super) async fn redis_memory(&self) -> u64 {
        let info: String = self.cluster.redis.run("INFO memory").await;
        let used = info.lines().find_map(|it| it.strip_prefix("used_memory:"));
        used.unwrap().trim().parse().unwrap()
    }

    fn ask(&self, node: usize, question: &str) -> Option<String> {
        self.world.places.try_connect(node)?.ask(question)
    }

    /// Sends the clients home.
    pub(super) async fn end(self) -> Ended {
        let served = (0..NODES.len()).map(|it| self.ask(it, "served").unwrap_or_default()).collect();
        let Self { cluster, world, clients, phases } = self;
        world.places.end();
        let joined = tokio::task::spawn_blocking(|| clients.into_iter().map(JoinHandle::join).collect());
        let joined: Vec<_> = joined.await.unwrap();
        let logs = cluster.logs();
        assert!(joined.iter().all(Result::is_ok), "a client failed\n{logs}");
        let ends = phases.iter().skip(1).map(|it| it.2).chain([Instant::now()]);
        let times: Vec<Duration> = phases.iter().zip(ends).map(|(it, end)| end - it.2).collect();
        let phases = phases
            .into_iter()
            .zip(times)
            .enumerate()
            .map(|(i, ((name, rules, _), time))| (name, rules, world.registers.tally(i), time));
        let (violations, refusals) = (world.registers.violations(), world.registers.refusals());
        Ended { phases: phases.collect(), violations, refusals, served, logs }
    }
}

/// Writes the community; returns the keys, and the teams they are in.
async fn found(database_url: &str) -> (Vec<i64>, Vec<Team>) {
    let settings = DbSettings { url: DatabaseUrl::Postgres(database_url.to_owned()), pool_size: 2 };
    let db = Db::open(&settings, SystemClock.into(), Arc::new(Elsewhere)).unwrap();
    db.migrate_up().await.unwrap();
    let community = Community::found(&db).await;
    let teams = [&community.team_of_ann, &community.team_of_bob];
    let added: Result<_, DbError> = db
        .write(async |uow| {
            let mut keys = Vec::new();
            for n in 0..N_KEYS {
                let team = teams[n % teams.len()];
                let row = uow.insert::<UserRow>(user(&format!("key{n}"), Some(0))).await?;
                let (team_id, tournament_id) = (team.id, team.tournament_id);
                uow.link(&TournamentPlayerRow { tournament_id, user_id: row.id }).await?;
                let kind = TeamMembershipKind::Member;
                uow.link(&TeamMemberRow { team_id, tournament_id, user_id: row.id, kind }).await?;
                keys.push(row.id.pk());
            }
            Ok(keys)
        })
        .await;
    let keys = added.unwrap().0;
    let rests = [&[&community.ann, &community.cid][..], &[&community.bob][..]];
    let teams = teams.iter().zip(rests).enumerate().map(|(i, (team, rest))| Team {
        pk: team.id.pk(),
        members: keys.iter().copied().skip(i).step_by(teams.len()).collect(),
        rest: rest.iter().filter_map(|it| it.mmr).map(i64::from).sum(),
    });
    (keys.clone(), teams.collect())
}

impl Ended {
    pub(super) fn n_reads(&self) -> usize {
        self.phases.iter().map(|(_, _, tally, _)| tally.n_reads).sum()
    }

    /// Reads that missed what a writer had been answered.
    pub(super) fn n_answered_and_not_seen(&self) -> usize {
        self.violations.iter().filter(|it| it.broken == Broken::C1).count()
    }

    /// The contract was kept, and nobody was refused who must not be.
    pub(super) fn assert_kept(&self, swept_within: Duration) {
        let is_excused = |it: &&Violation| {
            it.broken == Broken::C2 && self.phases[it.phase].1.loses_memory && it.lag < swept_within
        };
        let broken: Vec<_> = self.violations.iter().filter(|it| !is_excused(it)).collect();
        assert!(broken.is_empty(), "{} stale reads\n{self}\n{}", broken.len(), self.logs);
        let refused = &self.refusals[..self.refusals.len().min(20)];
        assert!(refused.is_empty(), "requests failed: {refused:#?}\n{self}\n{}", self.logs);
        let excuses = |it: &Rules, tally: &Tally| it.kills_nodes || tally.n_unanswered == 0;
        let cut = self.phases.iter().find(|(_, rules, tally, _)| !excuses(rules, tally));
        assert!(cut.is_none(), "{:?}: a node is gone\n{self}\n{}", cut.map(|it| &it.0), self.logs);
        for served in &self.served {
            let is_cached = ["near", "far", "stored"].iter().all(|it| served.contains(it));
            assert!(is_cached, "the cache was hardly used: {served}");
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |phase: usize, broken: Broken| {
            self.violations.iter().filter(|it| it.phase == phase && it.broken == broken).count()
        };
        writeln!(f, "   reads requests writes refused unanswered stale:C1 C2 C3     time  phase")?;
        for (i, (name, _, it, time)) in self.phases.iter().enumerate() {
            let Tally { n_reads, n_requests, n_writes, n_refused, n_unanswered, .. } = it;
            write!(f, "{n_reads:>8} {n_requests:>8} {n_writes:>6} {n_refused:>7} ")?;
            let [c1, c2, c3] = [Broken::C1, Broken::C2, Broken::C3].map(|it| count(i, it));
            writeln!(f, "{n_unanswered:>10} {c1:>8} {c2:>2} {c3:>2} {:>7.1}s  {name}", time.as_secs_f64())?;
        }
        let n_writes: usize = self.phases.iter().map(|(_, _, it, _)| it.n_writes).sum();
        let n_stale = self.violations.len();
        write!(f, "{:>8} reads, {n_writes} writes, {n_stale} stale", self.n_reads())?;
        let lag = self.violations.iter().map(|it| it.lag).max();
        writeln!(f, "{}", lag.map_or(String::new(), |it| format!(" for up to {it:?}")))?;
        for (name, served) in NODES.into_iter().zip(&self.served) {
            writeln!(f, "node {name} served {served}")?;
        }
        self.violations.iter().take(20).try_for_each(|it| writeln!(f, "{it}"))
    }
}
