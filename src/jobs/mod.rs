//! Work that goes on beside requests, in every process that serves.
//!
//! Starts work that lives elsewhere, and decides when.

mod sweep;

pub use sweep::sweep_outbox;
