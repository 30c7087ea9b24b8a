//! The composition root: settings in, a running server out, and the order in which it starts and stops.
//!
//! Puts parts together and holds no rule of its own. Only `cli` and tests know it.

mod database;
mod discord;
mod login;
mod observe;
mod readiness;
mod shutdown;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use database::explain;
pub use database::{Backend, Role, Store};
pub(crate) use discord::bot;

use crate::auth::{DiscordLogin, StoredCredentials};
use crate::cache::Cache;
use crate::config::Settings;
use crate::db::{DatabaseUrl, Db, ServerLock};
use crate::discord::Discord;
use crate::graphql;
use crate::http::{self, AuthState, HttpState, Streams};
use crate::jobs::{AvatarJob, ForgetJob, Job, Runner, sweep_outbox};
use crate::live::Live;
use crate::loader::ReadPath;
use crate::service::demo::load_demo_if_empty;
use crate::service::guild::Guilds;
use crate::service::login::LoginService;
use crate::service::{Commands, Dice, Services};
use crate::telemetry;
use readiness::ServerReadiness;

/// Answers are made of many small pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The parts of a server, ready to be served.
#[derive(Debug)]
pub struct App {
    db: Db,
    cache: Cache,
    /// Keeps another server from the same database, where that would go wrong.
    _lock: Option<ServerLock>,
    _jobs: DropGuard,
    settings: Settings,
    readiness: Arc<ServerReadiness>,
    streams: Streams,
    discord: Option<DiscordLogin>,
    bot: Option<Discord>,
}

impl App {
    /// Opens the database, brings its schema up to date and, if it is embedded and empty, loads the demo data.
    ///
    /// # Errors
    /// The database cannot be reached, migrated or filled.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        telemetry::metrics::install();
        let discord = login::discord(&settings)?;
        let store = Store::open_migrated(&settings, Role::Server).await?;
        let lock = lock_out_others(&store).await?;
        let db = store.db.clone();
        let is_embedded = matches!(settings.db.url, DatabaseUrl::Sqlite(_));
        if settings.demo && is_embedded {
            let loaded = load_demo_if_empty(&db).await.context("the demo data cannot be loaded")?;
            if loaded.is_some() {
                tracing::info!("the database was empty: demo data loaded");
            }
        }
        let pending = db.pending_migrations().await.context("the schema cannot be checked")?;
        let readiness = Arc::new(ServerReadiness::new(db.clone(), pending == 0));
        let cache = store.cache(&settings);
        let streams = Streams::new(settings.http.sockets.clone());
        let bot = bot(&settings, &store)?;
        let stop = CancellationToken::new();
        telemetry::spawn(sweep_outbox(db.clone(), cache.clone(), stop.clone()));
        let runner = Runner::new(db.clone(), discord::jitter());
        let mut jobs: Vec<Arc<dyn Job>> = vec![Arc::new(ForgetJob(db.clone()))];
        jobs.extend(bot.clone().map(|bot| -> Arc<dyn Job> { Arc::new(AvatarJob::logging(db.clone(), bot)) }));
        for job in jobs {
            let (runner, stop) = (runner.clone(), stop.clone());
            telemetry::spawn(async move { runner.keep(job, stop).await });
        }
        let _jobs = stop.drop_guard();
        Ok(Self { db, cache, _lock: lock, _jobs, settings, readiness, streams, discord, bot })
    }

    /// Everything the server answers, and `extra` behind the same layers.
    ///
    /// # Panics
    /// `extra` has a route that is there already.
    pub fn router(&self, extra: Router) -> Router {
        let read_path = ReadPath::new(self.db.clone(), self.cache.clone());
        let live = Live::new(self.db.clone(), self.cache.clone(), self.settings.live);
        let limits = self.settings.limits.clone();
        let readiness = Arc::clone(&self.readiness);
        let commands = Commands::new(self.db.clone(), Dice::fair());
        let guilds = Guilds::new(commands.clone(), self.bot.clone());
        let services = Services { commands, guilds };
        let state = HttpState {
            graphql: graphql::service(read_path, live, services, self.db.clock().clone(), limits),
            authenticator: Arc::new(StoredCredentials::new(self.db.clone(), self.cache.clone())),
            readiness,
            streams: self.streams.clone(),
        };
        let login = http::auth_router(AuthState {
            logins: LoginService::new(self.db.clone()),
            discord: self.discord.clone(),
            site: self.settings.auth.site(self.settings.listen),
            settings: self.settings.auth.clone(),
            dev_login: login::may_be_anybody(&self.settings),
        });
        let (cache, db) = (self.cache.clone(), self.db.clone());
        let metrics = http::metrics_router(Arc::new(move || {
            let (cache, db) = (cache.clone(), db.clone());
            Box::pin(async move { observe::observe(&cache, &db).await })
        }));
        http::router(state, login::http(&self.settings), extra.merge(login).merge(metrics))
    }
}

