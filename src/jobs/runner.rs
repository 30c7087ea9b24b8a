//! Runs jobs by the clock: each by one process at a time, never twice at once, made up for after downtime.
//!
//! A lease says who runs a job, a row what became of it; both are in the database, and are taken and given back by
//! transactions. A process that dies in a run holds the job up until its lease is over; then somebody goes on behind what
//! was noted. Knows no job by name.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Schedule;
use crate::db::models::{JobEnd, JobRow, LeaseClaim, Taken};
use crate::db::{Db, DbError, DbResult};
use crate::telemetry::metrics::{self, JobStanding, Outcome};
use crate::telemetry::{chain, spawn};
use crate::types::{Instant, Jitter};

/// How long a lease lives that is not renewed: so long a job stands still after its process died.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// How often a lease is renewed: two renewals may fail.
const RENEW_EVERY: Duration = Duration::from_secs(30);

/// Longest time between two looks: somebody may have changed what the row says.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What goes wrong in a job.
pub type JobError = Box<dyn std::error::Error + Send + Sync>;

/// Something that is done by the clock.
pub trait Job: Send + Sync + 'static {
    /// Name: in the database, in logs, as a label.
    fn name(&self) -> &'static str;

    /// When it is due.
    fn schedule(&self) -> Schedule;

    /// Does it; what came of it, in words. May be dropped at any await.
    ///
    /// # Errors
    /// It did not come to its end; it is tried again, with what it noted.
    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<String, JobError>>;
}

/// One run of a job.
#[derive(Clone, Debug)]
pub struct Run {
    /// What keeps others from running it, to be renewed by whatever transaction writes.
    pub claim: LeaseClaim,
    /// What a run noted that did not come to its end.
    pub progress: Option<Value>,
}

/// What a look at a job led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It was run, and came to its end.
    Done {
        /// What came of it.
        message: String,
    },
    /// It was run, and failed.
    Failed {
        /// Why.
        message: String,
    },
    /// It was run, and somebody else took over before it came to its end.
    Lost,
    /// It is not due yet.
    NotDue {
        /// When it is.
        at: Instant,
    },
    /// Somebody runs it.
    Running {
        /// Until when, unless they renew their lease.
        until: Instant,
    },
}

/// Runs jobs for one process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runner {
    db: Db,
    jitter: Jitter,
}

/// Whether a job that is not due is run nevertheless.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Due,
    Now,
}

/// What the transaction at the beginning of a run found.
enum Begun {
    Ours { run: Run, n_failures: i32 },
    Not(Looked),
}

impl Runner {
    /// Jobs of this database.
    #[must_use]
    pub fn new(db: Db, jitter: Jitter) -> Self {
        Self { db, jitter }
    }

