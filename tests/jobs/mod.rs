//! Jobs by the clock: when they run, that one process runs each, and what becomes of a run that does not end.
//!
//! The clock is each process's own; nothing waits for time to pass.

mod program;
mod runner;
