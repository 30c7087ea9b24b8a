//! The subscribers that `scripts/bench` sends to a server: thousands watch one draft while picks are made.
//!
//! Tells as one line of JSON how long an event takes to reach them, and what a subscriber who hears nothing costs. COMMIT
//! itself cannot be seen from outside: latency is counted from the event's own time, which is that of its transaction's
//! BEGIN, so that it is longer than what is to be measured by the time of a pick. Both clocks are the same machine's.
//!
//! One thread, as whoever asks must take little from who answers.

mod draft;
mod figures;
mod process;
mod subscriber;

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use inhouse::telemetry::spawn;
use inhouse::types::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use draft::{Api, Draft};
use process::{processor_ms, resident_bytes};
use subscriber::{Receipt, Told, Watched};

/// So many subscribers come at once.
const CROWD: usize = 32;

/// Longer than everybody takes on a busy machine; whoever heard nothing by then has lost something.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Parser)]
struct Arguments {
    /// Host and port of the server.
    #[arg(long)]
    address: String,
    /// Its process.
    #[arg(long)]
    pid: u32,
    /// A file whose first line is the API token of one who may pick for everybody.
    #[arg(long)]
    token_file: String,
    /// The tournament whose draft is started, over if it has one.
    #[arg(long)]
    tournament: String,
    /// How many teams it gets.
    #[arg(long, default_value_t = 8)]
    teams: usize,
    #[arg(long)]
    subscribers: usize,
    #[arg(long)]
    picks: usize,
    /// Pick only when everybody has the pick before; else as soon as that one is answered.
    #[arg(long)]
    in_turn: bool,
}

fn main() -> ExitCode {
    // `cargo test --benches` and `cargo bench` run every target of this kind, with arguments of their own.
    if !std::env::args().any(|it| it == "--address") {
        tell(
            &mut std::io::stderr(),
            "nothing to run here: scripts/bench starts this with --address and more",
        );
        return ExitCode::SUCCESS;
    }
    match run(&Arguments::parse()) {
        Ok(figures) => {
            tell(&mut std::io::stdout(), &format!("measured: {figures}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&mut std::io::stderr(), &format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn tell(to: &mut dyn std::io::Write, line: &str) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(to, "{line}");
}

fn run(arguments: &Arguments) -> anyhow::Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(measure(arguments)))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Value> {
    let Arguments { address, pid, token_file, tournament, teams, subscribers, picks, in_turn } = arguments;
    let token = fs::read_to_string(token_file).with_context(|| format!("{token_file} cannot be read"))?;
    let token = token.lines().next().context("there is no token in the file")?;
    let api = Api::new(&format!("http://{address}/graphql"), token)?;
    let mut draft = api.start_draft(tournament, *teams).await?;
    let watched = Watched { address: address.clone(), draft: draft.id()? };
    let mut audience = Audience::new(watched);

    let before = resident_bytes(*pid)?;
    audience.gather(*subscribers).await?;
    let idle = resident_bytes(*pid)?;
    let used_before = processor_ms(*pid)?;
    audience.listen_to(&mut draft, (*picks, *in_turn)).await?;
    let used = processor_ms(*pid)?.saturating_sub(used_before);
    let after = resident_bytes(*pid)?;

    let each =
        |now: u64| now.saturating_sub(before).checked_div(u64::try_from(*subscribers).unwrap_or(u64::MAX));
    let mut figures = figures::of(&audience.receipts, subscribers.saturating_mul(*picks));
    figures.extend([
        ("n_subscribers", json!(subscribers)),
        ("n_picks", json!(picks)),
        ("resident_bytes_before", json!(before)),
        ("idle_bytes", json!(each(idle))),
        ("idle_bytes_after", json!(each(after))),
        ("processor_ms", json!(used)),
    ]);
    Ok(json!(figures))
}

/// All who watch.
struct Audience {
    watched: Watched,
    clock: Clock,
    tell: mpsc::UnboundedSender<Told>,
    told: mpsc::UnboundedReceiver<Told>,
    n_here: usize,
    receipts: Vec<Receipt>,
}

impl Audience {
    fn new(watched: Watched) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        Self { watched, clock: SystemClock.into(), tell, told, n_here: 0, receipts: Vec::new() }
    }

    /// Lets subscribers come, a few at once, and waits until each has the snapshot.
    async fn gather(&mut self, n: usize) -> anyhow::Result<()> {
        for n_sent in 1..=n {
            spawn(subscriber::watch(self.watched.clone(), self.clock.clone(), self.tell.clone()));
            let n_wanted = if n_sent == n { n } else { n_sent.saturating_sub(CROWD) };
            while self.n_here < n_wanted {
                match self.next().await.context("a subscriber waits in vain for the snapshot")? {
                    Told::Subscribed => self.n_here = self.n_here.saturating_add(1),
                    Told::Received(_) => bail!("an event came before all were there"),
                    Told::Failed(error) => {
                        return Err(error.context(format!("with {} subscribers", self.n_here)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Has picks made, and waits until everybody has heard of each, or hears of nothing any more.
    async fn listen_to(
        &mut self,
        draft: &mut Draft<'_>,
        (n_picks, in_turn): (usize, bool),
    ) -> anyhow::Result<()> {
        for n_made in 1..=n_picks {
            draft.pick().await?;
            if in_turn || n_made == n_picks {
                self.hear(self.n_here.saturating_mul(n_made)).await?;
            }
        }
        Ok(())
    }

    /// Takes what subscribers received, until it is so much in all or nothing comes any more.
    async fn hear(&mut self, n_wanted: usize) -> anyhow::Result<()> {
        while self.receipts.len() < n_wanted {
            match self.next().await {
                Some(Told::Received(receipt)) => self.receipts.push(receipt),
                Some(Told::Failed(error)) => return Err(error.context("a subscriber was lost")),
                Some(Told::Subscribed) => bail!("a subscriber got a second snapshot"),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// What a subscriber tells next; none if nothing comes any more.
    async fn next(&mut self) -> Option<Told> {
        timeout(PATIENCE, self.told.recv()).await.ok().flatten()
    }
}
