//! What is measured: names, labels with few values, and the page that tells them to Prometheus.
//!
//! Labels are enums or names that are written in the program: never an id, and nothing that somebody sent.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds, from an answer of the next machine to a guild of a hundred thousand.
const SECONDS: [f64; 12] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Where the numbers of this process are; made once, as the recorder of a process can be set only once.
static PAGE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The value of the label.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    )+};
}

labels! {
    /// What Discord is asked.
    DiscordRoute {
        /// A page of the members of a guild.
        GuildMembers = "guild_members",
        /// The channels of a guild.
        GuildChannels = "guild_channels",
        /// Where one member sits.
        VoiceState = "voice_state",
        /// Who the bot is.
        Me = "me",
    }

    /// What came of asking once.
    DiscordOutcome {
        /// An answer.
        Answered = "answered",
        /// Not now.
        Throttled = "throttled",
        /// No answer, or one of a broken server.
        Failed = "failed",
        /// There is no such thing.
        Missing = "missing",
        /// Not for us, or an answer that makes no sense.
        Refused = "refused",
    }

    /// How something ended.
    Outcome {
        /// As it should.
        Succeeded = "succeeded",
        /// By an error.
        Failed = "failed",
    }
}

/// Begins to count; whatever is counted before is lost. A second time changes nothing.
pub fn install() {
    page();
}

/// The numbers of this process as Prometheus reads them; none if another recorder was there first.
#[must_use]
pub fn render() -> Option<String> {
    page().map(|page| {
        // Histograms keep what they were told until somebody looks.
        page.run_upkeep();
        page.render()
    })
}

fn page() -> Option<&'static PrometheusHandle> {
    let page = PAGE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().set_buckets(&SECONDS).ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    });
    page.as_ref()
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};

    describe_counter!(
        "inhouse_discord_requests_total",
        "Requests to Discord by what was asked and what came of it."
    );
    describe_histogram!("inhouse_discord_request_seconds", "How long Discord took to answer one request.");
    describe_counter!(
        "inhouse_discord_member_reads_total",
        "How often the list of a guild's members was asked for."
    );
    describe_counter!(
        "inhouse_discord_member_fills_total",
        "How often such a list was fetched from Discord."
    );
    describe_counter!("inhouse_discord_member_fill_pages_total", "Pages of members fetched from Discord.");
    describe_histogram!("inhouse_discord_member_fill_seconds", "How long fetching such a list took.");
    describe_counter!("inhouse_avatars_changed_total", "Avatars written because they changed at Discord.");
    describe_counter!("inhouse_job_runs_total", "Runs of a job in this process by how they ended.");
    describe_histogram!("inhouse_job_seconds", "How long a run of a job took.");
    describe_gauge!(
        "inhouse_job_next_run_timestamp_seconds",
        "When a job is to run next, whichever process does it."
    );
    describe_gauge!(
        "inhouse_job_last_run_timestamp_seconds",
        "When a job last ended, whichever process did it."
    );
    describe_gauge!("inhouse_job_failures", "How often a job failed since it last succeeded.");
}

/// Discord was asked once.
pub fn discord_asked(route: DiscordRoute, outcome: DiscordOutcome, took: Duration) {
    counter!("inhouse_discord_requests_total", "route" => route.as_str(), "outcome" => outcome.as_str())
        .increment(1);
    histogram!("inhouse_discord_request_seconds", "route" => route.as_str()).record(took);
}

/// Somebody asked for the members of a guild.
pub fn members_read() {
    counter!("inhouse_discord_member_reads_total").increment(1);
}

/// The members of a guild were fetched, or not.
pub fn members_filled(outcome: Outcome, n_pages: u64, took: Duration) {
    counter!("inhouse_discord_member_fills_total", "outcome" => outcome.as_str()).increment(1);
    counter!("inhouse_discord_member_fill_pages_total").increment(n_pages);
    histogram!("inhouse_discord_member_fill_seconds").record(took);
}

/// So many avatars were written.
pub fn avatars_changed(n_users: u64) {
    counter!("inhouse_avatars_changed_total").increment(n_users);
}

/// A job ran in this process.
pub fn job_ran(job: &'static str, outcome: Outcome, took: Duration) {
    counter!("inhouse_job_runs_total", "job" => job, "outcome" => outcome.as_str()).increment(1);
    histogram!("inhouse_job_seconds", "job" => job).record(took);
}

/// Where a job stands, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct JobStanding {
    /// When it is to run next.
    pub next_run_at: f64,
    /// When it last ended; none before the first time.
    pub last_run_at: Option<f64>,
    /// How often it failed since it last succeeded.
    pub n_failures: i32,
}

/// Where a job stands.
pub fn job_stands(job: &str, standing: JobStanding) {
    let label = || job.to_owned();
    gauge!("inhouse_job_next_run_timestamp_seconds", "job" => label()).set(standing.next_run_at);
    if let Some(last_run_at) = standing.last_run_at {
        gauge!("inhouse_job_last_run_timestamp_seconds", "job" => label()).set(last_run_at);
    }
    gauge!("inhouse_job_failures", "job" => label()).set(f64::from(standing.n_failures));
}

/// A number that somebody else has counted since the process started.
pub fn counted(name: &'static str, labels: &[(&'static str, String)], n: u64) {
    counter!(name, labels).absolute(n);
}

/// A number as it is now.
pub fn stands(name: &'static str, value: f64) {
    gauge!(name).set(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_on_the_page_with_its_labels() {
        install();
        discord_asked(DiscordRoute::Me, DiscordOutcome::Answered, Duration::from_millis(30));
        let page = render().unwrap();
        assert!(page.contains("# HELP inhouse_discord_requests_total "), "{page}");
        let line = r#"inhouse_discord_requests_total{route="me",outcome="answered"} "#;
        assert!(page.contains(line), "{page}");
        assert!(page.contains(r#"inhouse_discord_request_seconds_bucket{route="me",le="0.1"}"#), "{page}");
    }
}
