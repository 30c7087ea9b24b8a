//! The protocol as a client meets it, code by code, on a server whose feeds and people the test drives.
//!
//! Time is paused and connections are inside the process, so that every timer is exact and nothing is waited for.

mod client;
mod credentials;
mod handshake;
mod limits;
mod operations;
mod states;
mod stopping;
