//! Waiting for news, on a connection of its own: a command that blocks would hold up every other on a shared one.

use std::sync::PoisonError;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::time::timeout;

use super::entries::{self, Streams};
use super::epoch::vouched_for;
use super::read::extend;
use super::{PAGE, RedisLog};
use crate::cache::Position;
use crate::cache::log::{Epoch, Tail};
use crate::cache::redis::{CallError, Link, Purpose, connect};

/// How long Redis holds a question open.
const BLOCK: Duration = Duration::from_secs(5);

/// How long anything else may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// The connection that waits.
pub(super) struct Follower {
    connection: MultiplexedConnection,
    /// Number of the shared connection: this one leads to the same server.
    beside: u64,
    /// What was last told.
    epoch: Option<Epoch>,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("beside", &self.beside).finish_non_exhaustive()
    }
}

impl RedisLog {
    /// Waits for records behind `after`, or for another epoch than the one it told of before.
    pub(super) async fn next_tail(&self, mut after: Position) -> Result<Tail, CallError> {
        let link = self.server.link(Purpose::Read).await?;
        let mut connections = self.server.connections();
        let idle = self.follower.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut follower = match idle.filter(|it| it.beside == link.number) {
            Some(follower) => follower,
            None => follow_beside(&link).await?,
        };
        loop {
            let is_new = |latest: &u64| *latest != link.number;
            let tail = tokio::select! {
                tail = self.wait(&mut follower.connection, &link, after) => tail?,
                // Another server, perhaps: the old one may be silent for long.
                _changed = connections.wait_for(is_new) => return Err(CallError::Down),
            };
            let is_another = follower.epoch.as_ref().is_some_and(|it| *it != tail.epoch);
            follower.epoch = Some(tail.epoch.clone());
            if is_another || !tail.records.is_empty() {
                *self.follower.lock().unwrap_or_else(PoisonError::into_inner) = Some(follower);
                return Ok(tail);
            }
            after = tail.position;
        }
    }

    async fn wait(
        &self,
        connection: &mut MultiplexedConnection,
        link: &Link,
        after: Position,
    ) -> Result<Tail, CallError> {
        let mut commands = redis::pipe();
        commands.cmd("XREAD").arg("BLOCK").arg(BLOCK.as_millis().to_string()).arg("COUNT").arg(PAGE);
        commands.arg("STREAMS").arg(self.changes_key()).arg(after.to_string());
        commands.cmd("GET").arg(self.epoch_key());
        let answer = timeout(BLOCK.saturating_add(PATIENCE), commands.query_async(connection)).await;
        let (streams, epoch): (Streams, Option<String>) = answer.map_err(|_elapsed| CallError::Timeout)??;
        // Whoever reads next begins one.
        let epoch = vouched_for(epoch, link).ok_or(CallError::Unsettled)?;
        let mut tail = Tail { epoch, position: after, connection: link.number, ..Tail::default() };
        extend(&mut tail, &entries::of_one_stream(streams))?;
        Ok(tail)
    }
}

/// A second connection to the same server.
async fn follow_beside(link: &Link) -> Result<Follower, CallError> {
    let connection = timeout(PATIENCE, Box::pin(connect(&link.info))).await;
    let connection = connection.map_err(|_elapsed| CallError::Timeout)?.map_err(CallError::Connect)?;
    Ok(Follower { connection, beside: link.number, epoch: None })
}
