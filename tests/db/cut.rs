//! Futures dropped at each point where they wait, the same points in every run.
//!
//! What must hold afterwards is said by the tests that use it.

use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::task::Poll;

use futures_util::future::poll_fn;

use crate::support::Backend;

/// Where a future is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// While the statement it waits for has not been answered.
    Waiting(usize),
    /// When the answer is there and it would go on.
    Answered(usize),
}

/// Every cut of a future that is polled `n` times.
pub(crate) fn cuts() -> impl Iterator<Item = Cut> {
    (1..).flat_map(|n| [Cut::Waiting(n), Cut::Answered(n)])
}

/// Runs a test whose futures are ready no sooner than at the next poll, so that `n` polls are `n` statements: what answers
/// is one thread, and [`within`] keeps it busy during a poll. That is the blocking thread for SQLite, and for Postgres the
/// worker, on which its connections are driven. A statement dropped on a runtime of one thread would panic: diesel waits in
/// place until it has ended.
pub(crate) fn step_by_step(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if Backend::current() == Backend::Sqlite {
        runtime.max_blocking_threads(1);
    }
    runtime.worker_threads(1).enable_all().build().unwrap().block_on(test);
}

/// Keeps the thread that answers from answering until what is returned is dropped.
fn keep_busy() -> Sender<()> {
    let (open, gate) = channel::<()>();
    match Backend::current() {
        // The thread takes its work in order, so this is before whatever the poll asks of it.
        Backend::Sqlite => drop(tokio::task::spawn_blocking(move || gate.recv())),
        Backend::Postgres => {
            let (begin, begun) = channel::<()>();
            drop(inhouse::telemetry::spawn(async move {
                begin.send(()).unwrap();
                let _ = gate.recv();
            }));
            begun.recv().unwrap();
        }
    }
    open
}

/// Polls a future, each time when it asks for it, and drops it at the cut if it is not ready before.
pub(crate) async fn within<T>(cut: Cut, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut n_polls = 0;
    poll_fn(|cx| {
        if matches!(cut, Cut::Answered(n) if n == n_polls) {
            return Poll::Ready(None);
        }
        n_polls += 1;
        let open = keep_busy();
        let outcome = future.as_mut().poll(cx).map(Some);
        drop(open);
        match (outcome, cut) {
            (Poll::Pending, Cut::Waiting(n)) if n == n_polls => Poll::Ready(None),
            (outcome, _) => outcome,
        }
    })
    .await
}
