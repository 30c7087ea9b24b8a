//! The server that `scripts/bench` measures: all of `inhouse serve`, and the route `POST /static`, which answers the
//! bytes of a file. What the page costs is told against it, as both are in one process behind the same layers.
//!
//! Takes `--static FILE`, and settings from the environment. Not in the program itself, which must not have a route that
//! nobody needs. Like every target for development it is built with the features that tests ask of the dependencies,
//! which costs both routes the same: tokio looks whether time is paused.

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::post;
use inhouse::app;
use inhouse::config::{Settings, Sources};
use inhouse::telemetry;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` and `cargo bench` run every target of this kind, with arguments of their own, and mean no
    // server.
    let [flag, file] = arguments.as_slice() else { return hint() };
    if flag != "--static" {
        return hint();
    }
    match run(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn hint() -> ExitCode {
    tell("nothing to run here: scripts/bench starts this server with --static FILE");
    ExitCode::SUCCESS
}

fn tell(line: &str) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// As `inhouse serve`, until a signal stops it.
fn run(file: &str) -> anyhow::Result<()> {
    let answer = fs::read(file).with_context(|| format!("{file} cannot be read"))?;
    let settings = Settings::load(&Sources::of_process(Vec::new(), None))?;
    telemetry::init(&settings.telemetry)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let serving = app::serve_with(settings, static_route(answer.into()), |_address| {});
    runtime.block_on(Box::pin(serving))
}

/// Answers without any work, under the headers of an answer of GraphQL, so that as many bytes are sent.
fn static_route(answer: Bytes) -> Router {
    let headers = [(CONTENT_TYPE, "application/json; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Router::new().route("/static", post(async move || (headers, answer.clone())))
}