/// A log in the process is heard by this process alone: where there is no other, there must be no other server.
async fn lock_out_others(store: &Store) -> anyhow::Result<Option<ServerLock>> {
    if store.backend() == Backend::PostgresWithRedis {
        return Ok(None);
    }
    match store.db.lock_server().await.context("the database cannot be locked")? {
        Some(lock) => Ok(Some(lock)),
        None => bail!(
            "another server runs on this PostgreSQL database, and without Redis neither would hear of the other's \
             changes: stop it, or set REDIS_URL for both"
        ),
    }
}

/// Runs a server until a signal stops it: not ready → no new connections → sockets and streams of events are closed, one
/// after the other → requests finish; all within a bound.
///
/// The address is taken first, so that a second server fails before it touches anything. `on_ready` is told the address
/// once requests are answered.
///
/// # Errors
/// The address cannot be used, the server cannot start, or its socket fails.
pub async fn serve(settings: Settings, on_ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    serve_with(settings, Router::new(), on_ready).await
}

/// The same server with routes of a benchmark's own, which are measured behind the layers of all others.
///
/// # Errors
/// As [`serve`].
pub async fn serve_with(
    mut settings: Settings,
    extra: Router,
    on_ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let (drain_delay, patience) = (settings.drain_delay, settings.shutdown_timeout);
    let listener = bind(settings.listen).await?;
    let address = listener.local_addr().context("the address of the socket cannot be told")?;
    let stop = shutdown::on_signal().context("signals cannot be handled")?;
    // A port that was chosen by the system is known from here on.
    settings.listen = address;
    let Some(app) = stop.run_until_cancelled(Box::pin(App::start(settings))).await else {
        return Ok(());
    };
    let app = app?;

    let close = CancellationToken::new();
    let mut serving = telemetry::spawn(http::serve(listener, app.router(extra), close.clone()));
    on_ready(address);
    tokio::select! {
        () = stop.cancelled() => {}
        ended = &mut serving => return ended?.context("the socket failed"),
    }
    app.readiness.drain();
    tokio::time::sleep(drain_delay).await;
    close.cancel();
    finish(serving, &app.streams, patience).await
}

/// Closes what stays open and waits for the last requests, but not for ever. Half of the time is for spreading, so that
/// those who come back do not all come at once, the other for what is slow.
async fn finish(
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    streams: &Streams,
    patience: Duration,
) -> anyhow::Result<()> {
    let closing = streams.close_all(patience / 2);
    let ending = async { tokio::join!(serving, closing).0 };
    match tokio::time::timeout(patience, ending).await {
        Ok(ended) => ended?.context("the socket failed")?,
        Err(_elapsed) => tracing::warn!("requests that were still running are cut off"),
    }
    tracing::info!("stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let what = match error.kind() {
            ErrorKind::AddrInUse => "another program listens there; stop it or",
            ErrorKind::PermissionDenied => "ports below 1024 need special rights; get them or",
            ErrorKind::AddrNotAvailable => "this machine does not have that address;",
            _ => return anyhow!(error).context(format!("cannot listen on {address}")),
        };
        anyhow!("cannot listen on {address}: {what} choose another with --listen or INHOUSE_LISTEN")
    })
}
