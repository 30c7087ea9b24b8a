//! The rules as data: what each module may use, who owns which crate, what is read in one place only.
//!
//! A line here is a decision. Widen one when the design changes, and change `docs/ARCHITECTURE.md` with it.

/// What a module, or everything below a path of modules, may use of the rest of the crate.
pub(crate) struct Module {
    /// `http`, or `http::auth` for a part that may do more; the longest path that fits counts.
    pub(crate) path: &'static str,
    /// What it may use.
    pub(crate) may: May,
    /// What to do instead of using something else.
    pub(crate) instead: &'static str,
}

/// Paths from the crate root, each with everything below it; `*` in front of a segment stands for any beginning.
pub(crate) enum May {
    Everything,
    Only(&'static [&'static str]),
}

/// Who may name a dependency. `app` and `cli` may name every one.
pub(crate) enum Owners {
    Everyone,
    /// Everyone but the modules without IO and without async: `types`, `domain`.
    Impure,
    Only(&'static [&'static str]),
}

/// Something that is named in few places.
pub(crate) struct Ban {
    pub(crate) rule: &'static str,
    /// Neighbouring segments of a path.
    pub(crate) names: &'static [&'static str],
    /// Where it is refused; empty for everywhere.
    pub(crate) modules: &'static [&'static str],
    /// Modules where it is allowed nevertheless.
    pub(crate) except: &'static [&'static str],
    pub(crate) instead: &'static str,
}

/// A breach that is known and waits to be repaired.
pub(crate) struct Exception {
    /// `line!()`, so that the report finds an entry that is no longer needed.
    pub(crate) at: u32,
    pub(crate) file: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) names: &'static str,
    /// Why it is there and what removes it.
    #[expect(dead_code, reason = "for the reader")]
    pub(crate) reason: &'static str,
}

/// Known breaches. This list may only shrink: an entry that covers nothing fails the test, and a new breach is
/// repaired, or the table above it is changed on purpose.
pub(crate) const EXCEPTIONS: &[Exception] = &[];

pub(crate) const MODULES: &[Module] = &[
    Module { path: "app", may: May::Everything, instead: "" },
    Module { path: "cli", may: May::Everything, instead: "" },
    Module {
        path: "types",
        may: May::Only(&[]),
        instead: "it is the leaf of the tree: move the code to the module that knows both",
    },
    Module {
        path: "domain",
        may: May::Only(&["types"]),
        instead: "rules are pure: take the facts as arguments and let `service` fetch them",
    },
    Module {
        path: "telemetry",
        may: May::Only(&["types"]),
        instead: "it only observes: pass the values in as labels or fields",
    },
    Module {
        path: "config",
        may: May::Only(&[
            "types",
            "*::Settings",
            "*::*Settings",
            "cache::Ttls",
            "graphql::RELAXABLE_FIELDS",
            // Parts of settings: the limits on a document, and the values that are neither number nor text.
            "graphql::DocumentLimits",
            "auth::Secret",
            "auth::SiteUrl",
            "db::DatabaseUrl",
            "telemetry::LogFormat",
        ]),
        instead: "it only reads settings: name the module's `Settings` and nothing else",
    },
    Module {
        path: "cache",
        may: May::Only(&["telemetry"]),
        instead: "the engine knows no entity: make it generic, or give it a trait that `db` or `loader` implements",
    },
    Module {
        path: "db",
        may: May::Only(&[
            "types",
            "telemetry",
            // What a change log is told, and the trait a table of the database implements.
            "cache::Dep",
            "cache::Name",
            "cache::Changes",
            "cache::Record",
            "cache::ChangeLog",
            "cache::ChangeLogError",
            "cache::Tail",
            "cache::Epoch",
            "cache::Position",
            // What waits in the outbox, and transactions that the log saw begin.
            "cache::Backlog",
            "cache::OpenTransaction",
            // How long a copy of a row may live.
            "cache::TtlClass",
            // What tells one holder of a lease from the next.
            "cache::random_token",
        ]),
        instead: "it stores rows and queues what they invalidate; what uses rows belongs in `loader` or `service`",
    },
    Module {
        path: "loader",
        may: May::Only(&["db", "cache", "types", "telemetry"]),
        instead: "the read path ends here: let `graphql` combine what it loads",
    },
    Module {
        path: "live",
        may: May::Only(&["db", "cache", "types", "telemetry"]),
        instead: "a feed delivers events; what they look like to a client belongs in `graphql`",
    },
    Module {
        path: "service",
        may: May::Only(&[
            "domain",
            "db",
            "types",
            "telemetry",
            // What a unit of work queues where nothing is written: a value.
            "cache::Dep",
        ]),
        instead: "a service authorizes, applies a rule and writes; who calls it hands in the rest as values",
    },
    Module {
        path: "service::guild",
        may: May::Only(&["domain", "db", "types", "telemetry", "cache::Dep", "discord"]),
        instead: "it asks Discord first and hands what it was told to a command",
    },
    Module {
        path: "discord",
        may: May::Only(&["cache", "db", "types", "telemetry"]),
        instead: "it talks to Discord and caches the answer; what follows from it belongs in `service` or `jobs`",
    },
    Module {
        path: "auth",
        may: May::Only(&["discord", "cache", "db", "types", "telemetry"]),
        instead: "it turns credentials into a `Viewer`; who may do what is `domain::policy`",
    },
    Module {
        path: "jobs",
        may: May::Only(&["service", "discord", "cache", "db", "types", "telemetry"]),
        instead: "a job starts work that lives elsewhere",
    },
    Module {
        path: "graphql",
        may: May::Only(&[
            "service",
            "loader",
            "live",
            // Answers and computed fields: what they read is watched, and they are kept.
            "cache",
            // Pure functions: derived fields and permissions (docs/decisions/0002).
            "domain",
            // Values only: rows, what a page is asked for, what went wrong.
            "db::models",
            "db::*Row",
            "db::Anchor",
            "db::CountOf",
            "db::DbError",
            "db::Direction",
            "db::Entity",
            "db::Listing",
            "db::PageRequest",
            "db::Slice",
            "db::SortKey",
            "types",
            "telemetry",
        ]),
        instead: "read through `loader`, write through `service`; of `db` name only values: rows, pages, errors",
    },
    Module {
        path: "http",
        may: May::Only(&["telemetry", "types", "graphql", "auth"]),
        instead: "go through `graphql`; what a probe needs is handed in by `app`",
    },
    Module {
        path: "http::auth",
        may: May::Only(&["telemetry", "types", "graphql", "auth", "service"]),
        instead: "the login callback may call a service and nothing below it",
    },
];

