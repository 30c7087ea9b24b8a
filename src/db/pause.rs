//! Places where a test can hold a commit, to kill the process there. In a release build nothing can be held.
//!
//! Holds nothing unless a test has asked for it.

#[cfg(debug_assertions)]
pub use armed::hold_at;

/// The steps of a commit at which it can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The rows are written, the outbox row is not.
    Written,
    /// The outbox row is written, `Begin` is not appended.
    Stored,
    /// `Begin` is appended, nothing is committed.
    Begun,
    /// The transaction is committed, `End` is not appended.
    Committed,
    /// `End` is appended, the outbox row is still there.
    Ended,
    /// The outbox row is deleted, the writer is not told.
    Deleted,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 6] =
        [Self::Written, Self::Stored, Self::Begun, Self::Committed, Self::Ended, Self::Deleted];
}

/// Goes on, unless a test holds this step.
#[cfg(debug_assertions)]
pub(super) async fn at(step: Step) {
    if armed::is_held(step) {
        std::future::pending::<()>().await;
    }
}

/// Goes on.
#[cfg(not(debug_assertions))]
pub(super) async fn at(_step: Step) {}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{Mutex, PoisonError};

    use super::Step;

    type OnHeld = Box<dyn Fn() + Send>;

    static HOLD: Mutex<Option<(Step, OnHeld)>> = Mutex::new(None);

    /// Holds every commit of this process at `step`, for good; `on_held` is told when one got there.
    pub fn hold_at(step: Step, on_held: impl Fn() + Send + 'static) {
        *HOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some((step, Box::new(on_held)));
    }

    pub(super) fn is_held(step: Step) -> bool {
        let hold = HOLD.lock().unwrap_or_else(PoisonError::into_inner);
        let held = hold.as_ref().filter(|(wanted, _)| *wanted == step);
        if let Some((_, on_held)) = held {
            on_held();
        }
        held.is_some()
    }
}
