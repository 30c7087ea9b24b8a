//! Sockets on a whole server: of real sessions and tokens, over a real connection, and in a program that is stopped.
//!
//! The protocol itself is tested beside its code, where time can be paused.

mod client;
mod session;
mod stop;
