//! Where settings come from, and which source wins: a flag, a variable of the environment, the file.
//!
//! Texts only; what a text means is up to `value`.

use std::collections::BTreeMap;
use std::env::VarError;
use std::path::PathBuf;

use super::setting::{ALL, Setting};
use super::value::Value;
use super::{ConfigError, file};

/// The variable that names the file.
const CONFIG_VARIABLE: &str = "INHOUSE_CONFIG";

/// A setting given on the command line.
#[derive(Clone, Debug)]
pub struct Flag {
    /// What it sets.
    pub setting: Setting,
    /// How it was written, for example `--listen`.
    pub flag: &'static str,
    /// The value.
    pub text: String,
}

/// Everything that may hold settings.
pub struct Sources<'a> {
    /// Flags of the command line.
    pub flags: Vec<Flag>,
    /// The file that the command line names.
    pub config_file: Option<PathBuf>,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Result<String, VarError>,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sources")
    }
}

impl Sources<'static> {
    /// The flags given, the file, and this process's environment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process(flags: Vec<Flag>, config_file: Option<PathBuf>) -> Self {
        Self { flags, config_file, variable: &|name| std::env::var(name) }
    }
}

impl Sources<'_> {
    /// Each setting's text from the source that wins.
    pub(super) fn collect(&self) -> Result<Given, ConfigError> {
        let mut given = Given::default();
        let file = match &self.config_file {
            Some(path) => Some(path.clone()),
            None => self.read(CONFIG_VARIABLE)?.map(PathBuf::from),
        };
        // Weakest first: what comes later replaces what is there.
        if let Some(path) = file {
            for (setting, text) in file::read(&path)? {
                given.put(setting, format!("{} in {}", setting.name, path.display()), text);
            }
        }
        for setting in ALL {
            for variable in setting.variables().into_iter().rev() {
                if let Some(text) = self.read(&variable)? {
                    given.put(*setting, variable, text);
                }
            }
        }
        for flag in &self.flags {
            given.put(flag.setting, flag.flag.to_owned(), flag.text.clone());
        }
        Ok(given)
    }

    /// A variable; an empty one counts as absent, as compose files cannot leave one out.
    fn read(&self, variable: &str) -> Result<Option<String>, ConfigError> {
        match (self.variable)(variable) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(variable, "is not UTF-8")),
        }
    }
}

/// The texts that won, each with what to call it.
#[derive(Default)]
pub(super) struct Given(BTreeMap<&'static str, Text>);

struct Text {
    origin: String,
    text: String,
}

impl Given {
    fn put(&mut self, setting: Setting, origin: String, text: String) {
        self.0.insert(setting.name, Text { origin, text });
    }

    /// The value of a setting.
    pub(super) fn get<T: Value>(&self, setting: Setting, default: T) -> Result<T, ConfigError> {
        let Some(given) = self.0.get(setting.name) else { return Ok(default) };
        T::read(given.text.trim()).ok_or_else(|| {
            let shown = if T::IS_SECRET { "this".to_owned() } else { format!("`{}`", given.text) };
            ConfigError::new(&given.origin, format!("{shown} is not {}", T::EXPECTED))
        })
    }
}
