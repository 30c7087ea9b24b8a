//! Reading the log: proof that nothing newer is there, and what is, in one round trip.
//!
//! In one pipeline, in this order: the records, then the epoch, then whether the stream exists, then a write without an
//! effect. A flush between two commands shows in the later ones. The write fails where an append would: on a replica, and
//! on a server that refuses writes at the moment and so cannot have been told of what is committed meanwhile.

use std::sync::PoisonError;

use super::entries::{self, Entry, Streams};
use super::epoch::vouched_for;
use super::{PAGE, RedisLog};
use crate::cache::log::{Epoch, Tail};
use crate::cache::redis::{CallError, Link, Purpose};
use crate::cache::{Position, Record};

/// How often a read starts anew because the epoch changed.
const ATTEMPTS: usize = 8;

/// What one round trip brings.
struct Page {
    entries: Vec<Entry>,
    /// The oldest entry of the stream, if asked for.
    oldest: Option<Entry>,
    epoch: Option<String>,
    exists: bool,
}

impl RedisLog {
    pub(super) async fn read_tail(&self, after: Position) -> Result<Tail, CallError> {
        let known = self.known();
        let mut has_reconnected = false;
        for _ in 0..ATTEMPTS {
            let link = self.server.link(Purpose::Read).await?;
            match self.try_read(&link, after, known.as_ref()).await {
                Ok(Some(tail)) => {
                    *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(tail.epoch.clone());
                    return Ok(tail);
                }
                Ok(None) => {}
                // An idle connection may have been closed long ago.
                Err(error) if error.is_lost() && !has_reconnected => has_reconnected = true,
                Err(error) => return Err(error),
            }
        }
        Err(CallError::Unsettled)
    }

    /// The tail; nothing if the epoch changed on the way, or had to.
    async fn try_read(
        &self,
        link: &Link,
        after: Position,
        known: Option<&Epoch>,
    ) -> Result<Option<Tail>, CallError> {
        if self.owes_epoch(link) {
            self.begin_epoch(link, Purpose::Read).await?;
        }
        let page = self.first_page(link, after).await?;
        let Some(epoch) = self.epoch_of(&page, link) else {
            self.begin_epoch(link, Purpose::Read).await?;
            return Ok(None);
        };
        if known == Some(&epoch) {
            return self.read_on(link, after, page, epoch).await;
        }
        // The records may be of the history that ended between them and the epoch: they are read again, and of a
        // history this process has not read yet from the beginning.
        let after = if known.is_some() { Position::ZERO } else { after };
        let page = self.first_page(link, after).await?;
        if self.epoch_of(&page, link).as_ref() != Some(&epoch) {
            return Ok(None);
        }
        self.read_on(link, after, page, epoch).await
    }

    /// The tail that begins with `page`, with all that follows.
    async fn read_on(
        &self,
        link: &Link,
        after: Position,
        page: Page,
        epoch: Epoch,
    ) -> Result<Option<Tail>, CallError> {
        let mut tail = Tail { epoch, position: after, connection: link.number, ..Tail::default() };
        let Some(oldest) = page.entries.first() else {
            // From the beginning there is at least the mark, or what it was trimmed for.
            if after != Position::ZERO {
                return Ok(Some(tail));
            }
            self.begin_epoch(link, Purpose::Read).await?;
            return Ok(None);
        };
        if after == Position::ZERO {
            tail.forgotten = entries::forgotten(oldest, after)?;
        }
        let mut n_entries = page.entries.len();
        extend(&mut tail, &page.entries)?;
        while n_entries >= PAGE {
            let page = self.next_page(link, tail.position).await?;
            if self.epoch_of(&page, link).as_ref() != Some(&tail.epoch) {
                return Ok(None);
            }
            // Asked after the records: what is still there then was there before, so no trimming between two pages
            // can hide a gap.
            tail.forgotten = page.oldest.map(|it| entries::forgotten(&it, after)).transpose()?.flatten();
            n_entries = page.entries.len();
            extend(&mut tail, &page.entries)?;
        }
        Ok(Some(tail))
    }

    fn epoch_of(&self, page: &Page, link: &Link) -> Option<Epoch> {
        vouched_for(page.epoch.clone(), link).filter(|_| page.exists)
    }

    async fn first_page(&self, link: &Link, after: Position) -> Result<Page, CallError> {
        let mut commands = redis::pipe();
        self.ask_records(&mut commands, after);
        self.ask_state(&mut commands);
        let (streams, epoch, exists, _n_removed): (Streams, _, _, u64) =
            self.server.send(link, Purpose::Read, &commands).await?;
        Ok(Page { entries: entries::of_one_stream(streams), oldest: None, epoch, exists })
    }

    async fn next_page(&self, link: &Link, after: Position) -> Result<Page, CallError> {
        let mut commands = redis::pipe();
        self.ask_records(&mut commands, after);
        commands.cmd("XRANGE").arg(self.changes_key()).arg("-").arg("+").arg("COUNT").arg(1);
        self.ask_state(&mut commands);
        let (streams, oldest, epoch, exists, _n_removed): (Streams, Vec<Entry>, _, _, u64) =
            self.server.send(link, Purpose::Read, &commands).await?;
        let entries = entries::of_one_stream(streams);
        Ok(Page { entries, oldest: oldest.into_iter().next(), epoch, exists })
    }

    fn ask_records(&self, commands: &mut redis::Pipeline, after: Position) {
        commands.cmd("XREAD").arg("COUNT").arg(PAGE);
        commands.arg("STREAMS").arg(self.changes_key()).arg(after.to_string());
    }

    fn ask_state(&self, commands: &mut redis::Pipeline) {
        commands.cmd("GET").arg(self.epoch_key());
        commands.cmd("EXISTS").arg(self.changes_key());
        commands.cmd("DEL").arg(self.server.probe_key());
    }
}

/// Adds entries to a tail. A mark is no record, but moves the position.
pub(super) fn extend(tail: &mut Tail, found: &[Entry]) -> Result<(), CallError> {
    for entry in found {
        tail.position = entries::position(entry)?;
        tail.records.extend(entries::record(entry).map(|it: Record| (tail.position, it)));
    }
    Ok(())
}
