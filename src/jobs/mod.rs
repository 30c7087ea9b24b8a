//! Work that goes on beside requests, in every process that serves.
//!
//! Starts work that lives elsewhere, and decides when.

mod forget;
mod sweep;

pub use forget::{forget, forget_expired};
pub use sweep::sweep_outbox;
