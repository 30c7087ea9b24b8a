//! The settings of the whole program: each module's own settings, read from flags, environment and file, composed.
//!
//! The only place that reads the environment. Holds values only: nothing is opened, started or logged here.

mod file;
pub mod setting;
mod sources;
#[cfg(test)]
mod tests;
mod value;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::auth::AuthSettings;
use crate::cache::{CacheSettings, Ttls};
use crate::db::{DatabaseUrl, DbSettings};
use crate::discord::DiscordSettings;
use crate::graphql::{DocumentLimits, RELAXABLE_FIELDS};
use crate::http::{HttpSettings, SocketSettings};
use crate::live::LiveSettings;
use crate::telemetry::TelemetrySettings;

pub use setting::{Setting, help};
pub use sources::{Flag, Sources};
pub use value::RedisUrl;
use value::{Days, Names};

/// Fewest records of the change log in Redis: two pages of a reader.
const MIN_LOG_RECORDS: usize = 2_000;

/// Everything that can be chosen about a process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder of the embedded database.
    pub data_dir: PathBuf,
    /// Load the demo data into an empty embedded database when the server starts.
    pub demo: bool,
    /// How long a stopping server keeps accepting after it reported that it is not ready.
    pub drain_delay: Duration,
    /// How long a stopping server waits for requests to finish.
    pub shutdown_timeout: Duration,
    /// The database.
    pub db: DbSettings,
    /// The Redis that several servers on one PostgreSQL share; empty for none.
    pub redis_url: RedisUrl,
    /// The cache.
    pub cache: CacheSettings,
    /// Feeds.
    pub live: LiveSettings,
    /// The HTTP side.
    pub http: HttpSettings,
    /// Logging in.
    pub auth: AuthSettings,
    /// The limits on one GraphQL document.
    pub limits: DocumentLimits,
    /// The log.
    pub telemetry: TelemetrySettings,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {message}")]
pub struct ConfigError {
    /// The setting as it was given: a flag, a variable, or a key of a file.
    pub setting: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl ConfigError {
    fn new(setting: impl Into<String>, message: impl Into<String>) -> Self {
        Self { setting: setting.into(), message: message.into() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let data_dir = PathBuf::from("data");
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            db: DbSettings { url: embedded_in(&data_dir), pool_size: 10 },
            redis_url: RedisUrl::default(),
            cache: CacheSettings::default(),
            data_dir,
            demo: true,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(10),
            live: LiveSettings::default(),
            http: HttpSettings::default(),
            auth: AuthSettings::default(),
            limits: DocumentLimits::default(),
            telemetry: TelemetrySettings::default(),
        }
    }
}

impl Settings {
    /// Reads each setting from the first of `sources` that has it.
    ///
    /// # Errors
    /// A setting that is unknown, cannot be read, or contradicts another.
    pub fn load(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        use setting as key;

        let given = sources.collect()?;
        let default = Self::default();
        let data_dir = given.get(key::DATA_DIR, default.data_dir)?;
        let settings = Self {
            listen: given.get(key::LISTEN, default.listen)?,
            demo: given.get(key::DEMO, default.demo)?,
            drain_delay: given.get(key::DRAIN_DELAY_MS, default.drain_delay)?,
            shutdown_timeout: given.get(key::SHUTDOWN_TIMEOUT_MS, default.shutdown_timeout)?,
            db: DbSettings {
                url: given.get(key::DATABASE_URL, embedded_in(&data_dir))?,
                pool_size: given.get(key::POOL_SIZE, default.db.pool_size)?,
            },
            data_dir,
            redis_url: given.get(key::REDIS_URL, default.redis_url)?,
            cache: cache(&given, default.cache)?,
            live: LiveSettings {
                heartbeat: given.get(key::LIVE_HEARTBEAT_MS, default.live.heartbeat)?,
                ..default.live
            },
            http: HttpSettings {
                max_body_bytes: given.get(key::MAX_BODY_BYTES, default.http.max_body_bytes)?,
                max_url_bytes: given.get(key::MAX_URL_BYTES, default.http.max_url_bytes)?,
                execution_timeout: given.get(key::EXECUTION_TIMEOUT_MS, default.http.execution_timeout)?,
                request_timeout: given.get(key::REQUEST_TIMEOUT_MS, default.http.request_timeout)?,
                graphiql: given.get(key::GRAPHIQL, default.http.graphiql)?,
                watch: given.get(key::WATCH, default.http.watch)?,
                sockets: sockets(&given, &default.http.sockets)?,
                ..default.http
            },
            auth: auth(&given, default.auth)?,
            limits: limits(&given, &default.limits)?,
            telemetry: TelemetrySettings {
                format: given.get(key::LOG_FORMAT, default.telemetry.format)?,
                filter: given.get(key::LOG, default.telemetry.filter)?,
            },
        };
        settings.validate()?;
        Ok(settings)
    }

