//! The runner, with a job of the test's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use inhouse::db::models::{JobRow, LeaseClaim, LeaseRow};
use inhouse::db::{Db, DbError, DbSettings};
use inhouse::jobs::{ForgetJob, Job, JobError, Looked, Run, Runner, Schedule};
use inhouse::telemetry::spawn;
use inhouse::types::{FixedClock, Jitter};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::TestDb;
use crate::support::sql::Sql;

const DAILY: Schedule = Schedule::Daily { hour: 4 };

/// So often somebody else's turn is waited for.
const PATIENCE: usize = 1_000_000;

/// How a run ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    /// It notes something and fails.
    Badly,
    Panic,
}

/// A job that tells what happens to it, and goes on when it is let.
struct Probe {
    schedule: Schedule,
    end: End,
    db: Db,
    gate: Semaphore,
    n_runs: AtomicUsize,
    n_at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    began: Semaphore,
    found: Mutex<Vec<Option<Value>>>,
}

impl Probe {
    fn new(db: &Db, schedule: Schedule, end: End) -> Self {
        Self {
            schedule,
            end,
            db: db.clone(),
            gate: Semaphore::new(1_000),
            n_runs: AtomicUsize::new(0),
            n_at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            began: Semaphore::new(0),
            found: Mutex::default(),
        }
    }

    /// One that does not end before its gate is opened.
    fn closed(db: &Db) -> Self {
        Self { gate: Semaphore::new(0), ..Self::new(db, DAILY, End::Well) }
    }
}

impl Job for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<String, JobError>> {
        Box::pin(async move {
            let n = self.n_at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(n, Ordering::SeqCst);
            let n_runs = self.n_runs.fetch_add(1, Ordering::SeqCst) + 1;
            self.found.lock().unwrap().push(run.progress.clone());
            self.began.add_permits(1);
            self.gate.acquire().await.unwrap().forget();
            self.n_at_once.fetch_sub(1, Ordering::SeqCst);
            match self.end {
                End::Well => Ok(format!("run {n_runs}")),
                End::Badly => {
                    let noted =
                        self.db.write(async |uow| uow.note_job_progress("probe", Some(json!(n_runs))).await);
                    noted.await.map_err(|error: DbError| error)?;
                    Err("as planned".into())
                }
                End::Panic => panic!("as planned"),
            }
        })
    }
}

struct Stage(TestDb);

impl Stage {
    async fn open() -> Self {
        Self(TestDb::start().await)
    }

    /// The database of a process at this time of November 2026: day, hour, minute, second.
    fn at(&self, (day, time): (u8, &str)) -> Db {
        let clock = FixedClock(format!("2026-11-{day:02}T{time}Z").parse().unwrap()).into();
        let settings = DbSettings { url: self.0.url.clone(), pool_size: 2 };
        Db::open(&settings, clock, self.0.shared().0).unwrap()
    }

    async fn row(&self) -> JobRow {
        self.0.db.read(async |conn| JobRow::find(conn, "probe").await).await.unwrap().unwrap()
    }

    async fn lease(&self) -> Option<LeaseRow> {
        self.0.db.read(async |conn| LeaseRow::find(conn, "job:probe").await).await.unwrap()
    }

    async fn until_no_lease(&self) {
        let mut left = PATIENCE;
        while self.lease().await.is_some() {
            left = left.checked_sub(1).expect("the lease is given back");
            tokio::task::yield_now().await;
        }
    }
}

fn runner(db: &Db) -> Runner {
    Runner::new(db.clone(), Jitter::fixed(0.0))
}

async fn look(db: &Db, job: &Probe) -> Looked {
    runner(db).run_if_due(job).await.unwrap()
}

fn done(n: usize) -> Looked {
    Looked::Done { message: format!("run {n}") }
}

