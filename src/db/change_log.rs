//! The change log of an embedded database: the outbox table of the same file.
//!
//! The record commits with the change, so there is nothing to begin and nothing to lose. Whether anybody committed,
//! another process included, is asked on a connection of its own: SQLite tells it of every commit but its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Nullable};
use diesel::{Connection as _, QueryResult, RunQueryDsl as _, SqliteConnection};
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use super::outbox;
use super::schema::change_outbox;
use crate::cache::{ChangeLog, ChangeLogError, Epoch, Position, Record, Tail};
use crate::types::Clock;

/// What the connection is told when it is opened.
const SET_UP: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL;";

/// Records of one read.
const PAGE: i64 = 10_000;

/// How often a follower looks for commits of other processes: a look takes less than a tenth of a millisecond.
const LOOK_EVERY: Duration = Duration::from_millis(10);

type Answer<T> = oneshot::Sender<Result<T, ChangeLogError>>;

enum Question {
    Read(Position, Answer<Tail>),
    Append(Record, Answer<()>),
}

/// The outbox table of a file as its change log.
#[derive(Clone, Debug)]
pub struct SqliteLog {
    questions: Sender<Question>,
    /// Told of each commit of this process.
    committed: Arc<Notify>,
}

impl SqliteLog {
    /// The log of this file, whose schema must be there when it is first read.
    #[must_use]
    pub fn open(path: PathBuf, clock: Clock) -> Arc<Self> {
        let (questions, asked) = channel();
        // A thread and no task: the answer takes microseconds, less than finding a worker that may block.
        let watcher = Watcher { path, clock, watch: None };
        let spawned = std::thread::Builder::new().name("change-log".to_owned()).spawn(|| watcher.run(asked));
        if let Err(error) = spawned {
            tracing::error!(%error, "the thread that watches the database cannot be started");
        }
        Arc::new(Self { questions, committed: Arc::default() })
    }

    async fn ask<T>(&self, question: impl FnOnce(Answer<T>) -> Question) -> Result<T, ChangeLogError> {
        let (answer, answered) = oneshot::channel();
        let gone = || ChangeLogError::unreachable("the thread that watches the database is gone");
        self.questions.send(question(answer)).map_err(|_undelivered| gone())?;
        answered.await.map_err(|_unanswered| gone())?
    }
}

impl ChangeLog for SqliteLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        Box::pin(self.ask(|answer| Question::Append(record.clone(), answer)))
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(self.ask(move |answer| Question::Read(after, answer)))
    }

    /// Looks at once after a commit of this process, and often enough to hear of other processes' soon.
    fn follow(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        Box::pin(async move {
            loop {
                let committed = self.committed.notified();
                let mut committed = std::pin::pin!(committed);
                committed.as_mut().enable();
                let tail = self.read(after).await?;
                if !tail.records.is_empty() || tail.forgotten.is_some() {
                    return Ok(tail);
                }
                // It only shortens the wait: at its end there is a look either way.
                let _ = tokio::time::timeout(LOOK_EVERY, committed).await;
            }
        })
    }

    fn committed(&self) {
        self.committed.notify_waiters();
    }
}

/// The thread's own: the connection and what it has seen.
struct Watcher {
    path: PathBuf,
    clock: Clock,
    watch: Option<Watch>,
}

struct Watch {
    conn: SqliteConnection,
    /// The file's version when it was last read to the end, and where that was.
    read_to: Option<(i64, Position)>,
}

impl Watcher {
    fn run(mut self, asked: Receiver<Question>) {
        for question in asked {
            match question {
                Question::Read(after, answer) => {
                    let tail = self.with_watch(|watch, _| watch.read(after));
                    // A reader that went away does not need it.
                    let _ = answer.send(tail);
                }
                Question::Append(record, answer) => {
                    let outcome = self.with_watch(|watch, clock| watch.append(&record, clock));
                    let _ = answer.send(outcome);
                }
            }
        }
    }

