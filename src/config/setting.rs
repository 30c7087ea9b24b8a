//! The list of settings: name, default and meaning of each, from which variables, file keys and the help text follow.
//!
//! Reads nothing. `sources` says where values come from, `value` how they are read.

use std::fmt::Write as _;

/// One thing that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Key in a file; a dot stands for a table.
    pub name: &'static str,
    /// The default, as one would write it.
    pub default: &'static str,
    about: &'static str,
}

macro_rules! settings {
    ($($constant:ident = $name:literal, $default:literal, $about:literal;)+) => {
        $(
            #[doc = $about]
            pub const $constant: Setting = Setting { name: $name, default: $default, about: $about };
        )+
        /// Every setting.
        pub(super) const ALL: &[Setting] = &[$($constant),+];
    };
}

settings! {
    LISTEN = "listen", "127.0.0.1:8000", "address to listen on; port 0 takes a free one";
    DATABASE_URL = "database_url", "", "postgres://… or sqlite:PATH; by default a file in the data folder";
    DATA_DIR = "data_dir", "data", "folder of the embedded database, made if it is missing";
    DEMO = "demo", "true", "load demo data into an empty embedded database at start";
    POOL_SIZE = "pool_size", "10", "most connections to the database";
    LOG = "log", "info", "what is logged, for example info,inhouse=debug";
    LOG_FORMAT = "log_format", "text", "text or json";
    GRAPHIQL = "graphiql", "true", "serve GraphiQL at /";
    WATCH = "watch", "true", "serve the page that shows a draft at /watch/ID";
    EXECUTION_TIMEOUT_MS = "execution_timeout_ms", "10000", "how long an operation may run";
    REQUEST_TIMEOUT_MS = "request_timeout_ms", "15000", "how long a request may take in all";
    MAX_BODY_BYTES = "max_body_bytes", "100000", "longest body of a request";
    MAX_URL_BYTES = "max_url_bytes", "16000", "longest path and query of a URL";
    DRAIN_DELAY_MS = "drain_delay_ms", "0", "how long to keep accepting after /readyz turned false at a stop";
    SHUTDOWN_TIMEOUT_MS = "shutdown_timeout_ms", "10000", "how long to wait for running requests at a stop";
    LIVE_HEARTBEAT_MS = "live.heartbeat_ms", "10000", "how often a subscriber hears something although nothing happens";
    REDIS_URL = "redis_url", "", "what several servers on PostgreSQL share: a URL of redis, redis+sentinel or redis+cluster";
    DISABLE_CACHE = "disable_cache", "false", "read the database only; what is changed is still told to others";
    CACHE_RESPONSES = "cache.responses", "true", "cache whole answers, too";
    CACHE_NEAR_BYTES = "cache.near_bytes", "67108864", "room of the cache in the process";
    CACHE_NAMESPACE = "cache.namespace", "inhouse", "what keys in Redis begin with; one for each database";
    CACHE_LOG_RECORDS = "cache.log_records", "10000", "changes the log in Redis remembers, at least 2000";
    CACHE_RELAXED_FIELDS = "cache.relaxed_fields", "", "root lists that may lag by a second, for example tournaments,users";
    CACHE_AUDIT_ONE_IN = "cache.audit_one_in", "0", "compare one in so many served rows with the database; 0 for none";
    CACHE_REPORT = "cache.report", "false", "tell in every answer what the cache did, not only with x-cache-report: 1";
    PUBLIC_URL = "public_url", "", "where people reach this site: https and its name; by default the address on this machine";
    SESSION_DAYS = "session_days", "14", "how long a login lasts, at most 400";
    DEV_LOGIN = "dev_login", "true", "offer /auth/dev, which logs in as anybody, on loopback with an embedded database";
    TRIES_PER_MINUTE = "tries_per_minute", "60", "logins and wrong credentials of one address; behind a proxy all share it; 0 for no limit";
    DISCORD_CLIENT_ID = "discord.client_id", "", "the application at Discord by which people log in; none for no such login";
    DISCORD_CLIENT_SECRET = "discord.client_secret", "", "the secret of that application; safer in the variable";
    DISCORD_BOT_TOKEN = "discord.bot_token", "", "the token of its bot, which lists the members of servers; none for no such features; safer in the variable";
    DISCORD_BASE_URL = "discord.base_url", "https://discord.com", "where Discord is";
    DISCORD_TIMEOUT_MS = "discord.timeout_ms", "8000", "how long Discord may take to tell who logs in, and to answer the bot one question";
    TTL_DEFAULT_MS = "cache.ttl.default_ms", "3600000", "how long rows, lists and answers are cached";
    TTL_LIVE_MS = "cache.ttl.live_ms", "600000", "the same for tournaments in progress and rounds of running drafts";
    TTL_PREDICTIONS_MS = "cache.ttl.predictions_ms", "900000", "the same for draft predictions";
    TTL_DISCORD_MEMBERS_MS = "cache.ttl.discord_members_ms", "3600000", "the same for the members of a Discord guild";
    TTL_OUTSIDE_API_MS = "cache.ttl.outside_api_ms", "30000", "the same for other answers of outside APIs";
    SOCKETS_MAX = "sockets.max", "20000", "sockets and streams of events in the process";
    SOCKETS_MAX_PER_ADDRESS = "sockets.max_per_address", "2500", "the same of one address, where nobody is logged in; a venue shares one";
    SOCKETS_MAX_PER_USER = "sockets.max_per_user", "20", "the same of one user";
    SOCKETS_MAX_OPERATIONS = "sockets.max_operations", "20", "operations that run at once on one socket";
    SOCKETS_MESSAGES_PER_SECOND = "sockets.messages_per_second", "20", "messages that a socket may bring in the long run";
    SOCKETS_MESSAGE_BURST = "sockets.message_burst", "50", "messages that it may bring at once";
    MAX_TOKENS = "limits.max_tokens", "5000", "tokens of a document";
    MAX_BRACKETS = "limits.max_brackets", "48", "brackets inside each other";
    MAX_DEPTH = "limits.max_depth", "15", "fields inside each other";
    MAX_RECURSION = "limits.max_recursion", "32", "selection sets inside each other, fragments included";
    MAX_SELECTIONS = "limits.max_selections", "3000", "fields and spreads, fragments written out";
    MAX_ROOT_FIELDS = "limits.max_root_fields", "30", "fields of the operation itself";
    MAX_ALIASES = "limits.max_aliases", "100", "fields under another name";
    MAX_DIRECTIVES = "limits.max_directives", "100", "uses of directives";
    MAX_VALUES = "limits.max_values", "5000", "values in arguments";
    MAX_COMPLEXITY = "limits.max_complexity", "25000", "fields, counted by page length";
    MAX_INTROSPECTION = "limits.max_introspection", "250000", "the same for introspection";
    DEFAULT_PAGE = "limits.default_page", "25", "length of a page that states none, as it is counted";
    MAX_PAGE = "limits.max_page", "100", "a page is counted as no longer than this";
}