    /// What no setting can tell alone.
    fn validate(&self) -> Result<(), ConfigError> {
        if self.live.heartbeat.is_zero() {
            return Err(ConfigError::new("live.heartbeat_ms", "must be above 0"));
        }
        let (execution, request) = (self.http.execution_timeout, self.http.request_timeout);
        if execution.is_zero() {
            return Err(ConfigError::new("execution_timeout_ms", "must be above 0"));
        }
        if request <= execution {
            let message = format!(
                "must be above execution_timeout_ms, which is {}: an operation must be able to answer in time",
                execution.as_millis()
            );
            return Err(ConfigError::new("request_timeout_ms", message));
        }
        self.validate_cache()?;
        self.validate_auth()?;
        let (usual, longest) = (self.limits.default_page, self.limits.max_page);
        if usual > longest {
            let message = format!("must not be above limits.max_page, which is {longest}");
            return Err(ConfigError::new("limits.default_page", message));
        }
        Ok(())
    }

    fn validate_auth(&self) -> Result<(), ConfigError> {
        let (auth, request) = (&self.auth, self.http.request_timeout);
        if auth.public_url.as_ref().is_some_and(|it| !it.is_secure() && !it.is_loopback()) {
            let message = "must be https, unless it is on this machine: logins would be readable on the way";
            return Err(ConfigError::new("public_url", message));
        }
        if auth.discord.is_complete() && auth.site(self.listen).is_none() {
            let message =
                "must be set: Discord sends people back there, and the address to listen on is not theirs";
            return Err(ConfigError::new("public_url", message));
        }
        let discord = &auth.discord.base_url;
        if !discord.is_secure() && !discord.is_loopback() {
            let message = "must be https, unless it is on this machine: secrets would be readable on the way";
            return Err(ConfigError::new("discord.base_url", message));
        }
        if auth.discord.timeout >= request {
            let message = format!("must be below request_timeout_ms, which is {}", request.as_millis());
            return Err(ConfigError::new("discord.timeout_ms", message));
        }
        Ok(())
    }

