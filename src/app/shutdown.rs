//! Turns signals into a request to stop, and a second Ctrl-C into an end at once.
//!
//! Stops nothing itself: whoever holds the token does that in order.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::telemetry;

/// What a shell reports of a program that Ctrl-C ended.
const ENDED_BY_INTERRUPT: i32 = 130;

/// A token that is cancelled at the first SIGINT or SIGTERM.
pub(super) fn on_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stopping = stop.clone();
    telemetry::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping when running requests are answered; Ctrl-C stops at once");
        stopping.cancel();
        interrupt.recv().await;
        std::process::exit(ENDED_BY_INTERRUPT);
    });
    Ok(stop)
}
