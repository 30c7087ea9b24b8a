//! `inhouse serve`: the server, until a signal stops it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::output;
use crate::app;
use crate::config::Settings;
use crate::telemetry::LogFormat;

pub(super) async fn run(settings: Settings) -> anyhow::Result<()> {
    let (form, graphiql) = (settings.telemetry.format, settings.http.graphiql);
    app::serve(settings, |address| welcome(address, form, graphiql)).await
}

/// Tells where to look. A program that reads the log as JSON gets no other line.
fn welcome(address: SocketAddr, form: LogFormat, graphiql: bool) {
    let url = format!("http://{}", reachable(address));
    let text = match (form, graphiql) {
        (LogFormat::Json, _) => {
            tracing::info!(%url, "serving");
            return;
        }
        (LogFormat::Text, true) => {
            format!("inhouse serves GraphiQL at {url}/ and GraphQL at {url}/graphql\n")
        }
        (LogFormat::Text, false) => format!("inhouse serves GraphQL at {url}/graphql\n"),
    };
    if let Err(error) = output::say(&text) {
        tracing::warn!(error = format!("{error:#}"), url, "serving");
    }
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_all_interfaces_is_told_as_one_that_can_be_opened() {
        for (bound, told) in
            [("0.0.0.0:8000", "127.0.0.1:8000"), ("[::]:80", "[::1]:80"), ("10.0.0.7:8000", "10.0.0.7:8000")]
        {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), told);
        }
    }
}
