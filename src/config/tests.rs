//! Which source wins, and what is told about a setting that cannot be used.

use std::collections::HashMap;
use std::env::VarError;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::setting::{ALL, DATABASE_URL, LISTEN};
use super::{Flag, Settings, Sources};
use crate::db::DatabaseUrl;

/// The settings of a process with these variables and this file.
fn load(variables: &[(&str, &str)], file: Option<&str>, flags: Vec<Flag>) -> Result<Settings, String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let path = file.map(|text| {
        let unique =
            format!("inhouse_config_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(unique).with_extension("toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let known: HashMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| known.get(name).map(|it| (*it).to_owned()).ok_or(VarError::NotPresent);
    let sources = Sources { flags, config_file: path.clone(), variable: &variable };
    let loaded = Settings::load(&sources).map_err(|error| error.to_string());
    if let Some(path) = path {
        std::fs::remove_file(&path).unwrap();
        let shown = path.display().to_string();
        return loaded.map_err(|error| error.replace(&shown, "FILE"));
    }
    loaded
}

fn of_variables(variables: &[(&str, &str)]) -> Result<Settings, String> {
    load(variables, None, Vec::new())
}

fn of_file(text: &str) -> Result<Settings, String> {
    load(&[], Some(text), Vec::new())
}

fn listen_flag(text: &str) -> Flag {
    Flag { setting: LISTEN, flag: "--listen", text: text.to_owned() }
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let variables = [("INHOUSE_LISTEN", "127.0.0.1:2"), ("INHOUSE_POOL_SIZE", "2")];
    let file = "listen = \"127.0.0.1:3\"\npool_size = 3\nlimits.max_depth = 3";
    let settings = load(&variables, Some(file), vec![listen_flag("127.0.0.1:1")]).unwrap();
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.db.pool_size, 2);
    assert_eq!(settings.limits.max_depth, 3);
    assert_eq!(settings.limits.max_aliases, 100, "nobody set it");
}

#[test]
fn the_defaults_told_in_the_help_are_the_defaults_used() {
    let variables: Vec<_> = ALL.iter().map(|it| (it.variables()[0].clone(), it.default)).collect();
    let variables: Vec<_> = variables.iter().map(|(name, default)| (name.as_str(), *default)).collect();
    let told = of_variables(&variables).unwrap();
    assert_eq!(format!("{told:?}"), format!("{:?}", Settings::default()));
}

#[test]
fn every_setting_changes_something() {
    let default = format!("{:?}", Settings::default());
    for setting in ALL {
        let text = match setting.default {
            "true" => "false",
            "text" => "json",
            "127.0.0.1:8000" => "[::1]:1",
            "" if setting.name == "database_url" => "sqlite:other.db",
            "" if setting.name == "redis_url" => "redis://127.0.0.1:1",
            "" if setting.name == "public_url" => "https://inhouse.example.org",
            "" => "tournaments",
            "https://discord.com" => "http://127.0.0.1:9",
            "false" => "true",
            _ if setting.name == "cache.log_records" => "20000",
            // A time for a request that is longer than that for an operation; for the rest any number does.
            _ if setting.name == "request_timeout_ms" => "99999",
            "25" => "26",
            "100" => "101",
            _ => "7",
        };
        let settings = of_variables(&[(&setting.variables()[0], text)]).unwrap();
        assert_ne!(format!("{settings:?}"), default, "{}", setting.name);
    }
}

#[test]
fn the_database_lies_in_the_data_folder_unless_a_url_is_given() {
    let settings = of_variables(&[("INHOUSE_DATA_DIR", "elsewhere")]).unwrap();
    assert_eq!(settings.db.url, DatabaseUrl::Sqlite(PathBuf::from("elsewhere/inhouse.db")));
    let url = "postgres://ann:hunter2@db/inhouse";
    let settings = of_variables(&[("INHOUSE_DATA_DIR", "elsewhere"), ("DATABASE_URL", url)]).unwrap();
    assert_eq!(settings.db.url, DatabaseUrl::Postgres(url.to_owned()));
}

#[test]
fn our_own_variable_wins_over_that_of_hosting_platforms() {
    let variables = [("INHOUSE_DATABASE_URL", "sqlite:own.db"), ("DATABASE_URL", "sqlite:platform.db")];
    let settings = of_variables(&variables).unwrap();
    assert_eq!(settings.db.url, DatabaseUrl::Sqlite(PathBuf::from("own.db")));
}

#[test]
fn an_empty_variable_counts_as_absent() {
    assert_eq!(of_variables(&[("INHOUSE_LISTEN", "")]).unwrap().listen.port(), 8000);
}

#[test]
fn an_unusable_value_is_told_with_its_origin_and_what_to_write() {
    let expected = "`8000` is not an address with a port: write 127.0.0.1:8000, [::1]:8000 or localhost:8000";
    let error = load(&[], None, vec![listen_flag("8000")]).unwrap_err();
    assert_eq!(error, format!("--listen: {expected}"));
    let error = of_variables(&[("INHOUSE_LISTEN", "8000")]).unwrap_err();
    assert_eq!(error, format!("INHOUSE_LISTEN: {expected}"));
    let error = of_file("listen = 8000").unwrap_err();
    assert_eq!(error, format!("listen in FILE: {expected}"));
    let error = of_variables(&[("INHOUSE_POOL_SIZE", "0")]).unwrap_err();
    assert_eq!(error, "INHOUSE_POOL_SIZE: `0` is not a whole number above 0");
}

#[test]
fn an_unknown_key_of_the_file_is_refused() {
    let lists_them = "there is no such setting: `inhouse serve --help` lists them all";
    assert_eq!(of_file("listne = 1").unwrap_err(), format!("listne in FILE: {lists_them}"));
    assert_eq!(of_file("[limits]\ndepth = 1").unwrap_err(), format!("limits.depth in FILE: {lists_them}"));
    let error = of_file("max_depth = 1").unwrap_err();
    assert_eq!(error, "max_depth in FILE: there is no such setting: move it below [limits]");
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let error = of_variables(&[("INHOUSE_CONFIG", "/nowhere/inhouse.toml")]).unwrap_err();
    assert!(error.starts_with("/nowhere/inhouse.toml: the configuration cannot be read"), "{error}");
    let error = of_file("listen = \"127.0.0.1:1\"\ndatabase_url = postgres://ann:hunter2@db").unwrap_err();
    assert!(error.starts_with("FILE: line 2 is not TOML"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let error = of_file("listen = [1]").unwrap_err();
    assert!(error.starts_with("listen in FILE: must be a text"), "{error}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let error = of_variables(&[("INHOUSE_REQUEST_TIMEOUT_MS", "5000")]).unwrap_err();
    assert!(error.starts_with("request_timeout_ms: must be above execution_timeout_ms"), "{error}");
    let error = of_variables(&[("INHOUSE_LIMITS_DEFAULT_PAGE", "200")]).unwrap_err();
    assert_eq!(error, "limits.default_page: must not be above limits.max_page, which is 100");
    assert!(of_variables(&[("INHOUSE_EXECUTION_TIMEOUT_MS", "0")]).is_err());
}

#[test]
fn where_people_reach_a_site_must_be_safe_and_known_before_discord_can_send_them_back() {
    let error = of_variables(&[("INHOUSE_PUBLIC_URL", "http://192.168.0.7:8000")]).unwrap_err();
    assert!(error.starts_with("public_url: must be https"), "{error}");
    assert!(of_variables(&[("INHOUSE_PUBLIC_URL", "http://localhost:8000")]).is_ok());
    let discord = [("INHOUSE_DISCORD_CLIENT_ID", "1234"), ("INHOUSE_DISCORD_CLIENT_SECRET", "hunter2")];
    assert!(of_variables(&discord).is_ok(), "on loopback it follows from the address");
    let everywhere = [discord[0], discord[1], ("INHOUSE_LISTEN", "0.0.0.0:8000")];
    let error = of_variables(&everywhere).unwrap_err();
    assert!(error.starts_with("public_url: must be set"), "{error}");
    let known = [everywhere.as_slice(), &[("INHOUSE_PUBLIC_URL", "https://inhouse.example.org")]].concat();
    assert!(!format!("{:?}", of_variables(&known).unwrap()).contains("hunter2"));
    let error = of_variables(&[("INHOUSE_DISCORD_TIMEOUT_MS", "15000")]).unwrap_err();
    assert_eq!(error, "discord.timeout_ms: must be below request_timeout_ms, which is 15000");
    let error = of_variables(&[("INHOUSE_DISCORD_BASE_URL", "http://discord.example.org")]).unwrap_err();
    assert!(error.starts_with("discord.base_url: must be https"), "{error}");
    let error = of_variables(&[("INHOUSE_SESSION_DAYS", "401")]).unwrap_err();
    assert_eq!(error, "INHOUSE_SESSION_DAYS: `401` is not a whole number of days from 1 to 400");
}

#[test]
fn a_password_is_neither_printed_nor_told_in_an_error() {
    let settings = of_variables(&[("DATABASE_URL", "postgres://ann:hunter2@db/inhouse")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let error = of_variables(&[("DATABASE_URL", "mysql://ann:hunter2@db/inhouse")]).unwrap_err();
    assert!(error.starts_with("DATABASE_URL: this is not a database URL"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert_eq!(DATABASE_URL.default, "");
}
