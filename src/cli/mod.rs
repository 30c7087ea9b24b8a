//! The command line: what each command is called and takes; the work is one file per command.
//!
//! Errors end here, as one line on standard error; standard output carries results only.

mod avatars;
mod cache;
mod doctor;
mod flags;
mod import;
mod lines;
mod migrate;
mod output;
mod schema;
mod seed;
mod serve;
mod token;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser as _;

use crate::config::{Settings, Sources};
use crate::telemetry;
use flags::{CommonFlags, ServeFlags};

/// What is left running when a command is done gets this long to end.
const LINGER: Duration = Duration::from_secs(1);

/// GraphQL server for Dota 2 in-house tournaments: drafts, teams, brackets.
///
/// Without a command it serves, on an embedded database in ./data that it makes itself.
#[derive(Debug, clap::Parser)]
#[command(version, after_help = "All settings, with variables and defaults: inhouse serve --help")]
struct Cli {
    #[command(flatten)]
    common: CommonFlags,
    #[command(flatten)]
    serve: ServeFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve GraphQL over HTTP (what happens without a command)
    #[command(after_long_help = crate::config::help())]
    Serve(ServeFlags),
    /// Bring the database schema up to date, take it down, or look at it
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Import the predecessor's tournaments, brackets and users from JSON files
    ///
    /// The files are what its API tells, in any order. Importing again brings up to date what came from the same place
    /// before and changes nothing else. A file that is damaged or contradicts itself is named with the place of the
    /// fault, and then nothing of any file is written.
    Import(import::Import),
    /// Load the demo data if the database is empty
    Seed,
    /// Look at everything a server stands on: settings, database, Redis, Discord, jobs
    ///
    /// The code is 1 if something is not well; each such line says what to do.
    Doctor(doctor::Doctor),
    /// Avatars, as Discord has them
    #[command(subcommand)]
    Avatars(avatars::Avatars),
    /// Check the cache, look into it, or invalidate what was changed past this program
    #[command(subcommand)]
    Cache(cache::CacheCommand),
    /// Make, list and revoke API tokens for scripts
    #[command(subcommand)]
    Token(token::Token),
    /// The GraphQL schema
    #[command(subcommand)]
    Schema(schema::Schema),
}

/// Runs the command that the arguments name; the code is 0, 1 after an error, or 2 if the arguments make no sense.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let (command, serve) = match cli.command {
        None => (Command::Serve(ServeFlags::default()), cli.serve),
        Some(_) if !cli.serve.is_empty() => bail!("--listen and --no-demo go behind `serve`"),
        Some(Command::Serve(flags)) => (Command::Serve(ServeFlags::default()), flags),
        Some(command) => (command, ServeFlags::default()),
    };
    let config_file = cli.common.config.clone();
    let flags = [cli.common.given(), serve.given()].concat();
    let settings = Settings::load(&Sources::of_process(flags, config_file))?;
    telemetry::init(&settings.telemetry).context("the log cannot be set up (--log, INHOUSE_LOG)")?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let outcome = runtime.block_on(dispatch(command, settings));
    // Dropping it would wait for blocking work without a bound.
    runtime.shutdown_timeout(LINGER);
    outcome
}

async fn dispatch(command: Command, settings: Settings) -> anyhow::Result<()> {
    match command {
        Command::Serve(_) => serve::run(settings).await,
        Command::Migrate(command) => command.run(&settings).await,
        Command::Import(command) => command.run(&settings).await,
        Command::Seed => seed::run(&settings).await,
        Command::Doctor(command) => command.run(&settings).await,
        Command::Avatars(command) => command.run(&settings).await,
        Command::Cache(command) => command.run(&settings).await,
        Command::Token(command) => command.run(&settings).await,
        Command::Schema(command) => command.run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