    /// Runs the job when it is due, until `stop`; a run under way is dropped then, and its lease given back.
    pub async fn keep(&self, job: Arc<dyn Job>, stop: CancellationToken) {
        let mut is_failing = false;
        loop {
            let looked = tokio::select! {
                () = stop.cancelled() => return,
                looked = self.run_if_due(job.as_ref()) => looked,
            };
            if let Err(error) = &looked
                && !is_failing
            {
                tracing::warn!(job = job.name(), error = %chain(error), "a job cannot be looked at");
            }
            is_failing = looked.is_err();
            let wait = self.wait_after(job.as_ref(), looked.as_ref().ok());
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Runs the job if it is due and nobody runs it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run_if_due(&self, job: &dyn Job) -> DbResult<Looked> {
        self.look(job, When::Due).await
    }

    /// Runs the job, due or not, unless somebody runs it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run_now(&self, job: &dyn Job) -> DbResult<Looked> {
        self.look(job, When::Now).await
    }

    async fn look(&self, job: &dyn Job, when: When) -> DbResult<Looked> {
        let (run, n_failures) = match self.begin(job, when).await? {
            Begun::Ours { run, n_failures } => (run, n_failures),
            Begun::Not(looked) => return Ok(looked),
        };
        // Dropped half-way, it gives the lease back: whoever starts next need not wait for its end.
        let mut held = Held { db: self.db.clone(), claim: Some(run.claim.clone()) };
        let began = tokio::time::Instant::now();
        tracing::info!(job = job.name(), goes_on = run.progress.is_some(), "a job begins");
        let running = AssertUnwindSafe(job.run(&run)).catch_unwind();
        let outcome = tokio::select! {
            outcome = running => Some(outcome.unwrap_or_else(|_panic| Err("it panicked".into()))),
            () = self.until_lost(&run.claim) => None,
        };
        let looked = match outcome {
            Some(Ok(message)) => Looked::Done { message },
            Some(Err(error)) => Looked::Failed { message: chain(error.as_ref()).to_string() },
            None => Looked::Lost,
        };
        self.note(job, &looked, began.elapsed());
        let ended = self.end(job, (&run.claim, n_failures), &looked).await;
        if ended.is_ok() {
            held.claim = None;
        }
        ended.map(|()| looked)
    }

    /// Takes the lease, and the job with it if it is due.
    async fn begin(&self, job: &dyn Job, when: When) -> DbResult<Begun> {
        let (name, schedule) = (job.name(), job.schedule());
        let now = self.db.clock().now();
        // Most looks find nothing to do: they only read.
        let known = self.db.read(async |conn| JobRow::find(conn, name).await).await?;
        if let Some(row) = known.filter(|it| when == When::Due && it.next_run_at > now) {
            stands(&row);
            return Ok(Begun::Not(Looked::NotDue { at: row.next_run_at }));
        }
        let claim = LeaseClaim::new(format!("job:{name}"), LEASE);
        let begun = self.db.write(async |uow| {
            uow.plan_job(name, schedule.first(uow.now())).await?;
            if let Taken::Theirs { expires_at } = uow.take_lease(&claim).await? {
                return Ok(Begun::Not(Looked::Running { until: expires_at }));
            }
            // Read under the lease: somebody may have run it since.
            let row = uow.find(JobNamed(name)).await?;
            let row = row.ok_or_else(|| DbError::Invalid(format!("the job {name} is gone")))?;
            if when == When::Due && row.next_run_at > uow.now() {
                uow.give_back_lease(&claim).await?;
                return Ok(Begun::Not(Looked::NotDue { at: row.next_run_at }));
            }
            uow.begin_job(name).await?;
            let run = Run { claim: claim.clone(), progress: row.progress };
            Ok::<_, DbError>(Begun::Ours { run, n_failures: row.n_failures })
        });
        Ok(begun.await?.0)
    }

    /// Renews the lease until somebody else has it.
    async fn until_lost(&self, claim: &LeaseClaim) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.db.write(async |uow| uow.renew_lease(claim).await).await {
                Ok(renewed) if renewed.0 => {}
                Ok(_) => return,
                // If it stays so, the job's own transactions fail as well.
                Err(error) => {
                    let error: DbError = error;
                    tracing::warn!(lease = claim.name, error = %chain(&error), "a lease cannot be renewed");
                }
            }
        }
    }

    /// Notes how it ended and gives the lease back, by one transaction.
    async fn end(
        &self,
        job: &dyn Job,
        (claim, n_failures): (&LeaseClaim, i32),
        looked: &Looked,
    ) -> DbResult<()> {
        let schedule = job.schedule();
        let ending = self.db.write(async |uow| {
            let now = uow.now();
            let end = match looked {
                Looked::Done { message } => JobEnd {
                    next_run_at: schedule.next(now),
                    n_failures: 0,
                    message: message.clone(),
                    is_done: true,
                },
                Looked::Failed { message } => {
                    let n_failures = n_failures.saturating_add(1);
                    let next_run_at = schedule.retry(now, n_failures);
                    JobEnd { next_run_at, n_failures, message: message.clone(), is_done: false }
                }
                // Whoever took over notes how theirs ends.
                Looked::Lost | Looked::NotDue { .. } | Looked::Running { .. } => return Ok(None),
            };
            if uow.give_back_lease(claim).await? {
                uow.end_job(job.name(), &end).await?;
            }
            uow.find(JobNamed(job.name())).await
        });
        if let Some(row) = ending.await?.0 {
            stands(&row);
        }
        Ok(())
    }

    fn note(&self, job: &dyn Job, looked: &Looked, took: Duration) {
        let name = job.name();
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match looked {
            Looked::Done { message } => {
                metrics::job_ran(name, Outcome::Succeeded, took);
                tracing::info!(job = name, took_ms, message, "a job is done");
            }
            Looked::Failed { message } => {
                metrics::job_ran(name, Outcome::Failed, took);
                tracing::warn!(job = name, took_ms, error = message, "a job failed and is tried again");
            }
            _ => {
                metrics::job_ran(name, Outcome::Failed, took);
                tracing::warn!(job = name, took_ms, "somebody else took a job over");
            }
        }
    }

    /// How long until the next look.
    fn wait_after(&self, job: &dyn Job, looked: Option<&Looked>) -> Duration {
        let now = self.db.clock().now();
        let until = |at: Instant| {
            Duration::try_from(at.timestamp().duration_since(now.timestamp())).unwrap_or(Duration::ZERO)
        };
        match looked {
            Some(Looked::NotDue { at }) => {
                let left = until(*at);
                // What is far away may change; what is near is waited for, each process for a time of its own.
                if left > LOOK_EVERY { LOOK_EVERY } else { left + self.jitter.up_to(job.schedule().spread()) }
            }
            Some(Looked::Running { until: at }) => until(*at).clamp(Duration::from_secs(1), LOOK_EVERY),
            // The row tells when it is due next.
            Some(Looked::Done { .. } | Looked::Failed { .. } | Looked::Lost) => Duration::ZERO,
            None => LOOK_EVERY,
        }
    }
}

/// A lease that is given back when it is dropped, if it was not before.
struct Held {
    db: Db,
    claim: Option<LeaseClaim>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(claim) = self.claim.take() else { return };
        // Nobody can be told any more when the runtime itself goes: the lease ends by itself.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let db = self.db.clone();
        spawn(async move {
            let given: Result<_, DbError> = db.write(async |uow| uow.give_back_lease(&claim).await).await;
            if let Err(error) = given {
                tracing::warn!(lease = claim.name, error = %chain(&error), "a lease cannot be given back; it ends by itself");
            }
        });
    }
}

/// Tells the metrics where a job stands.
pub(super) fn stands(row: &JobRow) {
    // Microseconds of this century fit a float exactly.
    let seconds = |at: Instant| at.timestamp().as_duration().as_secs_f64();
    let standing = JobStanding {
        next_run_at: seconds(row.next_run_at),
        last_run_at: row.finished_at.map(seconds),
        n_failures: row.n_failures,
    };
    metrics::job_stands(&row.name, standing);
}

/// The job of a name, for transactions.
struct JobNamed<'a>(&'a str);

impl crate::db::UniqueKey for JobNamed<'_> {
    type Row = JobRow;

    async fn find(self, conn: &mut crate::db::DbConn) -> DbResult<Option<JobRow>> {
        JobRow::find(conn, self.0).await
    }
}
