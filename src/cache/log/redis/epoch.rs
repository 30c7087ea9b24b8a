//! Epochs: which history of the stream this is, and when it has to end.
//!
//! An epoch's name is the run of the server that made it and a random token. A server of another run may have gone back
//! in time (restarted from an old snapshot, promoted while it lagged), so it cannot vouch for an epoch it did not make.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{RedisLog, entries};
use crate::cache::log::Epoch;
use crate::cache::redis::{CallError, Link, Purpose};
use crate::cache::token::random_token;

/// Stands for a run that the server hides.
const HIDDEN: &str = "?";

impl RedisLog {
    /// Begins a new history: an empty stream but for its mark, and an epoch. Of two processes that do it at once the
    /// last wins, and everybody adopts what is stored at the next read.
    pub(super) async fn begin_epoch(&self, link: &Link, purpose: Purpose) -> Result<(), CallError> {
        let token = random_token();
        let epoch = format!("{}:{token}", run_of(link));
        let mut commands = redis::pipe();
        commands.atomic();
        commands.cmd("DEL").arg(self.changes_key());
        commands.cmd("XADD").arg(self.changes_key()).arg("*").arg(entries::MARK).arg(token);
        commands.cmd("SET").arg(self.epoch_key()).arg(&epoch);
        // A record refused from now on is not made up for by what is sent now.
        let n_refused = self.n_refused.load(Ordering::Acquire);
        self.server.send::<()>(link, purpose, &commands).await?;
        self.n_settled.fetch_max(n_refused, Ordering::AcqRel);
        if link.run_id.is_none() {
            *self.begun_on.lock().unwrap_or_else(PoisonError::into_inner) = Some(link.number);
        }
        tracing::info!(%epoch, "a new epoch of the change log begins");
        Ok(())
    }

    /// Whether an epoch has to begin on this connection, whatever Redis holds.
    pub(super) fn owes_epoch(&self, link: &Link) -> bool {
        let begun_on = *self.begun_on.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody can tell whether this is still the server, and the run, of the connection before.
        let is_new_and_nameless = link.run_id.is_none() && begun_on != Some(link.number);
        is_new_and_nameless || self.n_settled.load(Ordering::Acquire) < self.n_refused.load(Ordering::Acquire)
    }
}

/// The stored epoch, if the server at the other end can vouch for it.
pub(super) fn vouched_for(stored: Option<String>, link: &Link) -> Option<Epoch> {
    let stored = stored?;
    let (run, _token) = stored.split_once(':')?;
    (run == run_of(link)).then(|| Epoch(stored.into()))
}

fn run_of(link: &Link) -> &str {
    link.run_id.as_deref().unwrap_or(HIDDEN)
}
