//! Sets up the log and starts tasks that keep it readable: every line of a task belongs to the span that started it.
//!
//! Settings come in as values, never from the environment; no module's own events are defined here.

pub mod metrics;

use std::future::Future;
use std::io::IsTerminal as _;

use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// Form of a line.
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, for example `info,inhouse=debug`.
    pub filter: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: "info".to_owned() }
    }
}

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not a list of directives.
    #[error("the log filter `{filter}` cannot be read")]
    Filter {
        /// The text given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// A subscriber is already in place.
    #[error("the log was already set up")]
    AlreadySet(#[source] TryInitError),
}

/// Sends the log of this process to standard error.
///
/// # Errors
/// The filter cannot be read, or a log was set up before.
pub fn init(settings: &TelemetrySettings) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|source| TelemetryError::Filter { filter: settings.filter.clone(), source })?;
    // Colours are for people who look, not for files.
    let is_watched = std::io::stderr().is_terminal();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_watched).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.finish().try_init(),
        LogFormat::Json => builder.json().finish().try_init(),
    }
    .map_err(TelemetryError::AlreadySet)
}

/// Starts a task inside the current span. The only way to start one.
#[expect(clippy::disallowed_methods, reason = "this is the wrapper that keeps the span")]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.in_current_span())
}

/// An error with everything that caused it, for the `error` field of an event: `no connection: timed out`.
pub fn chain(error: &dyn std::error::Error) -> impl std::fmt::Display {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_filter_is_named_in_the_error() {
        let settings = TelemetrySettings { filter: "inhouse=loud".to_owned(), ..Default::default() };
        let error = init(&settings).unwrap_err();
        assert_eq!(error.to_string(), "the log filter `inhouse=loud` cannot be read");
    }

    #[test]
    fn a_chain_names_every_cause() {
        let error = TelemetryError::Filter {
            filter: "x".to_owned(),
            source: EnvFilter::try_new("inhouse=loud").unwrap_err(),
        };
        let text = chain(&error).to_string();
        assert!(text.starts_with("the log filter `x` cannot be read: error parsing level filter"), "{text}");
    }

    #[tokio::test]
    async fn a_spawned_task_stays_in_the_span_that_started_it() {
        let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
        let _log = tracing::subscriber::set_default(subscriber);
        let span = tracing::info_span!("parent");
        let seen = span.in_scope(|| spawn(async { tracing::Span::current().id() })).await.unwrap();
        assert_eq!(seen, span.id());
    }
}
