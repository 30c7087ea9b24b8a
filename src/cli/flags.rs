//! The flags that stand for settings; each is one of `config`, which reads and judges its text.
//!
//! Only what one types often has a flag. The rest is set by variables or the file.

use std::path::PathBuf;

use crate::config::{Flag, Setting, setting};

/// Flags of every command.
#[derive(Debug, Default, clap::Args)]
pub(super) struct CommonFlags {
    /// TOML file with settings [env: `INHOUSE_CONFIG`]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Folder of the embedded database [env: `INHOUSE_DATA_DIR`] [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// postgres://… or sqlite:PATH; a password is safer in the variable [env: `DATABASE_URL`]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// What is logged, for example `info,inhouse=debug` [env: `INHOUSE_LOG`] [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// `text` or `json` [env: `INHOUSE_LOG_FORMAT`] [default: text]
    #[arg(long, global = true, value_name = "FORM")]
    log_format: Option<String>,
}

/// Flags of the server.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ServeFlags {
    /// Address to listen on [env: `INHOUSE_LISTEN`] [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Do not load demo data into an empty embedded database [env: `INHOUSE_DEMO=false`]
    #[arg(long)]
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
