//! A server with what stays open: people whose credentials a test takes away, feeds it drives, and connections inside the
//! process, so that paused time is exact.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::serve::Listener;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::{broadcast, mpsc};
use tower::ServiceExt as _;

use crate::auth::{AuthError, Authenticator, Caller, Credentials};
use crate::graphql::{FeedMessage, GraphqlAnswer, GraphqlRequest, GraphqlService, RequestInfo, Started, toy};
use crate::http::{Check, HttpSettings, HttpState, Readiness, SocketSettings, Streams, router};
use crate::telemetry;
use crate::types::{UserId, Viewer};

/// Room of a connection in each direction, in bytes.
pub(in crate::http) const ROOM: usize = 8 * 1024;

/// Where the site of these tests is.
pub(in crate::http) const SITE: &str = "https://inhouse.example.org";

/// A server and what a test may do to it.
pub(in crate::http) struct Stage {
    pub(in crate::http) router: Router,
    pub(in crate::http) people: Arc<People>,
    pub(in crate::http) script: Arc<Script>,
    pub(in crate::http) streams: Streams,
    doors: mpsc::UnboundedSender<DuplexStream>,
}

/// Credentials by their secret, tokens and sessions alike, and whom they stand for.
#[derive(Default)]
pub(in crate::http) struct People {
    known: Mutex<HashMap<String, Viewer>>,
    is_away: AtomicBool,
    n_asked: AtomicUsize,
}

/// Queries and mutations as on the toy schema; a subscription is a feed by the variable `feed`.
pub(in crate::http) struct Script {
    toy: Arc<dyn GraphqlService>,
    live: broadcast::Sender<FeedMessage>,
    /// The texts that were started, and by whom.
    asked: Mutex<Vec<(String, Option<i64>)>>,
    resumed: Mutex<Vec<Option<i32>>>,
    n_pulled: Arc<AtomicUsize>,
    n_feeds: Arc<AtomicUsize>,
    /// How many mutations `{ slow }` were run to their end, which takes them a second.
    n_slow: Arc<AtomicUsize>,
}

struct Ready;

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        Box::pin(async { Vec::new() })
    }

    fn is_draining(&self) -> bool {
        false
    }
}

impl People {
    /// The credential stands for this user from now on.
    pub(in crate::http) fn admit(&self, secret: &str, user: i64) {
        let viewer = Viewer { user_id: Some(UserId(user)), ..Viewer::anonymous() };
        self.known.lock().unwrap().insert(secret.to_owned(), viewer);
    }

    /// The user may more from now on.
    pub(in crate::http) fn promote(&self, secret: &str) {
        self.known.lock().unwrap().get_mut(secret).unwrap().is_staff = true;
    }

    /// The credential stands for nobody from now on.
    pub(in crate::http) fn revoke(&self, secret: &str) {
        self.known.lock().unwrap().remove(secret).unwrap();
    }

    /// Nobody can look, or can again.
    pub(in crate::http) fn be_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// How often somebody was looked up.
    pub(in crate::http) fn n_asked(&self) -> usize {
        self.n_asked.load(Ordering::Relaxed)
    }
}

impl Authenticator for People {
    fn authenticate(&self, credentials: Credentials) -> BoxFuture<'_, Result<Caller, AuthError>> {
        self.n_asked.fetch_add(1, Ordering::Relaxed);
        let find = |secret: &str| self.known.lock().unwrap().get(secret).cloned().map(Caller::from);
        let told = match &credentials {
            _ if self.is_away.load(Ordering::Relaxed) => {
                Err(AuthError::Unavailable("password=hunter2".into()))
            }
            Credentials::Missing => Ok(Caller::default()),
            Credentials::Unreadable => Err(AuthError::InvalidToken),
            Credentials::Session(secret) => Ok(find(secret.expose()).unwrap_or_default()),
            Credentials::Bearer(secret) => find(secret.expose()).ok_or(AuthError::InvalidToken),
        };
        Box::pin(std::future::ready(told))
    }
}

impl Script {
    fn new() -> Self {
        let toy = toy::service();
        let (asked, resumed) = (Mutex::default(), Mutex::default());
        let (n_pulled, n_feeds, n_slow) = (Arc::default(), Arc::default(), Arc::default());
        Self { toy, live: broadcast::channel(64).0, asked, resumed, n_pulled, n_feeds, n_slow }
    }

    /// Everybody who watches the feed `live` is told.
    pub(in crate::http) fn tell(&self, seq: i32) {
        self.live.send(message(seq, 0)).unwrap();
    }

    /// What was asked, and by which user.
    pub(in crate::http) fn asked(&self) -> Vec<(String, Option<i64>)> {
        self.asked.lock().unwrap().clone()
    }

    /// Where subscriptions were to go on.
    pub(in crate::http) fn resumed(&self) -> Vec<Option<i32>> {
        self.resumed.lock().unwrap().clone()
    }

