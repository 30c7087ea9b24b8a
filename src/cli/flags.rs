//! The flags that stand for settings; each is one of `config`, which reads and judges its text.
//!
//! Only what one types often has a flag; help texts are attributes, as doc comments would show their backticks. The rest is set by variables or the file.

use std::path::PathBuf;

use crate::config::{Flag, Setting, setting};

/// Flags of every command.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct CommonFlags {
    #[arg(long, global = true, value_name = "FILE", help = "TOML file with settings [env: INHOUSE_CONFIG]")]
    pub(super) config: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Folder of the embedded database [env: INHOUSE_DATA_DIR] [default: data]"
    )]
    data_dir: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "postgres://… or sqlite:PATH; a password is safer in the variable [env: DATABASE_URL]"
    )]
    database_url: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        help = "What is logged, for example info,inhouse=debug [env: INHOUSE_LOG] [default: info]"
    )]
    log: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        help = "Form of the log: text or json [env: INHOUSE_LOG_FORMAT] [default: text]"
    )]
    log_format: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "redis://…: what several servers on PostgreSQL share; a password is safer in the variable [env: REDIS_URL]"
    )]
    redis_url: Option<String>,
    #[arg(long, global = true, help = "Read the database only, past the cache [env: DISABLE_CACHE=true]")]
    no_cache: bool,
}

/// Flags of the server.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct ServeFlags {
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Address to listen on [env: INHOUSE_LISTEN] [default: 127.0.0.1:8000]"
    )]
    listen: Option<String>,
    #[arg(long, help = "Load no demo data into an empty embedded database [env: INHOUSE_DEMO=false]")]
    no_demo: bool,
}

impl CommonFlags {
    /// The settings given.
    pub(super) fn given(self) -> Vec<Flag> {
        let flags = [
            (setting::DATA_DIR, "--data-dir", self.data_dir),
            (setting::DATABASE_URL, "--database-url", self.database_url),
            (setting::LOG, "--log", self.log),
            (setting::LOG_FORMAT, "--log-format", self.log_format),
            (setting::REDIS_URL, "--redis-url", self.redis_url),
            (setting::DISABLE_CACHE, "--no-cache", self.no_cache.then(|| "true".to_owned())),
        ];
        flags.into_iter().filter_map(given).collect()
    }
}

impl ServeFlags {
    /// The settings given.
    pub(super) fn given(self) -> Vec<Flag> {
        let demo = self.no_demo.then(|| "false".to_owned());
        let flags = [(setting::LISTEN, "--listen", self.listen), (setting::DEMO, "--no-demo", demo)];
        flags.into_iter().filter_map(given).collect()
    }

    /// None was given.
    pub(super) fn is_empty(&self) -> bool {
        self.listen.is_none() && !self.no_demo
    }
}

fn given((setting, flag, text): (Setting, &'static str, Option<String>)) -> Option<Flag> {
    text.map(|text| Flag { setting, flag, text })
}