/// Each dependency of Cargo.toml, by the name the code uses.
pub(crate) const CRATES: &[(&str, Owners)] = &[
    // What people write is cleaned where it is taken in.
    ("ammonia", Owners::Only(&["service"])),
    ("anyhow", Owners::Only(&["app", "cli"])),
    ("async_graphql", Owners::Only(&["graphql"])),
    ("async_graphql_value", Owners::Only(&["graphql"])),
    ("async_graphql_axum", Owners::Only(&["http"])),
    ("axum", Owners::Only(&["http"])),
    ("base64", Owners::Everyone),
    ("bytes", Owners::Impure),
    ("clap", Owners::Only(&["cli"])),
    ("dataloader", Owners::Only(&["loader"])),
    ("diesel", Owners::Only(&["db"])),
    ("diesel_async", Owners::Only(&["db"])),
    ("diesel_migrations", Owners::Only(&["db"])),
    ("futures_util", Owners::Impure),
    ("getrandom", Owners::Only(&["auth"])),
    // The upgrade of a connection to a socket.
    ("hyper", Owners::Only(&["http"])),
    ("hyper_util", Owners::Only(&["http"])),
    ("indicatif", Owners::Only(&["cli"])),
    ("jiff", Owners::Everyone),
    ("libsqlite3_sys", Owners::Only(&["db"])),
    // Counting is everybody's, under names that one file lists; the page is made in one place.
    ("metrics", Owners::Only(&["telemetry"])),
    ("metrics_exporter_prometheus", Owners::Only(&["telemetry"])),
    ("mimalloc", Owners::Only(&["app"])),
    ("moka", Owners::Only(&["cache"])),
    ("oauth2", Owners::Only(&["auth"])),
    ("pulldown_cmark", Owners::Only(&["service"])),
    // Dice and shuffles; the rules take them as arguments.
    ("rand", Owners::Only(&["service"])),
    ("redis", Owners::Only(&["cache"])),
    ("rmp_serde", Owners::Only(&["cache"])),
    ("reqwest", Owners::Only(&["discord", "auth"])),
    ("rust_embed", Owners::Only(&["http"])),
    ("serde", Owners::Everyone),
    ("serde_json", Owners::Everyone),
    ("serde_path_to_error", Owners::Everyone),
    ("sha2", Owners::Everyone),
    ("thiserror", Owners::Everyone),
    ("tokio", Owners::Impure),
    ("tokio_tungstenite", Owners::Only(&["http"])),
    ("tokio_util", Owners::Impure),
    ("toml", Owners::Only(&["config"])),
    ("tower_http", Owners::Only(&["http"])),
    ("tracing", Owners::Impure),
    ("tracing_subscriber", Owners::Only(&["telemetry"])),
    ("url", Owners::Only(&["service", "types"])),
];

/// Modules without IO, async, clock or dice of their own.
pub(crate) const PURE: &[&str] = &["types", "domain"];

pub(crate) const BANS: &[Ban] = &[
    Ban {
        rule: "clock",
        names: &["Timestamp::now", "Zoned::now", "SystemTime", "Utc::now", "Local::now"],
        modules: &[],
        except: &["types::clock"],
        instead: "take a `types::Clock`, or `now` as an argument, so that tests choose the time",
    },
    Ban {
        rule: "environment",
        names: &["env::var", "env::var_os", "env::vars", "env::vars_os", "env::set_var", "env::remove_var"],
        modules: &[],
        except: &["config"],
        instead: "read it in `config` and hand the setting over when the module is built",
    },
    Ban {
        rule: "purity",
        names: &["std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread", "Instant::now"],
        modules: PURE,
        except: &[],
        instead: "pure modules do no IO and know no clock: take the value as an argument",
    },
    Ban {
        rule: "purity",
        names: &[
            "rand::rng",
            "rand::random",
            "rand::thread_rng",
            "thread_rng",
            "OsRng",
            "from_os_rng",
            "from_entropy",
            "getrandom",
            "fastrand",
            "RandomState",
        ],
        modules: PURE,
        except: &[],
        instead: "dice are passed in, so that a draft can be replayed and tested",
    },
];

/// Words of the domain, which the cache engine must not know.
pub(crate) const DOMAIN_WORDS: &[&str] =
    &["draft", "game", "graphql", "league", "organization", "team", "tournament"];

/// Macros that must not be shipped, with what to do instead.
pub(crate) const FORBIDDEN_MACROS: &[(&str, &str)] = &[
    ("todo", "finish it, or return an error that says what is not supported"),
    ("unimplemented", "finish it, or return an error that says what is not supported"),
    ("dbg", "use `tracing::debug!`"),
];

/// Longest file under `src/`, tests in it not counted; 300 is the aim.
pub(crate) const MAX_LINES: usize = 500;

/// Most lines of code in `src/lib.rs` and `src/main.rs`.
pub(crate) const MAX_ROOT_LINES: usize = 20;