#[tokio::test]
async fn a_daily_job_runs_at_its_hour_once_and_downtime_is_made_up_for_by_one_run() {
    let stage = Stage::open().await;
    let job = Probe::new(&stage.0.db, DAILY, End::Well);
    let not_due = |at: &str| Looked::NotDue { at: at.parse::<jiff::Timestamp>().unwrap().into() };
    assert_eq!(look(&stage.at((1, "12:00:00")), &job).await, not_due("2026-11-02T04:00:00Z"));
    assert_eq!(look(&stage.at((2, "03:59:59")), &job).await, not_due("2026-11-02T04:00:00Z"));
    assert_eq!(look(&stage.at((2, "04:00:00")), &job).await, done(1));
    assert_eq!(look(&stage.at((2, "04:00:01")), &job).await, not_due("2026-11-03T04:00:00Z"));
    // Nobody was there for three days.
    assert_eq!(look(&stage.at((6, "09:30:00")), &job).await, done(2));
    assert_eq!(look(&stage.at((6, "09:30:01")), &job).await, not_due("2026-11-07T04:00:00Z"));
    let row = stage.row().await;
    assert_eq!((row.message.as_deref(), row.n_failures), (Some("run 2"), 0));
    assert_eq!(row.finished_at.unwrap().to_string(), "2026-11-06T09:30:00.000000Z");
    assert_eq!(stage.lease().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_looks_in_four_processes_one_runs_it() {
    let stage = Stage::open().await;
    let due = stage.at((2, "04:00:00"));
    let hourly = Schedule::Every(std::time::Duration::from_secs(3_600));
    let job = Arc::new(Probe::new(&due, hourly, End::Well));
    let processes: Vec<Db> = (0..4).map(|_| stage.at((2, "04:00:00"))).collect();
    let looks = (0..16).map(|n| {
        let (db, job) = (processes[n % 4].clone(), Arc::clone(&job));
        spawn(async move { look(&db, &job).await })
    });
    let mut n_done = 0;
    for looked in looks.collect::<Vec<_>>() {
        match looked.await.unwrap() {
            Looked::Done { .. } => n_done += 1,
            Looked::NotDue { .. } | Looked::Running { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        (n_done, job.n_runs.load(Ordering::SeqCst), job.most_at_once.load(Ordering::SeqCst)),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn while_it_runs_nobody_else_runs_it_not_even_by_hand() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let job = Arc::new(Probe::closed(&db));
    let running = {
        let (runner, job) = (runner(&db), Arc::clone(&job));
        spawn(async move { runner.run_now(job.as_ref()).await.unwrap() })
    };
    job.began.acquire().await.unwrap().forget();
    let held = stage.lease().await.unwrap();
    assert!(held.holder.starts_with(&format!("process {} (", std::process::id())), "{}", held.holder);
    let other = stage.at((2, "04:01:59"));
    let until = Looked::Running { until: held.expires_at };
    assert_eq!(runner(&other).run_now(job.as_ref()).await.unwrap(), until);
    job.gate.add_permits(1);
    assert_eq!(running.await.unwrap(), done(1));
    job.gate.add_permits(1);
    assert_eq!(runner(&other).run_now(job.as_ref()).await.unwrap(), done(2));
}

#[tokio::test]
async fn a_process_that_dies_in_a_run_holds_it_up_for_two_minutes_and_no_longer() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    // What a process leaves behind that is killed in a run: the lease, and that it began.
    let dead = LeaseClaim::new("job:probe", jiff::SignedDuration::from_mins(2));
    let written = db.write(async |uow| {
        uow.plan_job("probe", uow.now()).await?;
        uow.take_lease(&dead).await?;
        uow.begin_job("probe").await?;
        uow.note_job_progress("probe", Some(json!("half"))).await
    });
    written.await.map_err(|error: DbError| error).unwrap();
    let job = Probe::new(&db, DAILY, End::Well);
    assert!(matches!(look(&stage.at((2, "04:01:59")), &job).await, Looked::Running { .. }));
    assert_eq!(look(&stage.at((2, "04:02:00")), &job).await, done(1));
    assert_eq!(*job.found.lock().unwrap(), [Some(json!("half"))], "what was noted is handed on");
    // The dead one, should it come back, has nothing to say any more.
    let back = db.write(async |uow| uow.renew_lease(&dead).await).await.map_err(|error: DbError| error);
    assert!(!back.unwrap().0);
}

#[tokio::test]
async fn a_run_that_is_dropped_gives_its_lease_back_and_is_due_still() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let job = Probe::closed(&db);
    {
        let running = runner(&db);
        let running = std::pin::pin!(running.run_now(&job));
        let began = std::pin::pin!(job.began.acquire());
        let _ = futures_util::future::select(running, began).await;
    }
    stage.until_no_lease().await;
    job.gate.add_permits(1);
    let by_hand = stage.row().await;
    assert_eq!(by_hand.finished_at, None);
    assert_eq!(runner(&db).run_now(&job).await.unwrap(), done(2));
}

#[tokio::test]
async fn a_failure_is_tried_again_soon_with_what_it_noted() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let mut job = Probe::new(&db, DAILY, End::Badly);
    let failed = Looked::Failed { message: "as planned".to_owned() };
    assert_eq!(runner(&db).run_now(&job).await.unwrap(), failed);
    let row = stage.row().await;
    assert_eq!((row.n_failures, row.message.as_deref()), (1, Some("as planned")));
    assert!(matches!(look(&stage.at((2, "04:00:59")), &job).await, Looked::NotDue { .. }));
    assert_eq!(look(&stage.at((2, "04:01:00")), &job).await, failed);
    assert_eq!(stage.row().await.n_failures, 2);
    job.end = End::Well;
    assert_eq!(look(&stage.at((2, "04:03:00")), &job).await, done(3));
    assert_eq!(*job.found.lock().unwrap(), [None, Some(json!(1)), Some(json!(2))]);
    let row = stage.row().await;
    assert_eq!((row.n_failures, row.progress), (0, None));
}

#[tokio::test]
async fn a_job_that_panics_is_a_failure_and_frees_its_lease() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let job = Probe::new(&db, DAILY, End::Panic);
    let failed = Looked::Failed { message: "it panicked".to_owned() };
    assert_eq!(runner(&db).run_now(&job).await.unwrap(), failed);
    assert_eq!(stage.lease().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_job_runs_when_it_is_due_and_ends_with_its_process() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let hourly = Schedule::Every(std::time::Duration::from_secs(3_600));
    let job = Arc::new(Probe::new(&db, hourly, End::Well));
    let stop = CancellationToken::new();
    let keeping = {
        let (runner, job, stop) = (runner(&db), Arc::clone(&job), stop.clone());
        spawn(async move { runner.keep(job, stop).await })
    };
    job.began.acquire().await.unwrap().forget();
    stop.cancel();
    keeping.await.unwrap();
    stage.until_no_lease().await;
}

#[tokio::test]
async fn what_has_expired_is_forgotten_by_the_job_of_that_name() {
    let stage = Stage::open().await;
    let db = stage.at((2, "04:00:00"));
    let lease = LeaseClaim::new("cooldown:x", jiff::SignedDuration::from_mins(5));
    db.write(async |uow| uow.take_lease(&lease).await).await.map_err(|error: DbError| error).unwrap();
    let later = stage.at((2, "04:05:00"));
    let looked = runner(&later).run_if_due(&ForgetJob(later.clone())).await.unwrap();
    assert_eq!(looked, Looked::Done { message: "1 keys, sessions and leases had expired".to_owned() });
    assert_eq!(Sql::connect(&stage.0.url).await.count("leases").await, 0);
}