    /// A connection that failed is opened anew by the next question.
    fn with_watch<T>(
        &mut self,
        run: impl FnOnce(&mut Watch, &Clock) -> QueryResult<T>,
    ) -> Result<T, ChangeLogError> {
        let mut watch = match self.watch.take() {
            Some(watch) => watch,
            None => Watch::open(&self.path)?,
        };
        let value = run(&mut watch, &self.clock).map_err(ChangeLogError::unreachable)?;
        self.watch = Some(watch);
        Ok(value)
    }
}

impl Watch {
    fn open(path: &std::path::Path) -> Result<Self, ChangeLogError> {
        let opened = SqliteConnection::establish(&path.to_string_lossy());
        let mut conn = opened.map_err(ChangeLogError::unreachable)?;
        conn.batch_execute(SET_UP).map_err(ChangeLogError::unreachable)?;
        Ok(Self { conn, read_to: None })
    }

    /// Everything behind `after`. Asks for the file's version first: what is committed while the rows are read may be
    /// among them, and is looked for again next time.
    fn read(&mut self, after: Position) -> QueryResult<Tail> {
        let version = self.version()?;
        let is_quiet = self.read_to.is_some_and(|(seen, to)| seen == version && after >= to);
        if is_quiet {
            return Ok(Tail { position: after, ..Tail::default() });
        }
        let mut tail = Tail { position: after, epoch: Epoch::default(), ..Tail::default() };
        loop {
            let rows = self.page(tail.position)?;
            let n_rows = rows.len();
            for (id, deps) in rows {
                let position = Position::nth(id.cast_unsigned());
                let is_gap = position.count() > tail.position.count().saturating_add(1);
                if is_gap {
                    // Ids have no gaps of their own: what is missing was trimmed.
                    tail.forgotten = Some(Position::nth(position.count().saturating_sub(1)));
                }
                tail.position = position;
                // Rows that cannot be read may name anything.
                let deps = outbox::from_json(deps).unwrap_or_else(|_| vec![crate::cache::Dep::Everything]);
                tail.records.push((position, Record::Changed { deps }));
            }
            if i64::try_from(n_rows).is_ok_and(|n_rows| n_rows < PAGE) {
                break;
            }
        }
        let last = Position::nth(self.last_id()?.cast_unsigned());
        if tail.records.is_empty() && last > tail.position {
            tail.forgotten = Some(last);
            tail.position = last;
        }
        self.read_to = Some((version, tail.position));
        Ok(tail)
    }

    fn append(&mut self, record: &Record, clock: &Clock) -> QueryResult<()> {
        use diesel::ExpressionMethods as _;

        let Record::Changed { deps } = record else {
            // The row that the transaction wrote is the record.
            return Ok(());
        };
        let deps =
            outbox::to_json(deps).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        let row = (
            change_outbox::deps.eq(deps),
            change_outbox::events.eq(serde_json::Value::Array(Vec::new())),
            change_outbox::created_at.eq(clock.now()),
        );
        // SQLite does not tell a connection of its own commits.
        self.read_to = None;
        diesel::insert_into(change_outbox::table).values(row).execute(&mut self.conn)?;
        Ok(())
    }

    fn version(&mut self) -> QueryResult<i64> {
        #[derive(diesel::QueryableByName)]
        struct Version {
            #[diesel(sql_type = BigInt)]
            data_version: i64,
        }
        let version: Version = diesel::sql_query("PRAGMA data_version").get_result(&mut self.conn)?;
        Ok(version.data_version)
    }

    fn page(&mut self, after: Position) -> QueryResult<Vec<(i64, serde_json::Value)>> {
        use diesel::{ExpressionMethods as _, QueryDsl as _};

        change_outbox::table
            .filter(change_outbox::id.gt(after.count().cast_signed()))
            .order(change_outbox::id)
            .limit(PAGE)
            .select((change_outbox::id, change_outbox::deps))
            .load(&mut self.conn)
    }

    /// The newest id there ever was; it outlives trimmed rows.
    fn last_id(&mut self) -> QueryResult<i64> {
        let last = diesel::dsl::sql::<Nullable<BigInt>>(
            "(SELECT seq FROM sqlite_sequence WHERE name = 'change_outbox')",
        );
        let last: Option<i64> = diesel::select(last).get_result(&mut self.conn)?;
        Ok(last.unwrap_or_default())
    }
}
