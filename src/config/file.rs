//! The optional TOML file: every key must be a setting.
//!
//! Tells no line of the file in an error: it may hold a password.

use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;
use super::setting::{ALL, Setting};

/// The settings of a file, as texts.
pub(super) fn read(path: &Path) -> Result<Vec<(Setting, String)>, ConfigError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::new(&name, format!("the configuration cannot be read: {error}")))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|it| text.get(..it.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::new(&name, format!("line {line} is not TOML: {}", error.message()))
    })?;
    let mut found = Vec::new();
    flatten("", &table, &name, &mut found)?;
    Ok(found)
}

fn flatten(
    prefix: &str,
    table: &Table,
    file: &str,
    found: &mut Vec<(Setting, String)>,
) -> Result<(), ConfigError> {
    for (key, value) in table {
        let name = format!("{prefix}{key}");
        let text = match value {
            Value::Table(inner) if is_table(&name) => {
                flatten(&format!("{name}."), inner, file, found)?;
                continue;
            }
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(is_on) => is_on.to_string(),
            Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => String::new(),
        };
        let origin = || format!("{name} in {file}");
        let setting = Setting::named(&name).ok_or_else(|| unknown(origin(), &name))?;
        if text.is_empty() {
            let message = "must be a text, a whole number, true or false: remove the line to use the default";
            return Err(ConfigError::new(origin(), message));
        }
        found.push((setting, text));
    }
    Ok(())
}

fn is_table(name: &str) -> bool {
    ALL.iter().any(|it| it.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown(origin: String, name: &str) -> ConfigError {
    // A limit outside its table is the likeliest mistake.
    let limit = format!("limits.{name}");
    let message = match Setting::named(&limit) {
        Some(_) => "there is no such setting: move it below [limits]".to_owned(),
        None => "there is no such setting: `inhouse serve --help` lists them all".to_owned(),
    };
    ConfigError::new(origin, message)
}
