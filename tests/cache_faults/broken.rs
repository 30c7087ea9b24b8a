//! Protocols that are wrong on purpose: with one of them, the checker has to find stale reads, else it finds nothing.
//!
//! Made of the cache's public parts, put together wrongly. Nothing of this is in the program.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use inhouse::cache::{
    Cache, ChangeLog, ChangeLogError, Fetched, Kind, Position, Record, RedisLog, Space, Tail, TtlClass,
};
use inhouse::db::Entity as _;
use inhouse::db::models::UserRow;
use inhouse::loader::ReadPath;
use inhouse::telemetry::{self, chain};
use inhouse::types::{EntityId as _, UserId};
use tokio::time::{Instant, sleep};

/// How much later than its writer everybody else hears of a change.
const DELAY: Duration = Duration::from_millis(20);

/// How long a table is taken for current.
const REFRESH: Duration = Duration::from_millis(50);

/// How long a reader takes between the database and the cache.
const DAWDLE: Duration = Duration::from_millis(5);

/// A log that is told of changes after COMMIT only, behind the writer's back; whoever reads it gets what it brought last.
#[derive(Debug)]
pub(super) struct LateLog {
    inner: Arc<RedisLog>,
    last: Mutex<Option<(Instant, Tail)>>,
}

impl LateLog {
    pub(super) fn new(inner: RedisLog) -> Self {
        Self { inner: Arc::new(inner), last: Mutex::default() }
    }
}

impl ChangeLog for LateLog {
    fn append<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<(), ChangeLogError>> {
        if !matches!(record, Record::Begin { .. }) {
            let (inner, record) = (Arc::clone(&self.inner), record.clone());
            telemetry::spawn(async move {
                sleep(DELAY).await;
                if let Err(error) = inner.append(&record).await {
                    tracing::warn!(error = %chain(&error), "a late record got lost");
                }
            });
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn read(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        let last = self.last.lock().unwrap().clone();
        if let Some((_, tail)) = last.filter(|(at, _)| at.elapsed() < REFRESH) {
            let tail = Tail { records: Vec::new(), position: after, forgotten: None, ..tail };
            return Box::pin(std::future::ready(Ok(tail)));
        }
        Box::pin(async move {
            let tail = self.inner.read(after).await?;
            *self.last.lock().unwrap() = Some((Instant::now(), tail.clone()));
            Ok(tail)
        })
    }

    fn follow(&self, after: Position) -> BoxFuture<'_, Result<Tail, ChangeLogError>> {
        self.inner.follow(after)
    }

    fn lease(&self) -> Option<Duration> {
        self.inner.lease()
    }
}

/// Reads that store what they read as of a check made afterwards.
pub(super) struct MisorderedReads {
    read_path: ReadPath,
}

impl MisorderedReads {
    const USERS: Space = Space { kind: Kind::Row, name: UserRow::MODEL };

    pub(super) fn new(read_path: &ReadPath) -> Self {
        Self { read_path: read_path.clone() }
    }

    /// The MMR of a user.
    pub(super) async fn mmr(&self, id: UserId) -> Result<i32, String> {
        let cache: &Cache = self.read_path.cache();
        let (key, dep) = (Self::USERS.key(id.pk()), Self::USERS.dep(id.pk()));
        let as_of = cache.check().await.ok_or("the log is lost")?;
        if let Some(Some(row)) = cache.lookup::<UserRow>(&as_of, &key).await {
            return row.mmr.ok_or_else(|| "no MMR".to_owned());
        }
        let value = self.read_path.loaders(None).one::<UserRow>(id).await.map_err(|it| it.to_string())?;
        sleep(DAWDLE).await;
        let too_late = cache.check().await.ok_or("the log is lost")?;
        let fetched = Fetched { value: value.clone(), ttl: TtlClass::Default };
        cache.fill_from(&too_late, key, &[dep], &fetched);
        value.and_then(|row| row.mmr).ok_or_else(|| "no MMR".to_owned())
    }
}
