//! Logging in and out, as a browser and a script meet it: routes, cookies, accounts, sessions, tokens.
//!
//! Discord is played by a server of the test's own, which checks what Discord would check.

pub(crate) mod browser;
mod by_discord;
mod dev;
mod discord;
mod expiry;
mod logout;
mod program;
mod refused;
pub(crate) mod site;
mod throttle;
mod tokens;
mod viewer;