impl Setting {
    /// The setting of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|it| it.name == name)
    }

    /// The environment variables that set it; the first that is there counts.
    pub(super) fn variables(self) -> Vec<String> {
        let own = format!("INHOUSE_{}", self.name.replace('.', "_").to_uppercase());
        // The second is what hosting platforms set, and what one reaches for in a hurry.
        let known = match self {
            DATABASE_URL => Some("DATABASE_URL"),
            REDIS_URL => Some("REDIS_URL"),
            DISABLE_CACHE => Some("DISABLE_CACHE"),
            _ => None,
        };
        [own].into_iter().chain(known.map(str::to_owned)).collect()
    }
}

/// All settings as a text for `--help`.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "Settings come from a flag, else from the environment, else from the TOML file that --config or\n\
         INHOUSE_CONFIG names, else from the default. In the file, a dot stands for a\n\
         table: limits.max_depth is max_depth below [limits].\n\n\
         Setting, its variable, its default:\n",
    );
    for setting in ALL {
        let variables = setting.variables().join(", ");
        let default =
            if setting.default.is_empty() { String::new() } else { format!(" [{}]", setting.default) };
        // Writing to a text cannot fail.
        let _ = write!(text, "  {:<28} {variables}{default}\n      {}\n", setting.name, setting.about);
    }
    text
}