    fn validate_cache(&self) -> Result<(), ConfigError> {
        let namespace = &self.cache.namespace;
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
        if namespace.is_empty() || !namespace.chars().all(is_plain) {
            return Err(ConfigError::new("cache.namespace", "must be of letters, digits, `_`, `-` and `.`"));
        }
        if self.cache.log_records < MIN_LOG_RECORDS {
            let message =
                format!("must be at least {MIN_LOG_RECORDS}: a reader that lags reads so many at once");
            return Err(ConfigError::new("cache.log_records", message));
        }
        match self.cache.relaxed_fields.iter().find(|it| !RELAXABLE_FIELDS.contains(&it.as_str())) {
            Some(field) => {
                let message = format!("`{field}` is no root list: choose of {}", RELAXABLE_FIELDS.join(", "));
                Err(ConfigError::new("cache.relaxed_fields", message))
            }
            None => Ok(()),
        }
    }
}

fn cache(given: &sources::Given, default: CacheSettings) -> Result<CacheSettings, ConfigError> {
    use setting as key;

    Ok(CacheSettings {
        is_disabled: given.get(key::DISABLE_CACHE, default.is_disabled)?,
        responses: given.get(key::CACHE_RESPONSES, default.responses)?,
        near_bytes: given.get(key::CACHE_NEAR_BYTES, default.near_bytes)?,
        namespace: given.get(key::CACHE_NAMESPACE, default.namespace)?,
        log_records: given.get(key::CACHE_LOG_RECORDS, default.log_records)?,
        ttl: Ttls {
            default: given.get(key::TTL_DEFAULT_MS, default.ttl.default)?,
            live: given.get(key::TTL_LIVE_MS, default.ttl.live)?,
            predictions: given.get(key::TTL_PREDICTIONS_MS, default.ttl.predictions)?,
            discord_members: given.get(key::TTL_DISCORD_MEMBERS_MS, default.ttl.discord_members)?,
            outside_api: given.get(key::TTL_OUTSIDE_API_MS, default.ttl.outside_api)?,
        },
        relaxed_fields: given.get(key::CACHE_RELAXED_FIELDS, Names(default.relaxed_fields))?.0,
        audit_one_in: given.get(key::CACHE_AUDIT_ONE_IN, default.audit_one_in)?,
        always_report: given.get(key::CACHE_REPORT, default.always_report)?,
    })
}

fn sockets(given: &sources::Given, default: &SocketSettings) -> Result<SocketSettings, ConfigError> {
    use setting as key;

    Ok(SocketSettings {
        max: given.get(key::SOCKETS_MAX, default.max)?,
        max_per_address: given.get(key::SOCKETS_MAX_PER_ADDRESS, default.max_per_address)?,
        max_per_user: given.get(key::SOCKETS_MAX_PER_USER, default.max_per_user)?,
        max_operations: given.get(key::SOCKETS_MAX_OPERATIONS, default.max_operations)?,
        messages_per_second: given.get(key::SOCKETS_MESSAGES_PER_SECOND, default.messages_per_second)?,
        message_burst: given.get(key::SOCKETS_MESSAGE_BURST, default.message_burst)?,
    })
}

fn auth(given: &sources::Given, default: AuthSettings) -> Result<AuthSettings, ConfigError> {
    use setting as key;

    let discord = default.discord;
    Ok(AuthSettings {
        discord: DiscordSettings {
            base_url: given.get(key::DISCORD_BASE_URL, discord.base_url)?,
            client_id: given.get(key::DISCORD_CLIENT_ID, discord.client_id)?,
            client_secret: given.get(key::DISCORD_CLIENT_SECRET, discord.client_secret)?,
            bot_token: given.get(key::DISCORD_BOT_TOKEN, discord.bot_token)?,
            timeout: given.get(key::DISCORD_TIMEOUT_MS, discord.timeout)?,
        },
        public_url: given.get(key::PUBLIC_URL, default.public_url)?,
        session_days: given.get(key::SESSION_DAYS, Days(default.session_days))?.0,
        dev_login: given.get(key::DEV_LOGIN, default.dev_login)?,
        tries_per_minute: given.get(key::TRIES_PER_MINUTE, default.tries_per_minute)?,
    })
}

fn limits(given: &sources::Given, default: &DocumentLimits) -> Result<DocumentLimits, ConfigError> {
    use setting as key;

    Ok(DocumentLimits {
        max_tokens: given.get(key::MAX_TOKENS, default.max_tokens)?,
        max_brackets: given.get(key::MAX_BRACKETS, default.max_brackets)?,
        max_depth: given.get(key::MAX_DEPTH, default.max_depth)?,
        max_recursion: given.get(key::MAX_RECURSION, default.max_recursion)?,
        max_selections: given.get(key::MAX_SELECTIONS, default.max_selections)?,
        max_root_fields: given.get(key::MAX_ROOT_FIELDS, default.max_root_fields)?,
        max_aliases: given.get(key::MAX_ALIASES, default.max_aliases)?,
        max_directives: given.get(key::MAX_DIRECTIVES, default.max_directives)?,
        max_values: given.get(key::MAX_VALUES, default.max_values)?,
        max_complexity: given.get(key::MAX_COMPLEXITY, default.max_complexity)?,
        max_introspection: given.get(key::MAX_INTROSPECTION, default.max_introspection)?,
        default_page: given.get(key::DEFAULT_PAGE, default.default_page)?,
        max_page: given.get(key::MAX_PAGE, default.max_page)?,
    })
}

/// The file of the embedded database.
fn embedded_in(data_dir: &std::path::Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(data_dir.join("inhouse.db"))
}