    /// How many answers of the feed `endless` were asked for.
    pub(in crate::http) fn n_pulled(&self) -> usize {
        self.n_pulled.load(Ordering::Relaxed)
    }

    /// How many feeds are there.
    pub(in crate::http) fn n_feeds(&self) -> usize {
        self.n_feeds.load(Ordering::Relaxed)
    }

    /// How many slow mutations have ended.
    pub(in crate::http) fn n_slow(&self) -> usize {
        self.n_slow.load(Ordering::Relaxed)
    }

    fn feed(&self, variables: &serde_json::Map<String, Value>) -> stream::BoxStream<'static, FeedMessage> {
        let number = |name: &str| variables.get(name).and_then(Value::as_u64).unwrap_or_default();
        let bytes = usize::try_from(number("bytes")).unwrap();
        match variables.get("feed").and_then(Value::as_str).unwrap() {
            "count" => {
                let n = i32::try_from(number("n")).unwrap();
                stream::iter(1..=n).map(move |seq| message(seq, bytes)).boxed()
            }
            "endless" => {
                let n_pulled = Arc::clone(&self.n_pulled);
                let told = stream::iter(1..).map(move |seq| {
                    n_pulled.fetch_add(1, Ordering::Relaxed);
                    message(seq, bytes)
                });
                told.boxed()
            }
            "live" => stream::unfold(self.live.subscribe(), |mut heard| async move {
                let message = heard.recv().await.unwrap();
                Some((message, heard))
            })
            .boxed(),
            "silent" => stream::pending().boxed(),
            other => panic!("no feed {other}"),
        }
    }
}

/// An answer of a feed, of about so many bytes.
fn message(seq: i32, bytes: usize) -> FeedMessage {
    FeedMessage { seq, body: json!({ "data": { "n": seq, "x": "x".repeat(bytes) } }).to_string().into() }
}

/// A feed that is counted as long as it is there.
struct Counted(stream::BoxStream<'static, FeedMessage>, Arc<AtomicUsize>);

impl stream::Stream for Counted {
    type Item = FeedMessage;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<FeedMessage>> {
        self.0.poll_next_unpin(cx)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

impl GraphqlService for Script {
    fn execute(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, GraphqlAnswer> {
        self.toy.execute(request, info)
    }

    fn start(&self, request: GraphqlRequest, info: RequestInfo) -> BoxFuture<'_, Started> {
        self.asked.lock().unwrap().push((request.query.clone(), info.viewer.user_id.map(|it| it.0)));
        if request.query == "mutation { slow }" {
            let bump = GraphqlRequest { query: "mutation { bump }".to_owned(), ..request };
            return Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.n_slow.fetch_add(1, Ordering::Relaxed);
                Started::Answered(self.execute(bump, info).await)
            });
        }
        if !request.query.starts_with("subscription") {
            return Box::pin(async move { Started::Answered(self.execute(request, info).await) });
        }
        self.resumed.lock().unwrap().push(info.resume_after);
        self.n_feeds.fetch_add(1, Ordering::Relaxed);
        let feed = Counted(self.feed(&request.variables), Arc::clone(&self.n_feeds)).boxed();
        Box::pin(std::future::ready(Started::Feed(feed)))
    }
}

/// Where connections inside the process arrive.
struct Doors(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Doors {
    type Io = DuplexStream;
    type Addr = usize;

    async fn accept(&mut self) -> (DuplexStream, usize) {
        match self.0.recv().await {
            Some(connection) => (connection, 0),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<usize> {
        Ok(0)
    }
}

impl Stage {
    pub(in crate::http) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With other limits.
    pub(in crate::http) fn with(change: impl FnOnce(&mut SocketSettings)) -> Self {
        let mut sockets = SocketSettings::default();
        change(&mut sockets);
        let settings = HttpSettings { site: Some(SITE.parse().unwrap()), sockets, ..HttpSettings::default() };
        let (people, script) = (Arc::new(People::default()), Arc::new(Script::new()));
        let streams = Streams::new(settings.sockets.clone());
        let state = HttpState {
            graphql: script.clone(),
            authenticator: people.clone(),
            readiness: Arc::new(Ready),
            streams: streams.clone(),
        };
        let router = router(state, settings, Router::new());
        let (doors, arriving) = mpsc::unbounded_channel();
        let serving = axum::serve(Doors(arriving), router.clone().into_make_service());
        telemetry::spawn(async move { serving.await.unwrap() });
        Self { router, people, script, streams, doors }
    }

    /// A connection to the server.
    pub(in crate::http) fn connect(&self) -> DuplexStream {
        let (ours, theirs) = duplex(ROOM);
        self.doors.send(theirs).unwrap();
        ours
    }

    /// The answer to a request, whose body may never end.
    pub(in crate::http) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, HeaderMap, Body) {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        (head.status, head.headers, body)
    }
}

/// The code of an error in the form of GraphQL.
pub(in crate::http) async fn code(body: Body) -> String {
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
}
