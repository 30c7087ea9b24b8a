//! How the program shows what it does: log set-up and tasks that keep their span.

use tracing::Instrument as _;

/// Spawns a task that stays inside the current span.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns; it keeps the span")]
pub fn spawn<F>(task: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(task.in_current_span())
}
